import { cpus } from 'node:os';
import { cacheFolder, findKept, keep, keyOf } from './cache.ts';

/** Where a measurement that takes long comes from: made now, kept from an earlier run on this kind of machine, or neither. */
export interface KeepRule {
  /** Makes it again and keeps that. */
  readonly isFresh: boolean;
  /** Never makes one that is not kept. */
  readonly isKeptOnly: boolean;
}

export interface Kept<T> {
  readonly value: T;
  readonly isKept: boolean;
}

/** A timed run by the hash of its inputs and the processor's name; null where the rule forbids to make it. */
export async function findTimed<T>(
  inputs: readonly string[],
  { isFresh, isKeptOnly }: KeepRule,
  make: () => Promise<T | null>,
): Promise<Kept<T> | null> {
  const key = keyOf(['timed 1', cpus()[0]?.model ?? '', ...inputs]);
  const kept = isFresh ? null : await findKept<T>(cacheFolder(), key);
  if (kept !== null) return { value: kept, isKept: true };
  if (isKeptOnly) return null;
  const value = await make();
  if (value === null) return null;
  await keep(cacheFolder(), key, value);
  return { value, isKept: false };
}
