import type { City } from '../../city/city.ts';
import { VEHICLE_CLASSES, type VehicleClass } from '../../city/city.ts';
import { createFrame, type Frame, growFrame } from '../../city/frame.ts';
import type { Order, Street } from '../../street/street.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Milliseconds } from '../../units/units.ts';
import { IdTable } from './id-table.ts';
import type { LanePlace } from './inner-lanes.ts';
import { ANSWER, COMMAND, type MessageReader, MessageWriter, TYPE, VARIABLE } from './message.ts';
import { SumoProcess } from './process.ts';
import { WaitingWalkers } from './walkers.ts';

/** Larger than any network, so that one subscription around one junction brings every vehicle. */
const EVERYWHERE_M = 1e7;
const FOREVER_S = 1e9;
const STEP_MS = 1000;
/** How long SUMO may take to write its outputs after the last step. */
const PATIENCE_MS = 60_000;

/** SUMO's vehicle classes that are not named as ours. Any other unknown one counts as a car. */
const KINDS: Record<string, VehicleClass> = {
  coach: 'bus',
  trailer: 'truck',
  moped: 'motorcycle',
  authority: 'emergency',
  army: 'emergency',
  vip: 'emergency',
  rail_urban: 'rail',
  rail_electric: 'rail',
  rail_fast: 'rail',
};

export interface SumoStreetOptions {
  readonly city: City;
  /** Where SUMO's lanes lie (`placeLanes`). */
  readonly places: ReadonlyMap<string, LanePlace>;
  /** Arguments that name the scenario, outputs and rules; no shell reads them. */
  readonly args: readonly string[];
  readonly beginMs: Milliseconds;
}

/** SUMO as a street. */
export interface SumoStreet extends Street {
  readonly pid: number;
  readonly teleports: number;
  /** Vehicles on the network or still to come. */
  readonly expected: number;
  /** CPU time SUMO has used. */
  cpuS(): number;
  /** Time spent by us on messages since the start: building, reading and parsing, not waiting for SUMO. */
  readonly parseS: number;
  /** Ends the run in order, so that SUMO completes its output files. */
  finish(): Promise<void>;
}

/** Starts SUMO on a scenario. Throws sumo-missing or sumo-failed. */
export async function startSumoStreet(options: SumoStreetOptions): Promise<SumoStreet> {
  const sumo = await SumoProcess.start(options.args);
  const street = new TraciStreet(options, sumo);
  try {
    await street.open();
  } catch (error) {
    await street[Symbol.asyncDispose]();
    throw error;
  }
  return street;
}

class TraciStreet implements SumoStreet {
  readonly city: City;
  readonly lamps: string[];
  timeMs: Milliseconds;
  frame: Frame = createFrame(256);
  teleports = 0;
  expected = 0;
  parseS = 0;
  readonly #sumo: SumoProcess;
  readonly #lanes: IdTable;
  readonly #places: readonly LanePlace[];
  readonly #vehicles = new IdTable();
  readonly #free: number[] = [];
  #lengths = new Float32Array(256);
  #kinds = new Uint8Array(256);
  #slotCount = 0;
  readonly #signals = new IdTable();
  readonly #lampBytes: Buffer[];
  readonly #programs: string[];
  #orders: readonly Order[] = [];
  readonly #writer = new MessageWriter();
  #newIds: Buffer[] = [];
  #newSlots: number[] = [];
  #over = false;
  readonly #walkers: WaitingWalkers;

  constructor({ city, places, beginMs }: SumoStreetOptions, sumo: SumoProcess) {
    this.city = city;
    this.timeMs = beginMs;
    this.#sumo = sumo;
    this.#walkers = new WaitingWalkers(city);
    this.#lanes = new IdTable(places.size);
    const list: LanePlace[] = [];
    for (const [id, place] of places) {
      const bytes = Buffer.from(id);
      this.#lanes.set(bytes, 0, bytes.length, list.length);
      list.push(place);
    }
    this.#places = list;
    this.lamps = city.signals.map(() => '');
    this.#lampBytes = city.signals.map(() => Buffer.alloc(0));
    this.#programs = city.signals.map(() => '');
    city.signals.forEach((signal, index) => {
      const bytes = Buffer.from(signal.id);
      this.#signals.set(bytes, 0, bytes.length, index);
    });
  }

  get waiting(): Int32Array {
    return this.#walkers.waiting;
  }

  get pid(): number {
    return this.#sumo.pid;
  }

  cpuS(): number {
    return this.#sumo.cpuS();
  }

  /** Subscribes to all vehicles, all lamps and the counts; learns each signal's own program. */
  async open(): Promise<void> {
    const writer = this.#writer;
    writer.clear();
    writer.begin(COMMAND.getVersion).end();
    writer.begin(COMMAND.getJunction).byte(VARIABLE.idList).text('').end();
    writer.begin(COMMAND.getSimulation).byte(VARIABLE.stepLength).text('').end();
    let reader = await this.#exchange('connecting');
    this.#expectOk(reader);
    reader.command();
    reader.int();
    reader.text();
    this.#skipToValue(reader);
    const junction = reader.textList()[0];
    if (junction === undefined) throw new UrbaneError('sumo-failed', 'SUMO loaded a network without junctions.');
    this.#skipToValue(reader);
    checkStep(reader.double());

    writer.clear();
    for (const signal of this.city.signals) {
      writer.begin(COMMAND.getSignal).byte(VARIABLE.currentProgram).text(signal.id).end();
      writer
        .begin(COMMAND.subscribeSignal)
        .double(0)
        .double(FOREVER_S)
        .text(signal.id)
        .byte(1)
        .byte(VARIABLE.lampState)
        .end();
    }
    writer.begin(COMMAND.subscribeSimulation).double(0).double(FOREVER_S).text('').byte(3);
    writer.byte(VARIABLE.arrivedIds).byte(VARIABLE.teleportStarts).byte(VARIABLE.minExpected).end();
    writer.begin(COMMAND.subscribeJunctionContext).double(0).double(FOREVER_S).text(junction);
    writer.byte(COMMAND.getVehicle).double(EVERYWHERE_M).byte(3);
    writer.byte(VARIABLE.laneId).byte(VARIABLE.lanePosition).byte(VARIABLE.speed).end();
    this.#walkers.subscribe(writer);
    reader = await this.#exchange('subscribing');
    for (let signal = 0; signal < this.city.signals.length; signal++) {
      this.#skipToValue(reader);
      this.#programs[signal] = reader.text();
      this.#expectOk(reader);
      this.#readAnswer(reader);
    }
    for (let answer = 0; answer < 2 + this.#walkers.areas; answer++) {
      this.#expectOk(reader);
      this.#readAnswer(reader);
    }
  }

  apply(orders: readonly Order[]): void {
    this.#orders = this.#orders.length === 0 ? orders : [...this.#orders, ...orders];
  }

  async advance(): Promise<void> {
    const doing = `simulating second ${this.timeMs / 1000 + 1}`;
    if (this.#orders.length > 0) await this.#carryOut(doing);
    this.timeMs += STEP_MS;
    this.#writer.clear();
    this.#writer
      .begin(COMMAND.simStep)
      .double(this.timeMs / 1000)
      .end();
    const reader = await this.#exchange(doing);
    const began = performance.now();
    this.#expectOk(reader);
    this.#clearFrame();
    const answers = reader.int();
    for (let i = 0; i < answers; i++) this.#readAnswer(reader);
    this.parseS += (performance.now() - began) / 1000;
    if (this.#newIds.length > 0) await this.#learnNew(doing);
    if (this.#walkers.isAsking) await this.#countWaiting(doing);
  }

  async #countWaiting(doing: string): Promise<void> {
    this.#writer.clear();
    this.#walkers.ask(this.#writer);
    this.#walkers.readAnswers(await this.#exchange(doing), (reader) => this.#skipToValue(reader));
  }

  /** In a message of its own: SUMO drops answers that stand before a step when its own step is shorter than ours. */
  async #carryOut(doing: string): Promise<void> {
    const began = performance.now();
    this.#writer.clear();
    this.#writeOrders();
    this.parseS += (performance.now() - began) / 1000;
    const answers = await this.#exchange(doing);
    for (let i = 0; i < this.#writer.count; i++) this.#expectOk(answers);
  }

  async finish(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#writer.clear();
    this.#writer.begin(COMMAND.close).end();
    await this.#exchange('closing');
    await this.#sumo.end(PATIENCE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#sumo.end(0);
  }

  async #exchange(doing: string): Promise<MessageReader> {
    try {
      return await this.#sumo.connection.exchange(this.#writer.finish());
    } catch {
      this.#over = true;
      throw await this.#sumo.explain(doing);
    }
  }

  #writeOrders(): void {
    const writer = this.#writer;
    for (const order of this.#orders) {
      const id = this.city.signals[order.signal]?.id ?? '';
      if (order.kind === 'show') {
        writer.begin(COMMAND.setSignal).byte(VARIABLE.lampState).text(id).byte(TYPE.string).text(order.state).end();
      } else {
        const program = this.#programs[order.signal] ?? '';
        writer.begin(COMMAND.setSignal).byte(VARIABLE.program).text(id).byte(TYPE.string).text(program).end();
        writer.begin(COMMAND.setSignal).byte(VARIABLE.phase).text(id).byte(TYPE.integer).int(order.phase).end();
      }
    }
    this.#orders = [];
  }

  #expectOk(reader: MessageReader): void {
    const { command, problem } = reader.status();
    if (problem !== null)
      throw new UrbaneError('sumo-failed', `SUMO refused command 0x${command.toString(16)}: "${problem}".`);
  }

  /** Of the answer to a question: status, variable, id and type; the value comes next. */
  #skipToValue(reader: MessageReader): void {
    this.#expectOk(reader);
    reader.command();
    reader.byte();
    reader.skipText();
    reader.byte();
  }

  #readAnswer(reader: MessageReader): void {
    const command = reader.command();
    if (command === ANSWER.junctionContext) this.#readVehicles(reader);
    else if (command === ANSWER.signal) this.#readLamps(reader);
    else if (command === ANSWER.edge) this.#walkers.readArea(reader);
    else if (command === ANSWER.simulation) this.#readCounts(reader);
    else throw new UrbaneError('sumo-failed', `SUMO sent an unknown answer 0x${command.toString(16)}.`);
  }

  #readLamps(reader: MessageReader): void {
    const idLength = reader.skipText();
    const signal = this.#signals.find(reader.bytes, reader.at - idLength, reader.at);
    reader.at += 4;
    const length = reader.skipText();
    const now = reader.bytes.subarray(reader.at - length, reader.at);
    if (signal < 0 || now.equals(this.#lampBytes[signal] as Buffer)) return;
    this.#lampBytes[signal] = Buffer.from(now);
    this.lamps[signal] = now.toString('latin1');
  }

  #readCounts(reader: MessageReader): void {
    reader.skipText();
    const variables = reader.byte();
    for (let i = 0; i < variables; i++) {
      const variable = reader.byte();
      reader.at += 2;
      if (variable === VARIABLE.teleportStarts) this.teleports += reader.int();
      else if (variable === VARIABLE.minExpected) this.expected = reader.int();
      else this.#forgetArrived(reader);
    }
  }

  #forgetArrived(reader: MessageReader): void {
    const count = reader.int();
    for (let i = 0; i < count; i++) {
      const length = reader.skipText();
      const slot = this.#vehicles.remove(reader.bytes, reader.at - length, reader.at);
      if (slot >= 0) this.#free.push(slot);
    }
  }

  #clearFrame(): void {
    this.#walkers.clear();
    this.frame.count = 0;
    this.frame.timeMs = this.timeMs;
    this.#newIds = [];
    this.#newSlots = [];
  }

  #readVehicles(reader: MessageReader): void {
    reader.skipText();
    reader.at += 2;
    const count = reader.int();
    this.frame = growFrame(this.frame, count);
    const { slot, segment, posM, speedMps, lengthM, kind } = this.frame;
    let n = 0;
    for (let i = 0; i < count; i++) {
      const idLength = reader.skipText();
      const idEnd = reader.at;
      reader.at += 3;
      const laneLength = reader.skipText();
      const place = this.#places[this.#lanes.find(reader.bytes, reader.at - laneLength, reader.at)];
      reader.at += 3;
      const position = reader.double();
      reader.at += 3;
      const speed = reader.double();
      if (place === undefined) continue;
      let vehicle = this.#vehicles.find(reader.bytes, idEnd - idLength, idEnd);
      if (vehicle < 0) vehicle = this.#admit(reader, idEnd - idLength, idEnd);
      slot[n] = vehicle;
      segment[n] = place.segment;
      posM[n] = place.offsetM + position;
      speedMps[n] = speed;
      lengthM[n] = this.#lengths[vehicle]!;
      kind[n] = this.#kinds[vehicle]!;
      n++;
    }
    this.frame.count = n;
  }

  #admit(reader: MessageReader, start: number, end: number): number {
    const slot = this.#free.pop() ?? this.#slotCount++;
    if (slot >= this.#lengths.length) {
      const lengths = new Float32Array(slot * 2);
      const kinds = new Uint8Array(slot * 2);
      lengths.set(this.#lengths);
      kinds.set(this.#kinds);
      this.#lengths = lengths;
      this.#kinds = kinds;
    }
    this.#vehicles.set(reader.bytes, start, end, slot);
    this.#newIds.push(Buffer.from(reader.bytes.subarray(start, end)));
    this.#newSlots.push(slot);
    return slot;
  }

  /** Asks length and class of the vehicles that appeared in this step, once in their life. */
  async #learnNew(doing: string): Promise<void> {
    const writer = this.#writer;
    writer.clear();
    for (const id of this.#newIds) {
      writer.begin(COMMAND.getVehicle).byte(VARIABLE.length).raw(id).end();
      writer.begin(COMMAND.getVehicle).byte(VARIABLE.vehicleClass).raw(id).end();
    }
    const reader = await this.#exchange(doing);
    const began = performance.now();
    const learnt = new Set<number>();
    for (const slot of this.#newSlots) {
      this.#skipToValue(reader);
      this.#lengths[slot] = reader.double();
      this.#skipToValue(reader);
      this.#kinds[slot] = kindOf(reader.text());
      learnt.add(slot);
    }
    const { frame } = this;
    for (let i = 0; i < frame.count; i++) {
      const slot = frame.slot[i]!;
      if (!learnt.has(slot)) continue;
      frame.lengthM[i] = this.#lengths[slot]!;
      frame.kind[i] = this.#kinds[slot]!;
    }
    this.parseS += (performance.now() - began) / 1000;
  }
}

/** Throws bad-input when SUMO's own step does not go into our second. */
function checkStep(stepS: number): void {
  if (STEP_MS % Math.round(stepS * 1000) === 0) return;
  throw new UrbaneError(
    'bad-input',
    `SUMO's step-length is ${stepS} s, which does not divide 1 s.`,
    'Set step-length to 1 s or a part of it.',
  );
}

function kindOf(vehicleClass: string): number {
  const own = VEHICLE_CLASSES.findIndex((name) => name === vehicleClass);
  return own >= 0 ? own : VEHICLE_CLASSES.indexOf(KINDS[vehicleClass] ?? 'car');
}
