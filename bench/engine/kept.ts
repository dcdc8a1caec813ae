import { cpus } from 'node:os';
import { cacheFolder, findKept, keep, keyOf } from './cache.ts';

/** Below this share of a core the machine was doing other work. */
export const LEAST_CORE_SHARE = 0.9;

/** Where a measurement that takes long comes from: made now, kept from an earlier run on this kind of machine, or neither. */
export interface KeepRule {
  /** Makes it again and keeps that. */
  readonly isFresh: boolean;
  /** Never makes one that is not kept. */
  readonly isKeptOnly: boolean;
  /** A run with a smaller share of a core is not kept; LEAST_CORE_SHARE when left out. */
  readonly leastCoreShare?: number;
}

export interface Kept<T> {
  readonly value: T;
  readonly isKept: boolean;
}

/**
 * A timed run by the hash of its inputs and the processor's name; null where the rule forbids to make it. One made while the
 * machine was busy is not kept: beside ours on a machine at rest it would flatter us.
 */
export async function findTimed<T extends { readonly coreShare: number }>(
  inputs: readonly string[],
  { isFresh, isKeptOnly, leastCoreShare = LEAST_CORE_SHARE }: KeepRule,
  make: () => Promise<T | null>,
): Promise<Kept<T> | null> {
  const key = keyOf(['timed 2', cpus()[0]?.model ?? '', ...inputs]);
  const kept = isFresh ? null : await findKept<T>(cacheFolder(), key);
  if (kept !== null) return { value: kept, isKept: true };
  if (isKeptOnly) return null;
  const value = await make();
  if (value === null) return null;
  if (value.coreShare >= leastCoreShare) await keep(cacheFolder(), key, value);
  return { value, isKept: false };
}
