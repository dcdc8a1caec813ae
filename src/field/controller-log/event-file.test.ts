import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UrbaneError } from '../../units/errors.ts';
import { Zone } from '../../units/zone.ts';
import { loadScenario } from '../load.ts';
import { createSimStreet } from '../sim/street.ts';
import { readDetectors } from './detectors.ts';
import { EventFile } from './event-file.ts';
import { ControllerLog } from './log.ts';
import { StreetLog } from './street-log.ts';

const CROSS = fileURLToPath(new URL('../../../fixtures/valid/cross', import.meta.url));
const RUN_S = 120;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-events-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('EventFile', () => {
  it('holds every event of the run, and its detectors, as our own reader finds them', async () => {
    const { scenario } = await loadScenario(CROSS);
    await using street = createSimStreet(scenario, { seed: 1 });
    const wanted = new StreetLog(scenario.city, 1);
    const rows: string[] = [];
    const path = join(folder, 'run.parquet');
    await using file = await EventFile.open(path, scenario.city, 1);
    for (let second = 0; second < RUN_S; second++) {
      await street.advance();
      file.read(street);
      const { length, timeMs, device, code, parameter, devices } = wanted.read(street);
      for (let at = 0; at < length; at++) rows.push([timeMs[at], devices[device[at]!], code[at], parameter[at]].join());
    }
    await file.write();
    const log = await ControllerLog.open([path], { zone: new Zone('UTC') });
    const found: string[] = [];
    for await (const { length, timeMs, device, code, parameter, devices } of log.batches()) {
      for (let at = 0; at < length; at++)
        found.push([timeMs[at], devices[device[at]!], code[at], parameter[at]].join());
    }
    log.close();
    expect(rows.length).toBeGreaterThan(50);
    expect(found).toEqual(rows);
    const { roles } = await readDetectors(join(folder, 'run.detectors.csv'));
    expect(roles.map(({ channel }) => channel)).toEqual(wanted.roles.map(({ channel }) => channel));
  });

  it('refuses a name that is no Parquet file before anything runs', async () => {
    const { scenario } = await loadScenario(CROSS);
    await expect(EventFile.open(join(folder, 'run.csv'), scenario.city, 1)).rejects.toThrow(UrbaneError);
  });
});
