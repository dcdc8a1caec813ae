import { DRAWN_TABLES } from '../measures/charts/by-phase.ts';
import type { CorridorPlace } from '../measures/charts/time-space.ts';
import type { ConfigurationFinding, InferredRole } from '../measures/configuration.ts';
import type { Corridor, CorridorStop } from '../measures/corridor.ts';
import type { Dialect } from '../measures/dialects.ts';
import { listTables, MeasureEngine } from '../measures/engine.ts';
import type { DetectorRole, EventBatch } from '../measures/event.ts';
import { describeJunction, JunctionLog, type JunctionPicture } from '../measures/junction.ts';
import { adviseOffsets, type OffsetAdvice } from '../measures/link-pivot.ts';
import { describeTable, type TableDocument } from '../measures/table-document.ts';
import type { Alert } from '../watch/alert.ts';
import { EventWatch } from '../watch/events.ts';

/** A controller whose events are here. */
export interface ControllerEntry {
  readonly id: string;
  /** First and last event kept, UTC milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly events: number;
  /** Alerts that are not over. */
  readonly alerts: number;
}

/** What the list at the left of the page shows. */
export interface ControllersDocument {
  /** IANA zone of the signals: what times on the page are told in. */
  readonly zone: string;
  /** True while events keep coming in. */
  readonly isLive: boolean;
  /** True when a city runs here whose page is at `./`. */
  readonly hasCity: boolean;
  readonly controllers: readonly ControllerEntry[];
}

/** All that the page of one junction draws over a stretch of time. */
export interface JunctionPageDocument {
  readonly entry: ControllerEntry;
  readonly picture: JunctionPicture;
  readonly detectors: readonly DetectorRole[];
  readonly inferred: readonly InferredRole[];
  readonly findings: readonly ConfigurationFinding[];
  /** The latest first. */
  readonly alerts: readonly Alert[];
  readonly binMs: number;
  /** What the charts are drawn from, over that stretch. */
  readonly tables: readonly TableDocument[];
  /** Every table of the dialect: `table` makes one when it is asked for. */
  readonly tableNames: readonly string[];
  readonly corridor: {
    readonly name: string;
    readonly speedMps: number;
    readonly stops: readonly CorridorPlace[];
    /** By stop, from the greens and arrivals of the whole stretch. */
    readonly advice: readonly OffsetAdvice[];
  } | null;
}

/** What is known of the detectors of all controllers. */
export interface Detectors {
  readonly roles: readonly DetectorRole[];
  /** Those of the roles that the log alone told, with how sure it is. */
  readonly inferred: readonly InferredRole[];
  /** Where a given configuration and the log differ. */
  readonly findings: readonly ConfigurationFinding[];
}

export interface JunctionPagesOptions {
  readonly zone: string;
  readonly isLive: boolean;
  readonly hasCity: boolean;
  readonly dialect: Dialect;
  readonly corridors: readonly Corridor[];
  /** Events older than this before the newest one are forgotten; null keeps all. */
  readonly keepMs: number | null;
}

/** The longest stretch that one page shows. */
export const LONGEST_SPAN_MS = 24 * 3_600_000;
/** The part of a corridor's time that its diagram shows: more would be a blur. */
const CORRIDOR_SPAN_MS = 15 * 60_000;
/** Bins of a stretch that is short, and of a longer one. */
const SHORT_BIN = { upToMs: 3_600_000, binMs: 5 * 60_000 } as const;
const BIN_MS = 15 * 60_000;
/** How many events come in before old ones are forgotten again. */
const FORGET_EVERY = 4096;

/** A part of a controller's log, UTC milliseconds, and the bins it is measured in. */
interface Stretch {
  readonly log: JunctionLog;
  readonly since: number;
  readonly until: number;
  readonly binMs: number;
}

/** The events of every controller, kept as far back as wanted, and the pages made from them. */
export class JunctionPages {
  readonly #options: JunctionPagesOptions;
  #detectors: Detectors = { roles: [], inferred: [], findings: [] };
  readonly #logs = new Map<string, JunctionLog>();
  #watch = new EventWatch();
  #newestMs = Number.NEGATIVE_INFINITY;
  #sinceForgotten = 0;

  constructor(options: JunctionPagesOptions) {
    this.#options = options;
  }

  /** Names the detectors of the controllers, before their events come. */
  configure(detectors: Detectors): void {
    this.#detectors = detectors;
    this.#watch = new EventWatch(detectors.roles);
  }

  /** Takes events in order of time. */
  push(batch: EventBatch, from = 0, to = batch.length): void {
    const { timeMs, device, code, parameter, devices } = batch;
    for (let i = from; i < to; i++) {
      const id = devices[device[i]!]!;
      let log = this.#logs.get(id);
      if (log === undefined) {
        log = new JunctionLog();
        this.#logs.set(id, log);
      }
      log.push(timeMs[i]!, code[i]!, parameter[i]!);
    }
    this.#watch.push(batch, from, to);
    if (to > from) this.#newestMs = timeMs[to - 1]!;
    this.#sinceForgotten += to - from;
    const { keepMs } = this.#options;
    if (keepMs === null || this.#sinceForgotten < FORGET_EVERY) return;
    this.#sinceForgotten = 0;
    for (const log of this.#logs.values()) log.forgetBefore(this.#newestMs - keepMs);
  }

  /** Forgets everything: another run begins. */
  clear(): void {
    this.#logs.clear();
    this.#watch = new EventWatch(this.#detectors.roles);
    this.#newestMs = Number.NEGATIVE_INFINITY;
  }

  list(): ControllersDocument {
    const { zone, isLive, hasCity } = this.#options;
    const open = new Map<string, number>();
    for (const { devices, untilMs } of this.#watch.alerts) {
      if (untilMs === null) for (const device of devices) open.set(device, (open.get(device) ?? 0) + 1);
    }
    const controllers = [...this.#logs].map(([id, log]) => entryOf(id, log, open.get(id) ?? 0));
    const collator = new Intl.Collator('en', { numeric: true });
    return { zone, isLive, hasCity, controllers: controllers.sort((a, b) => collator.compare(a.id, b.id)) };
  }

  /** The last `hours` of a controller, or all that is kept, at most a day. Null for one of which no event came. */
  describe(id: string, hours: number | null): JunctionPageDocument | null {
    const stretch = this.#stretchOf(id, hours);
    if (stretch === null) return null;
    const { log, since, until, binMs } = stretch;
    const { corridors, dialect } = this.#options;
    const { roles, inferred, findings } = this.#detectors;
    const tableNames = listTables(dialect);
    const drawn = tableNames.filter((name) => DRAWN_TABLES.includes(name));
    const corridor = corridors.find(({ stops }) => stops.some(({ device }) => device === id));
    const alerts = this.#alertsOf(id);
    const openAlerts = alerts.filter(({ untilMs }) => untilMs === null).length;
    return {
      entry: entryOf(id, log, openAlerts),
      picture: this.#picture(id, log, since, until),
      detectors: roles.filter(({ device }) => device === id),
      inferred: inferred.filter(({ device }) => device === id),
      findings: findings.filter(({ device }) => device === id),
      alerts: alerts.sort((a, b) => b.sinceMs - a.sinceMs),
      binMs,
      tables: this.#measure(id, stretch, drawn),
      tableNames,
      corridor: corridor === undefined ? null : this.#alongOf(corridor, since, until),
    };
  }

  /** One table of the dialect over the same stretch as `describe`. Null as there, and for another name. */
  table(id: string, name: string, hours: number | null): TableDocument | null {
    const stretch = this.#stretchOf(id, hours);
    return stretch === null ? null : (this.#measure(id, stretch, [name])[0] ?? null);
  }

  #stretchOf(id: string, hours: number | null): Stretch | null {
    const log = this.#logs.get(id);
    if (log === undefined || log.length === 0) return null;
    const until = log.toMs + 1;
    const since = Math.max(log.fromMs, until - Math.min(LONGEST_SPAN_MS, (hours ?? 24) * 3_600_000));
    const binMs = until - since <= SHORT_BIN.upToMs + SHORT_BIN.binMs ? SHORT_BIN.binMs : BIN_MS;
    return { log, since, until, binMs };
  }

  #alertsOf(id: string): Alert[] {
    return this.#watch.alerts.filter(({ devices }) => devices.includes(id));
  }

  #measure(id: string, { log, since, until, binMs }: Stretch, tables: readonly string[]): TableDocument[] {
    const { dialect } = this.#options;
    const { roles } = this.#detectors;
    const engine = new MeasureEngine({ dialect, roles, binMs, tables, slackMs: 0 });
    engine.push(log.slice(since, until, [id]));
    engine.finish();
    return engine.tables.map((table) => describeTable(table, id));
  }

  #picture(id: string, log: JunctionLog, fromMs: number, toMs: number): JunctionPicture {
    return describeJunction(log.slice(fromMs, toMs, [id]), id, this.#detectors.roles, fromMs, toMs);
  }

  #alongOf({ name, speedMps, stops }: Corridor, sinceMs: number, toMs: number): JunctionPageDocument['corridor'] {
    const fromMs = Math.max(sinceMs, toMs - CORRIDOR_SPAN_MS);
    const shown = stops.flatMap((stop) => {
      const log = this.#logs.get(stop.device);
      return log === undefined ? [] : [{ ...stop, picture: this.#picture(stop.device, log, fromMs, toMs) }];
    });
    return { name, speedMps, stops: shown, advice: this.#adviseOffsets(shown, sinceMs, toMs) };
  }

  #adviseOffsets(stops: readonly CorridorStop[], fromMs: number, toMs: number): OffsetAdvice[] {
    const { dialect } = this.#options;
    const { roles } = this.#detectors;
    const engine = new MeasureEngine({ dialect, roles, binMs: BIN_MS, tables: ['offset_profile'], slackMs: 0 });
    const devices = stops.map(({ device }) => device);
    devices.forEach((device, position) => {
      const batch = this.#logs.get(device)?.slice(fromMs, toMs, devices, position);
      if (batch !== undefined) engine.push(batch);
    });
    engine.finish();
    const [profiles] = engine.tables;
    return profiles === undefined ? [] : adviseOffsets(stops, profiles, devices);
  }
}

function entryOf(id: string, log: JunctionLog, alerts: number): ControllerEntry {
  return { id, fromMs: log.fromMs, toMs: log.toMs, events: log.length, alerts };
}
