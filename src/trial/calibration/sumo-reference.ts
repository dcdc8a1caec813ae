import { type ExecFileException, execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Scenario } from '../../demand/demand.ts';
import type { SumoFiles } from '../../field/load.ts';
import { missingSumo, refusalOf, sumoBinary } from '../../field/sumo/process.ts';
import { formatRoutes } from '../../read/sumo/write-routes.ts';
import { formatFixedPrograms } from '../../read/sumo/write-signals.ts';
import { UrbaneError } from '../../units/errors.ts';
import { readElements } from '../sumo-outputs.ts';
import { fairArguments } from '../sumo-run.ts';
import { beginsAtStart, type Cell, RoadCells, type Tally } from './cells.ts';

/** Drives exactly these trips and programs in SUMO and adds to the tally what the cells would have measured. */
export async function addSumoRun(
  scenario: Scenario,
  files: SumoFiles,
  run: { readonly seed: number; readonly workDir: string; readonly stop: AbortSignal },
  cells: readonly Cell[],
  tally: Tally,
): Promise<void> {
  const at = (name: string) => join(run.workDir, name);
  await writeFile(at('trips.rou.xml'), formatRoutes(scenario));
  await writeFile(at('programs.add.xml'), formatFixedPrograms(scenario.city, 'urbane calibrate'));
  const args = [
    ...(await fairArguments(files.configFile, run.seed)),
    ...['--route-files', at('trips.rou.xml'), '--additional-files', at('programs.add.xml')],
    ...['--begin', String(scenario.beginMs / 1000), '--end', String(scenario.endMs / 1000)],
    ...['--remote-port', '0', '--scale', '1', '--tripinfo-output', devNull],
    ...['--vehroute-output', at('vehroutes.xml'), '--vehroute-output.internal'],
  ];
  await runSumo(args, run.stop);
  await readRoutes(at('vehroutes.xml'), scenario, new RoadCells(cells, tally));
  await rm(at('vehroutes.xml'));
}

async function runSumo(args: readonly string[], stop: AbortSignal): Promise<void> {
  const binary = sumoBinary();
  try {
    await promisify(execFile)(binary, [...args], { signal: stop, maxBuffer: 1e8 });
  } catch (fault) {
    if (stop.aborted || !(fault instanceof Error)) throw fault;
    const { code, signal, stderr } = fault as ExecFileException;
    if (typeof code === 'string') throw missingSumo(binary, code);
    if (signal) {
      throw new UrbaneError(
        'sumo-failed',
        `SUMO was killed (${signal}).`,
        'Run it again, with fewer --jobs when memory is short.',
      );
    }
    throw refusalOf((stderr ?? '').split('\n').filter((line) => line.trim() !== ''));
  }
}

/** Vehicle routes with their inner edges: a road is entered when what came before it was left. */
async function readRoutes(file: string, { city, demand }: Scenario, cells: RoadCells): Promise<void> {
  const roadOf = new Map(city.roads.map(({ id }, index) => [id as string, index]));
  let departMs = Number.NaN;
  await readElements(file, (name, at) => {
    if (name === 'vehicle') {
      const trip = demand.trips[Number(at.id)];
      departMs = trip !== undefined && beginsAtStart(trip) ? Math.round(Number(at.depart) * 1000) : Number.NaN;
    }
    if (name !== 'route' || at.exitTimes === undefined) return;
    const edges = (at.edges ?? '').split(' ');
    const exits = at.exitTimes.split(' ');
    let road = -1;
    let enteredMs = departMs;
    for (const [i, edge] of edges.entries()) {
      if (edge.startsWith(':')) continue;
      if (i > 0) {
        const nowMs = Math.round(Number(exits[i - 1]) * 1000);
        if (!(nowMs >= 0)) return;
        cells.leave(road, enteredMs, nowMs);
        enteredMs = nowMs;
      }
      road = roadOf.get(edge) ?? -1;
    }
  });
}
