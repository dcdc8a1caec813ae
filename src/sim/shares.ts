import { layOut } from './layout.ts';
import { createLinks, createScratches, LEAVER_WORDS, PLAN_LINKS } from './scratch.ts';
import type { World } from './world.ts';

/** What looking at an empty segment or road costs, in metres of vehicles on it. */
const EMPTY_M = 1;
/** A metre of vehicles is never thought to take so many times as long as elsewhere, or longer: a thread may have been halted. */
const MOST_TIMES = 2;

/** Places of a share's `spentMs`: planning and driving, looks for another lane. */
export const SPENT = { driving: 0, changing: 1 } as const;

const SHARE = {
  segments: { type: 'i32', length: 4 },
  roads: { type: 'i32', length: 2 },
  spentMs: { type: 'f64', length: 2 },
} as const;

/** Worlds that work together on the state of one, each with a scratch and a share of its own. */
export function shareOut(world: World, parts: number): World[] {
  const { net, capacity, machine } = world;
  const { scratches, approaches, leavers } = createScratches(net, capacity, parts, machine.allocate);
  const links = createLinks(capacity, parts, machine.allocate);
  const worlds = scratches.map((scratch, part) => ({
    ...world,
    scratch,
    links,
    firstLink: part * capacity * PLAN_LINKS,
    parts,
    approaches,
    leavers,
    firstLeaver: part * (capacity + 1) * LEAVER_WORDS,
    mark: 1 << part,
    share: layOut({}, SHARE, machine.allocate).arrays,
  }));
  worlds.forEach(({ share }, part) => {
    share.segments.set(
      part === 0 ? [0, net.lanes, net.lanes, net.segments] : [net.lanes, net.lanes, net.segments, net.segments],
    );
    share.roads.set([part === 0 ? 0 : net.multiRoads.length, net.multiRoads.length]);
  });
  balanceShares(worlds);
  return worlds;
}

/**
 * Gives each of several worlds a run of lanes, of movements and of roads such that about as much is to be done in each: by the
 * metres occupied, times what one of them took the thread that had it. Networks list together what is near each other, so
 * that a thread mostly meets vehicles of its own.
 */
export function balanceShares(worlds: readonly World[]): void {
  const { net, state, scratch } = worlds[0]!;
  const { occupied } = state;
  const { roadM } = scratch;
  for (let place = 0; place < net.multiRoads.length; place++) {
    const road = net.multiRoads[place]!;
    const first = net.roadFirstLane[road]!;
    let metres = 0;
    for (let lane = first; lane < first + net.roadLanes[road]!; lane++) metres += occupied[lane]!;
    roadM[place] = metres;
  }
  const shares = worlds.map(({ share }) => share);
  const drivenMs = shares.map(({ spentMs }) => spentMs[SPENT.driving]!);
  const changedMs = shares.map(({ spentMs }) => spentMs[SPENT.changing]!);
  const runsAt = (place: number) => shares.map(({ segments }) => segments.subarray(place, place + 2));
  split(runsAt(0), occupied, drivenMs);
  split(runsAt(2), occupied, drivenMs);
  split(
    shares.map(({ roads }) => roads),
    roadM,
    changedMs,
  );
  for (const { spentMs } of shares) spentMs.fill(0);
}

/** Cuts runs [from, to) that follow each other anew, so that all will take as long. `spentMs`: time spent on each until now. */
function split(runs: readonly Int32Array[], metres: Float64Array, spentMs: readonly number[]): void {
  const weights = runs.map(([from, to]) => {
    let weight = 0;
    for (let item = from!; item < to!; item++) weight += EMPTY_M + metres[item]!;
    return weight;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanMs = spentMs.reduce((sum, ms) => sum + ms, 0) / total;
  const paces = weights.map((weight, part) => {
    const pace = spentMs[part]! / (weight * meanMs);
    return pace > 0 ? Math.min(MOST_TIMES, Math.max(1 / MOST_TIMES, pace)) : 1;
  });
  const cost = weights.reduce((sum, weight, part) => sum + weight * paces[part]!, 0);
  const ends = runs.map((run) => run[1]!);
  const end = ends.at(-1)!;
  let item = runs[0]![0]!;
  let sum = 0;
  let owner = 0;
  for (let part = 0; part < runs.length; part++) {
    const run = runs[part]!;
    const upTo = part < runs.length - 1 ? (cost * (part + 1)) / runs.length : Number.POSITIVE_INFINITY;
    run[0] = item;
    for (; item < end; item++) {
      while (item === ends[owner]!) owner++;
      const next = sum + (EMPTY_M + metres[item]!) * paces[owner]!;
      if (next > upTo) break;
      sum = next;
    }
    run[1] = item;
  }
}
