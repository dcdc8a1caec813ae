import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UrbaneError } from '../../units/errors.ts';
import { Connection } from './connection.ts';

const LINES_KEPT = 40;
const CONNECT_RETRY_MS = 20;
const PORT_TRIES = 5;
/** Clock ticks per second in /proc; 100 on every Linux that SUMO is packaged for. */
const TICKS_PER_S = 100;

const running = new Set<ChildProcess>();
let exitHooked = false;

/** SUMO itself ended the run because something in the scenario is wrong; its words are in the message. */
export class SumoRefusal extends UrbaneError {
  constructor(sentence: string) {
    super('sumo-failed', sentence);
  }
}

/** The SUMO to start: SUMO_BINARY, or `sumo` on the PATH. */
export function sumoBinary(): string {
  return process.env['SUMO_BINARY'] ?? 'sumo';
}

export function missingSumo(binary: string, why: string): UrbaneError {
  return new UrbaneError('sumo-missing', `SUMO cannot be started: "${binary}" (${why}).`);
}

/** SUMO ended before its first step; `log` is what it wrote to stderr. */
export function refusalOf(log: readonly string[]): SumoRefusal {
  return new SumoRefusal(`SUMO refuses the scenario: ${quote(log)}.`);
}

/** A running SUMO and its TraCI connection. It ends with us: killed at exit, and by itself when our socket closes. */
export class SumoProcess {
  readonly connection: Connection;
  readonly #child: ChildProcess;
  readonly #log: readonly string[];
  #ended: Promise<void>;

  private constructor(child: ChildProcess, connection: Connection, log: readonly string[], ended: Promise<void>) {
    this.#child = child;
    this.connection = connection;
    this.#log = log;
    this.#ended = ended;
  }

  /**
   * Starts SUMO (SUMO_BINARY, or `sumo` on the PATH) with these arguments on a free port and connects.
   * Throws sumo-missing, or sumo-failed with SUMO's own words when it refuses the scenario.
   */
  static async start(args: readonly string[]): Promise<SumoProcess> {
    for (let tries = 1; ; tries++) {
      const started = await tryStart(args, await findFreePort());
      if (started.connection) return new SumoProcess(started.child, started.connection, started.log, started.ended);
      const taken = started.log.some((line) => line.includes('Address already in use'));
      if (!taken || tries === PORT_TRIES) throw refusalOf(started.log);
    }
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** CPU time SUMO has used, from /proc; NaN where there is none. */
  cpuS(): number {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
    } catch {
      return Number.NaN;
    }
  }

  /** The error to throw when the connection broke: waits for SUMO's end and quotes its last words. */
  async explain(doing: string): Promise<UrbaneError> {
    await Promise.race([this.#ended, sleep(2000, undefined, { ref: false })]);
    const { exitCode, signalCode } = this.#child;
    const words = this.#log.length > 0 ? `: ${quote(this.#log)}` : '';
    if (exitCode !== null) return new SumoRefusal(`SUMO gave up (code ${exitCode}) while ${doing}${words}.`);
    const how = signalCode ? `was killed (${signalCode})` : 'no longer answers';
    return new UrbaneError(
      'sumo-failed',
      `SUMO ${how} while ${doing}${words}.`,
      'Run it again; watch memory and who ends processes.',
    );
  }

  /** Waits until SUMO has ended by itself (its outputs are complete then); kills it after `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    const done = await Promise.race([this.#ended.then(() => true), sleep(patienceMs, false, { ref: false })]);
    if (!done) this.#child.kill('SIGKILL');
    await this.#ended;
    this.connection.close();
  }
}

async function tryStart(args: readonly string[], port: number) {
  const binary = sumoBinary();
  const child = spawn(binary, [...args, '--remote-port', String(port), '--num-clients', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  hookExit();
  running.add(child);
  const log: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(...text.split('\n').filter((line) => line.trim() !== ''));
    log.splice(0, log.length - LINES_KEPT);
  });
  let over = false;
  let cannotStart: string | null = null;
  child.on('error', (error: NodeJS.ErrnoException) => {
    cannotStart = error.code ?? error.message;
  });
  const ended = once(child, 'close')
    .then(
      () => undefined,
      () => undefined,
    )
    .finally(() => {
      over = true;
      running.delete(child);
    });
  while (!over && cannotStart === null) {
    try {
      return { child, log, ended, connection: await Connection.open(port) };
    } catch {
      await Promise.race([ended, sleep(CONNECT_RETRY_MS)]);
    }
  }
  if (cannotStart !== null) throw missingSumo(binary, cannotStart);
  return { child, log, ended, connection: null };
}

function hookExit(): void {
  if (exitHooked) return;
  exitHooked = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** SUMO's error lines (or its last one) in one sentence. */
function quote(log: readonly string[]): string {
  const errors = log.filter((line) => line.startsWith('Error'));
  const lines = errors.length > 0 ? errors : log.filter((line) => !line.startsWith('Warning')).slice(-1);
  const words = lines
    .map((line) => line.replace(/^Error:\s*/, '').replace(/[.\s]+$/, ''))
    .slice(0, 3)
    .join('; ');
  return words === '' ? 'it gave no reason' : `"${words}"`;
}
