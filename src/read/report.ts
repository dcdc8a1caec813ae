import type { City } from '../city/city.ts';

/** One thing an input held that did not come through. */
export interface Dropped {
  /** Kind of element: trip, flow, program, connection, ... */
  readonly what: string;
  /** Its id in the source, or a short description where several are counted together. */
  readonly element: string;
  readonly file?: string;
  readonly line?: number;
  readonly why: string;
  /** How many this entry stands for; 1 when absent. */
  readonly count?: number;
}

/** What a reader made of its input. */
export interface ImportReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly dropped: readonly Dropped[];
  readonly warnings: readonly string[];
}

/** Gathers a report while reading. Things of one kind and reason may be counted together. */
export class ReportBuilder {
  readonly counts: Record<string, number> = {};
  readonly dropped: Dropped[] = [];
  readonly warnings: string[] = [];
  private readonly tallies = new Map<
    string,
    { what: string; why: string; file: string; line: number | undefined; count: number }
  >();

  drop(entry: Dropped): void {
    this.dropped.push(entry);
  }

  /** Counts one more of `what` dropped for `why`; the report shows the first place and how many. */
  tally(what: string, why: string, file: string, line?: number): void {
    const key = `${what}\u0000${why}`;
    const tally = this.tallies.get(key);
    if (tally === undefined) this.tallies.set(key, { what, why, file, line, count: 1 });
    else tally.count++;
  }

  warn(sentence: string): void {
    if (!this.warnings.includes(sentence)) this.warnings.push(sentence);
  }

  build(): ImportReport {
    const counted = [...this.tallies.values()].map(({ what, why, file, line, count }) => ({
      what,
      element: `×${count}`,
      file,
      ...(line === undefined ? {} : { line }),
      why,
      count,
    }));
    return { counts: this.counts, dropped: [...this.dropped, ...counted], warnings: this.warnings };
  }
}

/** The first traveller left out and why, to add to a sentence that nobody travels; empty when none was. */
export function tellFirstTravellerDropped({ dropped }: ImportReport): string {
  const first = dropped.find(({ what }) => what === 'vehicle' || what === 'trip' || what === 'flow');
  return first === undefined ? '' : ` (${first.what} ${first.element} was dropped: ${first.why.replace(/\.$/, '')})`;
}

/** One report of several readers' reports, in order; equal counts keep the later value. */
export function joinReports(reports: readonly ImportReport[]): ImportReport {
  return {
    counts: Object.assign({}, ...reports.map((report) => report.counts)),
    dropped: reports.flatMap((report) => report.dropped),
    warnings: [...new Set(reports.flatMap((report) => report.warnings))],
  };
}

/** How many of each thing a city holds. */
export function countCity(city: City): Record<string, number> {
  const { roads, lanes, movements, junctions, signals, districts } = city;
  return {
    roads: roads.length,
    lanes: lanes.length,
    movements: movements.length,
    junctions: junctions.length,
    signals: signals.length,
    programs: signals.reduce((sum, signal) => sum + signal.programs.length, 0),
    districts: districts.length,
    crossings: city.crossings.length,
    busStops: city.busStops.length,
  };
}
