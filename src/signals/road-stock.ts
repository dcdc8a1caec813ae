import type { City } from '../city/city.ts';
import type { LoopQueues } from '../street/loop-queue.ts';
import { QUEUE_SPACE_M } from '../street/loop-tracks.ts';
import type { Seconds } from '../units/units.ts';

/** Who sets off from a queue is so much later at the advance loop than at full speed. */
const SET_OFF_S: Seconds = 4;

interface Stretch {
  readonly road: number;
  readonly lanes: readonly number[];
  /** Vehicles that fit onto it, and its free-flow travel time. */
  readonly capacity: number;
  readonly travelS: Seconds;
  /** Who was let on, by second, as a ring as long as the travel time. */
  readonly letOn: Float64Array;
}

/**
 * Vehicles between a signal and the advance loops of a road that it lets them onto, by what goes in less what comes out: a queue that
 * stands on those loops hides who waits behind them and how much room is left there. While the loops are free, nobody is there
 * but those who have had no time to come.
 */
export class RoadStock {
  readonly #stretches: readonly Stretch[];
  readonly #queues: LoopQueues;
  /** By road: place in the list above, -1 for none. */
  readonly #placeOf: Int32Array;
  readonly #stock: Float64Array;
  readonly #onTheWay: Float64Array;
  readonly #isHeld: Uint8Array;
  #seconds = 0;

  /** `roads`: those that signals let traffic onto. One that is fed otherwise as well, or has a lane without loops, is not watched. */
  constructor(city: City, roads: Iterable<number>, queues: LoopQueues) {
    this.#queues = queues;
    this.#placeOf = new Int32Array(city.roads.length).fill(-1);
    const stretches: Stretch[] = [];
    for (const road of roads) {
      const { firstLane, laneCount } = city.roads[road]!;
      const lanes = Array.from({ length: laneCount }, (_, k) => firstLane + k);
      const behindM = lanes.map((lane) => queues.behindOf(lane));
      const isFedOnlyBySignals = lanes.every((lane) =>
        city.lanes[lane]!.in.every((m) => city.movements[m]!.signal >= 0),
      );
      if (!isFedOnlyBySignals || behindM.some((metres) => !Number.isFinite(metres))) continue;
      const travelS = Math.ceil(behindM[0]! / Math.max(1, city.lanes[firstLane]!.speedMps)) + SET_OFF_S;
      const capacity = behindM.reduce((sum, metres) => sum + metres / QUEUE_SPACE_M, 0);
      this.#placeOf[road] = stretches.push({ road, lanes, capacity, travelS, letOn: new Float64Array(travelS) }) - 1;
    }
    this.#stretches = stretches;
    this.#stock = new Float64Array(stretches.length);
    this.#onTheWay = new Float64Array(stretches.length);
    this.#isHeld = new Uint8Array(stretches.length);
  }

  /** Takes in one more second; `letOnto` tells how many vehicles were let onto a road in it. The queues must have seen it already. */
  observe(letOnto: (road: number) => number): void {
    const second = this.#seconds++;
    this.#stretches.forEach(({ road, lanes, capacity, travelS, letOn }, at) => {
      const onto = letOnto(road);
      this.#onTheWay[at] = Math.max(0, this.#onTheWay[at]! + onto - letOn[second % travelS]!);
      letOn[second % travelS] = onto;
      let came = 0;
      let held = 0;
      for (const lane of lanes) {
        came += this.#queues.cameOf(lane);
        if (this.#queues.isHeldBehind(lane)) held++;
      }
      const most = held > 0 ? capacity : Math.min(capacity, this.#onTheWay[at]!);
      this.#stock[at] = Math.max(0, Math.min(most, this.#stock[at]! + onto - came));
      this.#isHeld[at] = held > 0 ? 1 : 0;
      // Those on the way are told of by whoever let them on.
      const waiting = Math.max(0, this.#stock[at]! - this.#onTheWay[at]!);
      for (const lane of lanes) this.#queues.setBehind(lane, this.#queues.isHeldBehind(lane) ? waiting / held : 0);
    });
  }

  /** Vehicles that yet fit onto a road: Infinity while its advance loops are free; NaN where the road is not watched. */
  roomOn(road: number): number {
    const at = this.#placeOf[road]!;
    if (at < 0) return Number.NaN;
    return this.#isHeld[at] === 0 ? Number.POSITIVE_INFINITY : this.#stretches[at]!.capacity - this.#stock[at]!;
  }
}
