import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { JunctionFacts } from '../../../tests/guard/checker.ts';
import { Dice } from '../../../tests/guard/dice.ts';
import { rollCity } from '../../../tests/guard/junctions.ts';
import type { City, Program } from '../../city/city.ts';
import { loadScenario } from '../../field/load.ts';
import { proposeMove, scaleTiming } from './moves.ts';
import { cycleOf, findUnsafe, isComplete, listStages, type SignalStages, type Timing, writeProgram } from './timing.ts';

const QUARTER = fileURLToPath(new URL('../../../fixtures/quarter', import.meta.url));
const green = (lamp: string) => lamp === 'G' || lamp === 'g';

/** What is wrong with a program, seen second by second over two cycles and judged from the shipped city alone. */
function findFault(city: City, offer: SignalStages, { phases }: Program): string | null {
  const facts = new JunctionFacts(city, offer.signal, true);
  const { rules, clearS } = offer;
  const seconds = phases.flatMap(({ state, durationS }) => Array.from({ length: durationS }, () => state));
  const twice = [...seconds, ...seconds];
  for (const state of seconds) {
    const clash = facts.findClash(state);
    if (clash !== null) return clash;
  }
  for (let link = 0; link < facts.linkCount; link++) {
    const lamps = twice.map((state) => state.charAt(link));
    if (!facts.isServed[link]) continue;
    if (!lamps.some(green)) return `link ${link} is never green`;
    for (let t = 1; t < twice.length; t++) {
      if (!green(lamps[t - 1]!) || green(lamps[t]!)) continue;
      const other = twice
        .slice(t)
        .findIndex((state) =>
          [...state].some((lamp, j) => green(lamp) && facts.conflicts(link, j) && !green(twice[t - 1]!.charAt(j))),
        );
      const leastS = rules.yellowS + rules.allRedS;
      if (other >= 0 && other < leastS) return `link ${link} ends at ${t}, its foe begins ${other} s later`;
      if (other >= 0 && other < clearS[link]!) return `people on link ${link} have ${other} s to clear`;
      let begun = t - 1;
      while (begun > 0 && green(lamps[begun - 1]!)) begun--;
      const shortestS = offer.isWalk[link] === 1 ? 5 : rules.minGreenS;
      if (begun > 0 && t - begun < shortestS) return `link ${link} is green for ${t - begun} s`;
    }
  }
  return null;
}

describe('plans of random junctions', () => {
  it('keep every rule of the guard, however the search moves them', () => {
    const dice = new Dice(3);
    let moved = 0;
    let judged = 0;
    for (let round = 0; round < 40; round++) {
      const city = rollCity(dice, 5);
      const rules = { yellowS: dice.roll(1, 4), allRedS: dice.roll(0, 3), minGreenS: dice.roll(1, 8) };
      for (let signal = 0; signal < city.signals.length; signal++) {
        const offer = listStages(city, signal, rules);
        if (offer.stages.length < 2) continue;
        let timing: Timing = {
          stages: offer.stages.map((_, stage) => stage),
          greensS: offer.stages.map(({ leastS }) => leastS + dice.roll(0, 20)),
          offsetS: dice.roll(0, 30),
        };
        for (let turn = 0; turn < 30; turn++) {
          const before = timing;
          timing = proposeMove(offer, timing, dice.chance(0.5), round, turn);
          if (dice.chance(0.1)) timing = scaleTiming(offer, timing, 2) ?? timing;
          if (timing !== before) moved++;
          expect(isComplete(offer, timing)).toBe(true);
          const program = writeProgram(offer, timing);
          expect(program.phases.reduce((sum, { durationS }) => sum + durationS, 0)).toBe(cycleOf(offer, timing));
          expect(findUnsafe(city, signal, program)).toBeNull();
          expect(findFault(city, offer, program)).toBeNull();
          judged++;
        }
      }
    }
    expect(judged).toBeGreaterThan(1500);
    expect(moved).toBeGreaterThan(1000);
  });

  it('would be found out', async () => {
    const { city } = (await loadScenario(QUARTER)).scenario;
    const offer = listStages(city, 0, { yellowS: 3, allRedS: 0, minGreenS: 5 });
    const timing = { stages: [0, 1], greensS: offer.stages.map(({ leastS }) => leastS), offsetS: 0 };
    const program = writeProgram(offer, timing);
    expect(findFault(city, offer, program)).toBeNull();
    const spoil = (at: number, durationS: number) => ({
      ...program,
      phases: program.phases.map((phase, k) => (k === at ? { ...phase, durationS } : phase)),
    });
    expect(findFault(city, offer, spoil(2, 0))).toMatch(/begins 0 s later|clear/);
    expect(findFault(city, offer, spoil(1, 1))).toMatch(/people on link/);
    const allGreen = { state: 'G'.repeat(offer.clearS.length), durationS: 5 };
    expect(findFault(city, offer, { ...program, phases: [...program.phases, allGreen] })).toMatch(/links \d+ and \d+/);
    expect(findUnsafe(city, 0, { ...program, phases: [allGreen] })).toMatch(/conflicting greens/);
  });
});

describe('stages with crossings', () => {
  it('stand once, with their longest walk, and long enough to start and to cross', async () => {
    const { city } = (await loadScenario(QUARTER)).scenario;
    for (let signal = 0; signal < city.signals.length; signal++) {
      const offer = listStages(city, signal, { yellowS: 3, allRedS: 0, minGreenS: 5 });
      expect(offer.stages.map(({ phase }) => phase)).toEqual([0, 3]);
      const crossings = city.crossings.filter((crossing) => crossing.signal === signal);
      expect(crossings.length).toBeGreaterThan(0);
      for (const { link, lengthM } of crossings) {
        const walkS = offer.clearS[link]!;
        expect(walkS).toBeGreaterThan(0);
        expect(walkS).toBeLessThanOrEqual(Math.ceil(lengthM / 1.2));
        for (const { state, leastS } of offer.stages) {
          if (green(state.charAt(link))) expect(leastS).toBeGreaterThanOrEqual(5 + walkS - 3);
        }
      }
    }
  });
});

describe('all-red', () => {
  const rules = { yellowS: 3, allRedS: 0, minGreenS: 5 };

  it('lets out who is left behind waiting turners, where another stage lets turners wait inside too', async () => {
    const { city } = (await loadScenario(QUARTER)).scenario;
    const own = listStages(city, 0, rules);
    const waits = city.movements.flatMap(({ signal, waitAtM }, m) => (signal === 0 && waitAtM >= 0 ? [m] : []));
    const first = waits.filter((m) => own.stages[0]!.state.charAt(city.movements[m]!.link) === 'g');
    const changesWith = (firstM: number, secondM: number) => {
      const movements = city.movements.map((movement, m) =>
        waits.includes(m) ? { ...movement, waitAtM: first.includes(m) ? firstM : secondM } : movement,
      );
      return [...listStages({ ...city, movements }, 0, rules).changeS];
    };
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(waits.length);
    expect(changesWith(5, 5)).toEqual([0, 3, 3, 0]);
    expect(changesWith(9, 5)).toEqual([0, 3 + 2, 3, 0]);
    expect(changesWith(9, 19)).toEqual([0, 3 + 2, 3 + 4, 0]);
    expect(changesWith(19, -1)).toEqual([0, 3, 3, 0]);
  });

  it('is dark for as long in the program', async () => {
    const { city } = (await loadScenario(QUARTER)).scenario;
    const offer = { ...listStages(city, 0, rules), changeS: Float64Array.of(0, 5, 3, 0) };
    const timing = { stages: [0, 1], greensS: [20, 20], offsetS: 0 };
    const { phases } = writeProgram(offer, timing);
    expect(phases.reduce((sum, { durationS }) => sum + durationS, 0)).toBe(48);
    expect(phases.filter(({ state }) => !/[GgyY]/.test(state)).map(({ durationS }) => durationS)).toEqual([2]);
  });
});
