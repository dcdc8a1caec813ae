import type { DetectorFunction, DetectorRole } from './event.ts';
import { type Cell, type ColumnType, Table } from './table.ts';

/** Where rows go: the tables that were asked for. A row of any other table is dropped. */
export class Output {
  readonly tables: readonly Table[];
  private readonly byName: ReadonlyMap<string, Table>;

  /** @param columns name and type of the columns of each table, by its name */
  constructor(columns: ReadonlyMap<string, Readonly<Record<string, ColumnType>>>) {
    this.tables = [...columns].map(([name, types]) => new Table(name, types));
    this.byName = new Map(this.tables.map((table) => [table.name, table]));
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  add(name: string, ...cells: Cell[]): void {
    this.byName.get(name)?.push(...cells);
  }
}

/** What one measure keeps of one controller. */
export interface Tracker {
  /** The event codes it wants to see. */
  readonly codes: readonly number[];
  /** An event; events come in order of time, code and parameter, none twice. */
  on(timeMs: number, code: number, parameter: number): void;
  /** Every event before the bin edge `edgeMs` has been seen: rows that are final come out. */
  close(edgeMs: number): void;
  /** The rows of unfinished bins as they stand, without ending them. */
  current(out: Output): void;
  /** The log ends: every row that is left comes out. */
  finish(): void;
}

/** First and last time of all events so far, over all controllers (UTC ms). */
export interface Span {
  firstMs: number;
  lastMs: number;
}

/** What a tracker is made with. */
export interface Site {
  /** Position of the controller in the log's `devices`. */
  readonly device: number;
  /** Its detectors. */
  readonly roles: readonly DetectorRole[];
  readonly binMs: number;
  readonly out: Output;
  readonly span: Readonly<Span>;
  /** Reproduce the known faults of the original of the dialect instead of correcting them. */
  readonly faithful: boolean;
}

/** Start of the bin of a time (UTC ms). */
export function binOf(timeMs: number, binMs: number): number {
  return Math.floor(timeMs / binMs) * binMs;
}

/** Longer gaps are not filled with empty bins: a clock was wrong, or logs of different weeks are read together. */
const LONGEST_FILLED_MS = 7 * 86_400_000;

/** The bin after one, on the way to the bin that begins at `edgeMs`: the next, or that one across too long a gap. */
export function binAfter(bin: number, edgeMs: number, binMs: number): number {
  return edgeMs - bin - binMs > LONGEST_FILLED_MS ? edgeMs : bin + binMs;
}

/** The first bin of the log that is filled for a phase or channel that is first seen in the bin `firstMs`. */
export function fillFrom(span: Readonly<Span>, firstMs: number, binMs: number): number {
  const bin = binOf(span.firstMs, binMs);
  return firstMs - bin > LONGEST_FILLED_MS ? firstMs : bin;
}

/** The roles of one function, by channel. */
export function byChannel(roles: readonly DetectorRole[], wanted: DetectorFunction): Map<number, DetectorRole[]> {
  const found = new Map<number, DetectorRole[]>();
  for (const role of roles) {
    if (role.function !== wanted) continue;
    const those = found.get(role.channel);
    if (those === undefined) found.set(role.channel, [role]);
    else if (!those.some((other) => other.phase === role.phase)) those.push(role);
  }
  return found;
}

/** The array, or a longer copy of it in which `index` is valid. */
export function withRoom(array: Float64Array<ArrayBuffer>, index: number): Float64Array<ArrayBuffer> {
  if (index < array.length) return array;
  const longer = new Float64Array(Math.max(index + 1, array.length * 2));
  longer.set(array);
  return longer;
}
