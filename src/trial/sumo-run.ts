import { readFile, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import type { Scenario } from '../demand/demand.ts';
import { openFile } from '../field/files.ts';
import type { SumoFiles } from '../field/load.ts';
import { type PlanFile, writeSumoPrograms } from '../field/plans.ts';
import { placeLanes } from '../field/sumo/inner-lanes.ts';
import { type SumoStreet, startSumoStreet } from '../field/sumo/street.ts';
import { readText as readWhole } from '../read/json.ts';
import { copyRoutes, type RouteElement } from './exclude.ts';
import type { MovementDelay } from './result.ts';
import { readMovementDelays, readTripInfo } from './sumo-outputs.ts';
import type { VehicleOutcome } from './vehicles.ts';

export interface SumoRunOptions {
  readonly scenario: Scenario;
  readonly files: SumoFiles;
  readonly seed: number;
  /** Ids of trips to leave out; an id that no route file holds is an error. */
  readonly exclude: readonly string[];
  /** Elements of the route files that SUMO must not see because they are broken. */
  readonly broken: readonly RouteElement[];
  readonly workDir: string;
  /** Programs that signals run instead of their own. */
  readonly plans?: PlanFile | undefined;
}

/** SUMO under the rules of a fair run, with its outputs in `workDir`. */
export interface SumoRun {
  readonly street: SumoStreet;
  /** Ends SUMO in order and reads what it wrote. */
  finish(): Promise<{ vehicles: VehicleOutcome[]; movements: MovementDelay[] }>;
}

/** Starts SUMO under the rules of a fair run. */
export async function startSumoRun({
  scenario,
  files,
  seed,
  exclude,
  broken,
  workDir,
  plans,
}: SumoRunOptions): Promise<SumoRun> {
  const isWhole = exclude.length + broken.length === 0;
  const routeFiles = isWhole ? files.routeFiles : copyRoutes(files.routeFiles, exclude, broken, workDir);
  const tripInfoFile = join(workDir, 'tripinfo.xml');
  const vehicleRoutesFile = join(workDir, 'vehroutes.xml');
  const args = [
    ...(await fairArguments(files.configFile, seed)),
    ...(isWhole ? [] : ['--route-files', routeFiles.join(',')]),
    ...(plans === undefined ? [] : ['--additional-files', await addPrograms(plans, files, workDir)]),
    ...['--tripinfo-output', tripInfoFile, '--tripinfo-output.write-unfinished', '--tripinfo-output.write-undeparted'],
    ...['--vehroute-output', vehicleRoutesFile, '--vehroute-output.internal=false'],
  ];
  const places = await placeLanes(scenario.city, readText(files.netFile));
  const street = await startSumoStreet({ city: scenario.city, places, args, beginMs: scenario.beginMs });
  const endS = scenario.endMs / 1000;
  return {
    street,
    finish: async () => {
      await street.finish();
      const trips = await readTripInfo(tripInfoFile, scenario.beginMs / 1000, endS);
      const topSpeeds = new Map(scenario.demand.types.map((type) => [type.id, type.maxSpeedMps]));
      const movements = await readMovementDelays({
        city: scenario.city,
        vehicleRoutesFile,
        routeFiles,
        trips,
        endS,
        topSpeeds,
      });
      return { vehicles: [...trips.values()], movements };
    },
  };
}

/** A timetable (WAUT) or the line that gives it to a signal. */
const TIMETABLE = /<WAUT\b[^>]*?(?:\/>|>[\s\S]*?<\/WAUT>)|<wautJunction\b[^>]*?(?:\/>|>\s*<\/wautJunction>)/g;

/**
 * The scenario's additional files, without timetables, and one with the programs behind them: SUMO runs those it reads last, unless a
 * timetable names others.
 */
async function addPrograms(plans: PlanFile, files: SumoFiles, workDir: string): Promise<string> {
  const additionalFiles: string[] = [];
  for (const [index, path] of files.additionalFiles.entries()) {
    const text = await readWhole(openFile(path));
    const bare = text.replace(TIMETABLE, '');
    const copy = join(workDir, `${index}.add.xml`);
    if (bare !== text) await writeFile(copy, bare);
    additionalFiles.push(bare === text ? path : copy);
  }
  const file = join(workDir, 'plans.add.xml');
  await writeFile(file, writeSumoPrograms(plans));
  return [...additionalFiles, file].join(',');
}

/** What every run of SUMO is told: no teleports (one hides a gridlock), vehicle by vehicle, this seed, outputs as we read them, whatever the configuration says. */
export async function fairArguments(configFile: string, seed: number): Promise<string[]> {
  return [
    ...['--configuration-file', configFile, ...(await silenceOutputs(configFile))],
    ...['--seed', String(seed), '--random=false', '--time-to-teleport', '-1', '--mesosim=false'],
    ...['--xml-validation', 'never', '--output-prefix', '', '--human-readable-time=false'],
    ...['--vehroute-output.exit-times', '--vehroute-output.write-unfinished', '--vehroute-output.dua=false'],
    ...['--no-step-log', '--duration-log.disable', '--no-warnings'],
  ];
}

/** Arguments that stop the outputs a configuration asks for besides those we name ourselves: a trial writes nothing beside its input, least of all from two seeds at once. */
async function silenceOutputs(configFile: string): Promise<string[]> {
  const text = await readFile(configFile, 'utf8');
  const named = [...text.matchAll(/<([\w.-]*-output|netstate-dump|log|message-log|error-log)\s+v(?:alue)?=/g)];
  const asked = new Set(named.map(([, option]) => option ?? ''));
  const others = [...asked].filter((option) => option !== 'tripinfo-output' && option !== 'vehroute-output');
  return others.flatMap((option) => [`--${option}`, devNull]);
}

async function* readText(file: string): AsyncIterable<string> {
  const decoder = new TextDecoder();
  for await (const chunk of openFile(file).open()) {
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
}
