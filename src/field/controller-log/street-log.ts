import type { City } from '../../city/city.ts';
import { type DetectorRole, EVENT, EventBuffer } from '../../measures/event.ts';
import { SensorLayer } from '../../street/sensors.ts';
import type { Street } from '../../street/street.ts';

const FEET_PER_METRE = 3.28084;
const MPH_PER_MPS = 2.23694;
/** What a group's lamp is to its log: dark or red, green, yellow. */
const [RED, GREEN, YELLOW] = [0, 1, 2];

interface Circuit {
  readonly signal: number;
  /** Place of one of its links in the signal's state. */
  readonly link: number;
  /** Counted from 1 in each signal: the place of its group. */
  readonly phase: number;
  readonly isWalk: boolean;
}

interface Channel {
  readonly signal: number;
  /** Counted from 1 in each signal. */
  readonly channel: number;
}

/**
 * What the controllers of a simulated street would log of it: greens, yellows and reds of every signal group (its place in
 * the signal, counted from 1, stands for the phase), detectors on and off at 0.1 s, presses at crossings. Why a green ended
 * is not known here, so its end is logged as a green termination (7) without 4, 5 or 6.
 */
export class StreetLog {
  readonly roles: readonly DetectorRole[];
  /** Events of the last `read`, in order of time. */
  readonly events: EventBuffer;
  readonly #sensors: SensorLayer;
  readonly #circuits: readonly Circuit[];
  /** By circuit. */
  readonly #shown: Uint8Array;
  /** By circuit: yellow is over, red clearance lasts until the next green of the signal. */
  readonly #clears: Uint8Array;
  /** By loop. */
  readonly #channels: readonly (Channel | null)[];
  readonly #wasOn: Uint8Array;
  /** By crossing: its circuit, or -1. */
  readonly #circuitOf: Int32Array;
  readonly #waited: Uint8Array;
  readonly #scratch: EventBuffer;
  #isFirst = true;

  constructor(city: City, seed: number) {
    const devices = city.signals.map(({ id }) => id);
    this.events = new EventBuffer(devices);
    this.#scratch = new EventBuffer(devices);
    this.#sensors = new SensorLayer(city, { level: 'loops', seed });
    const walks = new Set(city.crossings.map(({ signal, link }) => `${signal} ${link}`));
    this.#circuits = city.signals.flatMap(({ groups }, signal) =>
      groups.flatMap(({ links }, place) => {
        const link = links[0];
        return link === undefined ? [] : [{ signal, link, phase: place + 1, isWalk: walks.has(`${signal} ${link}`) }];
      }),
    );
    this.#shown = new Uint8Array(this.#circuits.length);
    this.#clears = new Uint8Array(this.#circuits.length);
    const circuitOf = (signal: number, link: number): number =>
      this.#circuits.findIndex(
        (circuit) =>
          circuit.signal === signal && city.signals[signal]?.groups[circuit.phase - 1]?.links.includes(link) === true,
      );
    this.#circuitOf = Int32Array.from(city.crossings, ({ signal, link }) =>
      signal < 0 ? -1 : circuitOf(signal, link),
    );
    this.#waited = new Uint8Array(city.crossings.length);
    const { channels, roles } = wire(
      city,
      this.#sensors.loops,
      (signal, link) => this.#circuits[circuitOf(signal, link)]?.phase ?? 0,
    );
    this.#channels = channels;
    this.roles = roles;
    this.#wasOn = new Uint8Array(channels.length);
  }

  /** Reads the street after a step; its events stand in `events` until the next one. */
  read(street: Pick<Street, 'timeMs' | 'lamps' | 'frame' | 'waiting'>): EventBuffer {
    const { timeMs, lamps, frame, waiting } = street;
    this.#scratch.clear();
    this.#readLoops(this.#sensors.observe(frame, lamps).loops, timeMs);
    this.#readLamps(lamps, timeMs);
    this.#readButtons(waiting, timeMs);
    this.#isFirst = false;
    return this.#sort();
  }

  #readLoops(readings: ReturnType<SensorLayer['observe']>['loops'], timeMs: number): void {
    if (readings === null) return;
    const { occupied, rises, lastOnMs, lastOffMs } = readings;
    for (let loop = 0; loop < occupied.length; loop++) {
      const on = occupied[loop]!;
      const was = this.#wasOn[loop]!;
      this.#wasOn[loop] = on;
      if (on === was && rises[loop] === 0) continue;
      const found = this.#channels[loop];
      if (found === null || found === undefined) continue;
      const [onMs, offMs] = [within(lastOnMs[loop]!, timeMs), within(lastOffMs[loop]!, timeMs)];
      // Between two readings a loop may go off and on again: both are logged, in their order.
      if (was === 1 && (on === 0 || rises[loop]! > 0))
        this.#put(on === 0 ? offMs : Math.min(offMs, onMs), found, EVENT.detectorOff);
      if (rises[loop]! > 0) this.#put(onMs, found, EVENT.detectorOn);
      if (was === 0 && on === 0) this.#put(Math.max(offMs, onMs), found, EVENT.detectorOff);
    }
  }

  #put(timeMs: number, { signal, channel }: Channel, code: number): void {
    this.#scratch.push(timeMs, signal, code, channel);
  }

  #readLamps(lamps: readonly string[], timeMs: number): void {
    for (let i = 0; i < this.#circuits.length; i++) {
      const { signal, link, phase, isWalk } = this.#circuits[i]!;
      const lamp = lamps[signal]!.charAt(link);
      const now = lamp === 'G' || lamp === 'g' ? GREEN : lamp === 'y' ? YELLOW : RED;
      const before = this.#shown[i]!;
      if (now === before) continue;
      this.#shown[i] = now;
      if (this.#isFirst && now !== GREEN) continue;
      const log = (code: number) => this.#scratch.push(timeMs, signal, code, phase);
      if (isWalk) {
        log(now === GREEN ? EVENT.beginWalk : now === YELLOW ? EVENT.beginFlashingDontWalk : EVENT.beginSolidDontWalk);
        continue;
      }
      if (now === GREEN) {
        this.#endClearance(signal, timeMs);
        log(EVENT.phaseOn);
        log(EVENT.beginGreen);
        continue;
      }
      if (before === GREEN) log(EVENT.greenTermination);
      if (now === YELLOW) log(EVENT.beginYellow);
      else {
        if (before === YELLOW) log(EVENT.endYellow);
        log(EVENT.beginRedClearance);
        this.#clears[i] = 1;
      }
    }
  }

  /** A green begins: the reds before it have cleared. */
  #endClearance(signal: number, timeMs: number): void {
    for (let i = 0; i < this.#circuits.length; i++) {
      if (this.#clears[i] === 0 || this.#circuits[i]!.signal !== signal) continue;
      this.#clears[i] = 0;
      this.#scratch.push(timeMs, signal, EVENT.endRedClearance, this.#circuits[i]!.phase);
    }
  }

  #readButtons(waiting: ArrayLike<number> | undefined, timeMs: number): void {
    if (waiting === undefined) return;
    for (let crossing = 0; crossing < waiting.length; crossing++) {
      const waits = waiting[crossing]! > 0 ? 1 : 0;
      const circuit = this.#circuits[this.#circuitOf[crossing]!];
      if (waits === this.#waited[crossing] || circuit === undefined) continue;
      this.#waited[crossing] = waits;
      const code = waits === 1 ? EVENT.pedestrianDetectorOn : EVENT.pedestrianDetectorOff;
      this.#scratch.push(timeMs, circuit.signal, code, circuit.phase);
    }
  }

  #sort(): EventBuffer {
    const { length, timeMs, device, code, parameter } = this.#scratch;
    const order = Array.from({ length }, (_, i) => i).sort((a, b) => timeMs[a]! - timeMs[b]! || a - b);
    this.events.clear();
    for (const i of order) this.events.push(timeMs[i]!, device[i]!, code[i]!, parameter[i]!);
    return this.events;
  }
}

/** A change within the last second; a loop that was on from the beginning has none. */
function within(changeMs: number, timeMs: number): number {
  return Number.isFinite(changeMs) ? Math.min(timeMs, Math.max(timeMs - 900, changeMs)) : timeMs;
}

/** The channel of each loop, and what it measures for which phase. */
function wire(
  city: City,
  loops: SensorLayer['loops'],
  phaseOf: (signal: number, link: number) => number,
): { channels: (Channel | null)[]; roles: DetectorRole[] } {
  const laneOf = new Map(city.lanes.map(({ id }, lane) => [id as string, lane]));
  const count = new Map<number, number>();
  const roles: DetectorRole[] = [];
  const channels = loops.map(({ id, lane, kind, toM, channel: known, isMissing }): Channel | null => {
    if (isMissing) return null;
    const approach = laneOf.get(id.slice(0, id.lastIndexOf('/'))) ?? lane;
    const turns = (city.lanes[approach]?.out ?? []).map((movement) => city.movements[movement]!);
    const turn =
      turns.find((each) => each.signal >= 0 && each.turn === 'straight') ?? turns.find(({ signal }) => signal >= 0);
    if (turn === undefined) return null;
    const { signal, link } = turn;
    const channel = known ?? (count.get(signal) ?? 0) + 1;
    count.set(signal, channel);
    const shared = { device: city.signals[signal]!.id, channel, phase: phaseOf(signal, link) };
    const { lengthM, speedMps } = city.lanes[approach]!;
    if (kind === 'stop-line') roles.push({ ...shared, function: 'Presence' }, { ...shared, function: 'Stopbar Count' });
    else {
      const distanceFt = (lane === approach ? lengthM - toM : lengthM) * FEET_PER_METRE;
      roles.push({ ...shared, function: 'Advance', distanceFt, approachSpeedMph: speedMps * MPH_PER_MPS });
    }
    return { signal, channel };
  });
  return { channels, roles };
}
