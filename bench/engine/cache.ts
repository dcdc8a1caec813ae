import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where reference runs and generated grids are kept: URBANE_CACHE, or a folder beside other temporary files. */
export function cacheFolder(): string {
  return process.env.URBANE_CACHE ?? join(tmpdir(), 'urbane-bench');
}

/** Hash of a list of inputs, each with its length, so that moving a byte from one to the next changes it. */
export function keyOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 24);
}

/** What was kept under a key, or null. */
export async function findKept<T>(folder: string, key: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(join(folder, `${key}.json`), 'utf8')) as T;
  } catch {
    return null;
  }
}

/** Keeps a value under a key; readers never see half of it. */
export async function keep(folder: string, key: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${key}.${process.pid}.part`);
  await writeFile(partial, JSON.stringify(value));
  await rename(partial, join(folder, `${key}.json`));
}
