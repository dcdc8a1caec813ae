import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Mutation } from './mutations.ts';
import type { GuardUnderTest } from './sequences.ts';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** All that the guard imports but types. */
const FOLDERS = ['units', 'city', 'guard'];

/** A guard made from a copy of the source with one rule broken. `dispose` removes the copy. */
export async function breakRule(mutation: Mutation): Promise<{ guard: GuardUnderTest; dispose: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'urbane-mutant-'));
  for (const name of FOLDERS) cpSync(join(SOURCE, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const path = join(folder, 'guard', mutation.file);
  const source = readFileSync(path, 'utf8');
  const places = source.split(mutation.find).length - 1;
  if (places !== 1) throw new Error(`${places} places in ${mutation.file} read: ${mutation.find}`);
  writeFileSync(
    path,
    source.replace(mutation.find, () => mutation.put),
  );
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, 'guard', file)).href);
  const [{ Guard }, { planSignal }] = await Promise.all([load('guard.ts'), load('plan.ts')]);
  return { guard: { Guard, planSignal }, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
