import { UNSEEN } from '../unseen/cases.ts';
import { writeUnseen } from '../unseen/write.ts';
import { cacheFolder } from './cache.ts';
import { type CompareOptions, type Comparison, compareReal } from './compare.ts';

const WINDOW_S = 900;

/** Made networks that nothing was tuned on, in both engines; another `draw` gives other networks. */
export async function compareUnseen(draw: number, options: CompareOptions): Promise<Comparison> {
  const scenarios = [];
  for (const one of UNSEEN) {
    options.onProgress(`writing ${one.name}`);
    const path = await writeUnseen(cacheFolder(), one, { windowS: WINDOW_S, draw });
    scenarios.push({ name: one.name, path, isSaturated: false });
  }
  const { text, rows } = await compareReal(scenarios, options);
  return { text: `made networks, draw ${draw}, ${WINDOW_S} s\n${text}`, rows };
}
