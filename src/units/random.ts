import type { f64, i32 } from './numbers.ts';

/**
 * Keyed random draws: a value depends on (seed, subject, step, purpose) and on nothing drawn before it, so that threads,
 * partial forks and a different order of vehicles agree. Integer mixing after Chris Wellons' "lowbias32" hash prospector
 * constants (public domain).
 */

/** 2^32 by the golden ratio, as 32 bits with a sign. */
const GOLDEN = -0x61c88647;

function mix(value: f64): i32 {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** What the draws for all purposes of (seed, subject, step) have in common. */
function keyOf(seed: i32, subject: i32, step: i32): i32 {
  return mix(mix(mix(seed ^ GOLDEN) + subject) + step);
}

/** Uniform in [0, 1) for the key. */
export function drawUniform(seed: i32, subject: i32, step: i32, purpose: i32): f64 {
  return drawWith(keyOf(seed, subject, step), purpose);
}

/** For one draw of each of many subjects in a step: what they have in common, an integer. */
export function drawKey(seed: f64, step: i32, purpose: f64): i32 {
  return mix(mix(mix(seed ^ GOLDEN) + step) + purpose);
}

/** Uniform in [0, 1) for a subject, a whole number, given such a key; other values than `drawUniform` gives. */
export function drawWith(key: i32, subject: i32): f64 {
  return (mix(key + subject) >>> 0) / 4294967296;
}

/**
 * Approximately standard normal for the key: the sum of twelve uniforms less six (Irwin-Hall), because Math.log and
 * Math.cos differ between engine versions and would break replay. Range [-6, 6].
 */
export function drawNormal(seed: i32, subject: i32, step: i32, purpose: i32): f64 {
  const key = keyOf(seed, subject, step);
  let sum: f64 = -6;
  for (let i = 0; i < 12; i++) sum += drawWith(key, purpose * 12 + i);
  return sum;
}
