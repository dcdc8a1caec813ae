import { type Point, partOf, pointOf, rounded } from '../city/build-line.ts';
import type { Polyline } from '../city/city.ts';
import { isInside, measureLength } from '../city/geometry.ts';
import type { Metres } from '../units/units.ts';
import type { Street } from './streets.ts';

/** A piece of a street between two nodes. */
export interface Link {
  readonly street: number;
  /** Node places. */
  readonly a: number;
  readonly b: number;
  readonly line: Polyline;
}

export interface Weave {
  readonly nodes: readonly (Point & { /** Where a street leaves the map. */ readonly gate: boolean })[];
  readonly links: readonly Link[];
}

/** A place on a street that must become a node although nothing crosses there. */
export interface Stop {
  readonly street: number;
  readonly atM: Metres;
}

interface Mark {
  readonly street: number;
  readonly atM: Metres;
  readonly x: number;
  readonly y: number;
  readonly gate: boolean;
}

const SAMPLES = 10;
const MERGE_WITHIN_M = 60;
const JOIN_WITHIN_M = 110;
const STRAY_M = 0.5;

/** A smooth line through the points (Catmull-Rom), without points that add nothing. */
export function smooth(points: Polyline, closed = false): number[] {
  const n = points.length / 2;
  const at = (i: number): Point => pointOf(points, closed ? (i + n) % n : Math.max(0, Math.min(n - 1, i)));
  const line: number[] = [];
  const pieces = closed ? n : n - 1;
  for (let i = 0; i < pieces; i++) {
    const [p0, p1, p2, p3] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let k = 0; k < SAMPLES; k++)
      line.push(spline(p0.x, p1.x, p2.x, p3.x, k / SAMPLES), spline(p0.y, p1.y, p2.y, p3.y, k / SAMPLES));
  }
  const end = at(closed ? 0 : n - 1);
  line.push(end.x, end.y);
  return line;
}

function spline(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/**
 * Streets joined where they cross or nearly touch, cut at water they have no bridge over. `limit` is half the map's
 * width and height: a street that runs past it ends in a gate.
 */
export function weave(
  streets: readonly Street[],
  lines: readonly (readonly number[])[],
  water: readonly Polyline[],
  limit: Point,
  stops: readonly Stop[],
): Weave {
  const marks: Mark[] = stops.map(({ street, atM }) => ({ street, atM, ...placeAt(lines[street]!, atM), gate: false }));
  for (let a = 0; a < lines.length; a++) {
    for (let b = a + 1; b < lines.length; b++) marks.push(...listCrossings(a, lines[a]!, b, lines[b]!));
  }
  streets.forEach((street, s) => {
    if (!street.closed) marks.push(...joinEnds(s, lines, marks, limit));
  });
  const { nodes, nodeOf } = gather(marks);
  const links: Link[] = [];
  streets.forEach((street, s) => {
    const own = marks.map((mark, m) => ({ mark, node: nodeOf[m]! })).filter(({ mark }) => mark.street === s);
    own.sort((p, q) => p.mark.atM - q.mark.atM);
    const whole = measureLength(lines[s]!);
    const first = own[0];
    const path =
      street.closed && first ? [...own, { ...first, mark: { ...first.mark, atM: first.mark.atM + whole } }] : own;
    for (let i = 0; i + 1 < path.length; i++) {
      const a = path[i]!;
      const b = path[i + 1]!;
      if (a.node === b.node) continue;
      const line = pieceOf(lines[s]!, whole, a.mark.atM, b.mark.atM, nodes[a.node]!, nodes[b.node]!);
      if (street.bridge || !isWet(line, water)) links.push({ street: s, a: a.node, b: b.node, line });
    }
  });
  return prune(nodes, links);
}

export function placeAt(line: Polyline, atM: Metres): Point {
  const part = partOf(line, 0, atM);
  return part.length >= 2 ? pointOf(part, part.length / 2 - 1) : pointOf(line, 0);
}

/** Every place where two lines cross, as a mark on each. */
export function listCrossings(a: number, lineA: Polyline, b: number, lineB: Polyline): Mark[] {
  const marks: Mark[] = [];
  let atA = 0;
  for (let i = 2; i < lineA.length; i += 2) {
    const ax = lineA[i - 2]!;
    const ay = lineA[i - 1]!;
    const rx = lineA[i]! - ax;
    const ry = lineA[i + 1]! - ay;
    let atB = 0;
    for (let j = 2; j < lineB.length; j += 2) {
      const bx = lineB[j - 2]!;
      const by = lineB[j - 1]!;
      const sx = lineB[j]! - bx;
      const sy = lineB[j + 1]! - by;
      const cross = rx * sy - ry * sx;
      const t = ((bx - ax) * sy - (by - ay) * sx) / cross;
      const u = ((bx - ax) * ry - (by - ay) * rx) / cross;
      if (cross !== 0 && t >= 0 && t < 1 && u >= 0 && u < 1) {
        const place = { x: ax + rx * t, y: ay + ry * t, gate: false };
        marks.push({ street: a, atM: atA + t * Math.hypot(rx, ry), ...place });
        marks.push({ street: b, atM: atB + u * Math.hypot(sx, sy), ...place });
      }
      atB += Math.hypot(sx, sy);
    }
    atA += Math.hypot(rx, ry);
  }
  return marks;
}

/** A street's open ends: a gate where it leaves the map, otherwise a joint on the nearest street. */
function joinEnds(street: number, lines: readonly (readonly number[])[], marks: readonly Mark[], limit: Point): Mark[] {
  const line = lines[street]!;
  const whole = measureLength(line);
  return [0, whole].flatMap((atM) => {
    const end = placeAt(line, atM);
    if (Math.abs(end.x) > limit.x || Math.abs(end.y) > limit.y) return [{ street, atM, ...end, gate: true }];
    if (marks.some((mark) => mark.street === street && Math.abs(mark.atM - atM) < JOIN_WITHIN_M)) return [];
    let best: Mark | null = null;
    let nearest = JOIN_WITHIN_M;
    lines.forEach((other, o) => {
      if (o === street) return;
      const { distance, atM: along, x, y } = nearestOn(other, end);
      if (distance >= nearest) return;
      nearest = distance;
      best = { street: o, atM: along, x, y, gate: false };
    });
    if (best === null) return [];
    const joint: Mark = best;
    return [joint, { ...joint, street, atM }];
  });
}

export function nearestOn(line: Polyline, p: Point): Point & { distance: Metres; atM: Metres } {
  let best = { x: 0, y: 0, distance: Number.POSITIVE_INFINITY, atM: 0 };
  let at = 0;
  for (let i = 2; i < line.length; i += 2) {
    const ax = line[i - 2]!;
    const ay = line[i - 1]!;
    const dx = line[i]! - ax;
    const dy = line[i + 1]! - ay;
    const step = Math.hypot(dx, dy);
    if (step === 0) continue;
    const t = Math.max(0, Math.min(1, ((p.x - ax) * dx + (p.y - ay) * dy) / (step * step)));
    const x = ax + dx * t;
    const y = ay + dy * t;
    const distance = Math.hypot(p.x - x, p.y - y);
    if (distance < best.distance) best = { x, y, distance, atM: at + t * step };
    at += step;
  }
  return best;
}

/** Marks near each other become one node in their middle. */
function gather(marks: readonly Mark[]): { nodes: (Point & { gate: boolean })[]; nodeOf: number[] } {
  const clusters: { x: number; y: number; count: number; gate: boolean }[] = [];
  const nodeOf = marks.map((mark) => {
    let node = clusters.findIndex((c) => Math.hypot(c.x - mark.x, c.y - mark.y) < MERGE_WITHIN_M);
    if (node < 0) {
      node = clusters.length;
      clusters.push({ x: mark.x, y: mark.y, count: 0, gate: false });
    }
    const cluster = clusters[node]!;
    cluster.count++;
    cluster.x += (mark.x - cluster.x) / cluster.count;
    cluster.y += (mark.y - cluster.y) / cluster.count;
    cluster.gate = cluster.gate || mark.gate;
    return node;
  });
  return { nodes: clusters.map((c) => ({ x: round(c.x), y: round(c.y), gate: c.gate })), nodeOf };
}

function round(v: number): number {
  return Math.round(v * 10) / 10;
}

function pieceOf(line: Polyline, whole: Metres, fromM: Metres, toM: Metres, a: Point, b: Point): number[] {
  const part =
    toM <= whole ? partOf(line, fromM, toM) : [...partOf(line, fromM, whole), ...partOf(line, 0, toM - whole)];
  const inner: number[] = [];
  for (let i = 2; i + 2 < part.length; i += 2) {
    const x = part[i]!;
    const y = part[i + 1]!;
    const clear = MERGE_WITHIN_M / 2;
    if (Math.hypot(x - a.x, y - a.y) > clear && Math.hypot(x - b.x, y - b.y) > clear) inner.push(x, y);
  }
  return rounded(thin([a.x, a.y, ...inner, b.x, b.y]));
}

/** Douglas-Peucker: drops points nearer than half a metre to the line without them. */
function thin(line: readonly number[]): number[] {
  const n = line.length / 2;
  const keep = new Set([0, n - 1]);
  const open: [number, number][] = [[0, n - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    const chord = [...line.slice(2 * from, 2 * from + 2), ...line.slice(2 * to, 2 * to + 2)];
    let far = STRAY_M;
    let split = -1;
    for (let i = from + 1; i < to; i++) {
      const { distance } = nearestOn(chord, pointOf(line, i));
      if (distance <= far) continue;
      far = distance;
      split = i;
    }
    if (split < 0) continue;
    keep.add(split);
    open.push([from, split], [split, to]);
  }
  return [...keep].sort((p, q) => p - q).flatMap((i) => [line[2 * i]!, line[2 * i + 1]!]);
}

function isWet(line: Polyline, water: readonly Polyline[]): boolean {
  const length = measureLength(line);
  for (let at = 0; at < length; at += 20) {
    const { x, y } = placeAt(line, at);
    if (water.some((shape) => isInside(shape, x, y))) return true;
  }
  return false;
}

/** Without ends that lead nowhere, and without nodes that nothing touches. */
function prune(nodes: Weave['nodes'], links: readonly Link[]): Weave {
  let kept = links;
  for (;;) {
    const degree = nodes.map(() => 0);
    for (const link of kept) {
      degree[link.a]!++;
      degree[link.b]!++;
    }
    const loose = (node: number) => degree[node] === 1 && nodes[node]?.gate === false;
    const next = kept.filter((link) => !loose(link.a) && !loose(link.b));
    if (next.length === kept.length) break;
    kept = next;
  }
  const used = nodes.map((_, n) => kept.some((link) => link.a === n || link.b === n));
  const renumber = nodes.map((_, n) => used.slice(0, n).filter(Boolean).length);
  return {
    nodes: nodes.filter((_, n) => used[n]),
    links: kept.map((link) => ({ ...link, a: renumber[link.a]!, b: renumber[link.b]! })),
  };
}
