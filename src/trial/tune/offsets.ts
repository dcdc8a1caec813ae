import type { City } from '../../city/city.ts';
import { isGreen } from '../../city/greens.ts';
import type { Seconds } from '../../units/units.ts';
import { turnKey } from './flows.ts';
import type { Stream } from './groups.ts';
import { changeAfter, cycleOf, type Plan, type SignalStages, type Timing } from './timing.ts';

const STEP_S: Seconds = 2;
const SWEEPS = 4;
const SAMPLES = 4;
/** Orders of more stages than this are too many to try all. */
const MOST_ORDERED = 5;
const HEADWAY_S: Seconds = 2;

/** Begin and end of greens in the cycle when the offset is 0. */
type Greens = readonly (readonly [Seconds, Seconds])[];

/**
 * Stage orders and offsets by which platoons meet green: every signal in turn takes the ones under which what leaves a
 * neighbour's stop line in a platoon waits least, until nothing changes. A start for the search, which has the engine.
 */
export function alignOffsets(
  city: City,
  offers: readonly SignalStages[],
  plan: Plan,
  streams: readonly Stream[],
  windowS: Seconds,
): Plan {
  const timings = [...plan];
  const linksOf = listTurnLinks(city);
  const greensOf = (signal: number, timing: Timing, turn: number) =>
    listGreens(offers[signal]!, timing, linksOf.get(turn) ?? []);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false;
    for (let signal = 0; signal < timings.length; signal++) {
      const now = timings[signal];
      if (!now) continue;
      const cycleS = cycleOf(offers[signal]!, now);
      const others = streams.flatMap((stream) => {
        if ((stream.from === signal) === (stream.to === signal)) return [];
        const other = stream.from === signal ? stream.to : stream.from;
        const timing = timings[other];
        if (!timing) return [];
        const turn = stream.from === signal ? stream.enters : stream.leaves;
        return [{ stream, timing, greens: greensOf(other, timing, turn), cycleS: cycleOf(offers[other]!, timing) }];
      });
      if (others.length === 0) continue;
      let best = now;
      let least = Number.POSITIVE_INFINITY;
      for (const order of [now, ...listOrders(now)]) {
        const own = others.map(({ stream }) =>
          greensOf(signal, order, stream.from === signal ? stream.leaves : stream.enters),
        );
        const first = order === now ? now.offsetS % STEP_S : 0;
        for (let offsetS = first; offsetS < cycleS; offsetS += STEP_S) {
          let cost = 0;
          others.forEach(({ stream, timing, greens, cycleS: otherS }, i) => {
            const leaves = stream.from === signal;
            cost +=
              stream.vehicles *
              meanWait(
                leaves ? own[i]! : greens,
                leaves ? greens : own[i]!,
                stream.travelS + (leaves ? offsetS - timing.offsetS : timing.offsetS - offsetS),
                leaves ? otherS : cycleS,
                ((stream.vehicles * (leaves ? cycleS : otherS)) / windowS) * HEADWAY_S,
              );
          });
          if (cost < least - 1e-6) {
            least = cost;
            best = { ...order, offsetS };
          }
        }
      }
      moved ||= best.offsetS !== now.offsetS || best.stages.some((stage, place) => stage !== now.stages[place]);
      timings[signal] = best;
    }
    if (!moved) break;
  }
  return timings;
}

/** The timing with its stages in every other order, the first one kept in front. */
function listOrders(timing: Timing): Timing[] {
  const n = timing.stages.length;
  if (n < 3 || n > MOST_ORDERED) return [];
  return permute([...Array(n - 1).keys()].map((i) => i + 1)).map((rest) => {
    const places = [0, ...rest];
    return {
      ...timing,
      stages: places.map((place) => timing.stages[place]!),
      greensS: places.map((place) => timing.greensS[place]!),
    };
  });
}

function permute(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permute(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

/** By turn (`turnKey`): the links of its signal that let it go. */
export function listTurnLinks(city: City): Map<number, number[]> {
  const links = new Map<number, number[]>();
  city.movements.forEach(({ signal, link }, m) => {
    if (signal < 0) return;
    const key = turnKey(city, m);
    links.set(key, [...(links.get(key) ?? []), link]);
  });
  return links;
}

/** When one of the links is green, from the begin of the first stage; greens that follow each other are one. */
export function listGreens(offer: SignalStages, timing: Timing, links: readonly number[]): Greens {
  const greens: [Seconds, Seconds][] = [];
  let at = 0;
  timing.stages.forEach((stage, place) => {
    const { state } = offer.stages[stage]!;
    const endS = at + timing.greensS[place]!;
    if (links.some((link) => isGreen(state.charAt(link)))) {
      const last = greens.at(-1);
      const before = offer.stages[timing.stages[place - 1] ?? stage]!.state;
      const joined = links.some((link) => isGreen(state.charAt(link)) && isGreen(before.charAt(link)));
      if (last !== undefined && joined && place > 0) last[1] = endS;
      else greens.push([at, endS]);
    }
    at = endS + changeAfter(offer, timing, place);
  });
  return greens;
}

/** Mean seconds that a platoon, leaving as each green begins and arriving `shiftS` later, waits for the next green. */
function meanWait(leave: Greens, enter: Greens, shiftS: Seconds, cycleS: Seconds, platoonS: Seconds): Seconds {
  if (leave.length === 0 || enter.length === 0) return 0;
  let wait = 0;
  for (const [beginS, endS] of leave) {
    const lastS = Math.min(endS, beginS + platoonS / leave.length);
    for (let k = 0; k < SAMPLES; k++) {
      const at = beginS + ((k + 0.5) / SAMPLES) * (lastS - beginS) + shiftS;
      let least = cycleS;
      for (const [openS, closeS] of enter) {
        const into = (((at - openS) % cycleS) + cycleS) % cycleS;
        least = Math.min(least, into < closeS - openS ? 0 : cycleS - into);
      }
      wait += least;
    }
  }
  return wait / (SAMPLES * leave.length);
}
