import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SaxesParser } from 'saxes';
import type { SumoFiles } from '../../src/field/load.ts';
import { readTripInfo } from '../../src/trial/sumo-outputs.ts';
import { sumUp } from '../../src/trial/vehicles.ts';
import { cacheFolder, findKept, keep, keyOf } from './cache.ts';
import { findTimed, type KeepRule, type Kept } from './kept.ts';
import type { EngineRun } from './run.ts';

export interface SumoRun {
  readonly files: SumoFiles;
  readonly beginS: number;
  readonly endS: number;
  readonly seed: number;
  /** Queues instead of vehicles, with junction control. */
  readonly isMeso?: boolean;
}

/** Raised when what is kept of a run changes, so that older entries are not read. */
const CACHE_FORMAT = 'sumo-run 2';
const RULES = ['--time-to-teleport', '-1', '-X', 'never', '--no-step-log', '--duration-log.statistics', '-v'];
const OUTPUTS = ['--tripinfo-output.write-unfinished', '--tripinfo-output.write-undeparted'];
const MESO = ['--mesosim', '--meso-junction-control'];

function argumentsOf(run: SumoRun): string[] {
  return [...RULES, ...OUTPUTS, '--no-warnings', '--seed', String(run.seed), ...(run.isMeso ? MESO : [])];
}

/** Key of a run's result: SUMO's version, its arguments, the window and the content of every input file. */
export async function keyOfSumoRun(run: SumoRun, version: string): Promise<string> {
  const { configFile, netFile, routeFiles, additionalFiles } = run.files;
  const files = [configFile, netFile, ...routeFiles, ...additionalFiles];
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return keyOf([CACHE_FORMAT, version, ...argumentsOf(run), `${run.beginS}-${run.endS}`, ...contents]);
}

/** A reference run from the cache, or made now and kept. */
export async function referToSumo(run: SumoRun): Promise<EngineRun> {
  const key = await keyOfSumoRun(run, await readVersion());
  const kept = await findKept<EngineRun>(cacheFolder(), key);
  if (kept) return kept;
  const made = await runSumo(run);
  await keep(cacheFolder(), key, made);
  return made;
}

/** Whether `referToSumo` would find the run in the cache. */
export async function isKept(run: SumoRun): Promise<boolean> {
  return (await findKept(cacheFolder(), await keyOfSumoRun(run, await readVersion()))) !== null;
}

/**
 * A run whose time matters: from the cache only when it was made on this kind of processor. Its key is another than that
 * of `referToSumo`.
 */
export async function timeSumo(run: SumoRun, rule: KeepRule): Promise<Kept<EngineRun> | null> {
  return findTimed([await keyOfSumoRun(run, await readVersion())], rule, () => runSumo(run));
}

/** Runs SUMO now. Its time is what SUMO reports for the simulation itself, by the share of a core that it had. */
export async function runSumo(run: SumoRun): Promise<EngineRun> {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-bench-run-'));
  try {
    const [trips, edges, additional] = ['trips.xml', 'edges.xml', 'edges.add.xml'].map((name) => join(folder, name));
    if (trips === undefined || edges === undefined || additional === undefined) throw new Error('three names');
    await writeFile(
      additional,
      `<additional><edgeData id="urbane-bench" file="${edges}" excludeEmpty="true"/></additional>`,
    );
    const added = [...run.files.additionalFiles, additional].join(',');
    const own = ['--additional-files', added, '--tripinfo-output', trips, '--end', String(run.endS)];
    const args = ['-c', run.files.configFile, ...own];
    const { stdout, cpuS, wallS } = await timeProcess(binaryOf(), [...args, ...argumentsOf(run)]);
    const durationS = Number(/^ Duration: ([\d.]+)s$/m.exec(stdout)?.[1]);
    if (!Number.isFinite(durationS)) throw new Error('SUMO reports no duration');
    const outcomes = [...(await readTripInfo(trips, run.beginS, run.endS)).values()];
    const coreShare = Math.min(1, cpuS / wallS);
    return {
      ...sumUp(outcomes),
      vehicleSeconds: outcomes.reduce((sum, outcome) => sum + outcome.durationS, 0),
      cpuS: durationS * coreShare,
      coreShare,
      links: readEdgeData(await readFile(edges, 'utf8')),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function binaryOf(): string {
  return process.env.SUMO_BINARY ?? 'sumo';
}

async function readVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(binaryOf(), ['--version']);
  return stdout.split('\n')[0] ?? '';
}

/** Runs a program and measures its processor time, through the shell's own count of its children. */
export async function timeProcess(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ stdout: string; cpuS: number; wallS: number }> {
  const begun = performance.now();
  const script = '"$@"; code=$?; times; exit $code';
  const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', program, ...args], { maxBuffer: 1e9, env });
  const wallS = (performance.now() - begun) / 1000;
  const lines = stdout.trimEnd().split('\n');
  const spent = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
  if (spent.length !== 2) throw new Error(`the shell's times are not understood: ${lines.at(-1)}`);
  const cpuS = spent.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
  return { stdout, cpuS, wallS };
}

/**
 * Vehicles per edge and their travel times together from SUMO's edgeData output. `traveltime` is that of front bumpers over
 * the whole edge; `sampledSeconds` would also count the time until the back has left it.
 */
export function readEdgeData(text: string): EngineRun['links'] {
  const links: Record<string, readonly [number, number]> = {};
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes: at }) => {
    if (name !== 'edge') return;
    const vehicles = Number(at.entered) + Number(at.departed);
    if (vehicles > 0 && at.traveltime !== undefined)
      links[String(at.id)] = [vehicles, vehicles * Number(at.traveltime)];
  });
  parser.write(text).close();
  return links;
}
