import { runSession } from '../../src/trial/session.ts';
import { groupBy, median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { percent } from './speed.ts';
import { spearman } from './statistics.ts';

const CONTROLLERS = ['fixed', 'actuated', 'max-pressure-halted', 'max-pressure'] as const;

export interface RankOptions {
  readonly seeds: number;
  readonly onProgress: (doing: string) => void;
}

/** Controllers at the papers' decision step in both engines: medians of the delay, and whether they rank alike. */
export async function rankControllers(
  scenarios: readonly { name: string; path: string }[],
  { seeds, onProgress }: RankOptions,
): Promise<{ readonly text: string; readonly ranks: readonly number[] }> {
  const table: string[][] = [];
  const ranks: number[] = [];
  for (const { name, path } of scenarios) {
    const ours = await measure('engine', path, seeds, (share) => onProgress(`${name}: ours ${share}`));
    const theirs = await measure('sumo', path, seeds, (share) => onProgress(`${name}: SUMO ${share}`));
    for (const [i, controller] of CONTROLLERS.entries()) {
      const [mine = Number.NaN, reference = Number.NaN] = [ours[i], theirs[i]];
      table.push([name, controller, mine.toFixed(1), reference.toFixed(1), percent(mine / reference - 1)]);
    }
    ranks.push(spearman(ours, theirs));
  }
  const head = ['scenario', 'controller', 'delay s', 'SUMO', 'off'];
  const ranking = scenarios.map(({ name }, i) => `${name} ${ranks[i]?.toFixed(2)}`).join(', ');
  const title = `controllers, papers' step, medians of ${seeds} seeds`;
  return {
    text: `${title}\n${alignColumns([head, ...table])}\nSpearman over the controllers by delay: ${ranking}`,
    ranks,
  };
}

/** Median delay by controller, in the order of CONTROLLERS. */
async function measure(
  simulator: 'engine' | 'sumo',
  scenario: string,
  seeds: number,
  onShare: (share: string) => void,
): Promise<number[]> {
  const { reports, failures } = await runSession(
    {
      simulator,
      scenarios: [scenario],
      controllers: CONTROLLERS,
      seeds,
      sensors: 'camera',
      step: 'papers',
      degrade: null,
      exclude: [],
      calibration: null,
      timing: {},
      recordFile: null,
      jobs: null,
    },
    { onProgress: (share) => onShare(`${(share * 100).toFixed(0)} %`), onFailed: () => undefined },
    new AbortController().signal,
  );
  const [failure] = failures;
  if (failure) throw new Error(`${simulator}, ${failure.spec.controller}: ${failure.sentence}`);
  const byController = groupBy(reports, ({ result }) => result.controller);
  return CONTROLLERS.map((name) => median((byController.get(name) ?? []).map(({ result }) => result.delayS)));
}
