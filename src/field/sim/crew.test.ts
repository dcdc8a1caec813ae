import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { disturb } from '../../../tests/sim/disturbances.ts';
import { gridTown, scenario, wanderers } from '../../../tests/sim/town.ts';
import { createEngine, loadEngine } from '../../sim/engine.ts';
import { PLAIN_SHARED } from '../../sim/machine.ts';
import type { World } from '../../sim/world.ts';
import { UrbaneError } from '../../units/errors.ts';
import { loadScenario } from '../load.ts';
import { awaitRound, claimShare, createControl, endShare, finishRound, orderOf, startRound } from './barrier.ts';
import { ThreadCrew, Workers } from './crew.ts';
import { createCompiledEngine, loadCompiledEngine } from './engine.ts';

const quarter = new URL('../../../fixtures/quarter', import.meta.url);
const city = gridTown(5, 120, ['signal', 'priority', 'signal'], [2, 1, 3]);
const wanted = scenario(city, wanderers(city, 5, 400, 9, 150));

function drive(threads: number, seconds: number) {
  const engine = createCompiledEngine(wanted, { seed: 5, threads });
  const hashes: string[] = [];
  for (let i = 0; i < seconds; i++) {
    disturb(city, engine, 5);
    engine.step();
    if (i % 50 === 0) hashes.push(engine.hash());
  }
  return { engine, hashes };
}

describe('the engine on several threads', () => {
  it('comes to the same bytes as on one, closures and all, and so do its forks', () => {
    const alone = drive(1, 150);
    for (const threads of [2, 3]) {
      const { engine, hashes } = drive(threads, 150);
      expect(hashes).toEqual(alone.hashes);
      const fork = engine.fork();
      engine.dispose();
      const ahead = alone.engine.fork();
      for (let i = 0; i < 30; i++) {
        fork.step();
        ahead.step();
      }
      expect(fork.hash()).toBe(ahead.hash());
    }
  });

  it('does so as its sources stand', () => {
    const machine = { ...PLAIN_SHARED, attachment: () => null };
    const crew = (world: World) => new ThreadCrew(world, new Workers(1), machine);
    const engines = [createEngine(wanted, { seed: 5 }), createEngine(wanted, { seed: 5, machine, crew })];
    for (const engine of engines) {
      for (let i = 0; i < 60; i++) engine.step();
      engine.dispose();
    }
    expect(engines[1]!.hash()).toBe(engines[0]!.hash());
  });

  it('saves what one thread goes on with, and the other way round', () => {
    const { engine } = drive(2, 80);
    const loaded = loadEngine(wanted, engine.save());
    const back = loadCompiledEngine(wanted, loaded.save(), 3);
    for (let i = 0; i < 40; i++) {
      for (const each of [engine, loaded, back]) {
        disturb(city, each, 5);
        each.step();
      }
    }
    expect(loaded.hash()).toBe(engine.hash());
    expect(back.hash()).toBe(engine.hash());
    engine.dispose();
    back.dispose();
  });

  it('refuses damaged bytes as one thread does', () => {
    const { engine } = drive(1, 10);
    expect(() => loadCompiledEngine(wanted, engine.save().subarray(0, 1000), 2)).toThrow(UrbaneError);
  });

  it('is told of a thread that failed', () => {
    const control = createControl(1);
    startRound(control, 1, 0);
    expect(awaitRound(control, 0)).toBe(1);
    expect(claimShare(control, 0)).toBe(true);
    endShare(control, false);
    expect(finishRound(control)).toBe(true);
    startRound(control, 1, 3);
    expect(claimShare(control, 0)).toBe(true);
    expect(orderOf(control)).toBe(3);
    endShare(control, true);
    expect(finishRound(control)).toBe(false);
  });

  it('does each share of a round once, the calling thread those that nobody has begun', () => {
    const control = createControl(2);
    startRound(control, 2, 1);
    expect(claimShare(control, 1)).toBe(true);
    expect([0, 1, 0].map((worker) => claimShare(control, worker))).toEqual([true, false, false]);
    endShare(control, false);
    endShare(control, false);
    expect(finishRound(control)).toBe(true);
    startRound(control, 2, 1);
    expect([0, 1].map((worker) => claimShare(control, worker))).toEqual([true, true]);
  });

  it('knows people on foot and buses on every thread', async () => {
    const { scenario: busy } = await loadScenario(fileURLToPath(quarter));
    const [alone, together] = [1, 2].map((threads) => {
      const engine = createCompiledEngine(busy, { seed: 1, threads });
      for (let i = 0; i < 250; i++) engine.step();
      engine.dispose();
      return engine.hash();
    });
    expect(together).toBe(alone);
  });
});
