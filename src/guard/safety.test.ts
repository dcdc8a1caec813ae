import { describe, expect, it } from 'vitest';
import { breakRule } from '../../tests/guard/mutant.ts';
import { MUTATIONS } from '../../tests/guard/mutations.ts';
import { runSequences } from '../../tests/guard/sequences.ts';
import { Guard } from './guard.ts';
import { planSignal } from './plan.ts';
import { RULES } from './rules.ts';

describe('the guard against random commands, junctions, rules and clocks', () => {
  it('breaks no rule in 100,000 sequences (a million: npm run bench -- guard)', () => {
    const tally = runSequences({ Guard, planSignal }, 1, 100_000);
    expect(tally.violations.slice(0, 3)).toEqual([]);
    expect(tally.sequences).toBeGreaterThanOrEqual(100_000);
    // The sequences do reach what they are to test.
    expect(tally.takeOvers).toBeGreaterThan(50_000);
    expect(tally.handBacks).toBeGreaterThan(30_000);
    expect(tally.changes).toBeGreaterThan(200_000);
    expect(tally.givenUpSteps).toBeGreaterThan(10_000);
  }, 300_000);
});

describe('a guard with one rule broken', () => {
  it('has a way of breaking every rule in the list', () => {
    expect(new Set(MUTATIONS.map(({ rule }) => rule))).toEqual(new Set(RULES));
  });

  it.each(MUTATIONS)('is found out: $rule, $breaks', async (mutation) => {
    const { guard, dispose } = await breakRule(mutation);
    try {
      const rule = mutation.seenAs ?? mutation.rule;
      const { violations } = runSequences(guard, 1, 20_000, rule);
      expect(violations.map((violation) => violation.rule)).toContain(rule);
    } finally {
      dispose();
    }
  });
});
