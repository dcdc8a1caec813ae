import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UrbaneError } from '../src/units/errors.ts';
import { DATA } from '../tests/data.ts';
import { type Finding, formatSummary } from './engine/summary.ts';
import { measureCells } from './signals/cells.ts';
import { measureCost } from './signals/cost.ts';
import { measureMade } from './signals/made.ts';
import { measurePeople } from './signals/people.ts';
import { formatRows, gatherRows, judgeRows } from './signals/rows.ts';
import { type Cell, listCells, nameOf, SCENARIOS } from './signals/scenarios.ts';
import { compareActuated } from './signals/sumo-actuated.ts';

/**
 * `npm run bench -- signals [--quick] [--only NAME,...] [--controllers NAME,...] [--seeds N] [--jobs N] [--healthy] [--kept]`:
 * controllers on real scenarios with SUMO as the judge, and everything issue 4 asks of the signals beside what it must show.
 * NAME is part of a scenario's name, `cost`, `made` (networks made for the bench, real streets), `quarter` (buses and people on foot), `tune`
 * (bench/tune.ts; not in a quick run unless named) or `sumo-actuated` (SUMO's own, beside which ours stands; only when named).
 * --healthy leaves broken sensors out. Runs are kept (URBANE_CACHE) as long as they hold, so that a bench that was stopped goes on where it was; --kept makes
 * none. The guard has a bench of its own: `npm run bench -- guard`.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      controllers: { type: 'string' },
      seeds: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      healthy: { type: 'boolean', default: false },
      kept: { type: 'boolean', default: false },
    },
  });
  if (DATA === null)
    throw new UrbaneError('missing-file', 'The scenarios are not there.', 'Set URBANE_DATA to their folder.');
  const form = values.quick ? 'quick' : 'full';
  const only = values.only?.split(',');
  const isWanted = (name: string) => only?.some((part) => name.includes(part)) ?? true;
  const controllers = values.controllers?.split(',');
  const begun = performance.now();
  const secondsSince = () => ((performance.now() - begun) / 1000).toFixed(0);
  const isTerminal = process.stderr.isTTY;
  const onProgress = (doing: string) =>
    process.stderr.write(`${isTerminal ? '\r\x1b[K' : ''}${secondsSince()} s  ${doing}${isTerminal ? '' : '\n'}`);
  const print = (text: string) => {
    if (isTerminal) process.stderr.write('\r\x1b[K');
    process.stdout.write(`\n${text}\n`);
  };
  const scenarios = SCENARIOS.filter((scenario) => isWanted(nameOf(scenario)));
  const all = listCells(form, scenarios, values.seeds === undefined ? null : Number(values.seeds));
  const cells = all.filter(
    ({ arm }) => (controllers?.includes(arm.controller) ?? true) && (arm.degrade === null || !values.healthy),
  );
  const mayMake = ({ scenario }: Cell) => !values.kept && (form === 'full' || scenario.isSlow !== true);
  const findings: Finding[] = [];
  if (cells.length > 0) {
    const rows = gatherRows(
      cells,
      await measureCells(cells, { data: DATA, jobs: Number(values.jobs), mayMake, onProgress }),
    );
    print(formatRows(rows));
    findings.push(...judgeRows(scenarios, rows));
  }
  if (only?.includes('sumo-actuated')) {
    print(await compareActuated(DATA, SCENARIOS, Number(values.seeds ?? 5)));
    return;
  }
  const isPart = (name: string) => only?.includes(name) ?? (controllers === undefined && !values.kept);
  if (isPart('cost')) {
    const cost = await measureCost({ data: DATA, form, onProgress });
    print(cost.text);
    findings.push(...cost.findings);
  }
  if (isPart('made')) {
    const made = await measureMade(form, {
      data: DATA,
      jobs: Number(values.jobs),
      mayMake: () => !values.kept,
      onProgress,
    });
    print(made.text);
    findings.push(...made.findings);
  }
  if (isPart('quarter')) {
    const people = await measurePeople(values.quick ? [1] : [1, 2, 3, 4, 5], onProgress);
    print(people.text);
    findings.push(...people.findings);
  }
  if (isPart('tune') && (form === 'full' || only !== undefined)) {
    const tune = await import('./tune.ts');
    await tune.run(values.seeds === undefined ? [] : ['--seeds', values.seeds]);
    if (findings.length === 0) return;
  }
  if (findings.length === 0) throw new UrbaneError('bad-usage', `nothing is named ${only}.`);
  print(`${formatSummary(findings)}\n${secondsSince()} s in all`);
}
