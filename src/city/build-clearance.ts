import type { Metres, MetresPerSecond, Seconds } from '../units/units.ts';
import { crossingOf } from './build-line.ts';
import { type Change, evenTiming, isGo, MIN_GREEN_S, planStages, writeProgram } from './build-programs.ts';
import { nearestPlace } from './build-right-of-way.ts';
import { listLinks } from './build-signals.ts';
import type { City, Movement, Road, Signal } from './city.ts';
import { clearingS, WALKING_MPS } from './clearance.ts';
import { withVersion } from './version.ts';

const SHORTEST_ALL_RED_S: Seconds = 1;
const LONGEST_ALL_RED_S: Seconds = 7;
/** Green that lets people see it and start (RiLSA 2010, 2.6). */
const WALK_START_S: Seconds = 5;
/** Where traffic is allowed to be faster nobody crosses on foot at grade. */
const WALKED_BELOW_MPS: MetresPerSecond = 20;
/** Green of the one stage of a signal that stops traffic for people alone. */
const BETWEEN_WALKS_S: Seconds = 45;

/**
 * The city with programs whose yellow follows from the approach's limit (3 s up to 50 km/h, 4 s up to 60, 5 s above), whose
 * all-red lets the last vehicle leave before the first of a conflicting movement reaches its path (RiLSA 2010, section 2.5),
 * and whose greens let people cross beside them. A signal with a single stage stops its traffic for people now and then.
 * Of signals built by `buildCity`; the city's version changes.
 */
export function clearByGeometry(city: City): City {
  const lanesBetween = new Map(
    city.roads.map(({ from, to, laneCount }) => [from * city.junctions.length + to, laneCount]),
  );
  const site: Site = { city, lanesBack: (road) => lanesBetween.get(road.to * city.junctions.length + road.from) ?? 0 };
  return withVersion({ ...city, signals: city.signals.map((signal) => retime(site, signal)) });
}

interface Site {
  readonly city: City;
  /** Lanes of the opposite direction of a road. */
  readonly lanesBack: (road: Road) => number;
}

function retime(site: Site, signal: Signal): Signal {
  const { city } = site;
  const links = listLinks(city, signal);
  const stages = planStages(links);
  const own = signal.links.map((link) => city.movements[link[0]!]!);
  const changes = stages.map((state, k): Change => {
    const next = stages.length === 1 ? 'r'.repeat(state.length) : stages[(k + 1) % stages.length]!;
    const losing = own.filter((_, i) => isGo(state.charAt(i)) && !isGo(next.charAt(i)));
    const gaining = own.filter((_, i) => !isGo(state.charAt(i)) && isGo(next.charAt(i)));
    const yellowS = Math.max(3, ...losing.map((movement) => yellowOf(city.lanes[movement.fromLane]!.speedMps)));
    if (stages.length === 1)
      return { yellowS, allRedS: walkTime(site, own) + SHORTEST_ALL_RED_S, minGreenS: MIN_GREEN_S };
    const allRedS = losing.flatMap((a) => gaining.map((b) => clearance(city, a, b)));
    const halted = own.filter((m, i) => !isGo(state.charAt(i)) && city.lanes[m.fromLane]!.speedMps < WALKED_BELOW_MPS);
    return {
      yellowS,
      allRedS: Math.min(LONGEST_ALL_RED_S, Math.max(SHORTEST_ALL_RED_S, ...allRedS)),
      minGreenS: Math.max(MIN_GREEN_S, walkTime(site, halted) - yellowS - SHORTEST_ALL_RED_S),
    };
  });
  const timing = stages.length === 1 ? { offsetS: 0, greensS: [BETWEEN_WALKS_S] } : evenTiming(links, stages, changes);
  return { ...signal, programs: [writeProgram(stages, timing, changes)] };
}

function yellowOf(limit: MetresPerSecond): Seconds {
  return limit > 17 ? 5 : limit > 14.5 ? 4 : 3;
}

/** Whole seconds from the end of `a`'s yellow until `b` may begin; 0 where they do not meet. */
function clearance(city: City, a: Movement, b: Movement): Seconds {
  if (!a.conflicts.some((other) => city.movements[other] === b)) return 0;
  const place = (own: Movement, other: Movement): Metres => {
    if (own.toLane === other.toLane) return own.lengthM;
    const at = crossingOf(own.shape, other.shape);
    return at >= 0 ? at : nearestPlace(own.shape, other.shape);
  };
  return Math.max(0, Math.ceil(clearingS(a, place(a, b), place(b, a))));
}

/** Start and way on foot across the widest of the roads that wait; both directions of it count. */
function walkTime({ city, lanesBack }: Site, waiting: readonly Movement[]): Seconds {
  let widest: Metres = 0;
  for (const { fromLane } of waiting) {
    const road = city.roads[city.lanes[fromLane]!.road]!;
    widest = Math.max(widest, city.lanes[fromLane]!.widthM * (road.laneCount + lanesBack(road)));
  }
  return widest === 0 ? 0 : WALK_START_S + Math.ceil(widest / WALKING_MPS);
}
