import type { Mode } from '../brain/modes.ts';
import type { Scenario } from '../demand/demand.ts';
import { StreetLog } from '../field/controller-log/street-log.ts';
import type { SensorLevel } from '../street/observation.ts';
import { UrbaneError } from '../units/errors.ts';
import { listCorridors } from './city-corridors.ts';
import { History } from './history.ts';
import { JunctionPages } from './junction-pages.ts';
import { createMapDocument } from './map-document.ts';
import type { Paced } from './pacer.ts';
import { Run } from './run.ts';
import { describeStages } from './stage-words.ts';
import { NO_MODES, type SteerAnswer, type SteerOrder } from './steering.ts';
import { Tracks } from './track.ts';
import type { Figures, HistoryDocument, JunctionDocument, MapDocument, ModesState, RunName } from './wire.ts';

const HISTORY_EVERY_S = 20;
/** How far back the junction pages of a running city reach. */
const KEEP_LOG_MS = 3 * 3_600_000;

export interface PairOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly controller: string;
  readonly sensors: SensorLevel;
  /** Of every junction at the start; automatic when left out. */
  readonly mode?: Mode;
}

/** The same demand and seed twice in lock-step: under the shipped plans, and with the brain. */
export class Pair implements Paced {
  #options: PairOptions;
  #tracks: Tracks;
  #next: Scenario | null = null;
  #runs: Record<RunName, Run>;
  #history: History;
  /** What the controllers of the run with the brain log. */
  #log: StreetLog;
  pages: JunctionPages;
  #restarts = 0;

  constructor(options: PairOptions) {
    this.#options = options;
    this.#tracks = new Tracks(options.scenario.city);
    this.#runs = this.#begin();
    this.#history = new History(1, HISTORY_EVERY_S);
    this.#log = new StreetLog(options.scenario.city, options.seed);
    this.pages = this.#openPages();
  }

  #openPages(): JunctionPages {
    const { city, demand } = this.#options.scenario;
    const pages = new JunctionPages({
      zone: 'UTC',
      isLive: true,
      hasCity: true,
      dialect: 'oregon',
      corridors: listCorridors(city, demand),
      keepMs: KEEP_LOG_MS,
    });
    pages.configure({ roles: this.#log.roles, inferred: [], findings: [] });
    return pages;
  }

  /** What runs now. */
  get scenario(): Scenario {
    return this.#options.scenario;
  }

  /** From the next restart on this scenario runs, of the same streets. */
  runNext(scenario: Scenario): void {
    this.#next = scenario;
  }

  #begin(): Record<RunName, Run> {
    const shared = { ...this.#options, tracks: this.#tracks };
    return { without: new Run({ ...shared, controller: 'fixed' }), with: new Run(shared) };
  }

  get timeMs(): number {
    return this.#runs.with.timeMs;
  }

  get beginMs(): number {
    return this.#options.scenario.beginMs;
  }

  get endMs(): number {
    return this.#options.scenario.endMs;
  }

  async step(): Promise<void> {
    await this.#runs.without.tick();
    await this.#runs.with.tick();
    this.pages.push(this.#log.read(this.#runs.with.street));
  }

  async restart(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#restarts++;
    if (this.#next !== null) {
      this.#options = { ...this.#options, scenario: this.#next };
      this.#tracks = new Tracks(this.#next.city);
    }
    this.#runs = this.#begin();
    this.#history = new History(1 + this.#restarts, HISTORY_EVERY_S);
    this.#log = new StreetLog(this.#options.scenario.city, this.#options.seed);
    if (this.#next === null) this.pages.clear();
    else this.pages = this.#openPages();
    this.#next = null;
  }

  get map(): MapDocument {
    const { scenario, controller, sensors, seed } = this.#options;
    return createMapDocument({ name: scenario.name, city: scenario.city, controller, sensors, seed });
  }

  figures(): Record<RunName, Figures> {
    return { without: this.#runs.without.figures(), with: this.#runs.with.figures() };
  }

  /** The lines over time with the figures of now, or null when now is no new point of them. */
  remember(figures: Readonly<Record<RunName, Figures>>): HistoryDocument | null {
    return this.#history.add(this.timeMs, figures) ? this.#history.document : null;
  }

  scenes(): Record<RunName, string> {
    const base64 = (bytes: Uint8Array): string =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    return { without: base64(this.#runs.without.scene()), with: base64(this.#runs.with.scene()) };
  }

  get modes(): ModesState {
    return this.#runs.with.steering?.state ?? NO_MODES;
  }

  /** Carries out what an operator asks of the run with the brain. Throws as `Steering.carryOut`. */
  steer(order: SteerOrder): SteerAnswer {
    const { steering } = this.#runs.with;
    if (steering === null) {
      throw new UrbaneError(
        'not-now',
        'The signals run their own plans here.',
        'Start with a controller other than fixed.',
      );
    }
    return steering.carryOut(order);
  }

  /** Null for an id the city does not have. */
  junction(id: string): JunctionDocument | null {
    const { city } = this.#options.scenario;
    const junction = city.junctions.find((each) => each.id === id);
    if (junction === undefined) return null;
    const { timeMs } = this;
    const signal = city.signals[junction.signal];
    if (signal === undefined) return { id, signal: null, timeMs, stages: [], runs: null };
    const runs = {
      without: this.#runs.without.junction(junction.signal),
      with: this.#runs.with.junction(junction.signal),
    };
    return { id, signal: signal.id, timeMs, stages: describeStages(city, signal), runs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runs.without[Symbol.asyncDispose]();
    await this.#runs.with[Symbol.asyncDispose]();
  }
}
