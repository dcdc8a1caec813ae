import type { City } from '../../city/city.ts';
import { COMMAND, type MessageReader, type MessageWriter, VARIABLE } from './message.ts';

const FOREVER_S = 1e9;
const STANDING_MPS = 0.1;

/** Who waits on foot at signalised crossings in SUMO: people who stand on ground before a crossing that is next on their way. */
export class WaitingWalkers {
  /** By crossing index. */
  readonly waiting: Int32Array;
  readonly #areas: readonly string[];
  readonly #crossings: ReadonlyMap<string, number>;
  #people: string[] = [];

  constructor({ crossings, corners }: City) {
    this.waiting = new Int32Array(crossings.length);
    const signalled = crossings.filter(({ signal }) => signal >= 0);
    this.#areas = [...new Set(signalled.flatMap((crossing) => crossing.corners))].map((corner) => corners[corner]!.id);
    this.#crossings = new Map(crossings.map(({ id }, index) => [id, index]));
  }

  /** Signalised crossings have ground before them; without any nothing is asked. */
  get areas(): number {
    return this.#areas.length;
  }

  get isAsking(): boolean {
    return this.#people.length > 0;
  }

  subscribe(writer: MessageWriter): void {
    for (const area of this.#areas) {
      writer.begin(COMMAND.subscribeEdge).double(0).double(FOREVER_S).text(area).byte(1).byte(VARIABLE.personIds).end();
    }
  }

  clear(): void {
    this.#people = [];
    this.waiting.fill(0);
  }

  /** The people on one area, after the answer's number. */
  readArea(reader: MessageReader): void {
    reader.skipText();
    reader.at += 4;
    this.#people.push(...reader.textList());
  }

  ask(writer: MessageWriter): void {
    for (const id of this.#people) {
      writer.begin(COMMAND.getPerson).byte(VARIABLE.speed).text(id).end();
      writer.begin(COMMAND.getPerson).byte(VARIABLE.nextEdge).text(id).end();
    }
  }

  readAnswers(reader: MessageReader, skipToValue: (reader: MessageReader) => void): void {
    for (let k = 0; k < this.#people.length; k++) {
      skipToValue(reader);
      const speedMps = reader.double();
      skipToValue(reader);
      const crossing = this.#crossings.get(reader.text());
      if (crossing !== undefined && speedMps < STANDING_MPS) this.waiting[crossing]!++;
    }
  }
}
