import type { ServerResponse } from 'node:http';

/** A client with more than this still unsent misses what is published until it has caught up. */
const MOST_UNSENT_BYTES = 2_000_000;
/** A client that has taken nothing for this long is cut off. */
const MOST_SILENT_MS = 30_000;

interface Client {
  readonly response: ServerResponse;
  /** When the last event was handed over. */
  servedMs: number;
}

/**
 * Fans events out to every open page. An event is encoded once by its maker; nothing is queued here, so a slow page costs
 * the little its socket holds and sees fewer snapshots, not older ones.
 */
export class LiveStream {
  readonly #clients = new Set<Client>();
  /** The newest event of each kind, for a page that has just come. */
  readonly #newest = new Map<string, Uint8Array>();

  get clients(): number {
    return this.#clients.size;
  }

  open(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const client: Client = { response, servedMs: performance.now() };
    response.on('close', () => this.#clients.delete(client));
    this.#clients.add(client);
    response.write('retry: 1000\n\n');
    for (const event of this.#newest.values()) response.write(event);
  }

  /** Hands an event (`encodeEvent`) to every page that keeps up. */
  publish(kind: string, event: Uint8Array): void {
    this.#newest.set(kind, event);
    const now = performance.now();
    for (const client of this.#clients) {
      if (client.response.writableLength <= MOST_UNSENT_BYTES) {
        client.response.write(event);
        client.servedMs = now;
      } else if (now - client.servedMs > MOST_SILENT_MS) {
        client.response.destroy();
      }
    }
  }

  close(): void {
    for (const { response } of this.#clients) response.destroy();
    this.#clients.clear();
  }
}

/** One server-sent event (WHATWG HTML, section 9.2) as bytes; JSON holds no line break. */
export function encodeEvent(kind: string, data: object): Uint8Array {
  return new TextEncoder().encode(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}
