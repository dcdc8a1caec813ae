import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { disturb } from '../../../tests/sim/disturbances.ts';
import { gridTown, scenario, wanderers } from '../../../tests/sim/town.ts';
import { createEngine, type Engine } from '../../sim/engine.ts';
import { PLAIN } from '../../sim/machine.ts';
import { shareOut } from '../../sim/shares.ts';
import { findSurroundings } from '../../sim/surroundings.ts';
import { copyWorld, createWorld } from '../../sim/world.ts';
import { loadScenario } from '../load.ts';
import { findBinary } from './binary.ts';
import { CompiledMachine, createMachine, moduleOf } from './compiled.ts';
import { createCompiledEngine, loadCompiledEngine } from './engine.ts';

const quarter = fileURLToPath(new URL('../../../fixtures/quarter', import.meta.url));
const city = gridTown(5, 120, ['signal', 'priority', 'signal'], [2, 1, 3]);
const wanted = scenario(city, wanderers(city, 5, 400, 9, 150));

function drive(engines: readonly Engine[], seconds: number, isDisturbed: boolean): void {
  for (let i = 0; i < seconds; i++) {
    for (const engine of engines) {
      if (isDisturbed) disturb(city, engine, 5);
      engine.step();
    }
    if (i % 25 === 0) for (const engine of engines) expect(engine.hash()).toBe(engines[0]!.hash());
  }
}

describe('the compiled engine', () => {
  it('is compiled', () => {
    expect(findBinary()).not.toBeNull();
    const machine = createMachine();
    const world = createWorld(wanted, 5, machine);
    for (const each of [world, copyWorld(world), ...shareOut(world, 2)])
      expect(machine.attachment(each)?.record).toBeGreaterThan(0);
  });

  it('comes to the same bytes as its sources, closures, limits and broken signals included', () => {
    drive([createEngine(wanted, { seed: 5 }), createCompiledEngine(wanted, { seed: 5 })], 400, true);
  });

  it('does so where it reads ahead', () => {
    const machine = new CompiledMachine(moduleOf(findBinary()!), 0);
    const plain = { ...PLAIN, cachedSegments: 0 };
    const machines = [undefined, machine, plain];
    const engines = machines.map((each) => createEngine(wanted, { seed: 5, ...(each && { machine: each }) }));
    drive(engines, 400, true);
  });

  it('does so with buses and people on foot', async () => {
    const { scenario: busy } = await loadScenario(quarter);
    drive([createEngine(busy, { seed: 1 }), createCompiledEngine(busy, { seed: 1 })], 600, false);
  });

  it('goes on as its sources stand where its memory has no room', () => {
    const machine = createMachine();
    machine.allocate(2 ** 31);
    machine.allocate(2 ** 31 - 2 ** 29);
    const engines = [createEngine(wanted, { seed: 5 }), createEngine(wanted, { seed: 5, machine })];
    const taken: unknown[] = [];
    for (let i = 0; i < 60; i++) taken.push(machine.allocate(2 ** 23));
    drive([engines[0]!.fork(), engines[1]!.fork()], 30, true);
    drive(engines, 60, true);
    expect(taken).toHaveLength(60);
  });

  it('uses what closures leave of its memory again', () => {
    const machine = createMachine();
    const engine = createEngine(wanted, { seed: 5, machine });
    const close = (i: number) => {
      engine.close([i % city.lanes.length], i % 2 === 0);
      engine.step();
      return machine.allocate(64).at;
    };
    for (let i = 0; i < 20; i++) close(i);
    const before = close(20);
    for (let i = 21; i < 200; i++) close(i);
    expect(close(200) - before).toBeLessThan(2 ** 24);
  });

  it('has forks of the whole and of parts that do, and goes on from what was saved', () => {
    const [plain, compiled] = [createEngine(wanted, { seed: 5 }), createCompiledEngine(wanted, { seed: 5 })];
    drive([plain, compiled], 120, true);
    const forks = [plain.fork(), compiled.fork(compiled.fork())];
    const part = findSurroundings(city, 12, 1);
    const parts = [plain.forkPart(part), compiled.forkPart(part, compiled.forkPart(findSurroundings(city, 6, 2)))];
    const loaded = [plain, loadCompiledEngine(wanted, plain.save())];
    for (let i = 0; i < 40; i++) for (const fork of parts) fork.step();
    expect(parts[0]!.present + parts[0]!.left).toBeGreaterThan(0);
    for (const value of ['present', 'halted', 'left', 'timeLossS'] as const)
      expect(parts[1]![value]).toBe(parts[0]![value]);
    drive(forks, 60, true);
    drive(loaded, 60, true);
  });
});
