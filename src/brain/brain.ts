import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import { stepTowards } from '../city/stage-order.ts';
import type { Answer, Guard, Intervention } from '../guard/guard.ts';
import type { Choice, Controller, MovementForecast, SignalStatus } from '../signals/controller.ts';
import type { LoopPlace, Observation } from '../street/observation.ts';
import type { Command, Street } from '../street/street.ts';
import type { Milliseconds, Seconds, SignalId } from '../units/units.ts';
import { Corridors } from './corridors.ts';
import { DecisionLog } from './decision-log.ts';
import { ModeBook, type ModeChange } from './mode-book.ts';
import type { Approval, Mode } from './modes.ts';
import type { RecordLine } from './record.ts';
import { StageCounter } from './seen.ts';

/** What turns a street's truth into what may be known of it: the sensor layer, or a street that sends observations itself. */
export interface Sensors {
  readonly loops: readonly LoopPlace[];
  observe(frame: Frame, lamps: readonly string[], waiting?: ArrayLike<number>): Observation;
}

export interface BrainOptions {
  readonly street: Street;
  readonly sensors: Sensors;
  /** null for `fixed`: nothing is observed or commanded, the street's own programs run. */
  readonly controller: Controller | null;
  /** Its grants name the controller's `name` as who may command. */
  readonly guard: Guard;
  /** Decision interval, used where the controller has none of its own. */
  readonly stepS: Seconds;
  /** Receives every decision and intervention as one line of JSON, without the line end. */
  readonly record?: (line: string) => void;
  /** The modes to begin with, by signal index; automatic where it is missing. */
  readonly modes?: readonly Mode[];
  /** Who approved them, until when; `configuration` for good when left out. */
  readonly approval?: Approval;
  /** A clock in milliseconds for the brain's own time per tick, such as performance.now; without it no time is measured. */
  readonly clock?: () => number;
}

/** The brain's own time per tick, without the street's. */
export interface TickTimes {
  readonly ticks: number;
  readonly lastMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

/** The loop: advance the street one second, observe, decide at every decision step, guard, apply, record. */
export class Brain {
  readonly decisions: DecisionLog;
  readonly modes: ModeBook;
  readonly corridors: Corridors;
  readonly #options: BrainOptions;
  readonly #stepMs: Milliseconds;
  readonly #counter: StageCounter;
  /** By signal index: the brain has commanded it, so it must go on showing life. */
  readonly #isCommanded: Uint8Array;
  #nextDecisionMs: Milliseconds = -Infinity;
  #lastObservation: Observation | null = null;
  #ticks = 0;
  #lastMs = 0;
  #sumMs = 0;
  #maxMs = 0;

  constructor(options: BrainOptions) {
    const { city } = options.street;
    this.#options = options;
    this.#stepMs = (options.controller?.ownStepS ?? options.stepS) * 1000;
    this.#counter = new StageCounter(city, options.sensors.loops);
    this.#isCommanded = new Uint8Array(city.signals.length);
    this.decisions = new DecisionLog(city.signals.length);
    this.corridors = new Corridors(city);
    const { modes = [], approval = { by: 'configuration', untilMs: Number.POSITIVE_INFINITY } } = options;
    this.modes = new ModeBook(city, options.sensors.loops, modes, approval);
  }

  /** What the controller last saw; null with `fixed` and before the first tick. */
  get lastObservation(): Observation | null {
    return this.#lastObservation;
  }

  get times(): TickTimes {
    return {
      ticks: this.#ticks,
      lastMs: this.#lastMs,
      meanMs: this.#sumMs / Math.max(1, this.#ticks),
      maxMs: this.#maxMs,
    };
  }

  /** One second. Rejects as the street does when it is gone. */
  async tick(): Promise<void> {
    const { street, controller, clock } = this.#options;
    await street.advance();
    if (controller === null) return;
    const begunMs = clock?.() ?? 0;
    this.#think(controller);
    const spentMs = (clock?.() ?? 0) - begunMs;
    this.#ticks++;
    this.#lastMs = spentMs;
    this.#sumMs += spentMs;
    this.#maxMs = Math.max(this.#maxMs, spentMs);
  }

  #think(controller: Controller): void {
    const { street, sensors, guard } = this.#options;
    const nowMs = street.timeMs;
    const observation = sensors.observe(street.frame, street.lamps, street.waiting);
    this.#lastObservation = observation;
    controller.observe(observation);
    const isDecision = nowMs >= this.#nextDecisionMs;
    this.modes.watch(observation, nowMs);
    const status = isDecision ? guard.status(nowMs) : [];
    const choices = isDecision ? this.corridors.override(controller.decide(nowMs, status), status, nowMs) : [];
    if (isDecision) this.#nextDecisionMs = nowMs + this.#stepMs;
    const sent = this.#command(choices, status, controller.name, nowMs);
    const { orders, answers, interventions } = guard.step(nowMs, street.lamps, [...sent.values()]);
    street.apply(orders);
    const answerTo = new Map(answers.map((answer) => [answer.command, answer]));
    for (const [signal, command] of sent) this.#heed(signal, command, answerTo.get(command), nowMs);
    for (const intervention of interventions) this.modes.heed(intervention, nowMs);
    this.#recordDecisions(nowMs, choices, sent, answerTo, observation, controller.name);
    this.#recordInterventions(nowMs, interventions, observation.cityVersion);
    this.#recordModes(nowMs, this.modes.drain(), observation.cityVersion);
  }

  /** A release that did not pass is sent again; other refusals count against the mode. */
  #heed(signal: number, command: Command, answer: Answer | undefined, nowMs: Milliseconds): void {
    if (answer === undefined) return;
    if (command.kind === 'stage') this.modes.hear(signal, answer, nowMs);
    else if (answer.result === 'refused' && answer.rule === 'clock') this.#isCommanded[signal] = 1;
  }

  /**
   * One command per signal: its choice where it is automatic (a release where it hands the signal back), what is approved
   * where it is supervised; where the controller chose nothing for a signal it has commanded before, the present stage again
   * as a sign of life. Where the stages have an order, the next one on the way.
   */
  #command(
    choices: readonly Choice[],
    status: readonly SignalStatus[],
    by: string,
    issuedMs: Milliseconds,
  ): Map<number, Command> {
    const { city } = this.#options.street;
    const sent = new Map<number, Command>();
    const send = (signal: number, stage: number | null) => {
      const id: SignalId | undefined = city.signals[signal]?.id;
      if (id === undefined) return;
      const head = { signal: id, by, issuedMs };
      sent.set(signal, stage === null ? { kind: 'release', ...head } : { kind: 'stage', stage, ...head });
    };
    const { guard } = this.#options;
    for (const choice of choices) {
      const { signal, handsBack } = choice;
      const now = status[signal];
      const wish = this.#modeOf(signal) === 'automatic' ? choice.stage : this.#askFor(choice, now, issuedMs);
      if (handsBack && this.#modeOf(signal) === 'automatic') send(signal, null);
      else if (wish !== null && now !== undefined) send(signal, stepTowards(guard.orderOf(signal), now.stage, wish));
    }
    status.forEach(({ stage }, signal) => {
      if (this.#isCommanded[signal] !== 1 || sent.has(signal)) return;
      send(signal, this.#modeOf(signal) === 'automatic' ? stage : null);
    });
    for (const [signal, { kind }] of sent) this.#isCommanded[signal] = kind === 'stage' ? 1 : 0;
    return sent;
  }

  /** In mode supervised: the stage that somebody has approved, until it is green; then its own program goes on from there. */
  #askFor(
    { signal, stage, why, handsBack }: Choice,
    now: SignalStatus | undefined,
    nowMs: Milliseconds,
  ): number | null {
    const isChange = now !== undefined && stage !== now.stage && !handsBack;
    const wish = this.modes.propose(signal, { stage, why, isChange }, nowMs);
    if (wish === null || now?.stage !== wish || now.changing || this.#isCommanded[signal] === 0) return wish;
    this.modes.conclude(signal);
    return null;
  }

  #modeOf(signal: number): Mode {
    return this.modes.modeOf(signal);
  }

  #recordDecisions(
    timeMs: Milliseconds,
    choices: readonly Choice[],
    sent: ReadonlyMap<number, Command>,
    answerTo: ReadonlyMap<Command, Answer>,
    observation: Observation,
    by: string,
  ): void {
    const { city } = this.#options.street;
    for (const { signal, stage, alternatives, why, movements } of choices) {
      const command = sent.get(signal);
      const answer = command && answerTo.get(command);
      this.#add(signal, {
        kind: 'decision',
        timeMs,
        cityVersion: observation.cityVersion,
        signal: city.signals[signal]?.id ?? '',
        by,
        mode: this.#modeOf(signal),
        sensors: observation.sensors,
        seen: this.#counter.count(signal, observation),
        alternatives: alternatives.map(({ stage, score }) => ({ stage, score })),
        choice: stage,
        ...(movements ? { movements: movements.map((each) => nameRoads(city, each)) } : {}),
        why,
        answer: answer
          ? { result: answer.result, rule: answer.rule, sentence: answer.sentence }
          : { result: 'not-sent', rule: null, sentence: `the junction is in mode ${this.#modeOf(signal)}` },
      });
    }
  }

  #recordInterventions(timeMs: Milliseconds, interventions: readonly Intervention[], cityVersion: string): void {
    const { city } = this.#options.street;
    for (const { signal, rule, sentence } of interventions) {
      const id = city.signals[signal]?.id ?? '';
      this.#add(signal, { kind: 'intervention', timeMs, cityVersion, signal: id, rule, sentence });
    }
  }

  #recordModes(timeMs: Milliseconds, changes: readonly ModeChange[], cityVersion: string): void {
    const { city } = this.#options.street;
    for (const { signal, ...change } of changes) {
      this.#add(signal, { kind: 'mode', timeMs, cityVersion, signal: city.signals[signal]?.id ?? '', ...change });
    }
  }

  #add(signal: number, line: RecordLine): void {
    this.decisions.add(signal, line);
    this.#options.record?.(JSON.stringify(line));
  }
}

function nameRoads({ roads }: City, { fromRoad, toRoad, ...expected }: MovementForecast) {
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  return {
    from: roads[fromRoad]?.id ?? '',
    to: roads[toRoad]?.id ?? '',
    vehicles: tenth(expected.vehicles),
    delayS: tenth(expected.delayS),
  };
}
