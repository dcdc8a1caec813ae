import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keyOf } from '../engine/cache.ts';
import { type GridPlan, greenState, linkIndex, YELLOW_S, yellowState } from './plans.ts';
import {
  approach,
  BLOCK_M,
  DRIVER,
  endOf,
  type GridShape,
  HEADINGS,
  LANES,
  LINKS,
  listEnds,
  listJunctions,
  listRoads,
  nodeId,
  roadId,
  SPEED_MPS,
  turned,
} from './shape.ts';
import type { GridTrip } from './trips.ts';

export interface GridCase {
  readonly shape: GridShape;
  readonly plan: GridPlan;
  readonly trips: readonly GridTrip[];
  readonly windowS: number;
}

/**
 * Writes a grid as a SUMO scenario under `folder` (plain XML through netconvert, once per content) and returns the path of
 * its .sumocfg. Our engine and SUMO read these files. NETCONVERT_BINARY, or `netconvert` on the PATH.
 */
export async function writeSumoGrid(folder: string, grid: GridCase): Promise<string> {
  const plain = formatPlain(grid.shape, grid.plan);
  const routes = formatRoutes(grid.trips);
  const place = join(folder, `grid-${keyOf([...Object.values(plain), routes, String(grid.windowS)])}`);
  const configFile = join(place, 'grid.sumocfg');
  if (await exists(configFile)) return configFile;
  const work = `${place}.${process.pid}`;
  await mkdir(work, { recursive: true });
  for (const [name, text] of Object.entries(plain)) await writeFile(join(work, `grid.${name}.xml`), text);
  const options = ['-n', 'nod', '-e', 'edg', '-x', 'con', '-i', 'tll'].map((option, i) =>
    i % 2 === 0 ? option : join(work, `grid.${option}.xml`),
  );
  const binary = process.env.NETCONVERT_BINARY ?? 'netconvert';
  await promisify(execFile)(binary, [...options, '--no-turnarounds', '-o', join(work, 'grid.net.xml')]);
  await writeFile(join(work, 'grid.rou.xml'), routes);
  await writeFile(join(work, 'grid.sumocfg'), formatConfig(grid.windowS));
  await rename(work, place).catch(async () => rm(work, { recursive: true }));
  return configFile;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function formatConfig(windowS: number): string {
  return `<configuration>
  <input><net-file value="grid.net.xml"/><route-files value="grid.rou.xml"/></input>
  <time><begin value="0"/><end value="${windowS}"/></time>
</configuration>
`;
}

function formatRoutes(trips: readonly GridTrip[]): string {
  const { lengthM, widthM, minGapM, accelMps2, decelMps2, tauS, sigma, speedDev } = DRIVER;
  const type =
    `<vType id="car" length="${lengthM}" width="${widthM}" minGap="${minGapM}" accel="${accelMps2}" ` +
    `decel="${decelMps2}" tau="${tauS}" sigma="${sigma}" speedFactor="1" speedDev="${speedDev}"/>`;
  const vehicles = trips.map(
    ({ departS, roads }, i) =>
      `<vehicle id="${i}" type="car" depart="${departS}" departLane="best" departSpeed="max"><route edges="${roads.map(roadId).join(' ')}"/></vehicle>`,
  );
  return `<routes>\n${[type, ...vehicles].join('\n')}\n</routes>\n`;
}

function formatPlain(shape: GridShape, plan: GridPlan): Record<'nod' | 'edg' | 'con' | 'tll', string> {
  const junctions = listJunctions(shape);
  const at = ({ column, row }: { column: number; row: number }) =>
    `id="${nodeId(column, row)}" x="${column * BLOCK_M}" y="${row * BLOCK_M}"`;
  const nodes = [
    ...junctions.map((place) => `<node ${at(place)} type="traffic_light" tl="${nodeId(place.column, place.row)}"/>`),
    ...listEnds(shape).map((place) => `<node ${at(place)} type="dead_end"/>`),
  ];
  const edges = listRoads(shape).map((road) => {
    const end = endOf(road);
    const ends = `from="${nodeId(road.column, road.row)}" to="${nodeId(end.column, end.row)}"`;
    return `<edge id="${roadId(road)}" ${ends} numLanes="${LANES}" speed="${SPEED_MPS}"/>`;
  });
  const links = junctions.flatMap(({ column, row }) =>
    HEADINGS.flatMap((heading) =>
      LINKS.map(({ turn, lane }, link) => {
        const from = roadId(approach(column, row, heading));
        const to = roadId({ column, row, heading: turned(heading, turn) });
        return {
          connection: `from="${from}" to="${to}" fromLane="${lane}" toLane="${lane}"`,
          control: `tl="${nodeId(column, row)}" linkIndex="${linkIndex(heading, link)}"`,
        };
      }),
    ),
  );
  const phases = plan.stages.flatMap((stage) => [
    `<phase duration="${stage.lastsS - YELLOW_S}" state="${greenState(stage)}"/>`,
    `<phase duration="${YELLOW_S}" state="${yellowState(stage)}"/>`,
  ]);
  const programs = junctions.map(
    ({ column, row }) =>
      `<tlLogic id="${nodeId(column, row)}" type="static" programID="0" offset="${plan.offsetS(column, row)}">${phases.join('')}</tlLogic>`,
  );
  const wrap = (root: string, rows: readonly string[]) => `<${root}>\n${rows.join('\n')}\n</${root}>\n`;
  return {
    nod: wrap('nodes', nodes),
    edg: wrap('edges', edges),
    con: wrap(
      'connections',
      links.map(({ connection }) => `<connection ${connection}/>`),
    ),
    tll: wrap('tlLogics', [
      ...programs,
      ...links.map(({ connection, control }) => `<connection ${connection} ${control}/>`),
    ]),
  };
}
