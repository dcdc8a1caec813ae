import type { Seconds } from '../units/units.ts';
import { CLOSED, type Junction } from './predictive-junction.ts';
import { HEADWAY_S, type Situation } from './predictive-situation.ts';

/** Green and intergreens that the queues of a junction need, one stage after another: above the first it is oversaturated, below
 * the second no more. */
const ON_S: Seconds = 60;
const OFF_S: Seconds = 40;
/** A green that discharges a queue stays so long. */
const HELD_S: Seconds = 12;
/** Who could be at the stop line by then counts as queue, if nobody were in the way; and as going with the green that is on. */
const QUEUED_WITHIN_S: Seconds = 20;
const GOES_WITHIN_S: Seconds = 6;
/** So many of them, with room beyond, are worth a green. */
const QUEUE = 2;
/** A lane most of whose vehicles a stage lets go is served by it. */
const MOST = 0.5;

/**
 * Junctions with more queue than a cycle can serve. There throughput decides, not who has waited: every change loses its intergreen
 * for good, and somebody waits whatever is done. So a green goes on while its queue discharges (lost time is a smaller share of
 * longer greens: F. V. Webster, Road Research Technical Paper 39, 1958), and nobody's red counts more than another's.
 */
export class Oversaturation {
  readonly #isOn: Uint8Array;

  constructor(junctions: number) {
    this.#isOn = new Uint8Array(junctions);
  }

  /** Whether junction `j` is oversaturated, from its queues now. */
  update(j: number, junction: Junction, it: Situation): boolean {
    const needS = timeNeeded(junction, it);
    if (needS > ON_S) this.#isOn[j] = 1;
    else if (needS < OFF_S) this.#isOn[j] = 0;
    return this.#isOn[j] === 1;
  }

  isOn(j: number): boolean {
    return this.#isOn[j] === 1;
  }
}

/** True while the present green of an oversaturated junction is young and discharges a queue into free exits. */
export function discharges(junction: Junction, it: Situation): boolean {
  if (it.greenS >= HELD_S) return false;
  return junction.lanes.some((_, i) => {
    const at = i * (it.horizonS + 1);
    return (
      it.arrived[at + GOES_WITHIN_S]! >= QUEUE && it.room[at]! >= QUEUE && openShare(junction, it, it.stage, i) > MOST
    );
  });
}

/** Seconds that clear the queues, intergreens included: again and again the stage that serves most, until they are gone. */
export function timeNeeded(junction: Junction, it: Situation): Seconds {
  const left = junction.lanes.map((_, i) => it.arrived[i * (it.horizonS + 1) + QUEUED_WITHIN_S]!);
  let needS = 0;
  for (let round = 0; round < junction.stages.length; round++) {
    let most = 0;
    let best = -1;
    for (let s = 0; s < junction.stages.length; s++) {
      let served = 0;
      for (let i = 0; i < left.length; i++) if (openShare(junction, it, s, i) > MOST) served += left[i]!;
      if (served > most) {
        most = served;
        best = s;
      }
    }
    if (best < 0) break;
    let longestS = 0;
    for (let i = 0; i < left.length; i++) {
      if (openShare(junction, it, best, i) <= MOST) continue;
      longestS = Math.max(longestS, left[i]! * HEADWAY_S);
      left[i] = 0;
    }
    needS += longestS + it.intergreenS;
  }
  return needS;
}

function openShare(junction: Junction, it: Situation, stage: number, lane: number): number {
  let open = 0;
  for (const k of junction.streamsOf[lane]!) if (junction.streams[k]!.grants[stage] !== CLOSED) open += it.share[k]!;
  return open;
}
