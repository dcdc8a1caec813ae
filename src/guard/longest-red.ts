import { isGreen } from '../city/greens.ts';
import type { StageOrder } from '../city/stage-order.ts';
import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds } from '../units/units.ts';
import type { SignalPlan } from './plan.ts';
import type { SignalRules } from './rules.ts';

/** A timer read once a second runs over by up to one step. */
const STEP_MS = 1000;

/** What the longest red of one signal is reckoned with; made once per signal. */
export interface RedLimits {
  readonly longestMs: Milliseconds;
  /** Longest time from the end of one stage's minimum to the green of the next, and longest minimum of a stage. */
  readonly changeMs: Milliseconds;
  readonly minStageMs: Milliseconds;
  /** Under an order: by stage the next one on the round, and by link how many changes away its green is then. */
  readonly forced: ReadonlyMap<number, { readonly next: number; readonly changesTo: Int16Array }> | null;
}

/**
 * Throws an UrbaneError `bad-input` when one whole round and a foreign stage between do not fit into the longest red, so
 * that the guard could not keep the rule, or when the order of stages leaves somebody out.
 */
export function planLongestRed(plan: SignalPlan, rules: SignalRules): RedLimits {
  const clearMs = Math.max((rules.yellowS + rules.allRedS) * 1000, ...plan.walks.map((walk) => walk.clearMs));
  const walkS = plan.walks.length > 0 ? rules.walkS : 0;
  const changeMs = clearMs + STEP_MS;
  const minStageMs = Math.max(rules.minGreenS, walkS) * 1000 + STEP_MS;
  const limits = { longestMs: rules.longestRedS * 1000, changeMs, minStageMs };
  if (plan.stages.length < 2) return { ...limits, forced: null };
  const { order } = rules;
  const round = order?.round ?? plan.round;
  const needS = ((round.length + 1) * (changeMs + minStageMs)) / 1000;
  if (rules.longestRedS < needS) {
    throw new UrbaneError(
      'bad-input',
      `signal ${plan.id}: a longest red of ${rules.longestRedS} s cannot be kept; a round of its ${round.length} ` +
        `stages with minimum green ${rules.minGreenS} s, yellow ${rules.yellowS} s and all-red ${rules.allRedS} s needs ${needS} s`,
    );
  }
  return { ...limits, forced: order === null ? null : planForced(plan, order) };
}

function planForced(plan: SignalPlan, order: StageOrder): NonNullable<RedLimits['forced']> {
  const forced = new Map<number, { next: number; changesTo: Int16Array }>();
  const { round } = order;
  const nextOf = (stage: number): number => {
    const place = round.indexOf(stage);
    const allowed = order.mayFollow.get(stage) ?? [];
    const wanted = place >= 0 ? round[(place + 1) % round.length] : round.find((each) => allowed.includes(each));
    if (wanted !== undefined && allowed.includes(wanted)) return wanted;
    throw new UrbaneError(
      'bad-input',
      `signal ${plan.id}: its ${order.name} leads from stage ${stage} to no stage of its round ${round.join(', ')}`,
    );
  };
  for (const stage of plan.stages) {
    const changesTo = new Int16Array(plan.servedBy.length).fill(-1);
    let at = stage;
    for (let changes = 1; changes <= round.length + 1; changes++) {
      at = nextOf(at);
      if (!plan.stages.includes(at)) {
        throw new UrbaneError(
          'bad-input',
          `signal ${plan.id}: its ${order.name} holds ${at}, which is none of its stages`,
        );
      }
      const state = plan.states[at] ?? '';
      for (let i = 0; i < changesTo.length; i++) {
        if (changesTo[i] === -1 && isGreen(state.charAt(i))) changesTo[i] = changes;
      }
    }
    changesTo.forEach((changes, link) => {
      if (changes >= 0 || plan.servedBy[link] === -1) return;
      throw new UrbaneError('bad-input', `signal ${plan.id}: the round of its ${order.name} never serves link ${link}`);
    });
    forced.set(stage, { next: nextOf(stage), changesTo });
  }
  return forced;
}

/** A stage of the round that some red link waits for. */
interface Urgent {
  readonly stage: number;
  /** When the longest waiting of its links turned red. */
  readonly redSinceMs: Milliseconds;
}

/** Stages of the round that red links wait for, the longest waiting first. `redSince` is Infinity for a green link. */
function listUrgent(plan: SignalPlan, redSince: Float64Array): Urgent[] {
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

/** The stage to change to when staying would make some red too long; undefined when nobody is red. */
export function findForced(plan: SignalPlan, limits: RedLimits, redSince: Float64Array, stage: number) {
  return limits.forced === null ? listUrgent(plan, redSince)[0]?.stage : limits.forced.get(stage)?.next;
}

/** True when, with changes possible from `startMs` on, every urgent stage in turn still turns green in time. */
function fits(urgent: readonly Urgent[], limits: RedLimits, startMs: Milliseconds): boolean {
  return urgent.every(({ redSinceMs }, k) => {
    const greenMs = startMs + (k + 1) * limits.changeMs + k * limits.minStageMs;
    return greenMs <= redSinceMs + limits.longestMs;
  });
}

/** The same under an order: every link red turns green in time on the way round from `stage`. */
function fitsRound(plan: SignalPlan, limits: RedLimits, redSince: Float64Array, stage: number, startMs: Milliseconds) {
  const changesTo = limits.forced?.get(stage)?.changesTo;
  for (let i = 0; i < redSince.length; i++) {
    if (plan.servedBy[i]! < 0 || redSince[i] === Infinity) continue;
    const changes = changesTo?.[i] ?? 1;
    const greenMs = startMs + changes * limits.changeMs + (changes - 1) * limits.minStageMs;
    if (greenMs > redSince[i]! + limits.longestMs) return false;
  }
  return true;
}

/** True when no stage can be late however the next change goes: the common case, told without sorting. */
function hasAmpleTime(plan: SignalPlan, limits: RedLimits, redSince: Float64Array, startMs: Milliseconds): boolean {
  let oldest = Infinity;
  for (let i = 0; i < redSince.length; i++) if (plan.servedBy[i]! >= 0 && redSince[i]! < oldest) oldest = redSince[i]!;
  return startMs + plan.round.length * (limits.changeMs + limits.minStageMs) <= oldest + limits.longestMs;
}

/** True when `stage`, which is green, may stay until `startMs` and every red link is still served in time. */
export function mayStay(
  plan: SignalPlan,
  limits: RedLimits,
  redSince: Float64Array,
  stage: number,
  startMs: Milliseconds,
): boolean {
  if (limits.forced !== null) return fitsRound(plan, limits, redSince, stage, startMs);
  return hasAmpleTime(plan, limits, redSince, startMs) || fits(listUrgent(plan, redSince), limits, startMs);
}

/** True when a change to `stage` begun now leaves time to serve every link that is red afterwards. */
export function maySwitch(
  plan: SignalPlan,
  limits: RedLimits,
  redSince: Float64Array,
  nowMs: Milliseconds,
  stage: number,
): boolean {
  const state = plan.states[stage] ?? '';
  const after = redSince.map((since, i) => (isGreen(state.charAt(i)) ? Infinity : Math.min(since, nowMs)));
  return mayStay(plan, limits, after, stage, nowMs + limits.changeMs + limits.minStageMs);
}
