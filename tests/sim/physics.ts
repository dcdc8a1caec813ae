import { type Movement, VEHICLE_CLASSES } from '../../src/city/city.ts';
import type { Scenario } from '../../src/demand/demand.ts';
import type { Engine } from '../../src/sim/engine.ts';

const EPS = 1e-3;
const EMERGENCY = VEHICLE_CLASSES.indexOf('emergency');

/**
 * Watches an engine from outside, by its frames and lamps alone: vehicles conserved, never overlapping on a segment, never
 * faster than their dynamics allow, never past a red unless with blue light, and then not onto a way that meets another one in
 * use. Returns the first fault as a sentence, or null.
 */
export class PhysicsWatch {
  readonly #scenario: Scenario;
  readonly #speed = new Map<number, number>();
  readonly #segment = new Map<number, number>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  check(engine: Engine): string | null {
    const { city, demand } = this.#scenario;
    const { frame } = engine;
    const L = city.lanes.length;
    const lanesLength = (segment: number) =>
      segment < L ? city.lanes[segment]?.lengthM : city.movements[segment - L]?.lengthM;
    const inserted = engine.trips.insertedMs.reduce((n, ms) => n + (ms >= 0 ? 1 : 0), 0);
    const arrived = engine.trips.arrivedMs.reduce((n, ms) => n + (ms >= 0 ? 1 : 0), 0);
    if (frame.count !== inserted - arrived) return `${frame.count} present, ${inserted} entered, ${arrived} arrived`;
    const due = demand.trips.reduce((n, { departMs }) => n + (departMs < engine.timeMs ? 1 : 0), 0);
    if (inserted + engine.waitingToEnter !== due)
      return `${due} due, ${inserted} entered, ${engine.waitingToEnter} waiting`;
    const hardest = Math.max(...demand.types.map((type) => type.emergencyDecelMps2));
    const strongest = Math.max(...demand.types.map((type) => type.accelMps2));
    const now = new Set<number>();
    const onSegment = new Set<number>();
    for (let i = 0; i < frame.count; i++) if (frame.kind[i] !== EMERGENCY) onSegment.add(frame.segment[i] ?? -1);
    for (let i = 0; i < frame.count; i++) {
      const slot = frame.slot[i] ?? -1;
      const segment = frame.segment[i] ?? -1;
      const pos = frame.posM[i] ?? Number.NaN;
      const speed = frame.speedMps[i] ?? Number.NaN;
      now.add(slot);
      if (!(pos >= -EPS && pos <= (lanesLength(segment) ?? -1) + EPS))
        return `vehicle at ${pos} m of segment ${segment}`;
      if (i > 0 && frame.segment[i - 1] === segment) {
        const back = (frame.posM[i - 1] ?? 0) - (frame.lengthM[i - 1] ?? 0);
        if (pos > back + EPS) return `overlap on segment ${segment} at ${pos} m, ${engine.timeMs} ms`;
      }
      const before = this.#speed.get(slot);
      if (before !== undefined) {
        if (speed > before + strongest + EPS) return `from ${before} to ${speed} m/s in a second`;
        if (speed < before - hardest - EPS && engine.forcedHalts === 0)
          return `from ${before} to ${speed} m/s in a second`;
        const red = this.#passedRed(this.#segment.get(slot) ?? segment, segment, engine.lamps);
        if (red !== null && frame.kind[i] !== EMERGENCY) return `passed red on ${red.id}`;
        const met = red?.conflicts.find((other) => onSegment.has(L + other));
        if (met !== undefined) return `passed red on ${red?.id} while someone was on ${city.movements[met]?.id}`;
      }
      this.#speed.set(slot, speed);
      this.#segment.set(slot, segment);
    }
    for (const slot of this.#speed.keys()) {
      if (!now.has(slot)) {
        this.#speed.delete(slot);
        this.#segment.delete(slot);
      }
    }
    return null;
  }

  /** The movement that was entered at red between two frames. */
  #passedRed(from: number, to: number, lamps: readonly string[]): Movement | null {
    const { city } = this.#scenario;
    const L = city.lanes.length;
    if (from === to || from >= L) return null;
    const movement =
      to >= L
        ? city.movements[to - L]
        : city.lanes[from]?.out.map((m) => city.movements[m]).find((m) => m?.toLane === to);
    if (movement === undefined || movement.signal < 0) return null;
    const lamp = lamps[movement.signal]?.charAt(movement.link);
    return lamp === 'r' ? movement : null;
  }
}
