import type { RunName, Scene } from '../../src/server/wire.ts';

/** What was seen at one simulated instant. */
export interface Moment {
  readonly run: number;
  readonly timeMs: number;
  readonly scenes: Readonly<Record<RunName, Scene>>;
}

/** Vehicles ready to draw: metres of the city's plane relative to the origin given. */
export interface Poses {
  count: number;
  /** Front and rear bumper, x, y. */
  front: Float32Array;
  rear: Float32Array;
  /** Metres per second. */
  speed: Float32Array;
  kind: Uint8Array;
}

export function createPoses(): Poses {
  return {
    count: 0,
    front: new Float32Array(0),
    rear: new Float32Array(0),
    speed: new Float32Array(0),
    kind: new Uint8Array(0),
  };
}

const KEPT_MOMENTS = 4;
/** The picture runs this many snapshot intervals behind the newest snapshot, so that the next one is there in time. */
const LAG_INTERVALS = 1.25;
/** A vehicle that moved further than this beyond what its speed explains is another one in the same slot. */
const JUMP_M = 25;
const FASTEST_MPS = 20;
const FULL_TURN = 65536;

/**
 * Plays snapshots, a few a second, as steady motion: a clock of its own that follows the simulated one a little late, and
 * cubic Hermite paths between two sights of the same vehicle, so that it turns corners instead of cutting them.
 */
export class Playback {
  #moments: Moment[] = [];
  #playMs = 0;
  #rate = 0;
  #lastWallMs: number | null = null;
  readonly #matches = new WeakMap<Scene, { readonly before: Scene; readonly index: Int32Array }>();

  /** Takes a snapshot; `rate` is simulated seconds a second, 0 when paused. */
  push(moment: Moment, rate: number): void {
    const newest = this.#moments[this.#moments.length - 1];
    this.#rate = rate;
    if (newest !== undefined && (newest.run !== moment.run || moment.timeMs < newest.timeMs)) this.#moments = [];
    else if (newest !== undefined && newest.timeMs === moment.timeMs) return;
    this.#moments.push(moment);
    if (this.#moments.length > KEPT_MOMENTS) this.#moments.shift();
    if (this.#moments.length === 1) this.#playMs = moment.timeMs;
  }

  /** Moves the picture's clock on to a wall time; true when there is something new to draw. */
  advance(wallMs: number): boolean {
    const elapsedMs = this.#lastWallMs === null ? 0 : Math.min(1000, wallMs - this.#lastWallMs);
    this.#lastWallMs = wallMs;
    const newest = this.#moments[this.#moments.length - 1];
    const oldest = this.#moments[0];
    if (newest === undefined || oldest === undefined) return false;
    const before = this.#playMs;
    const intervalMs = newest.timeMs - (this.#moments[this.#moments.length - 2]?.timeMs ?? newest.timeMs);
    const behindMs = newest.timeMs - this.#playMs;
    const haste = intervalMs > 0 ? Math.max(-0.5, Math.min(0.5, (behindMs / intervalMs - LAG_INTERVALS) / 3)) : 0;
    // A paused street is played to its end.
    const rate = this.#rate > 0 ? this.#rate * (1 + haste) : intervalMs / 200;
    this.#playMs = Math.max(oldest.timeMs, Math.min(newest.timeMs, this.#playMs + elapsedMs * rate));
    return this.#playMs !== before || (before === newest.timeMs && this.#moments.length === 1);
  }

  get timeMs(): number {
    return this.#playMs;
  }

  /** The scene whose lamps hold at the picture's time. */
  scene(run: RunName): Scene | null {
    let found = this.#moments[0];
    for (const moment of this.#moments) if (moment.timeMs <= this.#playMs) found = moment;
    return found?.scenes[run] ?? null;
  }

  /** Fills `poses` with where every vehicle of a run is at the picture's time. */
  pose(run: RunName, origin: { readonly x: number; readonly y: number }, poses: Poses): void {
    const { from, to } = this.#bracket();
    if (to === undefined) {
      poses.count = 0;
      return;
    }
    const after = to.scenes[run];
    fit(poses, after.count);
    const before = from?.scenes[run];
    const spanS = from === undefined ? 0 : (to.timeMs - from.timeMs) / 1000;
    const share = from === undefined || spanS === 0 ? 1 : (this.#playMs - from.timeMs) / 1000 / spanS;
    const match = before === undefined ? null : this.#match(before, after);
    for (let i = 0; i < after.count; i++) {
      const earlier = match === null ? -1 : (match[i] ?? -1);
      if (before === undefined || earlier < 0) place(poses, i, origin, after, i);
      else glide(poses, i, origin, before, earlier, after, i, share, spanS);
    }
  }

  #bracket(): { from: Moment | undefined; to: Moment | undefined } {
    for (let i = 1; i < this.#moments.length; i++) {
      const to = this.#moments[i];
      if (to !== undefined && to.timeMs >= this.#playMs) return { from: this.#moments[i - 1], to };
    }
    return { from: undefined, to: this.#moments[this.#moments.length - 1] };
  }

  /** For each vehicle of `after` its index in `before`, or -1. */
  #match(before: Scene, after: Scene): Int32Array {
    const known = this.#matches.get(after);
    if (known?.before === before) return known.index;
    const bySlot = new Map<number, number>();
    for (let i = 0; i < before.count; i++) bySlot.set(before.slot[i] ?? 0, i);
    const index = Int32Array.from({ length: after.count }, (_, i) => bySlot.get(after.slot[i] ?? 0) ?? -1);
    this.#matches.set(after, { before, index });
    return index;
  }
}

function fit(poses: Poses, count: number): void {
  poses.count = count;
  if (poses.speed.length >= count) return;
  const room = Math.max(256, count * 2);
  poses.front = new Float32Array(room * 2);
  poses.rear = new Float32Array(room * 2);
  poses.speed = new Float32Array(room);
  poses.kind = new Uint8Array(room);
}

type Origin = { readonly x: number; readonly y: number };

function put(poses: Poses, at: number, x: number, y: number, angle: number, lengthM: number): void {
  poses.front[2 * at] = x;
  poses.front[2 * at + 1] = y;
  poses.rear[2 * at] = x - Math.cos(angle) * lengthM;
  poses.rear[2 * at + 1] = y - Math.sin(angle) * lengthM;
}

function place(poses: Poses, at: number, origin: Origin, scene: Scene, i: number): void {
  const angle = (scene.angle[i]! / FULL_TURN) * 2 * Math.PI;
  put(poses, at, scene.x[i]! - origin.x, scene.y[i]! - origin.y, angle, scene.length[i]! / 10);
  poses.speed[at] = scene.speed[i]! / 4;
  poses.kind[at] = scene.kind[i]!;
}

function glide(
  poses: Poses,
  at: number,
  origin: Origin,
  before: Scene,
  i0: number,
  after: Scene,
  i1: number,
  u: number,
  spanS: number,
): void {
  const dx = after.x[i1]! - before.x[i0]!;
  const dy = after.y[i1]! - before.y[i0]!;
  const distance = Math.hypot(dx, dy);
  const v0 = before.speed[i0]! / 4;
  const v1 = after.speed[i1]! / 4;
  if (distance > JUMP_M + spanS * Math.max(v0, v1, FASTEST_MPS)) {
    place(poses, at, origin, after, i1);
    return;
  }
  const angle0 = (before.angle[i0]! / FULL_TURN) * 2 * Math.PI;
  const turn = (((after.angle[i1]! - before.angle[i0]! + FULL_TURN * 1.5) % FULL_TURN) - FULL_TURN / 2) / FULL_TURN;
  const angle1 = angle0 + turn * 2 * Math.PI;
  // Tangents no longer than 1.5 times the way keep the path from running back on itself (Fritsch and Carlson 1980).
  const m0 = Math.min(v0 * spanS, 1.5 * distance);
  const m1 = Math.min(v1 * spanS, 1.5 * distance);
  const u2 = u * u;
  const u3 = u2 * u;
  const h10 = u3 - 2 * u2 + u;
  const h01 = 3 * u2 - 2 * u3;
  const h11 = u3 - u2;
  const x = before.x[i0]! + dx * h01 + m0 * Math.cos(angle0) * h10 + m1 * Math.cos(angle1) * h11;
  const y = before.y[i0]! + dy * h01 + m0 * Math.sin(angle0) * h10 + m1 * Math.sin(angle1) * h11;
  put(poses, at, x - origin.x, y - origin.y, angle0 + (angle1 - angle0) * u, after.length[i1]! / 10);
  poses.speed[at] = v0 + (v1 - v0) * u;
  poses.kind[at] = after.kind[i1]!;
}
