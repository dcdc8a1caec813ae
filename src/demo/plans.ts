import type { Timing } from '../city/build-programs.ts';
import { ALL_RED_S, MIN_GREEN_S, YELLOW_S } from '../city/build-programs.ts';
import type { City, Signal } from '../city/city.ts';
import { getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import { SATURATION_PER_H } from '../demand/assign.ts';
import type { Demand } from '../demand/demand.ts';
import type { Seconds } from '../units/units.ts';

/**
 * The fixed plans the demo city runs without us: what a competent engineer sets from a good survey, once, for every
 * morning. Splits and cycles by Webster (Road Research Technical Paper 39, 1958) for the survey's busiest hour, each
 * surveyed trip standing for `weight` vehicles; the most loaded junction sets one common cycle, half of it where that is
 * enough; offsets make a green wave along the heaviest streams, one after the other, outward from the heaviest.
 */
export function planByWebster(city: City, survey: Demand, weight: number): Timing[] {
  const flow = countBusiestHour(city, survey, weight);
  const needs = city.signals.map((signal) => weighStages(city, signal, flow));
  const common = clampCycle(needs.reduce((longest, need) => Math.max(longest, websterCycle(need)), 0));
  const isLight = (need: StageNeed) => websterCycle(need) <= common / 2 && leastCycle(need) <= common / 2;
  const greens = needs.map((need) => splitCycle(need, isLight(need) ? common / 2 : common));
  const offsets = alignOffsets(city, flow, greens, common);
  return greens.map((greensS, s) => ({ greensS, offsetS: offsets[s]! }));
}

const HOUR_MS = 3_600_000;
const SHORTEST_CYCLE_S: Seconds = 60;
const LONGEST_CYCLE_S: Seconds = 110;
/** A vehicle that waits for gaps in oncoming traffic counts for so many (Highway Capacity Manual's order of size). */
const PERMISSIVE_WEIGHT = 1.8;
const TURNING_WEIGHT = 1.1;
/** Yellow and all-red of a stage; as much of the yellow is driven through as is lost in starting. */
const LOST_S: Seconds = YELLOW_S + ALL_RED_S;

interface StageNeed {
  /** Highest flow over saturation flow of the lanes a stage serves. */
  readonly ratios: readonly number[];
}

/**
 * Vehicles an hour from road to road (key = from * roads + to) in the hour with most departures, a quarter of an hour
 * apart from the next candidate.
 */
function countBusiestHour(city: City, demand: Demand, weight: number): Map<number, number> {
  const first = demand.trips[0]?.departMs ?? 0;
  const last = demand.trips[demand.trips.length - 1]?.departMs ?? 0;
  const within = (fromMs: number) =>
    demand.trips.filter(({ departMs }) => departMs >= fromMs && departMs < fromMs + HOUR_MS);
  let busiest = within(first);
  for (let fromMs = first + HOUR_MS / 4; fromMs + HOUR_MS <= last; fromMs += HOUR_MS / 4) {
    const hour = within(fromMs);
    if (hour.length > busiest.length) busiest = hour;
  }
  const flow = new Map<number, number>();
  for (const { route } of busiest) {
    for (let i = 0; i + 1 < route.length; i++) {
      const key = route[i]! * city.roads.length + route[i + 1]!;
      flow.set(key, (flow.get(key) ?? 0) + weight);
    }
  }
  return flow;
}

function flowKey(city: City, movement: number): number {
  const { fromLane, toLane } = city.movements[movement]!;
  return city.lanes[fromLane]!.road * city.roads.length + city.lanes[toLane]!.road;
}

/** Each lane's flow, a stream with several lanes filling the emptier ones first. */
function loadLanes(
  city: City,
  signal: Signal,
  flow: ReadonlyMap<number, number>,
  weight: (link: number) => number,
): Map<number, number> {
  const streams = new Map<number, { lanes: Set<number>; load: number }>();
  signal.links.forEach((link, k) => {
    for (const m of link) {
      const key = flowKey(city, m);
      const stream = streams.get(key) ?? { lanes: new Set<number>(), load: (flow.get(key) ?? 0) * weight(k) };
      stream.lanes.add(city.movements[m]!.fromLane);
      streams.set(key, stream);
    }
  });
  const load = new Map<number, number>();
  for (const { lanes, load: whole } of [...streams.values()].sort((a, b) => a.lanes.size - b.lanes.size)) {
    const pieces = 20;
    for (let piece = 0; piece < pieces; piece++) {
      const emptiest = [...lanes].reduce((a, b) => ((load.get(b) ?? 0) < (load.get(a) ?? 0) ? b : a));
      load.set(emptiest, (load.get(emptiest) ?? 0) + whole / pieces);
    }
  }
  return load;
}

function weighStages(city: City, signal: Signal, flow: ReadonlyMap<number, number>): StageNeed {
  const program = getOwnProgram(signal);
  const states = listGreens(program).map((phase) => program.phases[phase]!.state);
  const weight = (link: number) => {
    const turn = city.movements[signal.links[link]![0]!]!.turn;
    const permissive =
      states.some((state) => state.charAt(link) === 'g') && !states.some((state) => state.charAt(link) === 'G');
    return permissive ? PERMISSIVE_WEIGHT : turn === 'straight' ? 1 : TURNING_WEIGHT;
  };
  const load = loadLanes(city, signal, flow, weight);
  const linksOfLane = new Map<number, number[]>();
  signal.links.forEach((link, k) => {
    const lane = city.movements[link[0]!]!.fromLane;
    linksOfLane.set(lane, [...(linksOfLane.get(lane) ?? []), k]);
  });
  const served = [...linksOfLane].map(([lane, links]) => ({
    ratio: (load.get(lane) ?? 0) / SATURATION_PER_H,
    stages: states.flatMap((state, s) => (links.some((k) => isGreen(state.charAt(k))) ? [s] : [])),
  }));
  const ratios = states.map(() => 0);
  for (const { ratio, stages } of served) {
    const only = stages[0];
    if (stages.length === 1 && only !== undefined) ratios[only] = Math.max(ratios[only]!, ratio);
  }
  for (const { ratio, stages } of served) {
    const given = stages.reduce((sum, s) => sum + ratios[s]!, 0);
    const longest = stages.reduce((a, b) => (ratios[b]! > ratios[a]! ? b : a), stages[0] ?? 0);
    if (stages.length > 1 && given < ratio) ratios[longest]! += ratio - given;
  }
  return { ratios };
}

function websterCycle({ ratios }: StageNeed): Seconds {
  const sum = Math.min(
    0.9,
    ratios.reduce((a, b) => a + b, 0),
  );
  return (1.5 * ratios.length * LOST_S + 5) / (1 - sum);
}

function leastCycle({ ratios }: StageNeed): Seconds {
  return ratios.length * (MIN_GREEN_S + LOST_S);
}

function clampCycle(cycle: Seconds): Seconds {
  return Math.min(LONGEST_CYCLE_S, Math.max(SHORTEST_CYCLE_S, 10 * Math.round(cycle / 10)));
}

/** Whole seconds of green in proportion to need, none under the least, together exactly the cycle. */
function splitCycle({ ratios }: StageNeed, cycle: Seconds): Seconds[] {
  const n = ratios.length;
  if (n === 1) return [cycle];
  const green = cycle - n * LOST_S;
  const greens = ratios.map(() => MIN_GREEN_S);
  for (let left = green - n * MIN_GREEN_S; left > 0; left--) {
    let neediest = 0;
    ratios.forEach((ratio, s) => {
      if ((ratio + 0.001) / greens[s]! > (ratios[neediest]! + 0.001) / greens[neediest]!) neediest = s;
    });
    greens[neediest]!++;
  }
  return greens;
}

/** Second of the cycle at which a stage begins. */
function stageStart(greens: readonly Seconds[], stage: number): Seconds {
  return greens.slice(0, stage).reduce((sum, green) => sum + green + LOST_S, 0);
}

function alignOffsets(
  city: City,
  flow: ReadonlyMap<number, number>,
  greens: readonly (readonly Seconds[])[],
  common: Seconds,
): Seconds[] {
  const streams = listStreams(city, flow);
  const offsets: (Seconds | null)[] = city.signals.map(() => null);
  for (let next: (typeof streams)[number] | undefined = streams[0]; next !== undefined; ) {
    const { from, to, travelS, fromStage, toStage } = next;
    if (offsets[from] === null && offsets[to] === null) offsets[from] = 0;
    const lead = stageStart(greens[from]!, fromStage) + travelS - stageStart(greens[to]!, toStage);
    if (offsets[to] === null) offsets[to] = wrap(offsets[from]! + lead, common);
    else offsets[from] = wrap(offsets[to]! - lead, common);
    // the heaviest stream between a signal that is set and one that is not; when none is left, the heaviest of the rest
    const open = streams.filter((s) => offsets[s.from] === null || offsets[s.to] === null);
    next = open.find((s) => offsets[s.from] !== null || offsets[s.to] !== null) ?? open[0];
  }
  return offsets.map((offset) => offset ?? 0);
}

function wrap(offset: Seconds, common: Seconds): Seconds {
  return ((Math.round(offset) % common) + common) % common;
}

interface Stream {
  readonly from: number;
  readonly to: number;
  readonly flowPerH: number;
  readonly travelS: Seconds;
  readonly fromStage: number;
  readonly toStage: number;
}

/** What flows straight from one signal to straight through the next, heaviest first. */
function listStreams(city: City, flow: ReadonlyMap<number, number>): Stream[] {
  const stageOf = (movement: number): number => {
    const { signal, link } = city.movements[movement]!;
    const program = getOwnProgram(city.signals[signal]!);
    return listGreens(program).findIndex((phase) => isGreen(program.phases[phase]!.state.charAt(link)));
  };
  const straights = city.movements
    .map((_, m) => m)
    .filter((m) => city.movements[m]!.signal >= 0 && city.movements[m]!.turn === 'straight');
  const onward = new Map<number, number>();
  for (const m of straights) onward.set(city.lanes[city.movements[m]!.fromLane]!.road, m);
  const streams = new Map<number, Stream>();
  for (const m of straights) {
    const road = city.lanes[city.movements[m]!.toLane]!.road;
    const after = onward.get(road);
    if (after === undefined) continue;
    const { lengthM, speedMps } = city.roads[road]!;
    streams.set(road, {
      from: city.movements[m]!.signal,
      to: city.movements[after]!.signal,
      flowPerH: flow.get(flowKey(city, m)) ?? 0,
      travelS: lengthM / speedMps,
      fromStage: stageOf(m),
      toStage: stageOf(after),
    });
  }
  return [...streams.entries()].sort(([r, a], [q, b]) => b.flowPerH - a.flowPerH || r - q).map(([, stream]) => stream);
}
