import type { City, Phase, Program } from '../../src/city/city.ts';
import { getOwnProgram } from '../../src/city/greens.ts';
import type { Demand, Scenario } from '../../src/demand/demand.ts';

/** What SUMO's tool counts for a vehicle by its class. */
const CARS: Readonly<Record<string, number>> = { bicycle: 0.2, motorcycle: 0.5, truck: 3.5, bus: 3.5 };
/** The tool's defaults, but the yellow and the least green of our rules. */
const LOST_S = 4;
const SATURATION_PER_H = 1800;
const SHORTEST_CYCLE_S = 20;
const LONGEST_CYCLE_S = 120;
const HOUR_MS = 3_600_000;

export interface AdaptationRules {
  readonly yellowS: number;
  readonly minGreenS: number;
}

/**
 * What SUMO's tlsCycleAdaptation.py computes, from its published description and logic, in our own words: Webster's cycle and
 * splits at every signal by itself, for the flows of the hour that begins with the window. By signal; null where nobody drives.
 */
export function adaptCycles({ city, demand, beginMs }: Scenario, rules: AdaptationRules): (Program | null)[] {
  const flow = countLinks(city, demand, beginMs);
  return city.signals.map((_, signal) => adapt(city, signal, flow[signal]!, rules));
}

/** By signal and link: cars of the hour; a turn with several links shares them out evenly. */
function countLinks(city: City, { trips, types }: Demand, beginMs: number): Float64Array[] {
  const turns = new Map<string, { signal: number; links: Set<number> }>();
  city.movements.forEach(({ signal, link, fromLane, toLane }) => {
    if (signal < 0) return;
    const key = `${city.lanes[fromLane]!.road} ${city.lanes[toLane]!.road}`;
    const turn = turns.get(key) ?? { signal, links: new Set<number>() };
    turn.links.add(link);
    turns.set(key, turn);
  });
  const flow = city.signals.map(({ links }) => new Float64Array(links.length));
  for (const { departMs, route, type } of trips) {
    if (departMs < beginMs || departMs >= beginMs + HOUR_MS) continue;
    const cars = CARS[types[type]!.kind] ?? 1;
    for (let i = 0; i + 1 < route.length; i++) {
      const turn = turns.get(`${route[i]} ${route[i + 1]}`);
      if (turn === undefined) continue;
      for (const link of turn.links) flow[turn.signal]![link]! += cars / turn.links.size;
    }
  }
  return flow;
}

function adapt(city: City, signal: number, flow: Float64Array, rules: AdaptationRules): Program | null {
  const found = city.signals[signal]!;
  const program = getOwnProgram(found);
  const isStage = ({ state }: Phase) => state.includes('G') && !state.includes('y');
  const stages = program.phases.flatMap((phase, index) => (isStage(phase) ? [index] : []));
  const ratios = stages.map((index) => criticalRatio(city, signal, program.phases, index, flow));
  const sum = ratios.reduce((total, ratio) => total + ratio, 0);
  if (sum <= 0 || flow.every((cars) => cars === 0)) return null;
  const lostS = stages.length * LOST_S;
  const wished = sum >= 1 ? LONGEST_CYCLE_S : Math.round((1.5 * lostS + 5) / (1 - sum));
  const cycleS = Math.min(LONGEST_CYCLE_S, Math.max(SHORTEST_CYCLE_S, wished));
  const phases = program.phases.map((phase, index) => {
    const stage = stages.indexOf(index);
    if (stage < 0) return /y.*r|r.*y/.test(phase.state) ? { ...phase, durationS: rules.yellowS } : phase;
    const greenS = Math.round((cycleS - lostS) * (ratios[stage]! / sum) - rules.yellowS + LOST_S);
    return { ...phase, durationS: Math.max(rules.minGreenS, greenS) };
  });
  return { id: 'adapted', offsetS: program.offsetS, phases };
}

/** Flow a lane over saturation flow of the busiest lane group of a phase: neighbouring links of one road that are G, or g where they never are G. */
function criticalRatio(
  city: City,
  signal: number,
  phases: readonly Phase[],
  index: number,
  flow: Float64Array,
): number {
  const { links } = city.signals[signal]!;
  const state = phases[index]!.state;
  const isOwn = (link: number, at: number) => phases[at]!.state.charAt(link) === 'G';
  let worst = 0;
  let road = -1;
  let cars = 0;
  let lanes = new Set<number>();
  const close = () => {
    if (lanes.size > 0) worst = Math.max(worst, cars / lanes.size / SATURATION_PER_H);
    cars = 0;
    lanes = new Set();
  };
  links.forEach((movements, link) => {
    const first = movements[0];
    if (first === undefined) return;
    const lane = city.movements[first]!.fromLane;
    if (city.lanes[lane]!.road !== road) close();
    road = city.lanes[lane]!.road;
    const greens = phases.filter((_, at) => isOwn(link, at)).length;
    const counts = isOwn(link, index) || (state.charAt(link) === 'g' && greens === 0);
    if (!counts) return;
    lanes.add(lane);
    cars += flow[link]! / Math.max(1, greens);
  });
  close();
  return worst;
}
