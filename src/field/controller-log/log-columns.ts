/** The four columns of an event table, by the names they have in it. */
export interface LogColumns {
  readonly time: string;
  readonly device: string;
  readonly code: string;
  readonly parameter: string;
}

/** Names in use (case, spaces and underscores do not count): Oregon's first, then Utah's, then common ones. */
const NAMES: Readonly<Record<keyof LogColumns, readonly string[]>> = {
  time: ['timestamp', 'time', 'datetime', 'eventtime', 'eventtimestamp', 'ts'],
  device: [
    'deviceid',
    'locationidentifier',
    'signalidentifier',
    'locationid',
    'signalid',
    'device',
    'signal',
    'intersectionid',
    'controllerid',
  ],
  code: ['eventid', 'eventcode', 'eventcodeid', 'eventtypeid', 'code', 'event'],
  parameter: ['parameter', 'eventparam', 'eventparameter', 'param', 'parametercode', 'eventvalue'],
};

/** The columns among `names`, or the roles that have none. */
export function findLogColumns(names: readonly string[]): LogColumns | (keyof LogColumns)[] {
  const plain = names.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const found: Partial<Record<keyof LogColumns, string>> = {};
  const missing: (keyof LogColumns)[] = [];
  for (const role of ['time', 'device', 'code', 'parameter'] as const) {
    const at = NAMES[role].map((name) => plain.indexOf(name)).find((position) => position >= 0);
    if (at === undefined) missing.push(role);
    else found[role] = names[at]!;
  }
  const { time, device, code, parameter } = found;
  if (time === undefined || device === undefined || code === undefined || parameter === undefined) return missing;
  return { time, device, code, parameter };
}

/** What a table must hold, for messages. */
export const LOG_COLUMNS_WANTED =
  'Name its columns TimeStamp, DeviceId, EventId, Parameter (or as docs/operator/measures.md lists).';
