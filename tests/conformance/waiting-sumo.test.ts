import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readWalkers } from '../../bench/signals/people.ts';
import { loadScenario } from '../../src/field/load.ts';
import { placeLanes } from '../../src/field/sumo/inner-lanes.ts';
import { startSumoStreet } from '../../src/field/sumo/street.ts';
import { fairArguments } from '../../src/trial/sumo-run.ts';

const QUARTER = fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url));
const SECONDS = 300;

it("counts the people at SUMO's signalised crossings as SUMO's own traces do", async () => {
  const { scenario, sumo } = await loadScenario(QUARTER);
  const { city, beginMs } = scenario;
  if (sumo === null) throw new Error('the quarter has no SUMO files');
  const folder = await mkdtemp(join(tmpdir(), 'urbane-waiting-'));
  try {
    const traces = join(folder, 'traces.xml');
    const places = await placeLanes(city, createReadStream(sumo.netFile, 'utf8'));
    const outputs = ['--fcd-output', traces, '--vehroute-output', devNull];
    const args = [...(await fairArguments(sumo.configFile, 1)), ...outputs];
    await using street = await startSumoStreet({ city, places, args, beginMs });
    let waited = 0;
    for (let second = 0; second < SECONDS; second++) {
      await street.advance();
      city.crossings.forEach(({ signal }, c) => {
        if (signal >= 0) waited += street.waiting?.[c] ?? 0;
      });
    }
    await street.finish();
    const { waitedS } = readWalkers({ city }, await readFile(traces, 'utf8'));
    expect(waited).toBeGreaterThan(200);
    expect(Math.abs(waited / waitedS - 1)).toBeLessThan(0.03);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
