import { createLinks, createScratches, PLAN_LINKS } from './scratch.ts';
import type { World } from './world.ts';

/** A vehicle inside a junction costs as much as so many on a lane: it looks at all whose paths meet its own. */
const JUNCTION_WEIGHT = 5;

/**
 * Worlds that work together on the state of one, each with a scratch and a share of its own.
 * @param isShared whether they belong to several threads
 */
export function shareOut(world: World, parts: number, isShared: boolean): World[] {
  const { scratches, approaches } = createScratches(world.net, world.capacity, parts, isShared);
  const links = createLinks(world.capacity, parts, isShared);
  const pair = () => new Int32Array(isShared ? new SharedArrayBuffer(8) : new ArrayBuffer(8));
  const worlds = scratches.map((scratch, part) => ({
    ...world,
    scratch,
    links,
    firstLink: part * world.capacity * PLAN_LINKS,
    parts,
    approaches,
    share: { segments: pair(), roads: pair() },
  }));
  balanceShares(worlds);
  return worlds;
}

/** Gives each of several worlds a run of segments and of roads such that about as much is to be done in each. */
export function balanceShares(worlds: readonly World[]): void {
  const { net, state } = worlds[0]!;
  const { occupied } = state;
  const onSegment = (segment: number) => occupied[segment]! * (segment < net.lanes ? 1 : JUNCTION_WEIGHT);
  const onRoad = (place: number): number => {
    const road = net.multiRoads[place]!;
    const first = net.roadFirstLane[road]!;
    let metres = 0;
    for (let lane = first; lane < first + net.roadLanes[road]!; lane++) metres += occupied[lane]!;
    return metres;
  };
  const shares = worlds.map(({ share }) => share);
  split(net.segments, onSegment, (k) => shares[k]!.segments, shares.length);
  split(net.multiRoads.length, onRoad, (k) => shares[k]!.roads, shares.length);
}

/** Cuts [0, count) into `parts` runs of about equal weight. */
function split(
  count: number,
  weightOf: (item: number) => number,
  shareOf: (part: number) => Int32Array,
  parts: number,
): void {
  let total = 0;
  for (let item = 0; item < count; item++) total += weightOf(item);
  let item = 0;
  let sum = 0;
  for (let part = 0; part < parts; part++) {
    const share = shareOf(part);
    share[0] = item;
    const upTo = (total * (part + 1)) / parts;
    while (item < count && (part === parts - 1 || sum < upTo)) sum += weightOf(item++);
    share[1] = item;
  }
}
