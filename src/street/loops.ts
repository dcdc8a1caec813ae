import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';
import { LOOP_LENGTH_M, placeDetector } from '../city/upstream.ts';
import { drawUniform } from '../units/random.ts';
import type { Metres } from '../units/units.ts';
import { listApproachLanes, walkUpstream } from './coverage.ts';
import { type Degradation, DRAW, drawFaults, drawShare, type Fault } from './degrade.ts';
import type { LoopPlace, LoopReadings } from './observation.ts';
import { TravelTracker } from './travel.ts';

/** Where advance loops are assumed, before the stop line. */
export const ADVANCE_M: Metres = 80;
/** Loops are read every 0.1 s; a frame more than 3.2 s after the last one starts afresh. */
const SAMPLE_MS = 100;
const MAX_SAMPLES = 32;

/**
 * Where the loops of a city lie, two for each approach lane, in order of lane. Where a signal's detectors are known, at their
 * places: of a lane's the one nearest to the stop line and the one furthest up; those that only count tell nothing here, and a
 * loop that the lane does not have is missing. Elsewhere assumed: a stop-line loop of 2 m that ends at the stop line, an advance loop
 * that ends 80 m before it, or lies at the start of a shorter approach; that goes on behind its lane where one lane alone feeds it
 * across an unsignalised joint.
 */
export function listLoops(city: City): LoopPlace[] {
  const used = city.detectors.filter(({ kind }) => kind !== 'count');
  const known = new Set(used.map(({ signal }) => signal));
  const byLane = Map.groupBy(used, ({ lane }) => lane);
  return listApproachLanes(city).flatMap((approach): LoopPlace[] => {
    const { id, lengthM, out } = city.lanes[approach]!;
    const nearFirst = [...(byLane.get(approach) ?? [])].sort((a, b) => a.distanceM - b.distanceM);
    const isKnown = out.some((m) => known.has(city.movements[m]!.signal));
    const place = (kind: LoopPlace['kind'], assumed: Stretch): LoopPlace => {
      const name = { id: `${id}/${kind}`, kind };
      const own = nearFirst.filter((detector) => detector.kind === kind).at(kind === 'advance' ? -1 : 0);
      if (own !== undefined) return { ...name, ...placeDetector(city, own), channel: own.channel };
      return { ...name, ...assumed, ...(isKnown ? { isMissing: true } : {}) };
    };
    const atStopLine = { lane: approach, fromM: Math.max(0, lengthM - LOOP_LENGTH_M), toM: lengthM };
    return [place('stop-line', atStopLine), place('advance', assumeAdvance(city, approach))];
  });
}

type Stretch = Pick<LoopPlace, 'lane' | 'fromM' | 'toM'>;

function assumeAdvance(city: City, approach: number): Stretch {
  const { lane, toEndM } = walkUpstream(city, approach, ADVANCE_M + LOOP_LENGTH_M);
  const { lengthM } = city.lanes[lane]!;
  const fromM = Math.max(0, lengthM - toEndM);
  return { lane, fromM, toM: Math.min(lengthM, fromM + LOOP_LENGTH_M) };
}

/**
 * Turns successive frames into loop readings at 0.1 s: each vehicle's front and rear are carried at constant speed from
 * frame to frame. Slots serve here to follow a vehicle over one second; nothing of them leaves in the readings.
 */
export class LoopBank {
  readonly loops: readonly LoopPlace[];
  readonly #faults: readonly Fault[];
  readonly #isNoisy: Uint8Array;
  readonly #degradation: Degradation;
  readonly #seed: number;
  readonly #travel: TravelTracker;
  /** Loops of lane l are #loopsByLane[#laneStart[l] .. #laneStart[l + 1]). */
  readonly #laneStart: Uint32Array;
  readonly #loopsByLane: Uint32Array;
  /** Bit j: on at sample j since the last reading. */
  readonly #mask: Uint32Array;
  readonly #on: Uint8Array;
  readonly #lastOnMs: Float64Array;
  readonly #lastOffMs: Float64Array;
  #timeMs = Number.NaN;
  #step = 0;

  constructor(city: City, degradation: Degradation, seed: number) {
    this.loops = listLoops(city);
    this.#faults = drawFaults(this.loops.length, degradation, seed);
    this.#isNoisy = drawShare(this.loops.length, degradation.noisyShare, seed, DRAW.noisy);
    this.#degradation = degradation;
    this.#seed = seed;
    this.#laneStart = new Uint32Array(city.lanes.length + 1);
    for (const { lane } of this.loops) this.#laneStart[lane + 1]!++;
    for (let lane = 0; lane < city.lanes.length; lane++) this.#laneStart[lane + 1]! += this.#laneStart[lane]!;
    const next = this.#laneStart.slice();
    this.#loopsByLane = new Uint32Array(this.loops.length);
    this.loops.forEach(({ lane }, loop) => {
      this.#loopsByLane[next[lane]!++] = loop;
    });
    this.#travel = new TravelTracker(city, (lane) => this.#laneStart[lane + 1]! > this.#laneStart[lane]!);
    this.#mask = new Uint32Array(this.loops.length);
    this.#on = new Uint8Array(this.loops.length);
    this.#lastOnMs = new Float64Array(this.loops.length).fill(Number.NEGATIVE_INFINITY);
    this.#lastOffMs = new Float64Array(this.loops.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** Readings between the frame before and this one. */
  read(frame: Frame): LoopReadings {
    const elapsed = Math.round((frame.timeMs - this.#timeMs) / SAMPLE_MS);
    const follows = elapsed >= 1 && elapsed <= MAX_SAMPLES;
    const samples = follows ? elapsed : 1;
    this.#mask.fill(0);
    this.#travel.follow(frame, follows, (lane, fromM, travelledM, lengthM) => {
      this.#mark(lane, fromM, travelledM, lengthM, samples);
    });
    const readings = this.#publish(frame.timeMs, samples);
    this.#timeMs = frame.timeMs;
    this.#step++;
    return readings;
  }

  #mark(lane: number, fromM: Metres, travelledM: Metres, lengthM: Metres, samples: number): void {
    for (let k = this.#laneStart[lane]!; k < this.#laneStart[lane + 1]!; k++) {
      const loop = this.#loopsByLane[k]!;
      const place = this.loops[loop]!;
      const clearM = place.toM + lengthM;
      if (fromM + travelledM < place.fromM || fromM >= clearM) continue;
      for (let sample = 0; sample < samples; sample++) {
        const front = fromM + (travelledM * (sample + 1)) / samples;
        if (front >= place.fromM && front < clearM) this.#mask[loop]! |= 1 << sample;
      }
    }
  }

  /** What the loop reports in place of `mask`, by its fault and noise. */
  #disturb(loop: number, mask: number, all: number): number {
    const fault = this.#faults[loop];
    if (fault === 'stuck-on') return all;
    if (fault === 'stuck-off') return 0;
    const p = this.#degradation.noisy;
    if (p === 0 || this.#isNoisy[loop] === 0) return mask;
    if (mask !== 0) return drawUniform(this.#seed, loop, this.#step, DRAW.miss) < p ? 0 : mask;
    return drawUniform(this.#seed, loop, this.#step, DRAW.ghost) < p ? 1 : 0;
  }

  #publish(timeMs: number, samples: number): LoopReadings {
    const count = this.loops.length;
    const rises = new Uint16Array(count);
    const occupancy = new Float32Array(count);
    const blind = new Uint8Array(count);
    const all = samples === MAX_SAMPLES ? -1 : (1 << samples) - 1;
    const startMs = timeMs - samples * SAMPLE_MS;
    for (let loop = 0; loop < count; loop++) {
      if (this.#faults[loop] === 'dead' || this.loops[loop]!.isMissing === true) {
        blind[loop] = 1;
        continue;
      }
      const mask = this.#disturb(loop, this.#mask[loop]!, all);
      let on = this.#on[loop]!;
      if (mask === 0 && on === 0) continue;
      let share = 0;
      for (let sample = 0; sample < samples; sample++) {
        const now = (mask >>> sample) & 1;
        share += now;
        if (now !== on) {
          const atMs = startMs + (sample + 1) * SAMPLE_MS;
          if (now === 1) {
            rises[loop]!++;
            this.#lastOnMs[loop] = atMs;
          } else {
            this.#lastOffMs[loop] = atMs;
          }
          on = now;
        }
      }
      this.#on[loop] = on;
      occupancy[loop] = share / samples;
    }
    return {
      occupied: this.#on.slice(),
      rises,
      occupancy,
      lastOnMs: this.#lastOnMs.slice(),
      lastOffMs: this.#lastOffMs.slice(),
      blind,
    };
  }
}
