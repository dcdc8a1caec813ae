import { type Definition, DIALECTS, type Dialect } from './dialects.ts';
import type { DetectorRole, EventBatch } from './event.ts';
import { EventOrder } from './order.ts';
import type { ColumnType, Table } from './table.ts';
import { binOf, Output, type Span, type Tracker } from './tracker.ts';

/** A parameter is a phase, a channel, a number of seconds ...: a small number. */
const HIGHEST_PARAMETER = 32_767;

export interface MeasureOptions {
  readonly dialect: Dialect;
  /** The detectors of all controllers. */
  readonly roles: readonly DetectorRole[];
  /** Length of a bin; bins begin at multiples of it (UTC). */
  readonly binMs: number;
  /** The tables wanted; all of the dialect when left out. */
  readonly tables?: readonly string[];
  /** How much later than a younger event of its controller an event may come. Live, rows lag by it. */
  readonly slackMs: number;
  /** Reproduce the known faults of the original of the dialect instead of correcting them. */
  readonly faithful?: boolean;
}

/** Names of the tables of a dialect. */
export function listTables(dialect: Dialect): string[] {
  return DIALECTS[dialect].flatMap((definition) => Object.keys(definition.tables));
}

/** One controller: its trackers, and which of them want which code. */
interface Controller {
  readonly trackers: readonly Tracker[];
  readonly byCode: (Tracker[] | undefined)[];
  edgeMs: number;
}

/**
 * All measures of a dialect over a log, in one pass: the same live and in batch. Events may come out of order within
 * the slack; memory holds what is open (bins, cycles, intervals) of each controller, not the log. Rows come out in
 * `tables` when they are final; `current` tells at any time how the open bins stand.
 */
export class MeasureEngine {
  readonly tables: readonly Table[];
  private readonly options: MeasureOptions;
  private readonly roles = new Map<string, DetectorRole[]>();
  private readonly definitions: readonly Definition[];
  private readonly columns: ReadonlyMap<string, Readonly<Record<string, ColumnType>>>;
  private readonly out: Output;
  private readonly order: EventOrder;
  private readonly controllers: (Controller | undefined)[] = [];
  private readonly span: Span = { firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY };
  private devices: readonly string[] = [];

  constructor(options: MeasureOptions) {
    this.options = options;
    for (const role of options.roles) {
      const those = this.roles.get(role.device);
      if (those === undefined) this.roles.set(role.device, [role]);
      else those.push(role);
    }
    const wanted = options.tables === undefined ? null : new Set(options.tables);
    const isWanted = (name: string): boolean => wanted?.has(name) ?? true;
    this.definitions = DIALECTS[options.dialect].filter((definition) => Object.keys(definition.tables).some(isWanted));
    this.columns = new Map(
      this.definitions.flatMap((definition) => Object.entries(definition.tables).filter(([name]) => isWanted(name))),
    );
    this.out = new Output(this.columns);
    this.tables = this.out.tables;
    this.order = new EventOrder(options.slackMs, this.take);
  }

  /** Events dropped because their parameter is no number of anything. */
  unfit = 0;

  /** Events dropped because they came later than the slack allows. */
  get late(): number {
    return this.order.late;
  }

  /** Events dropped because, live, their time is over an hour ahead of now. */
  get early(): number {
    return this.order.early;
  }

  /** Exact repetitions dropped. */
  get repeated(): number {
    return this.order.repeated;
  }

  /** Takes the events `from` to `to` (exclusive) of a batch, in any order within the slack; nothing of it is kept. */
  push(batch: EventBatch, from = 0, to = batch.length): void {
    this.devices = batch.devices;
    this.order.push(batch, from, to);
  }

  /** Live: it is `nowMs`; the last events of a controller come out, and its bins that are over by its own clock. */
  advance(nowMs: number): void {
    this.order.advance(nowMs);
    this.controllers.forEach((controller, device) => {
      if (controller !== undefined) this.closeBins(controller, this.order.horizonOf(device));
    });
  }

  /** The rows of the open bins as they stand: of all controllers, or of the one at a position in the log's `devices`. */
  current(device?: number): readonly Table[] {
    const out = new Output(this.columns);
    const asked = device === undefined ? this.controllers : [this.controllers[device]];
    for (const controller of asked) for (const tracker of controller?.trackers ?? []) tracker.current(out);
    return out.tables;
  }

  /** The log ends, at its last event: rows of unfinished bins come out. */
  finish(): void {
    this.order.finish();
    for (const controller of this.controllers) for (const tracker of controller?.trackers ?? []) tracker.finish();
  }

  private readonly take = (device: number, timeMs: number, code: number, parameter: number): void => {
    if (parameter < 0 || parameter > HIGHEST_PARAMETER) {
      this.unfit++;
      return;
    }
    const controller = this.controllers[device] ?? this.create(device);
    if (timeMs < this.span.firstMs) this.span.firstMs = timeMs;
    if (timeMs > this.span.lastMs) this.span.lastMs = timeMs;
    if (timeMs >= controller.edgeMs) this.closeBins(controller, timeMs);
    const trackers = controller.byCode[code];
    if (trackers === undefined) return;
    for (let at = 0; at < trackers.length; at++) trackers[at]!.on(timeMs, code, parameter);
  };

  private closeBins(controller: Controller, timeMs: number): void {
    const bin = binOf(timeMs, this.options.binMs);
    if (bin < controller.edgeMs) return;
    for (const tracker of controller.trackers) tracker.close(bin);
    controller.edgeMs = bin + this.options.binMs;
  }

  private create(device: number): Controller {
    const roles = this.roles.get(this.devices[device] ?? '') ?? [];
    const { out, span } = this;
    const { binMs, faithful = false } = this.options;
    const trackers = this.definitions.map((definition) =>
      definition.create({ device, roles, binMs, out, span, faithful }),
    );
    const byCode: (Tracker[] | undefined)[] = [];
    for (const tracker of trackers) {
      for (const code of new Set(tracker.codes)) {
        byCode[code] ??= [];
        byCode[code].push(tracker);
      }
    }
    const controller = { trackers, byCode, edgeMs: Number.NEGATIVE_INFINITY };
    this.controllers[device] = controller;
    return controller;
  }
}
