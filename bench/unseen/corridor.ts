import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadCity } from '../../src/field/load.ts';
import { drawUnseenTrips, TYPES } from './demand.ts';

const NET =
  '--grid --grid.x-number 5 --grid.y-number 1 --grid.length 250 --grid.attach-length 250 -j traffic_light -L 2';
const WAY = 'left0A0 A0B0 B0C0 C0D0 D0E0 E0right0';
const CALLS = 20;
const FIRST_S = 60;
const EVERY_S = 80;
/** Ambulances' ids begin with this. */
export const CALL = 'call';

/**
 * Five signals in a row with random traffic, and 20 ambulances that drive the whole way, with or without blue light; returns
 * the path of the .sumocfg.
 */
export async function writeCorridor(
  folder: string,
  {
    level,
    hasBlueLight,
    windowS,
  }: { readonly level: number; readonly hasBlueLight: boolean; readonly windowS: number },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const netFile = join(folder, 'corridor.net.xml');
  const binary = process.env.NETGENERATE_BINARY ?? 'netgenerate';
  await promisify(execFile)(binary, [...NET.split(' '), '--no-turnarounds.tls', '--seed', '1', '-o', netFile]);
  const { city } = await loadCity(netFile);
  const write = (id: string, type: string, departS: number, edges: string) =>
    `<vehicle id="${id}" type="${type}" depart="${departS}" departLane="best" departSpeed="max"><route edges="${edges}"/></vehicle>`;
  const others = drawUnseenTrips(city, { level, windowS, seed: 1 }).map(({ departS, type, route }, i) => ({
    departS,
    text: write(String(i), type, departS, route.map((road) => city.roads[road]?.id).join(' ')),
  }));
  const calls = Array.from({ length: CALLS }, (_, i) => FIRST_S + i * EVERY_S).map((departS, i) => ({
    departS,
    text: write(`${CALL}${i}`, 'ambulance', departS, WAY),
  }));
  const vehicles = [...others, ...calls].sort((a, b) => a.departS - b.departS).map(({ text }) => text);
  const types = TYPES.map((type) => `<vType id="${type}" vClass="${type === 'car' ? 'passenger' : type}"/>`);
  const device = `<param key="has.bluelight.device" value="${hasBlueLight}"/>`;
  types.push(`<vType id="ambulance" vClass="emergency" speedFactor="1.3">${device}</vType>`);
  await writeFile(join(folder, 'corridor.rou.xml'), `<routes>\n${[...types, ...vehicles].join('\n')}\n</routes>\n`);
  const configFile = join(folder, 'corridor.sumocfg');
  await writeFile(
    configFile,
    `<configuration>
  <input><net-file value="corridor.net.xml"/><route-files value="corridor.rou.xml"/></input>
  <time><begin value="0"/><end value="${windowS}"/></time>
</configuration>
`,
  );
  return configFile;
}
