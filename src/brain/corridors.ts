import type { City } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { Choice, SignalStatus } from '../signals/controller.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds } from '../units/units.ts';

/** Longest time for which a corridor may be asked: nobody else is served along it for so long. */
const LONGEST_MS: Milliseconds = 15 * 60_000;

/** A way kept green for somebody with blue lights. */
export interface Corridor {
  readonly id: number;
  /** An office or authority, never a person. */
  readonly by: string;
  /** Road ids, in order of travel. */
  readonly roads: readonly string[];
  readonly untilMs: Milliseconds;
}

/** What of a corridor falls to one signal. */
interface Held {
  readonly corridor: Corridor;
  /** Stages that let all of its movements go, those with protected green for the most of them first. */
  readonly stages: readonly number[];
}

/**
 * Ways asked for through the API. At their signals the choice is a stage that lets the way go, until the time is over; it
 * passes the guard as any other choice.
 */
export class Corridors {
  readonly #city: City;
  #corridors: Corridor[] = [];
  #held = new Map<number, Held>();
  #made = 0;

  constructor(city: City) {
    this.#city = city;
  }

  list(): readonly Corridor[] {
    return this.#corridors;
  }

  /**
   * Asks for a way along `roads`. Throws UrbaneError `bad-input` for an unknown road, roads that do not follow each other, a
   * way without a signal or a signal without a stage for it, and for a time that is over or further off than 15 minutes.
   */
  ask({ by, roads, untilMs }: Omit<Corridor, 'id'>, nowMs: Milliseconds): Corridor {
    if (!(untilMs > nowMs && untilMs <= nowMs + LONGEST_MS)) {
      throw new UrbaneError(
        'bad-input',
        `A corridor until ${untilMs} ms was asked for at ${nowMs} ms; it may last ${LONGEST_MS / 60_000} minutes.`,
        'Ask for a shorter time, and again before it is over.',
      );
    }
    const corridor = { id: this.#made + 1, by, roads, untilMs };
    const held = this.#plan(corridor);
    this.#made++;
    this.#corridors.push(corridor);
    this.#held = new Map([...this.#held, ...held]);
    return corridor;
  }

  /** Ends a corridor before its time; false when there is none of that number. */
  end(id: number): boolean {
    const left = this.#corridors.filter((corridor) => corridor.id !== id);
    const isKnown = left.length < this.#corridors.length;
    if (isKnown) this.#keep(left);
    return isKnown;
  }

  /** The choices with those of the corridors' signals in place of the controller's. */
  override(choices: readonly Choice[], status: readonly SignalStatus[], nowMs: Milliseconds): readonly Choice[] {
    if (this.#corridors.some(({ untilMs }) => untilMs <= nowMs))
      this.#keep(this.#corridors.filter(({ untilMs }) => untilMs > nowMs));
    if (this.#held.size === 0) return choices;
    const others = choices.filter(({ signal }) => !this.#held.has(signal));
    const own = [...this.#held].map(([signal, { corridor, stages }]): Choice => {
      const now = status[signal]?.stage ?? -1;
      const stage = stages.includes(now) ? now : (stages[0] ?? now);
      const why = `corridor ${corridor.id} for ${corridor.by}`;
      return { signal, stage, alternatives: [{ stage, score: 0 }], why };
    });
    return [...others, ...own];
  }

  #keep(corridors: Corridor[]): void {
    this.#corridors = corridors;
    this.#held = new Map(corridors.flatMap((corridor) => [...this.#plan(corridor)]));
  }

  #plan(corridor: Corridor): Map<number, Held> {
    const city = this.#city;
    const indices = corridor.roads.map((id) => {
      const index = city.roads.findIndex((road) => road.id === id);
      if (index < 0) throw new UrbaneError('bad-input', `The city has no road "${id}".`, 'GET /api/city lists them.');
      return index;
    });
    const linksOf = new Map<number, Set<number>[]>();
    for (let k = 0; k + 1 < indices.length; k++) {
      const movements = city.movements.filter(
        ({ fromLane, toLane }) =>
          city.lanes[fromLane]?.road === indices[k] && city.lanes[toLane]?.road === indices[k + 1],
      );
      if (movements.length === 0) {
        const [from, to] = [corridor.roads[k], corridor.roads[k + 1]];
        throw new UrbaneError(
          'bad-input',
          `Road "${from}" does not lead to road "${to}".`,
          'Name roads in order of travel.',
        );
      }
      const [{ signal } = { signal: -1 }] = movements;
      if (signal < 0) continue;
      linksOf.set(signal, [...(linksOf.get(signal) ?? []), new Set(movements.map(({ link }) => link))]);
    }
    if (linksOf.size === 0) {
      throw new UrbaneError(
        'bad-input',
        'No signal stands along these roads.',
        'Name the roads on both sides of a signal.',
      );
    }
    return new Map(
      [...linksOf].map(([signal, ways]) => [signal, { corridor, stages: this.#stagesFor(signal, ways, corridor) }]),
    );
  }

  /** Stages in which every way finds a lane that may go. */
  #stagesFor(signal: number, ways: readonly ReadonlySet<number>[], { id }: Corridor): number[] {
    const found = this.#city.signals[signal]!;
    const program = getOwnProgram(found);
    const lampsOf = (stage: number, links: ReadonlySet<number>) =>
      [...links].map((link) => program.phases[stage]?.state.charAt(link) ?? '');
    const count = (stage: number) =>
      ways.flatMap((links) => lampsOf(stage, links)).filter((lamp) => lamp === 'G').length;
    const stages = listGreens(program).filter((stage) => ways.every((links) => lampsOf(stage, links).some(isGreen)));
    if (stages.length === 0) {
      throw new UrbaneError(
        'bad-input',
        `Signal "${found.id}" has no stage that lets corridor ${id} go.`,
        'Choose another way.',
      );
    }
    return stages.sort((a, b) => count(b) - count(a) || a - b);
  }
}
