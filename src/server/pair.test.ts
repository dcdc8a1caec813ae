import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../demand/demand.ts';
import { loadScenario } from '../field/load.ts';
import { UrbaneError } from '../units/errors.ts';
import { Pair } from './pair.ts';
import { decodeScene } from './wire.ts';

let scenario: Scenario;
beforeAll(async () => {
  scenario = (await loadScenario(fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url)))).scenario;
});

function begin(seed = 1, controller = 'max-pressure'): Pair {
  return new Pair({ scenario, seed, controller, sensors: 'camera' });
}

async function drive(pair: Pair, seconds: number): Promise<void> {
  for (let s = 0; s < seconds; s++) await pair.step();
}

describe('the pair of runs', () => {
  it('goes in lock-step with the same trips', async () => {
    const pair = begin();
    await drive(pair, 60);
    const { with: brain, without } = pair.figures();
    expect(pair.timeMs).toBe(scenario.beginMs + 60_000);
    expect(brain.due).toBe(without.due);
    expect(brain.due).toBeGreaterThan(0);
    expect(brain.present + brain.arrived + brain.outside).toBe(brain.due);
  });

  it('is the same again with the same seed, and after a restart', async () => {
    const [one, two] = [begin(), begin()];
    await drive(one, 90);
    await drive(two, 90);
    expect(one.figures()).toEqual(two.figures());
    expect(one.scenes()).toEqual(two.scenes());
    await one.restart();
    expect(one.timeMs).toBe(scenario.beginMs);
    await drive(one, 90);
    expect(one.figures()).toEqual(two.figures());
    expect(one.remember(one.figures())?.run).toBe(2);
  });

  it('leaves the shadow to its plans and lets the brain decide the other', async () => {
    const pair = begin();
    await drive(pair, 60);
    const signalled = scenario.city.junctions.find(({ signal }) => signal >= 0);
    const shown = pair.junction(signalled?.id ?? '');
    expect(shown?.runs?.without.decisions).toEqual([]);
    expect(shown?.runs?.with.decisions.length).toBeGreaterThan(0);
    expect(shown?.runs?.with.approaches.length).toBeGreaterThan(1);
    expect(shown?.stages.length).toBeGreaterThan(1);
  });

  it('shows every vehicle within the city, every road and every lamp', async () => {
    const pair = begin();
    await drive(pair, 60);
    const scene = decodeScene(new Uint8Array(Buffer.from(pair.scenes().with, 'base64')));
    const [west, south, east, north] = pair.map.bounds;
    expect(scene.count).toBe(pair.figures().with.present);
    expect(scene.count).toBeGreaterThan(0);
    for (let i = 0; i < scene.count; i++) {
      expect(scene.x[i]).toBeGreaterThanOrEqual(west - 1);
      expect(scene.x[i]).toBeLessThanOrEqual(east + 1);
      expect(scene.y[i]).toBeGreaterThanOrEqual(south - 1);
      expect(scene.y[i]).toBeLessThanOrEqual(north + 1);
    }
    expect(scene.roads).toHaveLength(pair.map.roads.length);
    expect(scene.roads.some((speedClass) => speedClass > 0)).toBe(true);
    expect(scene.lamps).toHaveLength(pair.map.signals.reduce((sum, { lamps }) => sum + lamps, 0));
    for (const signal of pair.map.signals) {
      for (const { links } of signal.bars) for (const link of links) expect(link).toBeLessThan(signal.lamps);
    }
  });

  it('knows its junctions and refuses a controller that is none', () => {
    const pair = begin();
    expect(pair.junction('nowhere')).toBeNull();
    const plain = scenario.city.junctions.find(({ signal }) => signal < 0);
    expect(pair.junction(plain?.id ?? '')).toMatchObject({ signal: null, runs: null });
    expect(() => begin(1, 'wishful')).toThrow(UrbaneError);
  });

  it('climbs and falls as operators ask, shows it, and keeps a way green for blue lights', async () => {
    const pair = new Pair({ scenario, seed: 1, controller: 'max-pressure', sensors: 'camera', mode: 'observe' });
    const junction = scenario.city.junctions.find(({ signal }) => signal >= 0)?.id ?? '';
    const by = 'traffic-desk';
    await drive(pair, 30);
    expect(pair.modes.counts).toEqual({ observe: 1, advise: 0, supervised: 0, automatic: 0 });
    expect(() => pair.steer({ kind: 'mode', junction, mode: 'automatic', by, minutes: 5 })).toThrow(
      /next mode is advise/,
    );
    for (const mode of ['advise', 'supervised'] as const) pair.steer({ kind: 'mode', junction, mode, by, minutes: 5 });
    for (let s = 0; s < 120 && pair.modes.proposals.length === 0; s++) await pair.step();
    const [proposal] = pair.modes.proposals;
    expect(proposal).toMatchObject({ id: 1, approvedBy: null });
    expect(pair.junction(junction)?.runs?.with.mode).toMatchObject({ mode: 'supervised', by, proposal: { id: 1 } });
    expect(pair.junction(junction)?.runs?.without.mode).toBeNull();
    expect(pair.steer({ kind: 'approval', junction, proposal: proposal?.id ?? 0, by })).toMatchObject({
      proposal: { approvedBy: by },
    });

    pair.steer({ kind: 'mode', junction, mode: 'automatic', by, minutes: 5 });
    const roads = ['north-in', 'south-out'];
    expect(pair.steer({ kind: 'corridor', roads, by: 'fire-brigade', minutes: 2 })).toMatchObject({ id: 1, roads });
    await drive(pair, 60);
    const decisions = pair.junction(junction)?.runs?.with.decisions ?? [];
    expect(decisions[0]).toMatchObject({ still: 'corridor 1 for fire-brigade' });
    await drive(pair, 70);
    expect(pair.modes.corridors).toEqual([]);
    expect(() => pair.steer({ kind: 'corridor', roads: ['north-in', 'nowhere'], by, minutes: 1 })).toThrow(
      /no road "nowhere"/,
    );
    expect(() => pair.steer({ kind: 'corridor', roads: ['south-out', 'north-in'], by, minutes: 1 })).toThrow(
      /does not lead/,
    );
    expect(() => pair.steer({ kind: 'end-corridor', id: 9 })).toThrow(/no corridor 9/);
    expect(() => pair.steer({ kind: 'mode', junction: 'x', mode: 'advise', by, minutes: 1 })).toThrow(
      /no junction "x"/,
    );
    expect(() => begin(1, 'fixed').steer({ kind: 'end-corridor', id: 1 })).toThrow(/run their own plans/);
  });
});
