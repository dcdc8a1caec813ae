import type { Seconds } from '../units/units.ts';
import { CLOSED, type Junction } from './predictive-junction.ts';
import type { Situation } from './predictive-situation.ts';

/** Buses and the like that come so soon would be held by a change. */
const SOON_S: Seconds = 25;

/** What a change is judged by. */
type Moment = Pick<Situation, 'stage' | 'minGreenS' | 'intergreenS' | 'stepS' | 'heavy'>;

/**
 * Changes that close their crossings first, by a stage of their own that lets the same vehicles go. Where that takes no longer, the change
 * may be thought over until its yellow; and it is only for a bus that nobody knew of, or else changes would begin too often and end too seldom.
 */
export class Closings {
  readonly #junctions: readonly Junction[];
  /** By junction, `[from * stages + to]`: the stage that comes first, -1 for none. */
  readonly #first: readonly Int8Array[];
  /** By junction: where the change at hand leads (-1: there is none) by which stage, and what the heavy vehicles counted whom it was known to hold. */
  readonly #target: Int32Array;
  readonly #via: Int32Array;
  readonly #known: Float64Array;

  constructor(junctions: readonly Junction[]) {
    this.#junctions = junctions;
    this.#first = junctions.map(listFirst);
    this.#target = new Int32Array(junctions.length).fill(-1);
    this.#via = new Int32Array(junctions.length).fill(-1);
    this.#known = new Float64Array(junctions.length);
  }

  /** The stage to show first in a change of junction `j` to stage `to`: that which closes its crossings, or `to` itself. */
  begin(j: number, it: Moment, to: number): number {
    const junction = this.#junctions[j]!;
    const change = it.stage * junction.stages.length + to;
    const first = this.#first[j]![change]!;
    const throughS = Math.ceil(it.minGreenS / it.stepS) * it.stepS + it.intergreenS;
    if (to === it.stage || first < 0 || throughS > junction.walkClearS[change]!) return to;
    this.#target[j] = to;
    this.#via[j] = first;
    this.#known[j] = countHeld(junction, it, to);
    return first;
  }

  /** Once the crossings are closed: the stage that the change goes on to; -1 where none was begun, or a bus has come into sight since. */
  goOn(j: number, it: Moment): number {
    const target = this.#target[j]!;
    this.#target[j] = -1;
    if (target < 0 || it.stage !== this.#via[j]) return -1;
    return countHeld(this.#junctions[j]!, it, target) > this.#known[j]! ? -1 : target;
  }
}

function listFirst({ stages, streams, walks, walkClearS, mayFollow }: Junction): Int8Array {
  const S = stages.length;
  const isAlike = (a: number, b: number) => streams.every(({ grants }) => grants[a] === grants[b]);
  return Int8Array.from({ length: S * S }, (_, change) => {
    const [from, to] = [Math.floor(change / S), change % S];
    if (walkClearS[change] === 0) return -1;
    return stages.findIndex(
      (_, via) =>
        isAlike(via, from) &&
        walks.every(({ isOpen }) => isOpen[via] === 0) &&
        mayFollow[from * S + via] === 1 &&
        mayFollow[via * S + to] === 1,
    );
  });
}

/** What the heavy vehicles count that come soon and go in the present stage, but not in `to`. */
function countHeld({ streams, streamsOf }: Junction, { stage, heavy }: Moment, to: number): number {
  let held = 0;
  for (let h = 0; h < heavy.count; h++) {
    if (heavy.atS[h]! > SOON_S) continue;
    const own = streamsOf[heavy.lane[h]!]!;
    const isHeld = own.some((k) => streams[k]!.grants[stage] !== CLOSED && streams[k]!.grants[to] === CLOSED);
    if (isHeld) held += heavy.extra[h]!;
  }
  return held;
}
