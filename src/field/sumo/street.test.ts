import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { UrbaneError } from '../../units/errors.ts';
import { loadScenario } from '../load.ts';
import { placeLanes } from './inner-lanes.ts';
import { type SumoStreet, startSumoStreet } from './street.ts';

const CROSS = fileURLToPath(new URL('../../../fixtures/valid/cross', import.meta.url));
const workDir = mkdtempSync(join(tmpdir(), 'urbane-sumo-test-'));
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

async function startCross(extra: readonly string[] = []) {
  const { scenario, sumo } = await loadScenario(CROSS);
  if (!sumo) throw new Error('the fixture has no SUMO files');
  const places = await placeLanes(scenario.city, createReadStream(sumo.netFile, 'utf8'));
  const args = ['-c', sumo.configFile, '--seed', '1', '--no-step-log', '--xml-validation', 'never', ...extra];
  const street = await startSumoStreet({ city: scenario.city, places, args, beginMs: scenario.beginMs });
  return { scenario, street, places };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function listTrips(file: string): string[] {
  return readFileSync(file, 'utf8').match(/<tripinfo [^>]*>/g) ?? [];
}

async function failureOf(action: Promise<unknown>): Promise<UrbaneError> {
  try {
    await action;
  } catch (fault) {
    if (fault instanceof UrbaneError) return fault;
    throw fault;
  }
  throw new Error('it did not fail');
}

async function runTo(street: SumoStreet, timeMs: number): Promise<void> {
  while (street.timeMs < timeMs) await street.advance();
}

describe('SUMO as a street', () => {
  it('is the same run as SUMO alone, and every vehicle stands on a lane or a movement of the city', async () => {
    const over = join(workDir, 'over.xml');
    const { scenario, street } = await startCross(['--tripinfo-output', over, '--tripinfo-output.write-unfinished']);
    const { city } = scenario;
    const slots = new Set<number>();
    let updates = 0;
    let onMovements = 0;
    while (street.timeMs < scenario.endMs) {
      await street.advance();
      const { frame } = street;
      expect(frame.timeMs).toBe(street.timeMs);
      const here = new Set<number>();
      for (let i = 0; i < frame.count; i++) {
        const segment = frame.segment[i] ?? 0;
        const lengthM = city.lanes[segment]?.lengthM ?? city.movements[segment - city.lanes.length]?.lengthM ?? -1;
        expect(frame.posM[i]).toBeLessThanOrEqual(lengthM + 0.01);
        expect(frame.posM[i]).toBeGreaterThanOrEqual(0);
        expect(frame.lengthM[i]).toBeGreaterThanOrEqual(4);
        if (segment >= city.lanes.length) onMovements++;
        slots.add(frame.slot[i] ?? -1);
        here.add(frame.slot[i] ?? -1);
      }
      expect(here.size).toBe(frame.count);
      updates += frame.count;
    }
    expect(updates).toBeGreaterThan(500);
    expect(onMovements).toBeGreaterThan(20);
    await street.finish();
    const trips = readFileSync(over, 'utf8');
    expect(listTrips(over).length).toBeGreaterThan(20);
    expect(slots.size).toBeLessThan(listTrips(over).length);
    const alone = join(workDir, 'alone.xml');
    const config = join(CROSS, 'cross.sumocfg');
    const common = ['--seed', '1', '--no-step-log', '--xml-validation', 'never', '--tripinfo-output.write-unfinished'];
    expect(spawnSync('sumo', ['-c', config, ...common, '--tripinfo-output', alone]).status).toBe(0);
    expect(listTrips(over)).toEqual(listTrips(alone));
    const durations = [...trips.matchAll(/ duration="([\d.]+)"/g)].reduce(
      (sum, [, seconds]) => sum + Number(seconds),
      0,
    );
    expect(updates).toBeGreaterThan(durations * 0.9);
    expect(updates).toBeLessThanOrEqual(durations);
    expect(isAlive(street.pid)).toBe(false);
  });

  it('shows lamps as ordered, and hands back to the program it found, at the phase asked for', async () => {
    const { scenario, street } = await startCross();
    await using held = street;
    const own = scenario.city.signals[0]?.programs[0]?.phases ?? [];
    expect(held.lamps[0]).toBe(own.find(({ state }) => state === held.lamps[0])?.state);
    await runTo(held, 110_000);
    const red = 'r'.repeat(own[0]?.state.length ?? 0);
    held.apply([{ kind: 'show', signal: 0, state: red }]);
    await runTo(held, 113_000);
    expect(held.lamps[0]).toBe(red);
    const stage = own.findIndex(({ durationS, state }) => durationS === 30 && /G/.test(state));
    held.apply([{ kind: 'hand-back', signal: 0, phase: stage }]);
    await held.advance();
    expect(held.lamps[0]).toBe(own[stage]?.state);
    await runTo(held, held.timeMs + 30_000);
    expect(held.lamps[0]).toBe(own[(stage + 1) % own.length]?.state);
  });

  it('takes orders and steps of one second also where SUMO steps finer, and refuses a coarser step', async () => {
    const { street } = await startCross(['--step-length', '0.25']);
    await using fine = street;
    await runTo(fine, 110_000);
    fine.apply([{ kind: 'show', signal: 0, state: 'r'.repeat(12) }]);
    await runTo(fine, 130_000);
    expect(fine.lamps[0]).toBe('r'.repeat(12));
    expect(fine.frame.count).toBeGreaterThan(5);
    const fault = await failureOf(startCross(['--step-length', '2']));
    expect(fault.code).toBe('bad-input');
    expect(fault.message).toContain('2 s');
  });

  it('says in one sentence that SUMO was killed in mid-run, and stays disposable', async () => {
    const { street } = await startCross();
    await runTo(street, 120_000);
    process.kill(street.pid, 'SIGKILL');
    const fault = await failureOf(runTo(street, 200_000));
    expect(fault.code).toBe('sumo-failed');
    expect(fault.message).toMatch(/^SUMO was killed \(SIGKILL\) while simulating second 1\d\d\.$/);
    await street[Symbol.asyncDispose]();
    await street[Symbol.asyncDispose]();
  });

  it('quotes SUMO when it refuses a scenario', async () => {
    const fault = await failureOf(startCross(['--route-files', join(workDir, 'nowhere.rou.xml')]));
    expect(fault.code).toBe('sumo-failed');
    expect(fault.message).toMatch(/^SUMO .*nowhere\.rou\.xml/);
    expect(fault.message).not.toContain('\n');
  });

  it('says so when SUMO is missing', async () => {
    const before = process.env.SUMO_BINARY;
    process.env.SUMO_BINARY = join(workDir, 'no-sumo-here');
    try {
      const fault = await failureOf(startCross());
      expect(fault.code).toBe('sumo-missing');
      expect(fault.exitCode).toBe(5);
      expect(fault.remedy).toMatch(/SUMO_BINARY/);
    } finally {
      if (before === undefined) delete process.env.SUMO_BINARY;
      else process.env.SUMO_BINARY = before;
    }
  });

  it('leaves no process behind when disposed in mid-run', async () => {
    const { street } = await startCross();
    await runTo(street, 105_000);
    await street[Symbol.asyncDispose]();
    await sleep(10);
    expect(isAlive(street.pid)).toBe(false);
  });

  it('places every lane of the network, inner ones in order along their movement', async () => {
    const { scenario, street, places } = await startCross();
    await street[Symbol.asyncDispose]();
    const net = readFileSync(join(CROSS, 'cross.net.xml'), 'utf8');
    const ids = [...net.matchAll(/<lane id="([^"]*)"/g)].map(([, id]) => id ?? '');
    for (const id of ids) expect(places.has(id), id).toBe(true);
    const { city } = scenario;
    const second = [...places].filter(([, { offsetM }]) => offsetM > 0);
    expect(second.length).toBeGreaterThan(0);
    for (const [, { segment, offsetM }] of second) {
      expect(offsetM).toBeLessThan(city.movements[segment - city.lanes.length]?.lengthM ?? 0);
    }
  });
});
