import { type City, VEHICLE_CLASSES } from '../city/city.ts';
import { isGreen } from '../city/greens.ts';
import { cameraReachByLane, listUpstream } from '../street/coverage.ts';
import { countGone } from '../street/departures.ts';
import { LoopQueues } from '../street/loop-queue.ts';
import { QUEUE_SPACE_M } from '../street/loop-tracks.ts';
import { listLoops } from '../street/loops.ts';
import type { Observation, SeenVehicles } from '../street/observation.ts';
import type { Metres, MetresPerSecond, Milliseconds, Seconds } from '../units/units.ts';
import { Learning } from './learning.ts';
import { DEFAULT_OBJECTIVE } from './objective.ts';
import { ACCEL_OF, arrivalTime, TOP_OF } from './predictive-arrival.ts';
import { BUS, BusDwell, type HiddenBus } from './predictive-dwell.ts';
import type { Junction } from './predictive-junction.ts';
import { HEADWAY_S } from './predictive-situation.ts';
import { listFeeders } from './predictive-upstream.ts';
import { RoadStock } from './road-stock.ts';
import { StandIn } from './stand-in.ts';

const SEEN_M: Metres = 200;
const CAR = VEHICLE_CLASSES.indexOf('car');
const FED_FROM_M: Metres = 800;
/** Who leaves a queue comes so much later than at full speed. */
const SPEED_UP_S: Seconds = 2;
/** Seconds remembered and planned of what a signal lets onto a road, as a ring; a power of two. */
const RING_S = 256;
/** A driver who sees red this long before the stop line would brake. */
const BRAKING_S: Seconds = 0.5;
/**
 * Share of the time to the stop line by which it may be off: counts for those who count more than others, who would pay
 * for a light that closes just before them.
 */
const UNSURE = 0.2;
const RATE_MEMORY_S = 80;
/** A vehicle seen 200 m away takes 15 s to the line. */
const STUCK_MS: Milliseconds = 25_000;
const CREEPING_MPS: MetresPerSecond = 3;
/** An exit up to the next signal that is longer takes whom a green lets go, while they move. */
const AMPLE_M: Metres = 150;

interface Piece {
  readonly lane: number;
  readonly lengthM: Metres;
  readonly share: number;
  /** From the end of the lane to the stop line. */
  readonly beyondM: Metres;
}

/** What is known of one approach lane. */
interface Approach {
  readonly lane: number;
  readonly pieces: readonly Piece[];
  readonly speedMps: MetresPerSecond;
  /** How far up from the stop line vehicles are seen. */
  readonly seenM: Metres;
  /** What signals upstream let onto the roads before it, by second as a ring (null: nobody tells), and how it comes here. */
  readonly feeders: readonly {
    readonly ring: Float64Array | null;
    readonly travelS: Seconds;
    readonly share: number;
  }[];
  readonly mates: readonly number[];
  /** Links of its signal. */
  readonly links: readonly number[];
}

/** Arrivals, discharge and turning shares at every approach of the signals given, learned from observations alone. */
export class Approaches {
  readonly #dwell: BusDwell;
  readonly #perSecond: readonly number[];
  readonly #city: City;
  readonly #junctions: readonly Junction[];
  readonly #reach: Float32Array;
  /** By lane. */
  readonly #approaches: (Approach | undefined)[];
  readonly #lengthM: Float64Array;
  readonly #queues: LoopQueues;
  readonly #standIn: StandIn;
  readonly #stock: RoadStock;
  /** Turning shares and discharge, learned from what departs. */
  readonly learning: Learning;
  /** By lane. */
  readonly #ratePerS: Float64Array;
  readonly #redSinceMs: Float64Array;
  /** When somebody last left, or the lane was last empty or not wholly green. */
  readonly #movedMs: Float64Array;
  readonly #departed: Float64Array;
  /** By road let on by a signal: vehicles per second, past and planned. */
  readonly #onto = new Map<number, Float64Array>();
  /** By vehicle seen: the second in which it could cross the stop line last predicted. */
  #secondOf = new Int32Array(256);
  #before: Observation | null = null;
  #now: Observation | null = null;

  constructor(city: City, junctions: readonly Junction[], perSecond = DEFAULT_OBJECTIVE.perSecond) {
    this.#perSecond = perSecond;
    this.#dwell = new BusDwell(city);
    this.#city = city;
    this.#junctions = junctions;
    this.#reach = cameraReachByLane(city);
    this.#queues = new LoopQueues(city, listLoops(city));
    const lanes = city.lanes.length;
    this.#approaches = new Array(lanes);
    this.#lengthM = Float64Array.from(city.lanes, ({ lengthM }) => lengthM);
    this.#ratePerS = new Float64Array(lanes).fill(0.05);
    this.#redSinceMs = new Float64Array(lanes).fill(Number.NaN);
    this.#departed = new Float64Array(lanes);
    this.#movedMs = new Float64Array(lanes);
    for (const { exitRoads } of junctions) for (const road of exitRoads) this.#onto.set(road, new Float64Array(RING_S));
    for (const { lanes, signal } of junctions)
      for (const lane of lanes) this.#approaches[lane] = this.#survey(lane, signal);
    this.#standIn = new StandIn(city, junctions);
    this.#stock = new RoadStock(city, this.#onto.keys(), this.#queues);
    this.learning = new Learning(city, junctions, this.#queues);
  }

  #survey(lane: number, signal: number): Approach {
    const { road, speedMps: topMps, lengthM, out } = this.#city.lanes[lane]!;
    const speedMps = Math.max(1, topMps);
    const pieces = listUpstream(this.#city, lane, SEEN_M).map((piece) => ({
      ...piece,
      beyondM: SEEN_M - piece.lengthM,
    }));
    const feeders = listFeeders(this.#city, road, FED_FROM_M).map(({ road, distanceM, share }) => ({
      ring: this.#onto.get(road) ?? null,
      travelS: Math.round(distanceM / speedMps + SPEED_UP_S),
      share,
    }));
    const links = out
      .map((m) => this.#city.movements[m]!)
      .filter((one) => one.signal === signal)
      .map(({ link }) => link);
    const { firstLane, laneCount } = this.#city.roads[road]!;
    const mates = Array.from({ length: laneCount }, (_, k) => firstLane + k);
    const startM = pieces.reduce(
      (far, piece) => Math.max(far, piece.beyondM + this.#city.lanes[piece.lane]!.lengthM),
      lengthM,
    );
    return { lane, pieces, speedMps, seenM: Math.min(SEEN_M, startM), feeders, mates, links };
  }

  get timeMs(): Milliseconds {
    return this.#now?.timeMs ?? 0;
  }

  observe(now: Observation): void {
    const before = this.#now;
    this.#before = before;
    this.#now = now;
    this.#dwell.observe(now);
    this.#queues.observe(now);
    const follows = before !== null && now.timeMs - before.timeMs === 1000;
    if (before !== null && follows) this.learning.observe(before, now);
    for (const junction of this.#junctions) {
      for (let i = 0; i < junction.lanes.length; i++) this.#watchLane(junction, i, follows);
    }
    if (follows)
      this.#standIn.observe(
        now,
        this.#departed,
        (lane) => this.#lacksDepartures(lane),
        (lane) => this.#queues.restOf(lane),
      );
    this.#junctions.forEach((junction, j) => {
      if (follows) this.#pass(junction, this.learning.sharesOf(j));
    });
    const slot = slotOf(Math.floor(now.timeMs / 1000));
    if (follows && now.loops !== null) this.#stock.observe((road) => this.#onto.get(road)![slot]!);
  }

  #watchLane(junction: Junction, i: number, follows: boolean): void {
    const now = this.#now!;
    const lane = junction.lanes[i]!;
    const lamps = now.signals[junction.signal] ?? '';
    let isOpen = false;
    let isFree = true;
    for (const link of this.#approaches[lane]!.links) {
      const lamp = lamps.charAt(link);
      if (isGreen(lamp)) isOpen = true;
      if (lamp !== 'G') isFree = false;
    }
    if (isOpen) this.#redSinceMs[lane] = Number.NaN;
    else if (Number.isNaN(this.#redSinceMs[lane]!)) this.#redSinceMs[lane] = now.timeMs;
    this.#departed[lane] = follows ? this.#countDeparted(lane) : 0;
    if (!isFree || this.#departed[lane]! > 0 || this.#present(lane, now) === 0) this.#movedMs[lane] = now.timeMs;
    if (!follows) return;
    if (this.#now!.loops !== null) {
      this.#ratePerS[lane] = this.#queues.flowOf(lane);
      return;
    }
    // Fewer than none came where somebody changed to the lane beside: there they count as one more.
    const came = this.#departed[lane]! + this.#present(lane, now) - this.#present(lane, this.#before!);
    this.#ratePerS[lane] = Math.max(0, this.#ratePerS[lane]! + (came - this.#ratePerS[lane]!) / RATE_MEMORY_S);
  }

  /** Vehicles seen on the lane itself; by loops whether one is on the stop-line loop. */
  #present(lane: number, { vehicles, loops }: Observation): number {
    if (vehicles !== null) return vehicles.laneStart[lane + 1]! - vehicles.laneStart[lane]!;
    return loops?.occupied[this.#queues.findLoops(lane)?.stopLine ?? -1] ?? 0;
  }

  #countDeparted(lane: number): number {
    const before = this.#before!;
    const now = this.#now!;
    if (now.vehicles !== null && before.vehicles !== null) {
      return now.vehicles.blind[lane] === 1 ? 0 : countGone(lane, before.vehicles, now.vehicles);
    }
    return this.#queues.leftOf(lane);
  }

  /** Lets what left this second onto the roads beyond. */
  #pass(junction: Junction, share: Float64Array): void {
    const second = Math.floor(this.timeMs / 1000);
    for (const road of junction.exitRoads) this.#onto.get(road)![slotOf(second)] = 0;
    for (let i = 0; i < junction.lanes.length; i++) {
      const out = this.#departed[junction.lanes[i]!]!;
      if (out === 0) continue;
      for (const k of junction.streamsOf[i]!) {
        this.#onto.get(junction.streams[k]!.exitRoad)![slotOf(second)]! += out * share[k]!;
      }
    }
  }

  /** Vehicles that a signal will let onto one of its exit roads, `vehicles[at + k]` in second k from now. */
  announce(road: number, vehicles: Float64Array, at: number, seconds: Seconds): void {
    const ring = this.#onto.get(road);
    if (ring === undefined) return;
    const next = Math.floor(this.timeMs / 1000) + 1;
    for (let k = 0; k < seconds; k++) ring[slotOf(next + k)] = vehicles[at + k]!;
  }

  /** Seconds since an approach lane lost its green; 0 while it has it. */
  redOf(lane: number): Seconds {
    const since = this.#redSinceMs[lane]!;
    return Number.isNaN(since) ? 0 : Math.max(0, (this.timeMs - since) / 1000);
  }

  /** True when nobody has left a lane for long though all of it is green and somebody is there: blocked, or a sensor stuck. */
  isStuck(lane: number): boolean {
    return this.timeMs - this.#movedMs[lane]! > STUCK_MS;
  }

  isBlind(lane: number): boolean {
    const now = this.#now;
    if (now === null) return true;
    if (now.vehicles !== null) return now.vehicles.blind[lane] === 1;
    const pair = this.#queues.findLoops(lane);
    const blind = now.loops?.blind;
    return pair === undefined || blind === undefined || (blind[pair.stopLine] === 1 && blind[pair.advance] === 1);
  }

  /** True where nothing tells who leaves: the lane is blind, or its stop-line loop is. */
  #lacksDepartures(lane: number): boolean {
    const stopLine = this.#queues.findLoops(lane)?.stopLine;
    return this.isBlind(lane) || (stopLine !== undefined && this.#now?.loops?.blind[stopLine] === 1);
  }

  /**
   * Writes the cumulative arrivals at the stop line of `lane` into `arrived[at .. at + horizonS]`; those nobody sees yet come at the
   * mean flow.
   */
  predict(lane: number, arrived: Float64Array, at: number, horizonS: Seconds): void {
    arrived.fill(0, at, at + horizonS + 1);
    const approach = this.#approaches[lane]!;
    const now = this.#now;
    let known = approach.seenM;
    if (this.isBlind(lane) || now === null) {
      const seen = now?.vehicles ?? null;
      const queue = this.#standIn.queueOf(lane);
      this.#ratePerS[lane] = this.#standIn.flowOf(lane);
      if (seen !== null && seesBehind(approach, seen)) {
        this.#placeSeen(approach, seen, arrived, at, horizonS);
        const lengthM = this.#lengthM[lane]!;
        arrived[at]! += Math.min(queue, lengthM / QUEUE_SPACE_M);
        const unseenS = Math.min(horizonS, Math.floor(lengthM / approach.speedMps));
        for (let k = 1; k <= unseenS; k++) arrived[at + k]! += this.#ratePerS[lane]!;
      } else {
        arrived[at] = queue;
        known = 0;
      }
    } else if (now.vehicles !== null) this.#placeSeen(approach, now.vehicles, arrived, at, horizonS);
    else {
      known = this.#queues.list(lane, (toLineM, speedMps, vehicles) => {
        const comesS = arrivalTime(toLineM, speedMps, approach.speedMps, ACCEL_OF[CAR]!);
        const k = Math.max(0, Math.ceil(comesS - BRAKING_S));
        if (k <= horizonS) arrived[at + k]! += vehicles;
      });
      // An advance loop alone misses who changes lanes beyond it, unless the road's other loops tell.
      if (this.#lacksDepartures(lane) && Number.isNaN(this.#queues.restOf(lane)))
        arrived[at] = Math.max(arrived[at]!, this.#standIn.queueOf(lane));
    }
    this.#placeUnseen(approach, known, arrived, at, horizonS);
    for (let k = 1; k <= horizonS; k++) arrived[at + k]! += arrived[at + k - 1]!;
  }

  #placeSeen(approach: Approach, seen: SeenVehicles, arrived: Float64Array, at: number, horizonS: Seconds): void {
    const { pieces, speedMps: topMps } = approach;
    if (this.#secondOf.length < seen.kind.length) this.#secondOf = new Int32Array(2 * seen.kind.length);
    for (const { lane, lengthM, share, beyondM } of pieces) {
      if (seen.blind[lane] === 1) continue;
      // Nobody passes a bicycle ahead on the lane, nor those behind it.
      let nextS = 0;
      for (let v = seen.laneStart[lane]!; v < seen.laneStart[lane + 1]! && seen.toEndM[v]! <= lengthM; v++) {
        const kind = seen.kind[v]!;
        const [toEndM, speedMps] = [seen.toEndM[v]!, seen.speedMps[v]!];
        const ownMps = Math.min(topMps, TOP_OF[kind]!);
        const comesS = Math.max(nextS, arrivalTime(toEndM + beyondM, speedMps, ownMps, ACCEL_OF[kind]!));
        if (ownMps < topMps || nextS > 0) nextS = comesS + HEADWAY_S;
        const lateS = this.#dwell.lossOf(kind, lane, toEndM, speedMps);
        const k = Math.max(0, Math.ceil(comesS + lateS - BRAKING_S));
        this.#secondOf[v] = k;
        if (this.#perSecond[kind]! !== 1) addUnsure(k, share, arrived, at, horizonS);
        else if (k <= horizonS) arrived[at + k]! += share;
      }
      for (const hidden of this.#dwell.listHidden(lane))
        addUnsure(secondOfHidden(approach, beyondM, hidden), share, arrived, at, horizonS);
    }
  }

  /**
   * Calls back for the vehicles on the way to the stop line of `lane`, as `predict` placed them, that count other than 1: how many (parts of
   * them where the second or the lane is not sure) come when, and what each counts beside 1.
   */
  listHeavy(lane: number, add: (atS: number, vehicles: number, extra: number) => void): void {
    const seen = this.#now?.vehicles ?? null;
    if (seen === null || this.isBlind(lane)) return;
    const approach = this.#approaches[lane]!;
    const addThirds = (k: number, vehicles: number, extra: number) => {
      for (let third = -1; third <= 1; third++) add(secondOfThird(k, third), vehicles / 3, extra);
    };
    for (const { lane: piece, lengthM, share, beyondM } of approach.pieces) {
      for (let v = seen.laneStart[piece]!; v < seen.laneStart[piece + 1]! && seen.toEndM[v]! <= lengthM; v++) {
        const extra = this.#perSecond[seen.kind[v]!]! - 1;
        if (extra !== 0) addThirds(this.#secondOf[v]!, share, extra);
      }
      for (const hidden of this.#dwell.listHidden(piece))
        addThirds(secondOfHidden(approach, beyondM, hidden), share, this.#perSecond[BUS]! - 1);
    }
  }

  /**
   * Who is out of sight counts where a signal upstream has let them go or plans to, and at the mean flow where no signal is.
   */
  #placeUnseen(approach: Approach, seenM: Metres, arrived: Float64Array, at: number, horizonS: Seconds): void {
    const from = Math.floor(seenM / approach.speedMps) + 1;
    if (approach.feeders.length === 0) {
      for (let k = from; k <= horizonS; k++) arrived[at + k]! += this.#ratePerS[approach.lane]!;
      return;
    }
    let total = 0;
    for (const mate of approach.mates) total += this.#ratePerS[mate]!;
    const laneShare = total > 0 ? this.#ratePerS[approach.lane]! / total : 1 / approach.mates.length;
    const second = Math.floor(this.timeMs / 1000);
    for (const { ring, travelS, share } of approach.feeders) {
      if (ring === null) {
        for (let k = from; k <= horizonS; k++) arrived[at + k]! += this.#ratePerS[approach.lane]! * share;
      } else {
        for (let k = from; k <= horizonS; k++)
          arrived[at + k]! += ring[slotOf(second + k - travelS)]! * share * laneShare;
      }
    }
  }

  /** Vehicles that fit onto the lanes beyond now; Infinity while traffic there moves, unless it soon comes to a red light. */
  roomOn(exits: readonly number[]): number {
    const seen = this.#now?.vehicles ?? null;
    let room = 0;
    if (seen === null) {
      const known = this.#stock.roomOn(this.#city.lanes[exits[0]!]!.road);
      if (!Number.isNaN(known)) return known;
      for (const lane of exits) room += this.#queues.roomOn(lane);
      return room;
    }
    for (const lane of exits) {
      const lengthM = this.#lengthM[lane]!;
      let last = seen.laneStart[lane + 1]! - 1;
      // Who waits inside the junction for a gap or for people on foot does not fill the exit.
      while (last >= seen.laneStart[lane]! && seen.toEndM[last]! > lengthM) last--;
      if (this.#reach[lane]! < lengthM - 1 || last < seen.laneStart[lane]! || seen.blind[lane] === 1)
        return Number.POSITIVE_INFINITY;
      if (seen.speedMps[last]! > CREEPING_MPS) {
        if (lengthM > AMPLE_M || this.#approaches[lane] === undefined || this.redOf(lane) === 0)
          return Number.POSITIVE_INFINITY;
        room += Math.max(0, lengthM / QUEUE_SPACE_M - (last + 1 - seen.laneStart[lane]!));
        continue;
      }
      room += Math.max(0, (lengthM - seen.toEndM[last]! - 5) / QUEUE_SPACE_M);
    }
    return room;
  }
}

/** A camera further up sees who comes to a blind lane, and its queue where that is longer than the lane. */
function seesBehind({ lane, pieces }: Approach, { blind }: SeenVehicles): boolean {
  return (
    pieces.some((piece) => piece.lane !== lane) &&
    pieces.every((piece) => piece.lane === lane || blind[piece.lane] === 0)
  );
}

function slotOf(second: number): number {
  return second & (RING_S - 1);
}

/** When the thirds of an arrival that is predicted for second `k` come: a little earlier (-1), then (0) and a little later (1). */
function secondOfThird(k: Seconds, third: number): Seconds {
  return k === 0 ? 0 : k + third * Math.max(1, Math.round(UNSURE * k));
}

/** Adds a vehicle to the arrivals in thirds. */
function addUnsure(k: Seconds, share: number, arrived: Float64Array, at: number, horizonS: Seconds): void {
  for (let third = -1; third <= 1; third++) {
    const second = secondOfThird(k, third);
    if (second <= horizonS) arrived[at + second]! += share / 3;
  }
}

/** When a bus that is yet in a bay comes to the stop line. */
function secondOfHidden({ speedMps }: Approach, beyondM: Metres, { toEndM, inS }: HiddenBus): Seconds {
  return Math.ceil(inS + arrivalTime(toEndM + beyondM, 0, speedMps, ACCEL_OF[BUS]!) - BRAKING_S);
}
