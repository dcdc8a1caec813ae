/** What happened to a trip: it entered the city, a road, or arrived. */
export const EVENT = { inserted: 0, road: 1, arrived: 2 } as const;

/** Events since the last drain, oldest first; the arrays are used again, so copy what is to be kept. */
export interface EngineEvents {
  readonly count: number;
  /** Events that found no room because nobody drained in time. */
  readonly lost: number;
  readonly kind: Uint8Array;
  readonly timeMs: Float64Array;
  readonly trip: Uint32Array;
  /** Road index. */
  readonly road: Uint32Array;
}

/** A fixed room for events: nothing is allocated while the engine runs, and an engine nobody listens to keeps the first. */
export class EventBox {
  readonly #kind: Uint8Array;
  readonly #timeMs: Float64Array;
  readonly #trip: Uint32Array;
  readonly #road: Uint32Array;
  #count = 0;
  #lost = 0;

  constructor(capacity: number) {
    this.#kind = new Uint8Array(capacity);
    this.#timeMs = new Float64Array(capacity);
    this.#trip = new Uint32Array(capacity);
    this.#road = new Uint32Array(capacity);
  }

  push(kind: number, timeMs: number, trip: number, road: number): void {
    const i = this.#count;
    if (i >= this.#kind.length) {
      this.#lost++;
      return;
    }
    this.#kind[i] = kind;
    this.#timeMs[i] = timeMs;
    this.#trip[i] = trip;
    this.#road[i] = road;
    this.#count = i + 1;
  }

  drain(): EngineEvents {
    const events = {
      count: this.#count,
      lost: this.#lost,
      kind: this.#kind,
      timeMs: this.#timeMs,
      trip: this.#trip,
      road: this.#road,
    };
    this.#count = 0;
    this.#lost = 0;
    return events;
  }
}
