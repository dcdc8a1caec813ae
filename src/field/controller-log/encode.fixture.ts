/** Logs as cabinets write them, for tests of the decoders: the way back. */
export interface PlainEvent {
  readonly timeMs: number;
  readonly code: number;
  readonly parameter: number;
}

const two = (value: number): string => String(value).padStart(2, '0');

const clockOf = (timeMs: number): string => {
  const date = new Date(timeMs);
  const seconds = `${two(date.getUTCSeconds())}.${Math.floor(date.getUTCMilliseconds() / 100)}`;
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${seconds}`;
};

const dayOf = (timeMs: number, between: string): string => {
  const date = new Date(timeMs);
  return [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCFullYear()].join(between);
};

/** An ASC/3 `.dat`; code and parameter below 256, times in order and whole tenths of a second from `beginMs` on. */
export function asc3Bytes(beginMs: number, intersection: string, events: readonly PlainEvent[]): Buffer {
  const stamp = `${dayOf(beginMs, '-')} ${clockOf(beginMs)}`;
  const lines = [
    'Version #:,3',
    `ECON_${intersection}.dat`,
    `Intersection #:,${intersection}`,
    'IP Address:,192.0.2.1',
    'MAC Address:,00:00:5e:00:53:00',
    `Controller Data Log Beginning:,${dayOf(beginMs, '/')},${clockOf(beginMs)}`,
    'Phases in use:,2,4,6,8',
  ];
  const head = Buffer.from(lines.map((line) => `${stamp},${line}\n`).join(''), 'latin1');
  const records = Buffer.alloc(events.length * 4);
  events.forEach(({ timeMs, code, parameter }, at) => {
    records.writeUInt8(code, at * 4);
    records.writeUInt8(parameter, at * 4 + 1);
    records.writeUInt16BE(Math.round((timeMs - beginMs) / 100) % 65_536, at * 4 + 2);
  });
  return Buffer.concat([head, records]);
}

/** A MAXTIME log. */
export function maxtimeText(events: readonly PlainEvent[], intersection?: string): string {
  const rows = events.map(
    ({ timeMs, code, parameter }, at) =>
      `<Event ID="${at}" TimeStamp="${dayOf(timeMs, '-')} ${clockOf(timeMs)}" EventTypeID="${code}" Parameter="${parameter}"/>`,
  );
  const head =
    intersection === undefined
      ? ''
      : `<Description><IntersectionNumber>${intersection}</IntersectionNumber></Description>`;
  return `<?xml version="1.0"?><EventResponses><EventResponse>${head}${rows.join('\n')}\n</EventResponse></EventResponses>`;
}
