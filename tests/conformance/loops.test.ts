import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type LoadedScenario, loadScenario } from '../../src/field/load.ts';
import { createSimStreet } from '../../src/field/sim/street.ts';
import { placeLanes } from '../../src/field/sumo/inner-lanes.ts';
import { startSumoStreet } from '../../src/field/sumo/street.ts';
import { PERFECT } from '../../src/street/degrade.ts';
import { LoopBank } from '../../src/street/loops.ts';
import type { Street } from '../../src/street/street.ts';

/** The loops of the sensor layer against SUMO's own instant loops at both of their edges, in one and the same run. */

const VALID = fileURLToPath(new URL('../../fixtures/valid/', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'urbane-loops-'));
afterAll(() => rm(folder, { recursive: true }));

interface Tally {
  /** By loop. */
  readonly vehicles: number[];
  readonly occupiedS: number[];
}

/** What the sensor layer makes of a street's frames, one a second. */
async function readLoops({ scenario }: LoadedScenario, street: Street): Promise<Tally> {
  const bank = new LoopBank(scenario.city, PERFECT, 1);
  const vehicles = bank.loops.map(() => 0);
  const occupiedS = bank.loops.map(() => 0);
  while (street.timeMs < scenario.endMs) {
    await street.advance();
    const { rises, occupancy } = bank.read(street.frame);
    for (const loop of vehicles.keys()) {
      vehicles[loop] = (vehicles[loop] ?? 0) + (rises[loop] ?? 0);
      occupiedS[loop] = (occupiedS[loop] ?? 0) + (occupancy[loop] ?? 0);
    }
  }
  return { vehicles, occupiedS };
}

/** Drives a scenario in SUMO: what the sensor layer tells of its frames, and what SUMO's own detectors tell. */
async function driveSumo(loaded: LoadedScenario): Promise<{ layer: Tally; sumo: Tally }> {
  const { scenario, sumo: files } = loaded;
  if (files === null) throw new Error('the fixture has no SUMO files');
  const { lanes } = scenario.city;
  const { loops } = new LoopBank(scenario.city, PERFECT, 1);
  const output = join(folder, 'loops.xml');
  const detectors = loops.flatMap(({ lane, fromM, toM }, loop) =>
    [`${loop}:from" pos="${fromM}`, `${loop}:to" pos="${Math.min(toM, (lanes[lane]?.lengthM ?? 0) - 0.01)}`].map(
      (at) => `<instantInductionLoop id="${at}" lane="${lanes[lane]?.id}" file="${output}"/>`,
    ),
  );
  const additional = join(folder, 'loops.add.xml');
  await writeFile(additional, `<additional>${detectors.join('')}</additional>`);
  const places = await placeLanes(scenario.city, createReadStream(files.netFile, 'utf8'));
  const added = [...files.additionalFiles, additional].join(',');
  const args = ['-c', files.configFile, '--additional-files', added, '--seed', '1', '--no-step-log', '-X', 'never'];
  const street = await startSumoStreet({ city: scenario.city, places, args, beginMs: scenario.beginMs });
  const layer = await readLoops(loaded, street);
  await street.finish();
  const sumo: Tally = { vehicles: loops.map(() => 0), occupiedS: loops.map(() => 0) };
  const text = await readFile(output, 'utf8');
  for (const [, id, edge, time, state] of text.matchAll(/id="(\d+):(\w+)" time="([\d.]+)" state="(\w+)"/g)) {
    const loop = Number(id);
    if (edge === 'from' && state === 'enter') {
      sumo.vehicles[loop] = (sumo.vehicles[loop] ?? 0) + 1;
      sumo.occupiedS[loop] = (sumo.occupiedS[loop] ?? 0) - Number(time);
    } else if (edge === 'to' && state === 'leave') {
      sumo.occupiedS[loop] = (sumo.occupiedS[loop] ?? 0) + Number(time);
    }
  }
  return { layer, sumo };
}

describe('loops', { timeout: 60_000 }, () => {
  it.each(['cross', 'queue'])('%s: count and hold as SUMO counts and holds', async (name) => {
    const { layer, sumo } = await driveSumo(await loadScenario(join(VALID, name)));
    expect(layer.vehicles).toEqual(sumo.vehicles);
    expect(sumo.vehicles.reduce((sum, vehicles) => sum + vehicles, 0)).toBeGreaterThan(50);
    // Read at 0.1 s: on average half of that is lost or won at either end of a pulse.
    for (const [loop, seconds] of sumo.occupiedS.entries()) {
      const pulses = sumo.vehicles[loop] ?? 0;
      expect(Math.abs((layer.occupiedS[loop] ?? 0) - seconds)).toBeLessThanOrEqual(0.1 * pulses);
    }
  });

  it('read the same of our engine as of SUMO where nothing is drawn', async () => {
    const loaded = await loadScenario(join(VALID, 'queue'));
    const { layer } = await driveSumo(loaded);
    await using street = createSimStreet(loaded.scenario, { seed: 1 });
    const ours = await readLoops(loaded, street);
    expect(ours.vehicles).toEqual(layer.vehicles);
    for (const [loop, seconds] of layer.occupiedS.entries()) expect(ours.occupiedS[loop]).toBeCloseTo(seconds, 6);
  });
});
