import type { Brain } from '../brain/brain.ts';
import type { Corridor } from '../brain/corridors.ts';
import { approvalOf, type Mode, modeOf, type Standing } from '../brain/modes.ts';
import type { City } from '../city/city.ts';
import { UrbaneError } from '../units/errors.ts';
import type { ModeState, ModesState } from './wire.ts';

/** What an operator may ask of the run with the brain. `by` names an office or authority, never a person. */
export type SteerOrder =
  | {
      readonly kind: 'mode';
      readonly junction: string;
      readonly mode: Mode;
      readonly by: string;
      readonly minutes: number;
    }
  | { readonly kind: 'approval'; readonly junction: string; readonly proposal: number; readonly by: string }
  | { readonly kind: 'corridor'; readonly roads: readonly string[]; readonly by: string; readonly minutes: number }
  | { readonly kind: 'end-corridor'; readonly id: number };

/** The state of what was asked for, after it was carried out. */
export type SteerAnswer = ModeState | Corridor | { readonly ended: number };

const MINUTE_MS = 60_000;

/** Carries out what operators ask, on the street's own clock. */
export class Steering {
  readonly #brain: Brain;
  readonly #city: City;
  readonly #now: () => number;

  constructor(brain: Brain, city: City, now: () => number) {
    this.#brain = brain;
    this.#city = city;
    this.#now = now;
  }

  /** All junctions in sum, for the live stream. */
  get state(): ModesState {
    const { modes, corridors } = this.#brain;
    const counts: Record<Mode, number> = { observe: 0, advise: 0, supervised: 0, automatic: 0 };
    const proposals = this.#city.signals.flatMap(({ id: signal }, index) => {
      const standing = modes.get(index);
      counts[modeOf(standing)]++;
      return standing.proposal === null ? [] : [{ signal, ...standing.proposal }];
    });
    return { counts, proposals, corridors: corridors.list() };
  }

  mode(signal: number): ModeState {
    return describe(this.#brain.modes.get(signal));
  }

  /** Throws UrbaneError `not-found`, `not-now` or `bad-input`. */
  carryOut(order: SteerOrder): SteerAnswer {
    const { modes, corridors } = this.#brain;
    const nowMs = this.#now();
    switch (order.kind) {
      case 'mode': {
        const signal = this.#signalOf(order.junction);
        modes.set(signal, order.mode, { by: order.by, untilMs: nowMs + order.minutes * MINUTE_MS }, nowMs);
        return this.mode(signal);
      }
      case 'approval': {
        const signal = this.#signalOf(order.junction);
        modes.approve(signal, order.proposal, order.by, nowMs);
        return this.mode(signal);
      }
      case 'corridor':
        return corridors.ask({ by: order.by, roads: order.roads, untilMs: nowMs + order.minutes * MINUTE_MS }, nowMs);
      case 'end-corridor':
        if (corridors.end(order.id)) return { ended: order.id };
        throw new UrbaneError(
          'not-found',
          `There is no corridor ${order.id} now.`,
          'GET /api/state lists those there are.',
        );
    }
  }

  #signalOf(id: string): number {
    const junction = this.#city.junctions.find((each) => each.id === id);
    if (junction === undefined) throw new UrbaneError('not-found', `The city has no junction "${id}".`);
    if (junction.signal < 0)
      throw new UrbaneError('not-now', `Junction "${id}" has no signal.`, 'Choose one that has.');
    return junction.signal;
  }
}

function describe(standing: Standing): ModeState {
  const approval = approvalOf(standing);
  const untilMs = approval?.untilMs ?? null;
  return {
    mode: modeOf(standing),
    by: approval?.by ?? null,
    untilMs: untilMs === Number.POSITIVE_INFINITY ? null : untilMs,
    fell: standing.fell,
    proposal: standing.proposal,
  };
}

export const NO_MODES: ModesState = {
  counts: { observe: 0, advise: 0, supervised: 0, automatic: 0 },
  proposals: [],
  corridors: [],
};
