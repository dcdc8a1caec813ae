import { isGreen } from '../city/greens.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds } from '../units/units.ts';
import type { SignalPlan } from './plan.ts';
import type { SignalRules } from './rules.ts';

/** A timer read once a second runs over by up to one step. */
const STEP_MS = 1000;

/** A stage of the round that some red link waits for. */
export interface Urgent {
  readonly stage: number;
  /** When the longest waiting of its links turned red. */
  readonly redSinceMs: Milliseconds;
}

/** Longest time from the end of one stage's minimum green to the green of the next. */
function changeMs(rules: SignalRules): Milliseconds {
  return (rules.yellowS + rules.allRedS) * 1000 + STEP_MS;
}

function minGreenMs(rules: SignalRules): Milliseconds {
  return rules.minGreenS * 1000 + STEP_MS;
}

/**
 * Throws an UrbaneError `bad-input` when one whole round and a foreign stage between do not fit into the longest red, so
 * that the guard could not keep the rule.
 */
export function checkLongestRed(plan: SignalPlan, rules: SignalRules): void {
  if (plan.stages.length < 2) return;
  const needS = ((plan.round.length + 1) * (changeMs(rules) + minGreenMs(rules))) / 1000;
  if (rules.longestRedS >= needS) return;
  throw new UrbaneError(
    'bad-input',
    `signal ${plan.id}: a longest red of ${rules.longestRedS} s cannot be kept; a round of its ${plan.round.length} ` +
      `stages with minimum green ${rules.minGreenS} s, yellow ${rules.yellowS} s and all-red ${rules.allRedS} s needs ${needS} s`,
  );
}

/** Stages of the round that red links wait for, the longest waiting first. `redSince` is Infinity for a green link. */
export function listUrgent(plan: SignalPlan, redSince: Float64Array): Urgent[] {
  const oldest = new Float64Array(plan.round.length).fill(Infinity);
  for (let i = 0; i < redSince.length; i++) {
    const place = plan.servedBy[i]!;
    if (place >= 0) oldest[place] = Math.min(oldest[place]!, redSince[i]!);
  }
  return plan.round
    .map((stage, place) => ({ stage, redSinceMs: oldest[place]! }))
    .filter(({ redSinceMs }) => redSinceMs < Infinity)
    .sort((a, b) => a.redSinceMs - b.redSinceMs);
}

/** True when, with changes possible from `startMs` on, every urgent stage in turn still turns green in time. */
export function fits(urgent: readonly Urgent[], rules: SignalRules, startMs: Milliseconds): boolean {
  return urgent.every(({ redSinceMs }, k) => {
    const greenMs = startMs + (k + 1) * changeMs(rules) + k * minGreenMs(rules);
    return greenMs <= redSinceMs + rules.longestRedS * 1000;
  });
}

/** True when no stage can be late however the next change goes: the common case, told without sorting. */
function hasAmpleTime(plan: SignalPlan, rules: SignalRules, redSince: Float64Array, startMs: Milliseconds): boolean {
  let oldest = Infinity;
  for (let i = 0; i < redSince.length; i++) if (plan.servedBy[i]! >= 0 && redSince[i]! < oldest) oldest = redSince[i]!;
  return startMs + plan.round.length * (changeMs(rules) + minGreenMs(rules)) <= oldest + rules.longestRedS * 1000;
}

/** True when the stage that is green may stay until `startMs` and every red link is still served in time. */
export function mayStay(plan: SignalPlan, rules: SignalRules, redSince: Float64Array, startMs: Milliseconds): boolean {
  return hasAmpleTime(plan, rules, redSince, startMs) || fits(listUrgent(plan, redSince), rules, startMs);
}

/** True when a change to `stage` begun now leaves time to serve every link that is red afterwards. */
export function maySwitch(
  plan: SignalPlan,
  rules: SignalRules,
  redSince: Float64Array,
  nowMs: Milliseconds,
  stage: number,
): boolean {
  const state = plan.states[stage] ?? '';
  const after = redSince.map((since, i) => (isGreen(state.charAt(i)) ? Infinity : Math.min(since, nowMs)));
  return mayStay(plan, rules, after, nowMs + changeMs(rules) + minGreenMs(rules));
}
