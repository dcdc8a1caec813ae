import type { NodePlan, RoadPlan } from '../city/build.ts';
import { besideOf, curveBetween, directionOf, type Point, partOf, rounded, turnBetween } from '../city/build-line.ts';
import type { Polyline } from '../city/city.ts';
import { measureLength } from '../city/geometry.ts';
import type { Metres } from '../units/units.ts';
import { listCrossings, nearestOn, placeAt, type Stop } from './weave.ts';

const LANES = 2;
const LANE_M = 3.75;
const HALF_MEDIAN_M = 1.2;
const SPEED_MPS = 22.22;
const RAMP_MPS = 13.89;
/** Where ramps leave and join, before and after the street they serve; how long a joining lane runs on. */
const RAMP_M = 270;
const JOINING_M = 190;
/** Where a ramp meets the street, from the middle of the viaduct. */
const ASIDE_M = 95;
/** How sharply a ramp leaves its carriageway (sine and cosine of 14 degrees). */
const LEAVE = { sin: 0.242, cos: 0.97 };

interface Interchange {
  readonly name: string;
  readonly street: number;
  readonly crossing: Point;
  /** Places on the street where ramps meet it, in the order of the street's line. */
  readonly stops: readonly [Metres, Metres];
}

/** Where the viaduct's ramps will meet the streets they serve. */
export function planInterchanges(
  median: Polyline,
  names: readonly string[],
  streets: readonly { readonly name: string }[],
  lines: readonly (readonly number[])[],
): { interchanges: Interchange[]; stops: Stop[] } {
  const interchanges = names.map((name): Interchange => {
    const street = streets.findIndex((s) => s.name === name);
    const crossing = listCrossings(street, lines[street]!, -1, median)[0];
    if (crossing === undefined) throw new RangeError(`the expressway does not cross ${name}`);
    return { name, street, crossing, stops: [crossing.atM - ASIDE_M, crossing.atM + ASIDE_M] };
  });
  const stops = interchanges.flatMap(({ street, stops: at }) => at.map((atM) => ({ street, atM })));
  return { interchanges, stops };
}

/** Both carriageways and all ramps as one-way roads one level up. `nodeNear` finds the street node where a ramp ends. */
export function planExpressway(
  name: string,
  median: readonly number[],
  interchanges: readonly Interchange[],
  lines: readonly (readonly number[])[],
  nodeNear: (place: Point) => { id: string; x: number; y: number },
  allowed: number,
): { nodes: NodePlan[]; roads: RoadPlan[] } {
  const nodes: NodePlan[] = [];
  const roads: RoadPlan[] = [];
  const reverse = Array.from({ length: median.length / 2 }, (_, i) =>
    median.slice(median.length - 2 - 2 * i, median.length - 2 * i),
  ).flat();
  for (const [side, line] of [
    ['S', median],
    ['N', reverse],
  ] as const) {
    const way = besideOf(line, HALF_MEDIAN_M + (LANES * LANE_M) / 2);
    const whole = measureLength(way);
    const cuts: { atM: Metres; id: string; lanesAfter: number }[] = [
      { atM: 0, id: `sky-${side}-in`, lanesAfter: LANES },
    ];
    const join = (id: string, at: Point) => nodes.push({ id, x: round(at.x), y: round(at.y), kind: 'priority' });
    join(cuts[0]!.id, placeAt(way, 0));
    const ordered = [...interchanges].sort((p, q) => nearestOn(way, p.crossing).atM - nearestOn(way, q.crossing).atM);
    ordered.forEach((interchange, k) => {
      const overM = nearestOn(way, interchange.crossing).atM;
      const over = placeAt(way, overM);
      const ahead = directionOf(partOf(way, overM, overM + 30), false);
      const onRight = (p: Point) => ahead.x * (p.y - over.y) - ahead.y * (p.x - over.x) < 0;
      const foot = interchange.stops.map((atM) => placeAt(lines[interchange.street]!, atM)).find(onRight);
      if (foot === undefined) throw new RangeError(`no place for a ramp at ${interchange.name}`);
      const end = nodeNear(foot);
      const [offId, onId, dropId] = ['off', 'on', 'drop'].map((what) => `sky-${side}-${k + 1}-${what}`) as [
        string,
        string,
        string,
      ];
      cuts.push({ atM: overM - RAMP_M, id: offId, lanesAfter: LANES });
      cuts.push({ atM: overM + RAMP_M, id: onId, lanesAfter: LANES + 1 });
      cuts.push({ atM: overM + RAMP_M + JOINING_M, id: dropId, lanesAfter: LANES });
      for (const cut of cuts.slice(-3)) join(cut.id, placeAt(way, cut.atM));
      const ramp = (id: string, from: string, to: string, laneCount: number, path: number[]): RoadPlan => ({
        ...roadBase(allowed),
        id,
        name: `${name} ramp, ${interchange.name}`,
        from,
        to,
        laneCount,
        speedMps: RAMP_MPS,
        priority: 6,
        line: rounded(path),
      });
      const leaving = directionOf(partOf(way, overM - RAMP_M, whole), false);
      const joining = directionOf(partOf(way, 0, overM + RAMP_M), true);
      const offFrom = placeAt(way, overM - RAMP_M);
      const onTo = placeAt(way, overM + RAMP_M);
      const streetAhead = across(lines[interchange.street]!, end, ahead);
      roads.push(
        ramp(offId, offId, end.id, 2, curveBetween(roundPoint(offFrom), veer(leaving, -1), end, streetAhead, 12)),
        ramp(onId, end.id, onId, 1, curveBetween(end, streetAhead, roundPoint(onTo), veer(joining, 1), 12)),
      );
    });
    cuts.push({ atM: whole, id: `sky-${side}-out`, lanesAfter: LANES });
    join(`sky-${side}-out`, placeAt(way, whole));
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [a, b] = [cuts[i]!, cuts[i + 1]!];
      // a wider piece keeps its middle edge: its extra lane lies on the right
      const shifted = a.lanesAfter > LANES ? besideOf(line, HALF_MEDIAN_M + (a.lanesAfter * LANE_M) / 2) : way;
      const from = a.lanesAfter > LANES ? nearestOn(shifted, placeAt(way, a.atM)).atM : a.atM;
      const to = a.lanesAfter > LANES ? nearestOn(shifted, placeAt(way, b.atM)).atM : b.atM;
      roads.push({
        ...roadBase(allowed),
        id: `sky-${side}-${i}`,
        name,
        from: a.id,
        to: b.id,
        laneCount: a.lanesAfter,
        speedMps: SPEED_MPS,
        priority: 15,
        line: rounded(partOf(shifted, from, to)),
      });
    }
  }
  return { nodes, roads };
}

function roadBase(allowed: number) {
  return { laneWidthM: LANE_M, level: 1, allowed, lanesLie: 'centre', medianM: 0 } as const;
}

/** The direction square to the street at `place` that goes with `ahead`. */
function across(street: Polyline, place: Point, ahead: Point): Point {
  const { atM } = nearestOn(street, place);
  const along = directionOf(partOf(street, Math.max(0, atM - 15), atM + 15), false, 30);
  const square = { x: -along.y, y: along.x };
  return Math.abs(turnBetween(square, ahead)) < Math.PI / 2 ? square : { x: -square.x, y: -square.y };
}

function veer(d: Point, left: 1 | -1): Point {
  const s = LEAVE.sin * left;
  return { x: d.x * LEAVE.cos - d.y * s, y: d.x * s + d.y * LEAVE.cos };
}

function roundPoint(p: Point): Point {
  return { x: round(p.x), y: round(p.y) };
}

function round(v: number): number {
  return Math.round(v * 10) / 10;
}
