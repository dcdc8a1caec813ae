import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeasureEngine } from '../src/measures/engine.ts';
import { type DetectorRole, EventBuffer } from '../src/measures/event.ts';
import { getColumn, type Table } from '../src/measures/table.ts';

const UTAH = 'controller-logs/udot-atspm-v5/Atspm/ApplicationTests/Analysis/TestData';

/** One input with its expected output, as both are in the files of UDOT's own tests. */
export interface Pair {
  readonly name: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const readJson = (data: string, name: string): Json =>
  JSON.parse(readFileSync(join(data, UTAH, name), 'utf8').replace(/^\uFEFF/, ''));

/** Items of a list as Newtonsoft writes it, with or without its type. */
function itemsOf(value: unknown): Json[] {
  if (Array.isArray(value)) return value;
  const inner = (value as Json | null)?.$values;
  return Array.isArray(inner) ? inner : [];
}

/** Whole milliseconds of a local time, taken as UTC; fractions beyond are cut. */
function timeOf(text: unknown): number {
  const [date = '', fraction = ''] = String(text).split('.');
  return Date.parse(`${date}Z`) + Number(`0.${fraction || '0'}`) * 1000;
}

interface Event {
  readonly timeMs: number;
  readonly code: number;
  readonly parameter: number;
}

const eventOf = (event: Json): Event => ({
  timeMs: Math.round(timeOf(event.Timestamp)),
  code: Number(event.EventCode),
  parameter: Number(event.EventParam),
});

function run(events: readonly Event[], roles: readonly DetectorRole[], tables: readonly string[]): Map<string, Table> {
  const engine = new MeasureEngine({ dialect: 'utah', roles, binMs: 15 * 60_000, slackMs: 1e12, tables });
  const buffer = new EventBuffer(['7115'], events.length);
  for (const { timeMs, code, parameter } of events) buffer.push(timeMs, 0, code, parameter);
  engine.push(buffer);
  engine.finish();
  return new Map(engine.tables.map((table) => [table.name, table]));
}

/** Rows of some columns of a table as text, sorted. */
function rowsOf(table: Table | undefined, names: readonly string[], keep?: (row: number) => boolean): string[] {
  if (table === undefined) return [];
  const columns = names.map((name) => getColumn(table, name));
  const rows = Array.from({ length: table.length }, (_, row) => row).filter((row) => keep?.(row) ?? true);
  return rows.map((row) => columns.map((column) => textOf(column.values[row])).join(' ')).sort();
}

/** Times as whole milliseconds, all else to six digits. */
const textOf = (value: unknown): string => {
  const number = Number(value);
  return String(number > 1e9 ? Math.round(number) : Math.round(number * 1e6) / 1e6);
};
const secondsOf = (span: unknown): number => {
  const [hours = 0, minutes = 0, seconds = 0] = String(span).split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
};

/** Detectors of an approach as UDOT configures them; those without a distance are at the stop line. */
function rolesOf(approach: Json): DetectorRole[] {
  return itemsOf(approach.Detectors).map((detector) => ({
    device: '7115',
    channel: Number(detector.DetectorChannel),
    phase: Number(approach.ProtectedPhaseNumber),
    function: 'Advance',
    ...(detector.DistanceFromStopBar === null ? {} : { distanceFt: Number(detector.DistanceFromStopBar) }),
    approachSpeedMph: Number(approach.Mph),
    latencyS: Number(detector.LatencyCorrection),
  }));
}

function cyclePair(data: string): Pair {
  const json = readJson(data, 'CreateRedToRedCyclesTestData1.json');
  const tables = run(itemsOf(json.Input).map(eventOf), [], ['cycles']);
  const names = [
    'StartTime',
    'BeginGreen',
    'BeginYellow',
    'EndTime',
    'RedTime',
    'GreenTime',
    'YellowTime',
    'TotalTime',
  ];
  const expected = itemsOf(json.Output).map((cycle) =>
    [
      ...[cycle.Start, cycle.GreenEvent, cycle.YellowEvent, cycle.End].map((time) => textOf(timeOf(time))),
      ...[cycle.TotalRedTime, cycle.TotalGreenTime, cycle.TotalYellowTime, cycle.TotalTime].map(textOf),
    ].join(' '),
  );
  return { name: 'CreateRedToRedCycles 1', expected: expected.sort(), found: rowsOf(tables.get('cycles'), names) };
}

function shiftPair(data: string, number: number): Pair {
  const json = readJson(data, `IdentifyandAdjustVehicleActivationsTestData${number}.json`);
  const tables = run(itemsOf(json.Input).map(eventOf), rolesOf(json.Configuration as Json), ['arrivals']);
  const expected = itemsOf(json.Output).map((hit) =>
    [timeOf(hit.Timestamp), hit.PhaseNumber, hit.DetectorChannel].map(textOf).join(' '),
  );
  const found = rowsOf(tables.get('arrivals'), ['TimeStamp', 'Phase', 'Detector']);
  return { name: `IdentifyandAdjustVehicleActivations ${number}`, expected: expected.sort(), found };
}

/** The same hits once more, as two tables of events. */
function correctionPair(data: string): Pair {
  const read = (name: string): Event[] => {
    const lines = readFileSync(join(data, UTAH, name), 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1);
    return lines.map((line) => {
      const [, stamp = '', code, parameter] = line.split(',');
      const [, month, day, year, hour, minute, second] = /^(\d+)\/(\d+)\/(\d+) (\d+):(\d+):([\d.]+)$/.exec(stamp) ?? [];
      const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
      return { timeMs: dayMs + Math.round(Number(second) * 1000), code: Number(code), parameter: Number(parameter) };
    });
  };
  const { Configuration } = readJson(data, 'IdentifyandAdjustVehicleActivationsTestData1.json');
  const tables = run(read('ControllerEvents-ApproachDelay.csv'), rolesOf(Configuration as Json), ['arrivals']);
  const expected = read('Correction.csv').map(({ timeMs, parameter }) => `${timeMs} ${parameter}`);
  return {
    name: 'Correction',
    expected: expected.sort(),
    found: rowsOf(tables.get('arrivals'), ['TimeStamp', 'Detector']),
  };
}

/** Hits that are already at the stop line, in bins. */
function volumePairs(data: string): Pair[] {
  const hitOf = (hit: Json): Event => ({
    timeMs: Math.round(timeOf(hit.Timestamp)),
    code: 82,
    parameter: Number(hit.DetectorChannel),
  });
  const roles = [2, 6].map((phase): DetectorRole => ({ device: '7115', channel: phase, phase, function: 'Advance' }));
  const binsOf = (segments: unknown): string[] =>
    itemsOf(segments).map((segment) => `${timeOf(segment.Start)} ${textOf(segment.DetectorCount)}`);
  const pairs = [1, 2].map((number): Pair => {
    const json = readJson(data, `CalculatePhaseVolumeTestData${number}.json`);
    const tables = run(itemsOf(json.Input).map(hitOf), roles, ['approach_volume']);
    const found = rowsOf(tables.get('approach_volume'), ['TimeStamp', 'Volume']);
    return { name: `CalculatePhaseVolume ${number}`, expected: binsOf((json.Output as Json).Segments).sort(), found };
  });
  const again = readFileSync(join(data, UTAH, 'test.json'), 'utf8').replace(/^\uFEFF/, '');
  pairs.push({ name: 'test.json', expected: binsOf(JSON.parse(again)).sort(), found: pairs[1]?.found ?? [] });
  const json = readJson(data, 'CalculateTotalVolumesTestData1.json');
  const hits = itemsOf(json.Input).flatMap((volumes) =>
    itemsOf(volumes.Segments).flatMap((bin) => itemsOf(bin.DetectorEvents)),
  );
  const table = run(hits.map(hitOf), roles, ['approach_volume']).get('approach_volume');
  const expected = itemsOf((json.Output as Json).Segments).map((bin) =>
    [timeOf(bin.Start), (bin.Primary as Json).DetectorCount, (bin.Opposing as Json).DetectorCount]
      .map(textOf)
      .join(' '),
  );
  const isPrimary = (row: number): boolean => table !== undefined && getColumn(table, 'Phase').values[row] === 2;
  const found = rowsOf(table, ['TimeStamp', 'Volume', 'OpposingVolume'], isPrimary);
  pairs.push({ name: 'CalculateTotalVolumes 1', expected: expected.sort(), found });
  return pairs;
}

function dwellPair(data: string): Pair {
  const json = readJson(data, 'CalculateDwellTimeTestData1.json');
  const table = run(itemsOf(json.Input).map(eventOf), [], ['preempt_details']).get('preempt_details');
  const expected = itemsOf(json.Output).map((dwell) =>
    [dwell.PreemptNumber, timeOf(dwell.Start), timeOf(dwell.End), secondsOf(dwell.Seconds)].map(textOf).join(' '),
  );
  const isDwell = (row: number): boolean => table !== undefined && getColumn(table, 'Measure').texts[row] === 'Dwell';
  const found = rowsOf(table, ['Preempt', 'StartTime', 'EndTime', 'Duration'], isDwell);
  return { name: 'CalculateDwellTime 1', expected: expected.sort(), found };
}

function pedestrianPair(data: string): Pair {
  const json = readJson(data, 'AggregatePedestrianPhasesTestData1.json');
  const tables = run(itemsOf(json.Input).map(eventOf), [], ['pedestrian']);
  const names = [
    'PedCycles',
    'PedDelay',
    'MinPedDelay',
    'MaxPedDelay',
    'PedRequests',
    'ImputedPedCallsRegistered',
    'UniquePedDetections',
    'PedBeginWalkCount',
    'PedCallsRegisteredCount',
  ];
  const expected = itemsOf(json.Output).map((bin) =>
    [timeOf(bin.Start), bin.PhaseNumber, ...names.map((name) => bin[name])].map(textOf).join(' '),
  );
  const found = rowsOf(tables.get('pedestrian'), ['TimeStamp', 'Phase', ...names]);
  return { name: 'AggregatePedestrianPhases 1', expected: expected.sort(), found };
}

/**
 * The pairs of UDOT's tests whose output is given, each with what Urbane makes of its input. Left out are two outputs that
 * do not follow from their input: 7115Oct22AggregatedPlans.csv holds a plan 0 that the log of plans has not, and
 * pedaggresultdata.csv counts another way than the newer output of the same input.
 */
export function readUtahPairs(data: string): Pair[] {
  return [
    cyclePair(data),
    ...[1, 2, 3].map((number) => shiftPair(data, number)),
    correctionPair(data),
    ...volumePairs(data),
    dwellPair(data),
    pedestrianPair(data),
  ];
}
