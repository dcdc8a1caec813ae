import type { City } from '../../city/city.ts';
import { createFrame, type Frame } from '../../city/frame.ts';
import { listLoops } from '../../street/loops.ts';
import type { LoopPlace, Observation } from '../../street/observation.ts';
import type { Order, Street } from '../../street/street.ts';
import { ObservationWire } from '../../street/wire.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Milliseconds } from '../../units/units.ts';

/**
 * A street at the other end of a pipe: any simulator or gateway that writes one observation a line and carries out the
 * orders it gets back. It is its own sensor layer, since what comes in has been seen by sensors already.
 */
export class StdioStreet implements Street {
  readonly city: City;
  readonly loops: readonly LoopPlace[];
  /** Always empty: positions stay at the other end. */
  readonly frame: Frame = createFrame(0);
  lamps: readonly string[];
  timeMs: Milliseconds = Number.NEGATIVE_INFINITY;
  readonly #wire: ObservationWire;
  readonly #lines: AsyncIterator<string | UrbaneError>;
  readonly #refuse: (fault: UrbaneError) => Promise<void>;
  #next: Observation | null = null;
  #seen: Observation | null = null;
  #orders: Order[] = [];

  /** `refuse` is told each line that is no observation; the street goes on with the next one. */
  constructor(city: City, lines: AsyncIterator<string | UrbaneError>, refuse: (fault: UrbaneError) => Promise<void>) {
    this.city = city;
    this.loops = listLoops(city);
    this.lamps = city.signals.map(() => '');
    this.#wire = new ObservationWire(city);
    this.#lines = lines;
    this.#refuse = refuse;
  }

  /** Waits for the next observation; false at the end of the input. */
  async hasNext(): Promise<boolean> {
    while (this.#next === null) {
      const { value, done } = await this.#lines.next();
      if (done) return false;
      if (value === '') continue;
      try {
        if (value instanceof UrbaneError) throw value;
        this.#next = this.#read(value);
      } catch (fault) {
        if (!(fault instanceof UrbaneError)) throw fault;
        await this.#refuse(fault);
      }
    }
    return true;
  }

  async advance(): Promise<void> {
    if (!(await this.hasNext()) || this.#next === null)
      throw new UrbaneError('bad-observation', 'The input has ended.');
    this.#seen = this.#next;
    this.#next = null;
    this.timeMs = this.#seen.timeMs;
    this.lamps = this.#seen.signals;
  }

  /** What the line just taken told. */
  observe(): Observation {
    if (this.#seen === null) throw new Error('nothing has been observed yet');
    return this.#seen;
  }

  apply(orders: readonly Order[]): void {
    this.#orders.push(...orders);
  }

  /** Orders since the last call, in the form they are written. */
  takeOrders(): WireOrder[] {
    const orders = this.#orders.map((order): WireOrder => {
      const signal = this.city.signals[order.signal]!.id;
      return order.kind === 'show' ? { signal, show: order.state } : { signal, handBackToPhase: order.phase };
    });
    this.#orders = [];
    return orders;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.return?.();
  }

  #read(line: string): Observation {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new UrbaneError(
        'bad-observation',
        `This line is no JSON: ${line.slice(0, 60)}${line.length > 60 ? ' ...' : ''}`,
      );
    }
    const observation = this.#wire.read(value);
    if (observation.timeMs <= this.timeMs) {
      throw new UrbaneError('bad-observation', `timeMs ${observation.timeMs} is not after ${this.timeMs}.`);
    }
    return observation;
  }
}

/** Show these lamps from now on, or go on with the own program from the start of this phase. */
export type WireOrder =
  | { readonly signal: string; readonly show: string }
  | { readonly signal: string; readonly handBackToPhase: number };
