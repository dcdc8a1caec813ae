import { connect, type Socket } from 'node:net';
import { UrbaneError } from '../../units/errors.ts';
import { MessageReader } from './message.ts';

/** One TraCI connection: a message out, the whole answer back. One exchange at a time. */
export class Connection {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(1 << 16);
  #filled = 0;
  #waiting: { resolve: (reader: MessageReader) => void; reject: (error: Error) => void } | null = null;
  #broken: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection is closed')));
  }

  /** Connects; rejects when nobody listens. */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Sends one message and waits for its answer, which is valid until the next exchange. */
  exchange(message: Uint8Array): Promise<MessageReader> {
    if (this.#broken) return Promise.reject(this.#broken);
    if (this.#waiting) return Promise.reject(new Error('one exchange at a time'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(message);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#filled + chunk.length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#filled + chunk.length));
      this.#buffer.copy(grown, 0, 0, this.#filled);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#filled);
    this.#filled += chunk.length;
    if (this.#filled < 4) return;
    const length = this.#buffer.readInt32BE(0);
    if (length < 4) {
      this.#fail(new UrbaneError('sumo-failed', `SUMO sent a message of length ${length}.`));
      return;
    }
    if (this.#filled < length) return;
    this.#filled = 0;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(new MessageReader(this.#buffer.subarray(4, length)));
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(this.#broken);
  }
}
