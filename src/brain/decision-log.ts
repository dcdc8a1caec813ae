import type { RecordLine } from './record.ts';

const KEPT_PER_SIGNAL = 200;
/** Over all signals, so that a city of a thousand keeps no more than one of two hundred. */
const KEPT_IN_ALL = 40_000;

/** How often what happened since the start. */
export interface DecisionCounts {
  decisions: number;
  accepted: number;
  alreadyThere: number;
  delayed: number;
  refused: number;
  notSent: number;
  interventions: number;
  modeChanges: number;
  /** Delays, refusals and interventions by rule. */
  byRule: Record<string, number>;
}

/** The last decisions of each signal, and counts of all. Its size is bounded however long the run. */
export class DecisionLog {
  readonly counts: DecisionCounts = {
    decisions: 0,
    accepted: 0,
    alreadyThere: 0,
    delayed: 0,
    refused: 0,
    notSent: 0,
    interventions: 0,
    modeChanges: 0,
    byRule: {},
  };
  readonly #rings: RecordLine[][];
  readonly #next: Uint32Array;
  readonly #kept: number;

  constructor(signalCount: number) {
    this.#rings = Array.from({ length: signalCount }, () => []);
    this.#next = new Uint32Array(signalCount);
    this.#kept = Math.max(1, Math.min(KEPT_PER_SIGNAL, Math.floor(KEPT_IN_ALL / Math.max(1, signalCount))));
  }

  add(signal: number, line: RecordLine): void {
    const ring = this.#rings[signal];
    if (ring === undefined) return;
    const place = this.#next[signal] ?? 0;
    ring[place] = line;
    this.#next[signal] = (place + 1) % this.#kept;
    this.#count(line);
  }

  /** The kept lines of a signal, newest first. */
  list(signal: number): RecordLine[] {
    const ring = this.#rings[signal] ?? [];
    const next = this.#next[signal] ?? 0;
    return [...ring.slice(next), ...ring.slice(0, next)].reverse();
  }

  #count(line: RecordLine): void {
    const { counts } = this;
    if (line.kind === 'mode') {
      counts.modeChanges++;
      return;
    }
    const rule = line.kind === 'decision' ? line.answer.rule : line.rule;
    if (rule !== null) counts.byRule[rule] = (counts.byRule[rule] ?? 0) + 1;
    if (line.kind === 'intervention') {
      counts.interventions++;
      return;
    }
    counts.decisions++;
    if (line.answer.result === 'accepted') counts.accepted++;
    else if (line.answer.result === 'already-there') counts.alreadyThere++;
    else if (line.answer.result === 'delayed') counts.delayed++;
    else if (line.answer.result === 'refused') counts.refused++;
    else counts.notSent++;
  }
}
