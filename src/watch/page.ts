/** Evidence needed for an alert: a false one in some ten years of quarter hours, if the model holds (ln 350,000). */
const NEEDED = 12.8;
/** No single bin may weigh more: a happening lasts. */
const HEAVIEST = 4;
/** A long happening is over soon after its end. */
const MOST = NEEDED + 2 * HEAVIEST;

/** What a run of evidence amounts to. */
export interface Happening {
  /** Bin of its begin, of the alert, and the bin after its last evidence (null while it lasts). */
  readonly since: number;
  readonly raised: number;
  until: number | null;
  /** Sums over the bins of the happening. */
  measured: number;
  expected: number;
  /** Log-likelihood ratio gathered, without its limits. */
  evidence: number;
}

/**
 * Page's test: the log-likelihood ratio of "something is wrong" to "as ever" is added up bin by bin and never falls
 * below zero; above a limit it is an alert, back at zero that is over. E. S. Page, Continuous inspection schemes,
 * Biometrika 41 (1954).
 */
export class PageTest {
  readonly happenings: Happening[] = [];
  #score = 0;
  #since = 0;
  #lastFor = 0;
  #measured = 0;
  #expected = 0;
  #evidence = 0;
  #open: Happening | null = null;

  /** Whether an alert is open. */
  get open(): boolean {
    return this.#open !== null;
  }

  /** Whether nothing speaks for a happening now: what is as ever may be learned from. */
  get calm(): boolean {
    return this.#score === 0;
  }

  /** @param ratio log-likelihood ratio of the bin; NaN says nothing, as a bin without data. */
  add(bin: number, ratio: number, measured: number, expected: number): void {
    if (Number.isNaN(ratio)) return;
    if (this.#score === 0) {
      if (ratio <= 0) return;
      this.#since = bin;
      this.#measured = this.#expected = this.#evidence = 0;
    }
    this.#score = Math.min(MOST, this.#score + Math.max(-HEAVIEST, Math.min(HEAVIEST, ratio)));
    if (ratio > 0) this.#lastFor = bin;
    if (ratio > 0 || this.#open === null) {
      this.#measured += measured;
      this.#expected += expected;
      this.#evidence += ratio;
    }
    if (this.#score <= 0) {
      if (this.#open !== null) this.#open.until = this.#lastFor + 1;
      this.#open = null;
      this.#score = 0;
      return;
    }
    if (this.#open === null && this.#score >= NEEDED) {
      this.#open = { since: this.#since, raised: bin, until: null, measured: 0, expected: 0, evidence: 0 };
      this.happenings.push(this.#open);
    }
    if (this.#open !== null) {
      this.#open.measured = this.#measured;
      this.#open.expected = this.#expected;
      this.#open.evidence = this.#evidence;
    }
  }
}

/** 0.5 at the limit of the test, towards 1 above it. */
export const confidenceOf = (evidence: number): number => 1 - 0.5 * Math.exp(-Math.max(0, evidence - NEEDED) / NEEDED);
