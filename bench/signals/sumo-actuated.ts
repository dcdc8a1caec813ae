import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { City } from '../../src/city/city.ts';
import { getOwnProgram, listGreens } from '../../src/city/greens.ts';
import { loadScenario } from '../../src/field/load.ts';
import { median } from '../../src/trial/statistics.ts';
import { readTripInfo } from '../../src/trial/sumo-outputs.ts';
import { sumUp } from '../../src/trial/vehicles.ts';
import { nameOf, type SignalScenario } from './scenarios.ts';

const MIN_GREEN_S = 5;
const MAX_GREEN_S = 60;

/** SUMO's own actuated signals over the seeds, which ours must come to: one expected figure is one seed, and seeds differ by a quarter. */
export async function compareActuated(
  data: string,
  scenarios: readonly SignalScenario[],
  seeds: number,
): Promise<string> {
  const lines: string[] = [];
  for (const scenario of scenarios) {
    const expected = scenario.expected?.actuated;
    if (expected === undefined || scenario.isSlow) continue;
    const delays = await runSumoActuated(join(data, 'scenarios', scenario.path), seeds);
    const list = delays.map((delayS) => delayS.toFixed(1)).join(' ');
    lines.push(
      `${nameOf(scenario)}: SUMO's own actuated ${median(delays).toFixed(1)} (seeds 1-${seeds}: ${list}), expected ${expected}`,
    );
  }
  return lines.join('\n');
}

/**
 * Delay of SUMO's own actuated signals on the shipped phases, by seed. Minimum 5 s and maximum 60 s where the program gives
 * none, everything else SUMO's default.
 */
async function runSumoActuated(path: string, seeds: number): Promise<number[]> {
  const { scenario, sumo } = await loadScenario(path);
  if (!sumo) throw new Error(`${path} has no SUMO files`);
  const dir = await mkdtemp(join(tmpdir(), 'urbane-actuated-'));
  try {
    const additional = join(dir, 'actuated.add.xml');
    await writeFile(additional, formatPrograms(scenario.city));
    const delays: number[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const output = join(dir, 'tripinfo.xml');
      const args = [
        ...['-c', sumo.configFile, '-a', [...sumo.additionalFiles, additional].join(','), '--seed', String(seed)],
        ...['--time-to-teleport', '-1', '-X', 'never', '--no-step-log', '--duration-log.disable', '--no-warnings'],
        ...['--tripinfo-output', output, '--tripinfo-output.write-unfinished', '--tripinfo-output.write-undeparted'],
      ];
      const { status, stderr } = spawnSync(process.env.SUMO_BINARY ?? 'sumo', args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      const trips = await readTripInfo(output, scenario.beginMs / 1000, scenario.endMs / 1000);
      delays.push(sumUp([...trips.values()]).delayS);
    }
    return delays;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function formatPrograms(city: City): string {
  const logics = city.signals.map((signal) => {
    const program = getOwnProgram(signal);
    const stages = new Set(listGreens(program));
    const phases = program.phases.map(({ state, durationS, minS, maxS }, index) => {
      const limits = stages.has(index) ? ` minDur="${minS ?? MIN_GREEN_S}" maxDur="${maxS ?? MAX_GREEN_S}"` : '';
      return `<phase duration="${durationS}" state="${state}"${limits}/>`;
    });
    return `<tlLogic id="${signal.id}" type="actuated" programID="actuated" offset="0">${phases.join('')}</tlLogic>`;
  });
  return `<additional>${logics.join('\n')}</additional>\n`;
}
