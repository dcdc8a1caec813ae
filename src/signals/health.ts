import type { City } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import { listApproachLanes } from '../street/coverage.ts';
import { countGone } from '../street/departures.ts';
import { listLoops } from '../street/loops.ts';
import type { LoopReadings, Observation, SeenVehicles } from '../street/observation.ts';
import { HALTED_MPS } from '../street/view.ts';
import type { Metres, Milliseconds, Seconds } from '../units/units.ts';
import { Explained } from './explained.ts';
import { ExplainedLoops } from './explained-loops.ts';
import { LoopPairs } from './loop-pairs.ts';
import { SteadyLanes } from './steady.ts';
import { Unfed } from './unfed.ts';
import { Unseen } from './unseen.ts';

/** What is wrong with a sensor: it says so itself, it never changes, it has seen nobody for too long, its readings
 * come late, it sees what is not there or misses what is. */
export type SensorFault = 'dead' | 'stuck' | 'silent' | 'late' | 'noisy';
const FAULTS: readonly (SensorFault | null)[] = [null, 'dead', 'stuck', 'silent', 'late', 'noisy'];
const DEAD = 1;
const STUCK = 2;
const SILENT = 3;
const LATE = 4;
const NOISY = 5;

/**
 * A reading that has not changed for so long though its vehicles could go, in seconds of full green and of any, is stuck; it is
 * believed again after moving. A queue before red (beside a turn that may go after a halt, too, where its first is for the red), or before
 * an exit where somebody stands at its start, does not move either.
 */
const STUCK_GREEN_S: Seconds = 25;
const STUCK_S: Seconds = 90;
const BLOCKS_M: Metres = 15;
/** Where fewer loops are found broken, both of one lane hardly are. */
const FEW_BROKEN = 0.1;
/** A loop that has counted so many works. */
const WORKS_FROM = 3;
const MOVES_AGAIN_S: Seconds = 30;
/** So many vehicles should have come since the last was seen; the usual flow before any was (vehicles/s); bounds of the wait. */
const MISSED = 6;
const USUAL_FLOW = 0.03;
const SHORTEST_SILENCE_S: Seconds = 150;
const LONGEST_SILENCE_S: Seconds = 1800;
/**
 * Departures on red: from 1 to 10 s into it they are old news (readings come late), later ones are noise. Shares of all departures
 * above which that is so, and how many departures they are of.
 */
const LATE_SHARE = 0.06;
const NOISY_SHARE = 0.1;
const SHARES_OF = 60;
const SHARES_FROM = 20;
const YOUNG_RED_MS: Milliseconds = 1000;
const OLD_RED_MS: Milliseconds = 10_000;

/**
 * Judges every sensor of the approaches from its own readings: camera by lane, or loop. What cannot be believed is marked blind
 * in the observation that is passed on, so that whoever reads it treats all faults alike; noisy lanes are made steady.
 */
export class SensorHealth {
  readonly #city: City;
  /** Approach lanes; by place in this list the sensors are one lane's camera, or its stop-line and advance loop at 2 k and 2 k + 1. */
  readonly #lanes: readonly number[];
  readonly #placeOf: Int32Array;
  /** By place: the place that stands for its road, because a camera sees all lanes of one. */
  readonly #camera: Int32Array;
  readonly #links: readonly (readonly { readonly signal: number; readonly link: number }[])[];
  /** By loop: the lane has none; the other of its lane is judged alone. */
  readonly #isMissing: Uint8Array;
  /** By sensor. */
  readonly #fault: Uint8Array;
  readonly #frozenS: Float64Array;
  readonly #frozenGreenS: Float64Array;
  readonly #movesS: Float64Array;
  readonly #count: Float64Array;
  readonly #aliveMs: Float64Array;
  /** By place of the lane: since when all its lamps are red (NaN: not), shares of departures early and late in red, departures counted. */
  readonly #redMs: Float64Array;
  readonly #lateShare: Float64Array;
  readonly #noisyShare: Float64Array;
  readonly #departed: Float64Array;
  /** By place, of this second. */
  readonly #gone: Float64Array;
  readonly #unseen: Unseen;
  readonly #explained: Explained;
  readonly #unfed: Unfed;
  readonly #explainedLoops: ExplainedLoops;
  /** By place, of this second: vehicles that came over the loops of its lane; NaN where none works. */
  readonly #came: Float64Array;
  readonly #pairs: LoopPairs;
  readonly #steady = new SteadyLanes();
  readonly #noisy = new Set<number>();
  #brokenShare = 1;
  #startMs: Milliseconds = Number.NaN;
  #before: Observation | null = null;

  constructor(city: City) {
    this.#city = city;
    this.#lanes = listApproachLanes(city);
    this.#placeOf = new Int32Array(city.lanes.length).fill(-1);
    this.#lanes.forEach((lane, k) => {
      this.#placeOf[lane] = k;
    });
    const cameras = new Map<number, number>();
    this.#camera = Int32Array.from(this.#lanes, (lane, k) => {
      const { road } = city.lanes[lane]!;
      if (!cameras.has(road)) cameras.set(road, k);
      return cameras.get(road)!;
    });
    this.#gone = new Float64Array(this.#lanes.length);
    this.#unseen = new Unseen(city, this.#lanes);
    this.#explained = new Explained(city, this.#lanes, this.#camera);
    this.#unfed = new Unfed(city, this.#lanes);
    this.#links = this.#lanes.map((lane) =>
      city.lanes[lane]!.out.map((m) => city.movements[m]!).filter(({ signal }) => signal >= 0),
    );
    const loops = listLoops(city);
    this.#came = new Float64Array(this.#lanes.length);
    const advanceM = Float64Array.from(this.#lanes, (lane, k) =>
      loops[2 * k + 1]!.lane === lane ? loops[2 * k + 1]!.fromM : 0,
    );
    this.#explainedLoops = new ExplainedLoops(city, this.#lanes, advanceM);
    this.#isMissing = Uint8Array.from(loops, ({ isMissing }) => (isMissing ? 1 : 0));
    const sensors = Math.max(this.#lanes.length, loops.length);
    this.#fault = new Uint8Array(sensors);
    this.#frozenS = new Float64Array(sensors);
    this.#frozenGreenS = new Float64Array(sensors);
    this.#movesS = new Float64Array(sensors);
    this.#count = new Float64Array(sensors);
    this.#pairs = new LoopPairs(city, this.#lanes, loops, this.#camera, this.#count);
    this.#aliveMs = new Float64Array(sensors).fill(Number.NaN);
    this.#redMs = new Float64Array(this.#lanes.length).fill(Number.NaN);
    this.#noisyShare = new Float64Array(this.#lanes.length);
    this.#lateShare = new Float64Array(this.#lanes.length);
    this.#departed = new Float64Array(this.#lanes.length);
  }

  /** What is wrong with the sensors of an approach lane, or null. */
  faultOf(lane: number): SensorFault | null {
    const k = this.#placeOf[lane]!;
    if (k < 0 || this.#before === null) return null;
    if (this.#before.loops === null) return FAULTS[this.#fault[k]!]!;
    const [first, second] = [2 * k, 2 * k + 1];
    if (this.#isMissing[first] === 1) return FAULTS[this.#fault[second]!]!;
    if (this.#isMissing[second] === 1) return FAULTS[this.#fault[first]!]!;
    return FAULTS[this.#fault[first]! || this.#fault[second]!]!;
  }

  /** True where no sensor of the lane is used: the camera, or both loops. */
  isLost(lane: number): boolean {
    const k = this.#placeOf[lane]!;
    if (k < 0 || this.#before === null) return false;
    if (this.#before.loops === null) return isUnused(this.#fault[k]!);
    return isUnused(this.#fault[2 * k]!) && isUnused(this.#fault[2 * k + 1]!);
  }

  #flow(sensor: number): number {
    const knownS = (this.#aliveMs[sensor]! - this.#startMs) / 1000;
    return (this.#count[sensor]! + 1) / ((Number.isNaN(knownS) ? 0 : knownS) + 1 / USUAL_FLOW);
  }

  /** Takes in an observation and gives it back with what cannot be believed marked blind; the same one where all is well. */
  check(now: Observation): Observation {
    const before = this.#before;
    this.#before = now;
    if (before === null || now.timeMs <= before.timeMs) this.#restart(now.timeMs);
    const follows = before !== null && now.timeMs - before.timeMs === 1000;
    const elapsedS = before === null ? 0 : Math.min(5, Math.max(0, (now.timeMs - before.timeMs) / 1000));
    for (let k = 0; k < this.#lanes.length; k++) {
      if (now.vehicles !== null) this.#judgeCamera(k, now, follows ? before.vehicles : null, elapsedS);
      else if (now.loops !== null) this.#judgeLoops(k, now, now.loops, follows ? before.loops : null, elapsedS);
    }
    if (follows && before.vehicles !== null && now.vehicles !== null) {
      this.#unseen.observe(before.vehicles, now.vehicles, now, this.#gone);
      this.#explained.observe(before.vehicles, now.vehicles, this.#gone);
      this.#unfed.observe(now.timeMs, this.#gone, (k) => this.#fault[k] === 0);
    }
    if (now.loops !== null) {
      if (follows) this.#explainedLoops.observe(this.#came, this.#gone);
      this.#brokenShare = this.#estimateBroken();
    }
    return this.#mask(now);
  }

  #restart(nowMs: Milliseconds): void {
    this.#startMs = nowMs;
    this.#count.fill(0);
    this.#pairs.restart();
    this.#aliveMs.fill(Number.NaN);
    this.#frozenS.fill(0);
    this.#frozenGreenS.fill(0);
    this.#redMs.fill(Number.NaN);
  }

  #judgeCamera(k: number, now: Observation, before: SeenVehicles | null, elapsedS: Seconds): void {
    const lane = this.#lanes[k]!;
    const seen = now.vehicles!;
    this.#gone[k] = 0;
    if (seen.blind[lane] === 1) {
      this.#fault[k] = DEAD;
      return;
    }
    const present = seen.laneStart[lane + 1]! > seen.laneStart[lane]!;
    const gone = before === null ? 0 : countGone(lane, before, seen);
    const isFrozen = present && before !== null && isSame(lane, before, seen) && !this.#isBlocked(lane, seen);
    this.#gone[k] = gone;
    if (this.#isStuck(k, k, now, isFrozen, elapsedS)) return;
    const camera = this.#camera[k]!;
    const isSilent = this.#isSilent(camera, now.timeMs, present, gone);
    const isEmpty =
      this.#unseen.isEmpty(k) || this.#explained.isEmpty(camera) || this.#unfed.isEmpty(camera, now.timeMs);
    this.#fault[k] = isSilent && !isEmpty ? SILENT : 0;
    this.#judgeByRed(k, k, now, gone);
  }

  #isBlocked(lane: number, { laneStart, toEndM, speedMps }: SeenVehicles): boolean {
    const { lanes, movements } = this.#city;
    return lanes[lane]!.out.some((m) => {
      const exit = movements[m]!.toLane;
      const last = laneStart[exit + 1]! - 1;
      if (last < laneStart[exit]!) return false;
      return speedMps[last]! < HALTED_MPS && toEndM[last]! > lanes[exit]!.lengthM - BLOCKS_M;
    });
  }

  #judgeLoops(k: number, now: Observation, loops: LoopReadings, before: LoopReadings | null, elapsedS: Seconds): void {
    const { rises, occupied } = loops;
    const [stopLine, advance] = [2 * k, 2 * k + 1];
    for (let sensor = stopLine; sensor <= advance; sensor++) {
      if (loops.blind[sensor] === 1) {
        this.#fault[sensor] = DEAD;
        continue;
      }
      const isOn = occupied[sensor] === 1;
      const isFrozen = isOn && rises[sensor] === 0;
      if (this.#isStuck(k, sensor, now, isFrozen, elapsedS, this.#mayStand(sensor))) continue;
      this.#fault[sensor] = this.#isSilent(sensor, now.timeMs, isOn || rises[sensor]! > 0, rises[sensor]!) ? SILENT : 0;
    }
    // While one of them tells, it judges the other.
    const isMuteLane = !isUsed(this.#fault[stopLine]!) && !isUsed(this.#fault[advance]!);
    if (!isMuteLane || this.#isTakenForEmpty(k))
      for (let sensor = stopLine; sensor <= advance; sensor++)
        if (this.#fault[sensor] === SILENT) this.#fault[sensor] = 0;
    for (let sensor = stopLine; sensor <= advance; sensor++) {
      const told = occupied[sensor] === 1 || rises[sensor]! > 0;
      this.#pairs.note(sensor, told, occupied[sensor] === 1 && rises[sensor] === 0);
      if (this.#fault[sensor] === 0 && !told && this.#pairs.isBelied(sensor)) this.#fault[sensor] = SILENT;
    }
    const left = before === null ? 0 : Math.max(0, rises[stopLine]! + before.occupied[stopLine]! - occupied[stopLine]!);
    const [comes, goes] = [isUsed(this.#fault[advance]!), isUsed(this.#fault[stopLine]!)];
    this.#gone[k] = goes ? left : comes ? rises[advance]! : 0;
    const isSilent = this.#fault[stopLine] === SILENT || this.#fault[advance] === SILENT;
    this.#came[k] = comes ? rises[advance]! : goes ? left : isSilent ? 0 : Number.NaN;
    this.#pairs.noteLane(k, comes ? rises[advance]! : this.#gone[k]!, this.#gone[k]!);
    if (before !== null) this.#judgeByRed(k, stopLine, now, left);
  }

  /** A queue may stand on a loop for any time where loops of this city hardly fail and the other of its lane does not tell otherwise. */
  #mayStand(sensor: number): boolean {
    return this.#brokenShare < FEW_BROKEN && !isMute(this.#fault[sensor ^ 1]!) && this.#pairs.mayStand(sensor);
  }

  /** A lane whose loops see nobody, by those further down, or where they cannot tell; two loops hardly fail at once while few of this city do. */
  #isTakenForEmpty(k: number): boolean {
    if (this.#brokenShare >= FEW_BROKEN) return false;
    const verdict = this.#explainedLoops.verdictOn(k);
    if (verdict !== 'unknown') return verdict === 'none';
    return this.#isMissing[2 * k] === 0 && this.#isMissing[2 * k + 1] === 0;
  }

  /**
   * Share of the loops that fail, by those found broken one by one (they say so, or the other of their lane does) and those that have told
   * of somebody (H. Jeffreys' estimate).
   */
  #estimateBroken(): number {
    let broken = 0;
    let known = 0;
    for (let sensor = 0; sensor < 2 * this.#lanes.length; sensor++) {
      if (this.#isMissing[sensor] === 1) continue;
      const fault = this.#fault[sensor]!;
      const isBroken = fault === DEAD || (isMasked(fault) && isUsed(this.#fault[sensor ^ 1]!));
      if (isBroken) broken++;
      if (isBroken || this.#count[sensor]! >= WORKS_FROM) known++;
    }
    return (broken + 0.5) / (known + 1);
  }

  #isStuck(
    k: number,
    sensor: number,
    now: Observation,
    isFrozen: boolean,
    elapsedS: Seconds,
    mayStand = false,
  ): boolean {
    if (isFrozen) {
      if (this.#isGreen(k, now.signals)) this.#frozenS[sensor]! += elapsedS;
      if (this.#isFree(k, now.signals)) this.#frozenGreenS[sensor]! += elapsedS;
      this.#movesS[sensor] = 0;
    } else {
      this.#frozenS[sensor] = 0;
      this.#frozenGreenS[sensor] = 0;
      this.#movesS[sensor]! += elapsedS;
    }
    const wasStuck = this.#fault[sensor] === STUCK;
    const isLong = this.#frozenGreenS[sensor]! >= STUCK_GREEN_S || this.#frozenS[sensor]! >= STUCK_S;
    if (!(isLong && !mayStand) && !(wasStuck && this.#movesS[sensor]! < MOVES_AGAIN_S)) return false;
    this.#fault[sensor] = STUCK;
    return true;
  }

  /** `sensor` of a camera: the place that stands for its road. */
  #isSilent(sensor: number, nowMs: Milliseconds, isAlive: boolean, passed: number): boolean {
    if (isAlive) {
      this.#aliveMs[sensor] = nowMs;
      this.#count[sensor]! += passed;
    }
    const aliveMs = Number.isNaN(this.#aliveMs[sensor]!) ? this.#startMs : this.#aliveMs[sensor]!;
    const silenceS = Math.min(LONGEST_SILENCE_S, Math.max(SHORTEST_SILENCE_S, MISSED / this.#flow(sensor)));
    return nowMs - aliveMs > 1000 * silenceS;
  }

  /** Nobody leaves in the middle of red. */
  #judgeByRed(k: number, sensor: number, now: Observation, gone: number): void {
    const isRed = this.#isRed(k, now.signals);
    if (!isRed) this.#redMs[k] = Number.NaN;
    else if (Number.isNaN(this.#redMs[k]!)) this.#redMs[k] = now.timeMs;
    if (gone > 0) {
      const all = Math.min(SHARES_OF, this.#departed[k]! + gone);
      const redMs = isRed ? now.timeMs - this.#redMs[k]! : 0;
      const isYoung = redMs >= YOUNG_RED_MS && redMs < OLD_RED_MS ? 1 : 0;
      const isOld = redMs >= OLD_RED_MS ? 1 : 0;
      this.#lateShare[k]! += ((isYoung - this.#lateShare[k]!) * gone) / all;
      this.#noisyShare[k]! += ((isOld - this.#noisyShare[k]!) * gone) / all;
      this.#departed[k] = all;
    }
    if (this.#departed[k]! < SHARES_FROM || this.#fault[sensor] !== 0) return;
    if (this.#noisyShare[k]! > NOISY_SHARE) this.#fault[sensor] = NOISY;
    else if (this.#lateShare[k]! > LATE_SHARE) this.#fault[sensor] = LATE;
  }

  /** All lamps of the lane are a full green. */
  #isFree(k: number, lamps: readonly string[]): boolean {
    for (const { signal, link } of this.#links[k]!) if (lamps[signal]?.charAt(link) !== 'G') return false;
    return true;
  }

  /** Some lamp of the lane is green; stop-then-go holds a queue whose first vehicle wants another way. */
  #isGreen(k: number, lamps: readonly string[]): boolean {
    for (const { signal, link } of this.#links[k]!) if (isGreen(lamps[signal]?.charAt(link) ?? '')) return true;
    return false;
  }

  #isRed(k: number, lamps: readonly string[]): boolean {
    for (const { signal, link } of this.#links[k]!) if (lamps[signal]?.charAt(link) !== 'r') return false;
    return true;
  }

  #mask(now: Observation): Observation {
    const { vehicles, loops } = now;
    if (vehicles !== null) {
      let blind: Uint8Array | null = null;
      this.#noisy.clear();
      for (let k = 0; k < this.#lanes.length; k++) {
        if (this.#fault[k] === NOISY) this.#noisy.add(this.#lanes[k]!);
        if (!isMasked(this.#fault[k]!)) continue;
        blind ??= vehicles.blind.slice();
        blind[this.#lanes[k]!] = 1;
      }
      const steady = this.#steady.clean(vehicles, this.#noisy);
      if (blind === null && steady === vehicles) return now;
      return { ...now, vehicles: blind === null ? steady : { ...steady, blind } };
    }
    if (loops === null) return now;
    let blind: Uint8Array | null = null;
    for (let sensor = 0; sensor < loops.blind.length; sensor++) {
      if (!isMasked(this.#fault[sensor]!)) continue;
      blind ??= loops.blind.slice();
      blind[sensor] = 1;
    }
    return blind === null ? now : { ...now, loops: { ...loops, blind } };
  }
}

function isUnused(fault: number): boolean {
  return fault === DEAD || isMasked(fault);
}

function isUsed(fault: number): boolean {
  return !isUnused(fault);
}

/** Tells of nobody, one way or the other. */
function isMute(fault: number): boolean {
  return fault === SILENT || fault === DEAD;
}

/** Late and noisy readings are worth more than none. */
function isMasked(fault: number): boolean {
  return fault === STUCK || fault === SILENT;
}

/** The lane's picture is the same to the centimetre. */
function isSame(lane: number, before: SeenVehicles, now: SeenVehicles): boolean {
  const count = now.laneStart[lane + 1]! - now.laneStart[lane]!;
  if (before.laneStart[lane + 1]! - before.laneStart[lane]! !== count) return false;
  for (let i = 0; i < count; i++) {
    if (Math.abs(now.toEndM[now.laneStart[lane]! + i]! - before.toEndM[before.laneStart[lane]! + i]!) > 0.01)
      return false;
  }
  return true;
}
