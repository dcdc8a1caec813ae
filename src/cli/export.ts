import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type CountFit, gehOf, scaleToCounts } from '../demand/counts.ts';
import type { Scenario } from '../demand/demand.ts';
import { openFile } from '../field/files.ts';
import { INPUTS, loadScenario } from '../field/load.ts';
import { writeCityFlow } from '../read/cityflow/write.ts';
import { readCounts, readOriginDestination } from '../read/demand/tables.ts';
import { extractPlans } from '../read/plans/extract.ts';
import { writeTables } from '../read/plans/table.ts';
import { writeUtdf } from '../read/plans/utdf-write.ts';
import { writeSumo } from '../read/sumo/write.ts';
import type { Written } from '../read/written.ts';
import { UrbaneError } from '../units/errors.ts';
import { writeOutput } from './output-file.ts';

const WRITERS: Readonly<Record<string, (scenario: Scenario) => Written>> = {
  cityflow: writeCityFlow,
  sumo: (scenario) => writeSumo(scenario, scenario.name),
  plans: ({ city }) => {
    const { book, lost } = extractPlans(city);
    return { files: writeTables(book), lost };
  },
  utdf: ({ city }) => {
    const { book, lost } = extractPlans(city);
    const written = writeUtdf(city, book);
    return { files: written.files, lost: [...lost, ...written.lost] };
  },
};

interface ExportOptions {
  readonly format: string;
  readonly out: string;
  readonly od?: string;
  readonly counts?: string;
  readonly json?: true;
}

/** `urbane export`: a city or scenario in another program's format, and what that format cannot hold. */
export function register(program: Command): void {
  program
    .command('export')
    .description('write a city or scenario in the format of another program')
    .argument('<input>', INPUTS)
    .addOption(new Option('--format <name>', 'format to write').choices(Object.keys(WRITERS)).makeOptionMandatory())
    .requiredOption('--out <folder>', 'folder to write to; made where it is missing')
    .option('--od <file>', "trips of this origin-destination table (.csv) instead of the input's")
    .option('--counts <file>', 'trips fitted to these counts of roads and turns (.csv)')
    .option('--json', 'print files and what is lost as one JSON document')
    .action(runExport);
}

/** Draws of departures and of trips that are doubled or left out: one demand per table. */
const DEMAND_SEED = 1;
const GOOD_GEH = 5;

async function runExport(input: string, { format, out, od, counts, json }: ExportOptions): Promise<void> {
  const loaded = await loadScenario(input);
  const asked =
    od === undefined ? loaded : await readOriginDestination(openFile(od), loaded.scenario.city, DEMAND_SEED);
  let { scenario } = asked;
  let fits: readonly CountFit[] = [];
  if (counts !== undefined) {
    const scaled = scaleToCounts(
      scenario.city,
      scenario.demand,
      await readCounts(openFile(counts), scenario),
      DEMAND_SEED,
    );
    scenario = { ...scenario, demand: scaled.demand };
    fits = scaled.fits;
  }
  const written = WRITERS[format]?.(scenario);
  if (written === undefined) throw new UrbaneError('bad-usage', `There is no format "${format}".`);
  await mkdir(out, { recursive: true }).catch((fault: NodeJS.ErrnoException) => {
    throw new UrbaneError(
      'missing-file',
      `${out} cannot be made (${fault.code}).`,
      'Name a folder that may be written.',
    );
  });
  const files: string[] = [];
  for (const { name, text } of written.files) {
    const path = join(out, name);
    await writeOutput(path, text);
    files.push(path);
  }
  if (json) {
    const rows = fits.map(({ road, to, ...fit }) => ({
      road: scenario.city.roads[road]?.id,
      ...(to === undefined ? {} : { to: scenario.city.roads[to]?.id }),
      ...fit,
    }));
    process.stdout.write(`${JSON.stringify({ files, lost: written.lost, fits: rows })}\n`);
    return;
  }
  const isGood = (flow: 'beforePerH' | 'modelledPerH') =>
    fits.filter((fit) => gehOf(fit[flow], fit.countedPerH) < GOOD_GEH).length;
  const fitted =
    fits.length === 0
      ? []
      : [
          `  counts: GEH below ${GOOD_GEH} on ${isGood('modelledPerH')} of ${fits.length}, ${isGood('beforePerH')} before`,
        ];
  const notes = od === undefined ? [] : asked.report.dropped.map(({ element, why }) => `  dropped: ${element}: ${why}`);
  const lost = written.lost.map((sentence) => `  not in this format: ${sentence}`);
  process.stdout.write(`${[...files, ...fitted, ...notes, ...lost].join('\n')}\n`);
}
