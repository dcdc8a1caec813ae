import type { City } from '../city/city.ts';
import type { Frame } from '../city/frame.ts';

/** Each second that passes, what was seen before counts this much: a memory of about a minute, a signal's cycle. */
const KEEP = 59 / 60;
/** Below this much memory of any vehicle a road counts as empty. */
const LEAST_WEIGHT = 0.1;

/** How fast traffic moves on every road, as a share of the limit, smoothed over about a minute. */
export class RoadSpeeds {
  readonly #laneRoad: Uint32Array;
  readonly #laneSpeed: Float32Array;
  readonly #sum: Float32Array;
  readonly #weight: Float32Array;
  readonly classes: Uint8Array;

  constructor(city: City) {
    this.#laneRoad = Uint32Array.from(city.lanes, (lane) => lane.road);
    this.#laneSpeed = Float32Array.from(city.lanes, (lane) => lane.speedMps);
    this.#sum = new Float32Array(city.roads.length);
    this.#weight = new Float32Array(city.roads.length);
    this.classes = new Uint8Array(city.roads.length);
  }

  /** Takes the frame of the second that has passed. */
  observe(frame: Frame): void {
    const lanes = this.#laneRoad.length;
    for (let r = 0; r < this.#sum.length; r++) {
      this.#sum[r]! *= KEEP;
      this.#weight[r]! *= KEEP;
    }
    for (let i = 0; i < frame.count; i++) {
      const lane = frame.segment[i]!;
      if (lane >= lanes) continue;
      const road = this.#laneRoad[lane]!;
      this.#sum[road]! += Math.min(1, frame.speedMps[i]! / this.#laneSpeed[lane]!);
      this.#weight[road]! += 1;
    }
  }

  /** Speed classes of now (`SPEED_CLASSES`), by road. */
  classify(): Uint8Array {
    for (let r = 0; r < this.classes.length; r++) {
      const weight = this.#weight[r]!;
      this.classes[r] = weight < LEAST_WEIGHT ? 0 : 1 + Math.min(4, Math.floor((5 * this.#sum[r]!) / weight));
    }
    return this.classes;
  }
}
