import type { Metres, Seconds } from '../units/units.ts';
import { crossingOf } from './build-line.ts';
import { type City, type Crossing, classBit, type Movement, type Program } from './city.ts';
import { enteringS, intergreenOf, neededIntergreenS, WALKING_MPS } from './clearance.ts';
import { listGreens } from './greens.ts';

/** What in a city is worth a look, most harmful first: greens that cross harm people, an odd speed harms a figure. */
export const DOUBTS = [
  'conflicting greens',
  'short intergreen',
  'signal without a stage',
  'link never green',
  'short yellow',
  'unreachable district',
  'unreachable road',
  'lane leads nowhere',
  'odd speed',
  'short green',
] as const;

export interface Doubt {
  readonly kind: (typeof DOUBTS)[number];
  /** Id of the signal, road, lane or district. */
  readonly element: string;
  readonly x: Metres;
  readonly y: Metres;
  readonly sentence: string;
}

const CAR = classBit('car');
const LEAST_YELLOW_S = 3;
const LEAST_GREEN_S = 5;
/** Less than this is rounding. */
const TOLERANCE_S = 1;
const SLOWEST_MPS = 1.5;
const FASTEST_MPS = 42;

/** Everything doubtful in a city, most harmful first. Pure; nothing is changed. */
export function listDoubts(city: City): Doubt[] {
  const found = [
    ...city.signals.flatMap((_, signal) => doubtSignal(city, signal)),
    ...doubtWays(city),
    ...doubtLanes(city),
  ];
  const rank = (doubt: Doubt) => DOUBTS.indexOf(doubt.kind);
  return found.sort((a, b) => rank(a) - rank(b));
}

function doubtSignal(city: City, signal: number): Doubt[] {
  const found = city.signals[signal];
  const { x = 0, y = 0 } = city.junctions[found?.junctions[0] ?? -1] ?? {};
  if (found === undefined) return [];
  const at = (kind: Doubt['kind'], sentence: string): Doubt => ({ kind, element: found.id, x, y, sentence });
  return found.programs.flatMap((program) => {
    const name = found.programs.length > 1 ? `program ${program.id}` : 'the program';
    const stages = listGreens(program);
    // one stage, and red for all beside it, stops traffic for people on foot
    if (stages.length === 1 && program.phases.some(({ state }) => !/[^rR]/.test(state))) return [];
    if (stages.length < 2)
      return [at('signal without a stage', `${name} has ${stages.length === 0 ? 'no stage' : 'one stage alone'}`)];
    const doubts: Doubt[] = [];
    const crossing = findCrossingGreens(city, signal, program);
    if (crossing !== null) doubts.push(at('conflicting greens', `${name}: ${crossing}`));
    const intergreen = findShortIntergreen(city, signal, program);
    if (intergreen !== null) doubts.push(at('short intergreen', `${name}: ${intergreen}`));
    const dark = found.links.flatMap((movements, link) =>
      movements.length > 0 && program.phases.every(({ state }) => !/[GgsoO]/.test(state.charAt(link)))
        ? [movements[0] ?? -1]
        : [],
    );
    if (dark.length > 0)
      doubts.push(
        at(
          'link never green',
          `${name} never lets ${dark
            .slice(0, 3)
            .map((m) => nameOf(city, m))
            .join(', ')} go`,
        ),
      );
    const yellows = program.phases.filter(({ state }) => /[yY]/.test(state)).map(({ durationS }) => durationS);
    const shortest = Math.min(...yellows);
    if (shortest < LEAST_YELLOW_S)
      doubts.push(at('short yellow', `${name} shows a yellow of ${shortest} s, ${LEAST_YELLOW_S} s are usual`));
    const green = Math.min(...stages.map((stage) => program.phases[stage]?.durationS ?? Infinity));
    if (green < LEAST_GREEN_S) doubts.push(at('short green', `${name} has a stage of ${green} s`));
    return doubts;
  });
}

function nameOf(city: City, m: number): string {
  const { fromLane = -1, turn = 'straight' } = city.movements[m] ?? {};
  return `${city.roads[city.lanes[fromLane]?.road ?? -1]?.id}:${turn}`;
}

/** The first two ways that cross while both have the right of way. */
function findCrossingGreens(city: City, signal: number, { phases }: Program): string | null {
  const links = city.signals[signal]?.links ?? [];
  const road = (lane: number) => city.lanes[lane]?.road;
  for (const [phase, { state }] of phases.entries()) {
    for (const [m = -1] of links.filter((_, link) => state.charAt(link) === 'G')) {
      const movement = city.movements[m];
      for (const other of movement?.conflicts ?? []) {
        const foe = city.movements[other];
        if (movement === undefined || foe?.signal !== signal || other < m || state.charAt(foe.link) !== 'G') continue;
        if (movement.turn === 'right' || foe.turn === 'right' || road(movement.toLane) === road(foe.toLane)) continue;
        if (road(movement.fromLane) === road(foe.fromLane)) continue;
        if (movement.turn !== 'straight' && foe.turn !== 'straight') continue;
        return `phase ${phase} lets ${nameOf(city, m)} and ${nameOf(city, other)} go, which cross each other`;
      }
    }
    for (const { id, signal: own, link, conflicts } of city.crossings) {
      if (own !== signal || state.charAt(link) !== 'G') continue;
      const through = conflicts.find(
        (m) => city.movements[m]?.turn === 'straight' && state.charAt(city.movements[m]?.link ?? -1) === 'G',
      );
      if (through !== undefined)
        return `phase ${phase} lets people walk over ${id} while ${nameOf(city, through)} drives across it`;
    }
  }
  return null;
}

interface Shortage {
  readonly missingS: Seconds;
  readonly sentence: string;
}

/** The two conflicting ways whose time between greens falls short of what it takes to clear by most. */
function findShortIntergreen(city: City, signal: number, program: Program): string | null {
  let worst: Shortage | null = null;
  const compare = (leaving: number, entering: number, neededS: Seconds, names: () => readonly [string, string]) => {
    const actualS = intergreenOf(program, leaving, entering);
    if (actualS === null || neededS - actualS <= Math.max(TOLERANCE_S, worst?.missingS ?? 0)) return;
    const [a, b] = names();
    worst = {
      missingS: neededS - actualS,
      sentence: `${round(actualS)} s lie between ${a} and ${b}; to clear takes ${round(neededS)} s`,
    };
  };
  for (const [m = -1] of city.signals[signal]?.links ?? []) {
    const movement = city.movements[m];
    for (const other of movement?.conflicts ?? []) {
      const foe = city.movements[other];
      if (movement === undefined || foe?.signal !== signal || movement.link < 0) continue;
      compare(movement.link, foe.link, neededIntergreenS(movement, foe), () => [nameOf(city, m), nameOf(city, other)]);
    }
  }
  for (const crossing of city.crossings) {
    if (crossing.signal !== signal) continue;
    for (const m of crossing.conflicts) {
      const movement = city.movements[m];
      if (movement?.signal !== signal) continue;
      compare(crossing.link, movement.link, clearanceOnFoot(crossing, movement), () => [
        `people on ${crossing.id}`,
        nameOf(city, m),
      ]);
    }
  }
  return (worst as Shortage | null)?.sentence ?? null;
}

function round(seconds: Seconds): number {
  return Math.round(seconds * 10) / 10;
}

function clearanceOnFoot(crossing: Crossing, entering: Movement): Seconds {
  const inM = crossingOf(entering.shape, crossing.shape);
  return inM < 0 ? 0 : crossing.lengthM / WALKING_MPS - enteringS(inM);
}

/** Roads of other parts than the largest that movements of cars join; whole districts of them first. */
function doubtWays(city: City): Doubt[] {
  const isForCars = city.roads.map((road) =>
    city.lanes.slice(road.firstLane, road.firstLane + road.laneCount).some(({ allowed }) => (allowed & CAR) !== 0),
  );
  const part = city.roads.map((_, r) => r);
  const partOf = (road: number): number => {
    let root = road;
    while (part[root] !== root) root = part[root] ?? root;
    part[road] = root;
    return root;
  };
  for (const { fromLane, toLane } of city.movements) {
    const [from, to] = [city.lanes[fromLane], city.lanes[toLane]];
    if (from === undefined || to === undefined || (from.allowed & to.allowed & CAR) === 0) continue;
    part[partOf(from.road)] = partOf(to.road);
  }
  const sizes = new Map<number, number>();
  city.roads.forEach((_, r) => {
    if (isForCars[r]) sizes.set(partOf(r), (sizes.get(partOf(r)) ?? 0) + 1);
  });
  const main = [...sizes].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0])[0];
  const lost = new Set(city.roads.flatMap((_, r) => (isForCars[r] && partOf(r) !== main ? [r] : [])));
  const whole = city.districts.flatMap((district, d): Doubt[] => {
    const own = city.roads.flatMap((road, r) => (road.district === d && isForCars[r] ? [r] : []));
    if (own.length === 0 || own.some((r) => !lost.has(r))) return [];
    for (const r of own) lost.delete(r);
    const [x = 0, y = 0] = district.shape;
    const sentence = `none of its ${own.length} roads joins the rest of the city for cars`;
    return [{ kind: 'unreachable district', element: district.id, x, y, sentence }];
  });
  const sentence = 'no way for cars joins it to the rest of the city';
  return [...whole, ...[...lost].map((r): Doubt => ({ ...placeOfRoad(city, r), kind: 'unreachable road', sentence }))];
}

function placeOfRoad(city: City, r: number): Pick<Doubt, 'element' | 'x' | 'y'> {
  const road = city.roads[r];
  const shape = city.lanes[road?.firstLane ?? -1]?.shape ?? [];
  const middle = Math.floor(shape.length / 4) * 2;
  return { element: road?.id ?? '', x: shape[middle] ?? 0, y: shape[middle + 1] ?? 0 };
}

function doubtLanes(city: City): Doubt[] {
  const leaving = city.junctions.map(() => 0);
  for (const { from } of city.roads) leaving[from] = (leaving[from] ?? 0) + 1;
  return city.lanes.flatMap((lane): Doubt[] => {
    const { id, allowed, out, speedMps, road: r, shape } = lane;
    const road = city.roads[r];
    if ((allowed & CAR) === 0 || road === undefined) return [];
    const place = { element: id, x: shape.at(-2) ?? 0, y: shape.at(-1) ?? 0 };
    const doubts: Doubt[] = [];
    const leadsOn = () => city.roads.some((other) => other.from === road.to && other.to !== road.from);
    if (out.length === 0 && city.junctions[road.to]?.kind !== 'dead-end' && (leaving[road.to] ?? 0) > 0 && leadsOn())
      doubts.push({
        ...place,
        kind: 'lane leads nowhere',
        sentence: `${city.junctions[road.to]?.id} has roads to go on, but none from this lane`,
      });
    if (speedMps < SLOWEST_MPS || speedMps > FASTEST_MPS)
      doubts.push({ ...place, kind: 'odd speed', sentence: `its speed limit is ${round(speedMps * 3.6)} km/h` });
    return doubts;
  });
}
