import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { City } from '../city/city.ts';
import { ownAt } from '../city/control.ts';
import { isCityFile, openCity } from '../city/file.ts';
import { withVersion } from '../city/version.ts';
import type { Scenario } from '../demand/demand.ts';
import { evenPlaces, type Places } from '../demand/synthesis.ts';
import type { OsmOptions } from '../read/osm/read.ts';
import type { ImportReport } from '../read/report.ts';
import { countCity, joinReports } from '../read/report.ts';
import type { SumoConfig } from '../read/sumo/read.ts';
import { readSumoConfig, readSumoNet, readSumoRoutes } from '../read/sumo/read.ts';
import { UrbaneError } from '../units/errors.ts';
import { getKind, openFile } from './files.ts';
import { loadCityFlow } from './load-cityflow.ts';
import { isOsmName, loadOsm, makeUpMorning } from './load-osm.ts';

/** Where a scenario's SUMO files lie, as absolute paths; what the judge starts SUMO with. */
export interface SumoFiles {
  readonly configFile: string;
  readonly netFile: string;
  readonly routeFiles: readonly string[];
  readonly additionalFiles: readonly string[];
}

export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly report: ImportReport;
  /** Null for what is not SUMO's. */
  readonly sumo: SumoFiles | null;
}

/** What every command with a city or scenario takes, for its help. */
export const INPUTS =
  'a folder with one .sumocfg, or a file: .sumocfg, .net.xml, CityFlow .json, OpenStreetMap .osm, .osm.gz or .osm.pbf, saved city';

/** Draws of flows by probability and of distributions: one demand per scenario, whatever the run's seed. */
const DEMAND_SEED = 1;
const HOUR_MS = 3_600_000;
/** How long a run goes on after the last departure where its configuration names no end. */
const TAIL_MS = HOUR_MS;

/**
 * Loads a scenario of any of `INPUTS`; what has no demand of its own gets a made-up morning.
 * Throws UrbaneError with a sentence that names the file and what to do.
 */
export async function loadScenario(path: string): Promise<LoadedScenario> {
  const file = await findInput(path);
  if (hasDemand(file)) return beginOnSchedule(await loadWithDemand(file));
  const { city, places, report } = await openCityAlone(file, path, {});
  return beginOnSchedule({ ...makeUpMorning(city, places ?? evenPlaces(city), report), sumo: null });
}

/** Signals with a schedule have the program of the hour in which the scenario begins as their own. */
function beginOnSchedule(loaded: LoadedScenario): LoadedScenario {
  const { scenario } = loaded;
  const { city } = scenario;
  if (city.signals.every(({ schedule }) => schedule === undefined)) return loaded;
  const signals = ownAt(city, scenario.beginMs);
  return { ...loaded, scenario: { ...scenario, city: withVersion({ ...city, signals }) } };
}

/** Loads the city alone; demand that stands beside it is read too, for its damage. `osm` is for an extract. */
export async function loadCity(
  path: string,
  osm: Omit<OsmOptions, 'name'> = {},
): Promise<{ city: City; report: ImportReport }> {
  const file = await findInput(path);
  if (hasDemand(file)) {
    const { scenario, report } = await loadWithDemand(file);
    return { city: scenario.city, report };
  }
  const { city, report } = await openCityAlone(file, path, osm);
  return { city, report };
}

function hasDemand(file: string): boolean {
  return /\.(?:sumocfg|json)$/.test(file);
}

async function loadWithDemand(file: string): Promise<LoadedScenario> {
  return file.endsWith('.sumocfg') ? loadSumo(file) : { ...(await loadCityFlow(file)), sumo: null };
}

async function openCityAlone(
  file: string,
  path: string,
  osm: Omit<OsmOptions, 'name'>,
): Promise<{ city: City; places?: Places; report: ImportReport }> {
  if (isOsmName(file)) return loadOsm(file, osm);
  if (!/\.xml(\.gz)?$/.test(file)) return openSaved(file, path);
  return readSumoNet(openFile(file, path), { name: basename(file).replace(/(\.net)?\.xml(\.gz)?$/, '') });
}

async function findInput(path: string): Promise<string> {
  if ((await getKind(path)) === 'file') return path;
  const configs = (await readdir(path)).filter((name) => name.endsWith('.sumocfg')).sort();
  const [only] = configs;
  if (only === undefined) {
    throw new UrbaneError(
      'missing-file',
      `${path} holds no .sumocfg.`,
      'Name a folder with a .sumocfg or the file itself.',
    );
  }
  if (configs.length > 1) {
    const paths = configs.map((name) => join(path, name)).join(', ');
    throw new UrbaneError('bad-usage', `${path} holds ${configs.length} .sumocfg: ${paths}.`, 'Name one of them.');
  }
  return join(path, only);
}

async function openSaved(file: string, path: string): Promise<{ city: City; report: ImportReport }> {
  const bytes = await readFile(file);
  if (!isCityFile(bytes)) {
    throw new UrbaneError('no-demand', `${path} is nothing that is read here.`, `Name ${INPUTS}.`);
  }
  try {
    const city = openCity(bytes);
    return { city, report: { counts: countCity(city), dropped: [], warnings: [] } };
  } catch (fault) {
    if (!(fault instanceof UrbaneError)) throw fault;
    throw new UrbaneError(fault.code, `${path}: ${fault.message}`, fault.remedy);
  }
}

function resolveFiles(configFile: string, config: SumoConfig): SumoFiles {
  const folder = dirname(resolve(configFile));
  const place = (name: string) => resolve(folder, name);
  return {
    configFile: resolve(configFile),
    netFile: place(config.netFile),
    routeFiles: config.routeFiles.map(place),
    additionalFiles: config.additionalFiles.map(place),
  };
}

async function loadSumo(configFile: string): Promise<LoadedScenario> {
  const config = await readSumoConfig(openFile(configFile));
  const sumo = resolveFiles(configFile, config);
  const folder = dirname(configFile);
  const home = dirname(sumo.configFile) + sep;
  const openNamed = (path: string) =>
    openFile(path, path.startsWith(home) ? join(folder, path.slice(home.length)) : path);
  const name = basename(configFile, '.sumocfg');
  const additional = sumo.additionalFiles.map(openNamed);
  const net = await readSumoNet(openNamed(sumo.netFile), { name, additional });
  const beginMs = Math.round(config.beginS * 1000);
  const endMs = config.endS === null ? Number.POSITIVE_INFINITY : Math.round(config.endS * 1000);
  const routes = await readSumoRoutes([...additional, ...sumo.routeFiles.map(openNamed)], {
    city: net.city,
    beginMs,
    endMs,
    seed: DEMAND_SEED,
  });
  const warnings = config.unused.map((option) => `${configFile}: ${option} is not followed`);
  const lastMs = routes.demand.trips.at(-1)?.departMs ?? beginMs;
  if (!Number.isFinite(endMs))
    warnings.push(`${configFile} names no end: the run ends one hour after the last departure`);
  return {
    scenario: {
      name,
      city: net.city,
      demand: routes.demand,
      beginMs,
      endMs: Number.isFinite(endMs) ? endMs : lastMs + TAIL_MS,
    },
    report: joinReports([net.report, routes.report, { counts: {}, dropped: [], warnings }]),
    sumo,
  };
}
