import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOurs } from '../../bench/engine/ours.ts';
import { UNSEEN } from '../../bench/unseen/cases.ts';
import { writeUnseen } from '../../bench/unseen/write.ts';
import { loadScenario } from '../../src/field/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const caseNamed = (name: string) => {
  const found = UNSEEN.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
};
const options = { windowS: 120, draw: 1 };

describe('made networks', () => {
  it.each(['roundabouts, two lanes', 'motorway, ramps, weaving', 'random, mixed junctions'])(
    '%s: every trip has its way and can be driven',
    async (name) => {
      const { scenario, report } = await loadScenario(await writeUnseen(folder, caseNamed(name), options));
      expect(report.dropped).toEqual([]);
      const run = runOurs(scenario, { seed: 1, links: false });
      expect(run.loaded).toBeGreaterThan(20);
      expect(run.neverInserted).toBeLessThan(run.loaded / 10);
    },
  );

  it('are the same for the same draw and others for another', async () => {
    const spider = caseNamed('spider, priority');
    const path = await writeUnseen(folder, spider, options);
    const again = await writeUnseen(join(folder, 'again'), spider, options);
    const other = await writeUnseen(folder, spider, { ...options, draw: 2 });
    const routes = await Promise.all(
      [path, again, other].map((config) => readFile(join(config, '..', 'unseen.rou.xml'), 'utf8')),
    );
    expect(routes[1]).toBe(routes[0]);
    expect(routes[2]).not.toBe(routes[0]);
  });
});
