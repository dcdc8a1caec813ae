import type { EventBuffer } from '../../measures/event.ts';
import type { DamageReport } from './damage.ts';
import { parseLogTime } from './log-time.ts';

const EVENT = /<Event\b([^<>]*?)(\/?>|(?=<)|$)/g;

/** The id a MAXTIME log gives its intersection, or null: not every firmware writes one. */
export function findMaxtimeDevice(text: string): string | null {
  return /<IntersectionNumber>\s*([^<]+?)\s*<\/IntersectionNumber>/.exec(text.slice(0, 4000))?.[1] ?? null;
}

/**
 * Adds the events of a MAXTIME log (XML, one `<Event ID TimeStamp EventTypeID Parameter/>` each) to `into`. The events
 * are looked for one by one, so that a damaged one takes no other with it; each loss is reported with its line.
 */
export function readMaxtimeEvents(
  text: string,
  device: number,
  toUtc: (localMs: number) => number,
  into: EventBuffer,
  damage: DamageReport,
  file: string,
): void {
  let line = 1;
  let counted = 0;
  for (const match of text.matchAll(EVENT)) {
    const attributes = match[1]!;
    const timeMs = parseLogTime(attributeOf(attributes, 'TimeStamp') ?? '', toUtc);
    const code = Number(attributeOf(attributes, 'EventTypeID') ?? Number.NaN);
    const parameter = Number(attributeOf(attributes, 'Parameter') ?? Number.NaN);
    const whole = match[2] !== '' && Number.isInteger(code) && code >= 0 && code <= 65_535;
    if (whole && timeMs > 0 && Number.isInteger(parameter) && Math.abs(parameter) < 2 ** 31) {
      into.push(timeMs, device, code, parameter);
      continue;
    }
    for (; counted < match.index; counted++) if (text.charCodeAt(counted) === 10) line++;
    damage.add(file, `line ${line}`, 'the event is cut off or has no valid time, type and parameter');
  }
}

function attributeOf(attributes: string, name: string): string | null {
  const at = attributes.indexOf(`${name}="`);
  if (at < 0) return null;
  const from = at + name.length + 2;
  const to = attributes.indexOf('"', from);
  return to <= from ? null : attributes.slice(from, to);
}
