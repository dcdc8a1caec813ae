import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { InferredRole } from '../../measures/configuration.ts';
import type { DetectorFunction, DetectorRole } from '../../measures/event.ts';
import { tableOf } from '../../read/csv.ts';
import { UrbaneError } from '../../units/errors.ts';
import { openDuck, quoteName, quoteText } from '../duck.ts';
import { getKind } from '../files.ts';

const FUNCTIONS: Readonly<Record<string, DetectorFunction>> = {
  advance: 'Advance',
  presence: 'Presence',
  stopbarcount: 'Stopbar Count',
  count: 'Stopbar Count',
  yellowred: 'Yellow_Red',
};

/** The columns and their other names (case, spaces and underscores do not count). */
const COLUMNS = {
  device: ['deviceid', 'device', 'signalid', 'locationidentifier'],
  phase: ['phase'],
  function: ['function'],
  channel: ['parameter', 'channel', 'detector', 'detectorchannel'],
  distanceFt: ['distanceft', 'distance', 'distancefromstopbar'],
  approachSpeedMph: ['approachspeedmph', 'speedmph', 'mph'],
  latencyS: ['latencys', 'latency', 'latencycorrection'],
} as const;
const NEEDED = ['device', 'phase', 'function', 'channel'] as const;
const HIGHEST_PHASE = 40;
const HIGHEST_CHANNEL = 255;

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/**
 * Detectors of signals from a table (Parquet or CSV): DeviceId, Phase, Function (Advance, Presence, Stopbar Count,
 * Yellow_Red) and Parameter, the detector channel; DistanceFt, ApproachSpeedMph and LatencyS where known. Rows of other
 * functions are passed over and counted.
 */
export async function readDetectors(path: string): Promise<{ roles: DetectorRole[]; others: number }> {
  await getKind(path);
  const name = basename(path);
  const duck = await openDuck();
  try {
    const from = /\.parquet$/i.test(path)
      ? `read_parquet(${quoteText(path)})`
      : `read_csv(${quoteText(path)}, all_varchar = true, header = true)`;
    const described = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`).catch((fault: unknown) => {
      const why = fault instanceof Error ? (fault.message.split('\n')[0] ?? '') : String(fault);
      throw new UrbaneError('bad-input', `${name} cannot be read: ${why}`, 'Give a Parquet or CSV file with a header.');
    });
    const names = described.getRows().map(([column]) => String(column));
    const found = Object.entries(COLUMNS).map(([role, known]): [string, string | undefined] => [
      role,
      names.find((column) => known.some((candidate) => candidate === plain(column))),
    ]);
    const missing = found.filter(([role, column]) => column === undefined && NEEDED.some((needed) => needed === role));
    if (missing.length > 0) {
      throw new UrbaneError(
        'bad-input',
        `${name} has no column for the ${missing.map(([role]) => role).join(', the ')} of a detector; its columns are ${names.slice(0, 12).join(', ')}.`,
        'Name its columns DeviceId, Phase, Function, Parameter (docs/operator/measures.md).',
      );
    }
    const cells = found.map(
      ([role, column]) =>
        `${column === undefined ? "''" : `coalesce(trim(${quoteName(column)}::VARCHAR), '')`} AS ${quoteName(role)}`,
    );
    const rows = await duck.runAndReadAll(`SELECT ${cells.join(', ')} FROM ${from}`);
    let others = 0;
    const roles = rows.getRowObjects().flatMap((row, at): DetectorRole[] => {
      const role = FUNCTIONS[plain(String(row.function))];
      if (role !== undefined) return [roleOf(row, role, `${name}, row ${at + 1}`)];
      others++;
      return [];
    });
    return { roles, others };
  } finally {
    duck.closeSync();
  }
}

function roleOf(row: Record<string, unknown>, role: DetectorFunction, place: string): DetectorRole {
  const numberOf = (name: string, most: number): number | undefined => {
    const text = String(row[name]);
    if (text === '') return undefined;
    const value = Number(text);
    if (value >= 0 && value <= most) return value;
    throw new UrbaneError('bad-input', `${place}: ${name} "${text.slice(0, 40)}" is not a number from 0 to ${most}.`);
  };
  const wholeOf = (name: string, most: number): number => {
    const value = numberOf(name, most);
    if (value !== undefined && Number.isInteger(value) && value >= 1) return value;
    throw new UrbaneError('bad-input', `${place}: ${name} is not a whole number from 1 to ${most}.`);
  };
  const device = String(row.device);
  if (device === '') throw new UrbaneError('bad-input', `${place}: the device is empty.`);
  const [distanceFt, approachSpeedMph, latencyS] = [
    numberOf('distanceFt', 5000),
    numberOf('approachSpeedMph', 120),
    numberOf('latencyS', 60),
  ];
  return {
    device,
    channel: wholeOf('channel', HIGHEST_CHANNEL),
    phase: wholeOf('phase', HIGHEST_PHASE),
    function: role,
    ...(distanceFt === undefined ? {} : { distanceFt }),
    ...(approachSpeedMph === undefined ? {} : { approachSpeedMph }),
    ...(latencyS === undefined ? {} : { latencyS }),
  };
}

/** Writes detectors as a table `readDetectors` reads; inferred ones with their confidences and what decided. */
export async function writeDetectors(file: string, roles: readonly (DetectorRole | InferredRole)[]): Promise<void> {
  const columns = ['DeviceId', 'Phase', 'Function', 'Parameter', 'DistanceFt', 'ApproachSpeedMph', 'LatencyS'];
  const reasons = ['PhaseConfidence', 'FunctionConfidence', 'Because'];
  const isInferred = roles.some((role) => 'because' in role);
  const tenths = (value: number | undefined): number | null =>
    value === undefined ? null : Math.round(value * 10) / 10;
  const share = (confidence: number): number => Math.round(confidence * 100) / 100;
  const rows = roles.map((role) => [
    ...[role.device, role.phase, role.function, role.channel],
    ...[tenths(role.distanceFt), tenths(role.approachSpeedMph), tenths(role.latencyS)],
    ...('because' in role ? [share(role.phaseConfidence), share(role.functionConfidence), role.because] : []),
  ]);
  await writeFile(file, tableOf(isInferred ? [...columns, ...reasons] : columns, rows)).catch((fault: unknown) => {
    const why = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
    throw new UrbaneError('missing-file', `${file} cannot be written (${why}).`, 'Name a folder that may be written.');
  });
}
