import { UrbaneError } from '../units/errors.ts';
import type { Milliseconds } from '../units/units.ts';

/**
 * How far a junction lets the brain go: `observe` records choices; `advise` shows them too; `supervised` carries out what
 * somebody approves, one change at a time; `automatic` sends every choice to the guard.
 */
export const MODES = ['observe', 'advise', 'supervised', 'automatic'] as const;
export type Mode = (typeof MODES)[number];

/** Who allows a mode, until when. `by` names an office or an authority, never a person. */
export interface Approval {
  readonly by: string;
  readonly untilMs: Milliseconds;
}

/** A change that waits for somebody's approval, or is being carried out with it. */
export interface Proposal {
  readonly id: number;
  /** Phase index. */
  readonly stage: number;
  readonly why: string;
  readonly sinceMs: Milliseconds;
  /** Until then it may be approved or, once approved, be carried out. */
  readonly untilMs: Milliseconds;
  readonly approvedBy: string | null;
}

/** How one junction stands. */
export interface Standing {
  /** For `advise`, `supervised` and `automatic`; null where none holds. The mode is the highest reached without a gap. */
  readonly approvals: readonly (Approval | null)[];
  /** Why and when it last fell back. */
  readonly fell: { readonly why: string; readonly atMs: Milliseconds } | null;
  readonly proposal: Proposal | null;
  /** Proposals made so far. */
  readonly proposals: number;
}

const PROPOSAL_MS: Milliseconds = 30_000;
/** A change approved waits this long for the guard to allow it. */
const CARRY_OUT_MS: Milliseconds = 60_000;

/** A junction in a mode that is approved at once, step by step, as a configuration does. */
export function standAt(mode: Mode, approval: Approval): Standing {
  const approvals = MODES.slice(1).map((_, k) => (k < MODES.indexOf(mode) ? approval : null));
  return { approvals, fell: null, proposal: null, proposals: 0 };
}

export function modeOf({ approvals }: Standing): Mode {
  const gap = approvals.indexOf(null);
  return MODES[gap < 0 ? MODES.length - 1 : gap] ?? 'observe';
}

/** What allows the present mode; null for `observe`. */
export function approvalOf(standing: Standing): Approval | null {
  return standing.approvals[MODES.indexOf(modeOf(standing)) - 1] ?? null;
}

/**
 * Climbs one step, renews the approval of the present mode, or goes down as far as asked. Throws UrbaneError `not-now` for
 * two steps at a time and for an approval that is over already.
 */
export function setMode(standing: Standing, to: Mode, approval: Approval, nowMs: Milliseconds): Standing {
  const [from, rank] = [MODES.indexOf(modeOf(standing)), MODES.indexOf(to)];
  if (rank < from) return fallTo(standing, to, `${approval.by} asked for it`, nowMs);
  if (!(approval.untilMs > nowMs)) {
    throw new UrbaneError('not-now', `The approval ends at ${approval.untilMs} ms, and it is ${nowMs} ms.`);
  }
  if (rank > from + 1) {
    throw new UrbaneError(
      'not-now',
      `The junction is in mode ${MODES[from]} and climbs one step at a time: the next mode is ${MODES[from + 1]}, not ${to}.`,
      `Approve ${MODES[from + 1]} first.`,
    );
  }
  const approvals = standing.approvals.map((old, k) => (k === rank - 1 ? approval : old));
  // What waited for an approval of its own is the brain's to decide once more in another mode.
  return { ...standing, approvals, proposal: rank === from ? standing.proposal : null };
}

/** Takes away every approval above `to`; the same object where none is held. */
export function fallTo(standing: Standing, to: Mode, why: string, nowMs: Milliseconds): Standing {
  const rank = MODES.indexOf(to);
  if (MODES.indexOf(modeOf(standing)) <= rank) return standing;
  const approvals = standing.approvals.map((approval, k) => (k < rank ? approval : null));
  return { ...standing, approvals, fell: { why, atMs: nowMs }, proposal: null };
}

/** Falls below the first approval that is over, and forgets a proposal whose time is over. */
export function expire(standing: Standing, nowMs: Milliseconds): Standing {
  const { approvals, proposal } = standing;
  const over = approvals.findIndex((approval) => approval !== null && approval.untilMs <= nowMs);
  if (over >= 0) {
    const to = MODES[over] ?? 'observe';
    return fallTo(standing, to, `the approval of ${MODES[over + 1]} by ${approvals[over]?.by} is over`, nowMs);
  }
  return proposal !== null && proposal.untilMs <= nowMs ? { ...standing, proposal: null } : standing;
}

/** Notes what the controller would show: a change becomes a proposal, which stays while it is the same and not over. */
export function propose(
  standing: Standing,
  choice: { readonly stage: number; readonly why: string; readonly isChange: boolean },
  nowMs: Milliseconds,
): Standing {
  const { proposal, proposals } = standing;
  if (modeOf(standing) !== 'supervised' || (proposal !== null && proposal.approvedBy !== null)) return standing;
  if (!choice.isChange) return proposal === null ? standing : { ...standing, proposal: null };
  if (proposal?.stage === choice.stage) return standing;
  const { stage, why } = choice;
  const made = { id: proposals + 1, stage, why, sinceMs: nowMs, untilMs: nowMs + PROPOSAL_MS, approvedBy: null };
  return { ...standing, proposals: proposals + 1, proposal: made };
}

/** Approves the proposal that waits. Throws UrbaneError `not-now` when it is another one, over, or approved before. */
export function approve(standing: Standing, id: number, by: string, nowMs: Milliseconds): Standing {
  const { proposal } = standing;
  if (proposal?.id !== id || proposal.untilMs <= nowMs) {
    const what = proposal === null ? 'no proposal waits' : `proposal ${proposal.id} waits`;
    throw new UrbaneError('not-now', `Proposal ${id} is over: ${what}.`, 'Look at the junction again.');
  }
  if (proposal.approvedBy !== null) {
    throw new UrbaneError(
      'not-now',
      `${proposal.approvedBy} has approved proposal ${id} before.`,
      'Nothing is to be done.',
    );
  }
  return { ...standing, proposal: { ...proposal, approvedBy: by, untilMs: nowMs + CARRY_OUT_MS } };
}

/** Once the street shows what was approved. */
export function conclude(standing: Standing): Standing {
  return { ...standing, proposal: null };
}
