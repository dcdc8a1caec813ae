import { join } from 'node:path';
import { loadScenario } from '../../src/field/load.ts';
import { runOurs } from './ours.ts';

/** The city-scale row: the whole hour of Nanchang, 859 signals and 126,669 vehicles. */
export async function measureNanchang(data: string): Promise<{ text: string; cpuS: number }> {
  const { scenario } = await loadScenario(join(data, 'scenarios', 'nanchang_kdd2021'));
  const run = runOurs(scenario, { seed: 1, links: false });
  const windowS = (scenario.endMs - scenario.beginMs) / 1000;
  const text = [
    `nanchang_kdd2021: ${scenario.city.signals.length} signals, ${windowS} s, one thread`,
    `${run.cpuS.toFixed(1)} s of processor time (${(run.cpuS / run.coreShare).toFixed(1)} s by the clock), ${(run.vehicleSeconds / run.cpuS / 1e6).toFixed(2)} M vehicle-s/s`,
    `${run.loaded} vehicles, ${run.arrived} arrived, ${run.neverInserted} never in, ${run.lastPart.present.toFixed(0)} present in the last 100 s`,
  ].join('\n');
  return { text, cpuS: run.cpuS };
}
