import type { Seconds } from '../units/units.ts';
import { type Point, turnBetween } from './build-line.ts';
import type { Phase, Program, SignalGroup, Turn } from './city.ts';

/** What a program needs to know of a link: the movements of one signal in link order. */
export interface Link {
  readonly fromRoad: number;
  readonly fromLane: number;
  readonly turn: Turn;
  readonly heading: Point;
  /** Links (places in the same list). */
  readonly conflicts: readonly number[];
  readonly yieldsTo: readonly number[];
}

export interface Timing {
  readonly offsetS: Seconds;
  /** Green per stage, in the stages' order. */
  readonly greensS: readonly Seconds[];
}

/** What lies between two stages, and how short the first of them may be. */
export interface Change {
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  readonly minGreenS: Seconds;
}

export const YELLOW_S: Seconds = 3;
export const ALL_RED_S: Seconds = 2;
/** No stage is shorter: what a queue's first drivers and those who walk beside them expect. */
export const MIN_GREEN_S: Seconds = 10;
/** Lanes of one approach face another when their headings differ by more (radians). */
const OPPOSITE = 2.1;

/**
 * The stages of a signal as state strings. Facing approaches go together; a lane kept for the left turn across oncoming
 * traffic has a stage of its own (protected), other left turns go when there is a gap (permissive, g). Facing approaches
 * whose through lanes cross each other go one after the other. Lanes that disturb nobody are added to a stage.
 */
export function planStages(links: readonly Link[]): string[] {
  const lanes = groupBy(links, (link) => link.fromLane);
  const stages: number[][] = [];
  for (const axis of listAxes(links)) stages.push(...stagesOfAxis(links, lanes, axis));
  const states = stages.map((stage) => stateOf(links, fill(links, lanes, stage)));
  return states.filter(
    (state, s) => !states.some((other, o) => o !== s && covers(other, state) && (o < s || !covers(state, other))),
  );
}

/** True when everything green in `state` is green in `other`. */
function covers(other: string, state: string): boolean {
  return [...state].every((lamp, i) => !isGo(lamp) || isGo(other.charAt(i)));
}

const USUAL_CHANGE: Change = { yellowS: YELLOW_S, allRedS: ALL_RED_S, minGreenS: MIN_GREEN_S };

/**
 * A program of the stages with yellow and all-red between them, the usual ones or those of `changes` by the stage they
 * follow; links green in the next stage too stay green.
 */
export function writeProgram(stages: readonly string[], timing: Timing, changes: readonly Change[] = []): Program {
  const phases: Phase[] = [];
  stages.forEach((state, k) => {
    const { yellowS, allRedS, minGreenS } = changes[k] ?? USUAL_CHANGE;
    phases.push({ state, durationS: timing.greensS[k] ?? minGreenS, minS: minGreenS });
    if (stages.length === 1 && changes.length === 0) return;
    const next = stages.length === 1 ? 'r'.repeat(state.length) : stages[(k + 1) % stages.length]!;
    const lamps = (lost: string) =>
      [...state]
        .map((lamp, i) =>
          isGo(lamp) && isGo(next.charAt(i)) ? cautious(lamp, next.charAt(i)) : isGo(lamp) ? lost : 'r',
        )
        .join('');
    phases.push({ state: lamps('y'), durationS: yellowS });
    phases.push({ state: lamps('r'), durationS: allRedS });
  });
  return { id: '0', offsetS: timing.offsetS, phases };
}

/** Links alike in every stage. */
export function groupLinks(stages: readonly string[], linkCount: number): SignalGroup[] {
  const groups = new Map<string, number[]>();
  for (let link = 0; link < linkCount; link++) {
    const column = stages.map((state) => state.charAt(link)).join('');
    const group = groups.get(column);
    if (group === undefined) groups.set(column, [link]);
    else group.push(link);
  }
  return [...groups.values()].map((members, i) => ({ id: String(i + 1), links: members }));
}

/** Greens shared out evenly by the lanes a stage serves, for a city whose traffic is not known. */
export function evenTiming(
  links: readonly Link[],
  stages: readonly string[],
  changes: readonly Change[] = stages.length > 1 ? stages.map(() => USUAL_CHANGE) : [],
): Timing {
  const weights = stages.map(
    (state) => new Set(links.filter((_, i) => state.charAt(i) === 'G').map((link) => link.fromLane)).size,
  );
  const total = Math.max(
    1,
    weights.reduce((a, b) => a + b, 0),
  );
  const cycle = Math.min(100, Math.max(60, 30 + 17.5 * stages.length));
  const green = cycle - changes.reduce((sum, { yellowS, allRedS }) => sum + yellowS + allRedS, 0);
  const least = (stage: number) => changes[stage]?.minGreenS ?? MIN_GREEN_S;
  return { offsetS: 0, greensS: weights.map((weight, k) => Math.max(least(k), Math.round((green * weight) / total))) };
}

export function isGo(lamp: string): boolean {
  return lamp === 'G' || lamp === 'g';
}

function cautious(a: string, b: string): string {
  return a === 'G' && b === 'G' ? 'G' : 'g';
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  items.forEach((item, i) => {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [i]);
    else group.push(i);
  });
  return groups;
}

/** Pairs of facing roads, straightest first; a road that faces nobody stands alone. */
function listAxes(links: readonly Link[]): number[][] {
  const heading = new Map<number, Point>();
  for (const link of links) heading.set(link.fromRoad, link.heading);
  const pairs: { roads: number[]; angle: number }[] = [];
  const roads = [...heading];
  roads.forEach(([a, aDir], i) => {
    for (const [b, bDir] of roads.slice(i + 1)) {
      const angle = Math.abs(turnBetween(aDir, bDir));
      if (angle > OPPOSITE) pairs.push({ roads: [a, b], angle });
    }
  });
  pairs.sort((p, q) => q.angle - p.angle);
  const used = new Set<number>();
  const axes: number[][] = [];
  for (const pair of pairs) {
    if (pair.roads.some((road) => used.has(road))) continue;
    for (const road of pair.roads) used.add(road);
    axes.push(pair.roads);
  }
  for (const [road] of roads) if (!used.has(road)) axes.push([road]);
  return axes;
}

function stagesOfAxis(
  links: readonly Link[],
  lanes: ReadonlyMap<number, number[]>,
  axis: readonly number[],
): number[][] {
  const approaches = axis.map((road) => [...lanes.values()].filter((lane) => links[lane[0]!]!.fromRoad === road));
  const whole = approaches.map((approach) => approach.flat());
  if (approaches.length < 2) return whole;
  const facing = (link: number) => links[link]!.conflicts.some((other) => isFacing(links, link, other));
  const kept = approaches.map((approach) =>
    approach.filter((lane) => approach.length > 1 && lane.every((i) => isLeft(links[i]!)) && lane.some(facing)).flat(),
  );
  const through = whole.map((members, k) => members.filter((i) => !kept[k]!.includes(i)));
  const lefts = kept.flat();
  const blocked = (stage: readonly number[]) =>
    stage.some((a) =>
      links[a]!.conflicts.some(
        (b) => stage.includes(b) && !isLeft(links[a]!) && !isLeft(links[b]!) && isFacing(links, a, b),
      ),
    );
  const leftsCross = lefts.some((a) => links[a]!.conflicts.some((b) => lefts.includes(b)));
  const both = through.flat();
  if (blocked(both) || leftsCross || through.some((members) => members.length === 0))
    return whole.filter((w) => w.length > 0);
  return lefts.length > 0 ? [both, lefts] : [both];
}

function isLeft(link: Link): boolean {
  return link.turn === 'left' || link.turn === 'u-turn';
}

function isFacing(links: readonly Link[], a: number, b: number): boolean {
  return Math.abs(turnBetween(links[a]!.heading, links[b]!.heading)) > OPPOSITE;
}

/** The stage with every other lane that conflicts with nothing in it. */
function fill(links: readonly Link[], lanes: ReadonlyMap<number, number[]>, stage: readonly number[]): number[] {
  const filled = [...stage];
  for (const lane of lanes.values()) {
    if (lane.some((i) => filled.includes(i))) continue;
    if (lane.every((i) => links[i]!.conflicts.every((other) => !filled.includes(other)))) filled.push(...lane);
  }
  return filled;
}

/** Of two links in conflict within a stage the one that gives way shows g. */
function stateOf(links: readonly Link[], stage: readonly number[]): string {
  const shown = new Set(stage);
  return links
    .map((link, i) => (!shown.has(i) ? 'r' : link.yieldsTo.some((other) => shown.has(other)) ? 'g' : 'G'))
    .join('');
}
