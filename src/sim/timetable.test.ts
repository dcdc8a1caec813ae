import { describe, expect, it } from 'vitest';
import { crossroads, scenario } from '../../tests/sim/town.ts';
import type { City, Phase } from '../city/city.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { createEngine } from './engine.ts';

/** A crossing that runs `day` from 00:10 to 00:20 and otherwise its own program; `day` has longer greens, or other stages. */
function scheduled(change: (phase: Phase, isStage: boolean) => Phase): City {
  const city = crossroads('signal', 1);
  const signals = city.signals.map((signal) => {
    const own = getOwnProgram(signal);
    const stages = listGreens(own);
    const phases = own.phases.map((phase, i) => change(phase, stages.includes(i)));
    return {
      ...signal,
      programs: [own, { id: 'day', offsetS: 17, phases }],
      schedule: [{ program: 'day', days: ['mon'], fromMin: 10, toMin: 20 }],
    };
  });
  return { ...city, signals };
}

const longer = (phase: Phase, isStage: boolean): Phase =>
  isStage ? { ...phase, durationS: phase.durationS + 13 } : phase;

/** The lamps of every second from `fromS` on. */
function lampsOf(city: City, fromS: number, toS: number): string[] {
  const from = { ...scenario(city, []), beginMs: fromS * 1000, endMs: toS * 1000 };
  const engine = createEngine(from, { seed: 1 });
  return Array.from({ length: toS - fromS }, () => {
    engine.step();
    return engine.lamps[0] ?? '';
  });
}

/** What a program shows by its clock in the second that ends at `atS`. */
function shownAt(city: City, program: number, atS: number): string {
  const { phases, offsetS } = city.signals[0]!.programs[program]!;
  const cycleS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
  let intoS = (((atS - offsetS) % cycleS) + cycleS) % cycleS;
  for (const { state, durationS } of phases) {
    intoS -= durationS;
    if (intoS < 0) return state;
  }
  return '';
}

describe('programs by the schedule', () => {
  it('begin with the one of the hour', () => {
    const city = scheduled(longer);
    const day = lampsOf(city, 700, 760);
    expect(day).toEqual(day.map((_, k) => shownAt(city, 1, 700 + k)));
  });

  it('change between stages that both have, never from green to red, and are on their clock within two cycles', () => {
    const city = scheduled(longer);
    const lamps = lampsOf(city, 400, 1600);
    for (let k = 1; k < lamps.length; k++)
      for (const [link, lamp] of [...lamps[k]!].entries())
        if (lamp === 'r') expect(lamps[k - 1]!.charAt(link)).toMatch(/[ry]/);
    const follows = (program: number, fromS: number, toS: number) => {
      for (let atS = fromS; atS < toS; atS++)
        expect([atS, lamps[atS - 400]]).toEqual([atS, shownAt(city, program, atS)]);
    };
    follows(0, 400, 600);
    follows(1, 800, 1200);
    follows(0, 1400, 1600);
  });

  it('change out of an all-red where they have no stage alike', () => {
    const firstAlone = (state: string) =>
      [...state].map((lamp, link) => (link === state.search(/[^r]/) ? lamp : 'r')).join('');
    const city = scheduled((phase) => ({ ...phase, state: firstAlone(phase.state) }));
    const [own, day] = city.signals[0]!.programs.map((program) =>
      listGreens(program).map((k) => program.phases[k]!.state),
    );
    expect(own!.filter((state) => day!.includes(state))).toEqual([]);
    const lamps = lampsOf(city, 500, 900);
    expect(lamps.at(-1)).toBe(shownAt(city, 1, 899));
    for (let k = 1; k < lamps.length; k++)
      for (const [link, lamp] of [...lamps[k]!].entries())
        if (lamp === 'r') expect(lamps[k - 1]!.charAt(link)).toMatch(/[ry]/);
  });
});
