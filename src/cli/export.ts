import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Scenario } from '../demand/demand.ts';
import { loadScenario } from '../field/load.ts';
import { writeCityFlow } from '../read/cityflow/write.ts';
import { extractPlans } from '../read/plans/extract.ts';
import { writeTables } from '../read/plans/table.ts';
import { writeUtdf } from '../read/plans/utdf.ts';
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
  readonly json?: true;
}

/** `urbane export`: a city or scenario in another program's format, and what that format cannot hold. */
export function register(program: Command): void {
  program
    .command('export')
    .description('write a city or scenario in the format of another program')
    .argument('<input>', 'what `urbane import` reads')
    .addOption(new Option('--format <name>', 'format to write').choices(Object.keys(WRITERS)).makeOptionMandatory())
    .requiredOption('--out <folder>', 'folder to write to; made where it is missing')
    .option('--json', 'print files and what is lost as one JSON document')
    .action(runExport);
}

async function runExport(input: string, { format, out, json }: ExportOptions): Promise<void> {
  const { scenario } = await loadScenario(input);
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
  const lost = written.lost.map((sentence) => `  not in this format: ${sentence}`);
  process.stdout.write(
    json ? `${JSON.stringify({ files, lost: written.lost })}\n` : `${[...files, ...lost].join('\n')}\n`,
  );
}
