import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `urbane` as a user does, through its launcher; input is an open pipe nobody writes to. */
export function startUrbane(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'bin/urbane.js'), ...args], { env: { ...process.env, ...env } });
}

/** Runs `urbane` to its end. */
export async function runUrbane(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = startUrbane(args, env);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  child.stdin?.end();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** Polls until it is so; false when it never was. */
export async function waitUntil(isSo: () => boolean, patienceMs: number): Promise<boolean> {
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    if (isSo()) return true;
    await sleep(25);
  }
  return isSo();
}

/** Every living process below this one, with its command line. */
export function listDescendants(pid: number): { readonly pid: number; readonly command: string }[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const fields = readStat(Number(name));
    if (fields !== null) parents.set(Number(name), Number(fields[1]));
  }
  const found: number[] = [];
  const wave = [pid];
  for (let parent = wave.pop(); parent !== undefined; parent = wave.pop()) {
    const children = [...parents].filter(([, of]) => of === parent).map(([child]) => child);
    found.push(...children);
    wave.push(...children);
  }
  return found.map((child) => ({ pid: child, command: readCommand(child) }));
}

/** Running, not a zombie that waits for its parent to look. */
export function isRunning(pid: number): boolean {
  const fields = readStat(pid);
  return fields !== null && fields[0] !== 'Z';
}

/** State, parent, ... of a process; null when it is gone. */
function readStat(pid: number): string[] | null {
  if (!Number.isInteger(pid)) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
