import { fileURLToPath } from 'node:url';
import type { Scenario } from '../../src/demand/demand.ts';
import { openFile } from '../../src/field/files.ts';
import { sourceFrom } from '../../src/read/source.ts';
import { readSumoNet, readSumoRoutes } from '../../src/read/sumo/read.ts';

export const QUARTER = fileURLToPath(new URL('../../fixtures/quarter/', import.meta.url));

const { city } = await readSumoNet(openFile(`${QUARTER}quarter.net.xml`), {
  name: 'quarter',
  additional: [openFile(`${QUARTER}quarter.add.xml`)],
});

/** Half an hour in the made-up quarter with the demand of a route file's text. Throws when something of it is left out. */
export async function loadQuarter(routes: string): Promise<Scenario> {
  const [beginMs, endMs] = [0, 1_800_000];
  const types = '<vType id="bus" vClass="bus" sigma="0"/><vType id="car" sigma="0" speedDev="0"/>';
  const { demand, report } = await readSumoRoutes([sourceFrom('test.rou.xml', `<routes>${types}${routes}</routes>`)], {
    city,
    beginMs,
    endMs,
    seed: 1,
  });
  if (report.dropped.length > 0) throw new Error(JSON.stringify(report.dropped));
  return { name: 'quarter', city, demand, beginMs, endMs };
}
