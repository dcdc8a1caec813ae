import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { loadCity } from '../../src/field/load.ts';
import { keyOf } from '../engine/cache.ts';
import type { UnseenCase } from './cases.ts';
import { drawUnseenTrips, TYPES } from './demand.ts';

/** Raised when the demand of the same arguments changes. */
const FORMAT = 'unseen 1';

/**
 * Writes a case as a SUMO scenario under `folder`, once per case, draw and window, and returns the path of its .sumocfg.
 * Another `draw` gives other random networks and trips. NETGENERATE_BINARY and NETCONVERT_BINARY, or those on the PATH.
 */
export async function writeUnseen(
  folder: string,
  { name, source, level }: UnseenCase,
  { windowS, draw }: { readonly windowS: number; readonly draw: number },
): Promise<string> {
  const place = join(folder, `unseen-${keyOf([FORMAT, name, JSON.stringify(source), `${level} ${windowS} ${draw}`])}`);
  const configFile = join(place, 'unseen.sumocfg');
  if (await isThere(configFile)) return configFile;
  const work = `${place}.${process.pid}`;
  await mkdir(work, { recursive: true });
  const netFile = join(work, 'unseen.net.xml');
  const netconvert = process.env.NETCONVERT_BINARY ?? 'netconvert';
  if ('args' in source) {
    const binary = process.env.NETGENERATE_BINARY ?? 'netgenerate';
    await promisify(execFile)(binary, [...source.args, '--seed', String(draw), '-o', netFile]);
  } else if ('map' in source) {
    const map = join(work, 'map.osm');
    await writeFile(map, gunzipSync(await readFile(source.map)));
    await promisify(execFile)(netconvert, ['--osm-files', map, '-X', 'never', '-W', ...source.options, '-o', netFile]);
    await rm(map);
  } else {
    const [nodes, edges] = [join(work, 'unseen.nod.xml'), join(work, 'unseen.edg.xml')];
    await writeFile(nodes, `<nodes>\n${source.plain.nodes}\n</nodes>\n`);
    await writeFile(edges, `<edges>\n${source.plain.edges}\n</edges>\n`);
    await promisify(execFile)(netconvert, ['-n', nodes, '-e', edges, '--no-turnarounds', '-o', netFile]);
  }
  const { city } = await loadCity(netFile);
  const vehicles = drawUnseenTrips(city, { level, windowS, seed: draw }).map(
    ({ departS, type, route }, i) =>
      `<vehicle id="${i}" type="${type}" depart="${departS}" departLane="best" departSpeed="max">` +
      `<route edges="${route.map((road) => city.roads[road]?.id).join(' ')}"/></vehicle>`,
  );
  const types = TYPES.map((type) => `<vType id="${type}" vClass="${type === 'car' ? 'passenger' : type}"/>`);
  await writeFile(join(work, 'unseen.rou.xml'), `<routes>\n${[...types, ...vehicles].join('\n')}\n</routes>\n`);
  await writeFile(
    join(work, 'unseen.sumocfg'),
    `<configuration>
  <input><net-file value="unseen.net.xml"/><route-files value="unseen.rou.xml"/></input>
  <time><begin value="0"/><end value="${windowS}"/></time>
</configuration>
`,
  );
  await rename(work, place).catch(async () => rm(work, { recursive: true }));
  return configFile;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
