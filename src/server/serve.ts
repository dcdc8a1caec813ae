import type { FastifyInstance } from 'fastify';
import { UrbaneError } from '../units/errors.ts';
import { createApi } from './api.ts';
import { preparePage } from './page.ts';
import { PairHost } from './pair-host.ts';
import type { PairOrder } from './pair-messages.ts';

export interface ServeOptions extends PairOrder {
  readonly host: string;
  readonly port: number;
  /** Told what happens, a sentence at a time. */
  readonly tell: (sentence: string) => void;
}

/** A running page. `ended` settles when the runs stop by themselves, with the error they stopped with. */
export interface Served extends AsyncDisposable {
  readonly address: string;
  readonly runs: PairHost;
}

/**
 * Starts both runs and the web server. Rejects with an UrbaneError when the scenario cannot be read or the port is taken;
 * then nothing is left running.
 */
export async function servePage(options: ServeOptions): Promise<Served> {
  const { host, port, tell, ...order } = options;
  await using started = new AsyncDisposableStack();
  const [folder, runs] = await bothOrNeither(preparePage(tell), PairHost.start(order));
  started.use(runs);
  const api = await createApi(runs, folder);
  started.defer(() => api.close());
  const address = await listen(api, host, port);
  const all = started.move();
  return { address, runs, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Opens a server's address; rejects with an UrbaneError when it cannot be had. */
export async function listen(api: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await api.listen({ host, port });
  } catch (error) {
    await api.close();
    throw explainListen(error, host, port);
  }
}

/** Both results, or the first error once the other has settled and, where it can be, been ended. */
async function bothOrNeither<A>(a: Promise<A>, b: Promise<PairHost>): Promise<[A, PairHost]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  if (second.status === 'fulfilled') await second.value[Symbol.asyncDispose]();
  throw second.status === 'rejected' ? second.reason : (first as PromiseRejectedResult).reason;
}

function explainListen(error: unknown, host: string, port: number): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE')
    return new UrbaneError('port-in-use', `Port ${port} of ${host} is taken by another program.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UrbaneError('bad-usage', `This machine has no address ${host}.`, 'Use --host 127.0.0.1.');
  }
  if (code === 'EACCES') {
    return new UrbaneError('bad-usage', `Port ${port} may not be opened by this user.`, 'Choose a port above 1023.');
  }
  return error;
}
