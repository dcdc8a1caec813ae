import { Worker } from 'node:worker_threads';
import { UrbaneError } from '../units/errors.ts';
import type { Shown } from './api.ts';
import type { PagesShown } from './junction-pages-api.ts';
import { LiveStream } from './live.ts';
import type { ClockChange } from './pacer.ts';
import type { Fault, FromWorker, PairOrder, ToWorker } from './pair-messages.ts';
import type { SiteAnswer, SiteDocument } from './site.ts';
import type { SiteOrder } from './sites.ts';
import type { SteerAnswer, SteerOrder } from './steering.ts';
import type { JunctionDocument, State } from './wire.ts';

/** The file beside this one, as source or as built. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './pair-worker.ts' : './pair-worker.js', import.meta.url);

/** What comes back for a question; null when the worker has ended. */
type Answer = Extract<FromWorker, { readonly question: number }>;
type Ready = Extract<FromWorker, { kind: 'ready' }>;

/** The pair of runs in its worker thread, seen from the web server. */
export class PairHost implements Shown {
  readonly live = new LiveStream();
  readonly pages: PagesShown = {
    list: async () => {
      const answer = await this.#ask((question) => ({ kind: 'controllers', question }));
      if (answer?.kind === 'controllers') return answer.list;
      throw new Error('the runs have ended');
    },
    describe: async (id, hours) => {
      const answer = await this.#ask((question) => ({ kind: 'controller-page', question, id, hours }));
      return answer?.kind === 'controller-page' ? answer.page : null;
    },
    table: async (id, name, hours) => {
      const answer = await this.#ask((question) => ({ kind: 'controller-table', question, id, name, hours }));
      return answer?.kind === 'controller-table' ? answer.table : null;
    },
  };
  /** Settles when the worker ends: with the error it ended with, or null. */
  readonly ended: Promise<Error | null>;
  readonly #worker: Worker;
  readonly #questions = new Map<number, (answer: Answer | null) => void>();
  #asked = 0;
  #ready: Ready | null = null;
  #state: State | null = null;
  #failure: Error | null = null;
  #whenShown: () => void = () => {};

  private constructor(order: PairOrder) {
    this.#worker = new Worker(WORKER, { workerData: order });
    this.#worker.on('message', (message: FromWorker) => this.#take(message));
    this.#worker.on('error', (error: Error) => {
      this.#failure = error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        for (const answer of this.#questions.values()) answer(null);
        this.#questions.clear();
        this.#whenShown();
        resolve(this.#failure);
      });
    });
  }

  /** Starts the runs; resolves with the first snapshot. Rejects with the scenario's UrbaneError. */
  static async start(order: PairOrder): Promise<PairHost> {
    const host = new PairHost(order);
    await new Promise<void>((resolve) => {
      host.#whenShown = resolve;
    });
    if (host.#failure !== null) throw host.#failure;
    return host;
  }

  get ready(): Ready {
    if (this.#ready === null) throw new Error('the runs have not begun');
    return this.#ready;
  }

  get map(): Uint8Array {
    return this.ready.map;
  }

  get state(): State {
    if (this.#state === null) throw new Error('the runs have not begun');
    return this.#state;
  }

  change(change: ClockChange): void {
    this.#send({ kind: 'clock', change });
  }

  async junction(id: string): Promise<JunctionDocument | null> {
    const answer = await this.#ask((question) => ({ kind: 'junction', question, id }));
    return answer?.kind === 'junction' ? answer.junction : null;
  }

  async steer(order: SteerOrder): Promise<SteerAnswer> {
    const answer = await this.#ask((question) => ({ kind: 'steer', question, order }));
    if (answer?.kind === 'steered') return answer.answer;
    throw answer?.kind === 'refused' ? errorOf(answer.fault) : new Error('the runs have ended');
  }

  async site(id: string): Promise<SiteDocument | null> {
    const answer = await this.#ask((question) => ({ kind: 'site', question, id }));
    return answer?.kind === 'site' ? answer.site : null;
  }

  async correct(order: SiteOrder): Promise<SiteAnswer> {
    const answer = await this.#ask((question) => ({ kind: 'correct', question, order }));
    if (answer?.kind === 'corrected') return answer.answer;
    throw answer?.kind === 'refused' ? errorOf(answer.fault) : new Error('the runs have ended');
  }

  #ask(message: (question: number) => ToWorker): Promise<Answer | null> {
    const question = this.#asked++;
    return new Promise((resolve) => {
      this.#questions.set(question, resolve);
      this.#send(message(question));
    });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#ready = message;
        break;
      case 'snapshot':
        this.#state = message.state;
        this.live.publish('snapshot', message.event);
        this.#whenShown();
        break;
      case 'history':
        this.live.publish('history', message.event);
        break;
      case 'junction':
      case 'controllers':
      case 'controller-page':
      case 'controller-table':
      case 'steered':
      case 'site':
      case 'corrected':
      case 'refused':
        this.#questions.get(message.question)?.(message);
        this.#questions.delete(message.question);
        break;
      case 'failed':
        this.#failure = errorOf(message);
        break;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.live.close();
    await this.#worker.terminate();
    await this.ended;
  }
}

function errorOf({ code, sentence, remedy }: Fault): Error {
  return code === null ? new Error(sentence) : new UrbaneError(code, sentence, remedy);
}
