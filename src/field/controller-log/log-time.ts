const MONTH_FIRST =
  /^(\d{1,2})[-/](\d{1,2})[-/](\d{4}|\d{2})[ T,]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*([AaPp][Mm])?$/;
const EPOCH = /^\d{9,19}$/;
const YEAR_FIRST =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * A time as controller logs write it: 2024-05-13 15:00:00.1 (T, Z or an offset allowed) or, month first, 7-22-2024
 * 13:33:19.3, 4/17/2023 8:00:0.20, 4/17/2023 8:00 PM, or the time since 1970 in s, ms, µs or ns. Whole milliseconds: UTC where the text has an offset, which
 * `toUtc` makes of the local time otherwise. NaN for anything else.
 */
export function parseLogTime(text: string, toUtc: (localMs: number) => number): number {
  const iso = YEAR_FIRST.exec(text);
  if (iso !== null) {
    const local = momentOf(iso[1]!, iso[2]!, iso[3]!, iso[4]!, iso[5]!, iso[6], iso[7]);
    const offset = iso[8];
    return offset === undefined ? toUtc(local) : local - offsetMs(offset);
  }
  if (EPOCH.test(text)) return epochMs(Number(text));
  const parts = MONTH_FIRST.exec(text);
  if (parts === null) return Number.NaN;
  const year = parts[3]!.length === 2 ? `20${parts[3]}` : parts[3]!;
  const half = parts[8]?.toLowerCase();
  const hour = half === undefined ? parts[4]! : String((Number(parts[4]) % 12) + (half === 'pm' ? 12 : 0));
  return toUtc(momentOf(year, parts[1]!, parts[2]!, hour, parts[5]!, parts[6], parts[7]));
}

/** The unit is the one that puts the time between 1990 and 2286. */
function epochMs(value: number): number {
  const perMs = value < 1e10 ? 1e-3 : value < 1e13 ? 1 : value < 1e16 ? 1e3 : 1e6;
  return Math.round(value / perMs);
}

function momentOf(
  year: string,
  month: string,
  day: string,
  hour: string,
  minute: string,
  second = '0',
  fraction = '0',
): number {
  const inside = +month >= 1 && +month <= 12 && +day >= 1 && +day <= 31 && +hour < 24 && +minute < 60 && +second < 61;
  if (!inside) return Number.NaN;
  return Date.UTC(+year, +month - 1, +day, +hour, +minute, +second) + Math.round(Number(`0.${fraction}`) * 1000);
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}
