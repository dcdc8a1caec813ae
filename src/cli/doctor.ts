import type { Command } from 'commander';
import type { City } from '../city/city.ts';
import { DOUBTS, type Doubt, listDoubts } from '../city/doubts.ts';
import { createToLonLat } from '../city/projection.ts';
import { openFile } from '../field/files.ts';
import { INPUTS, loadCity } from '../field/load.ts';
import { applyPlans, placeDetectors } from '../read/plans/apply.ts';
import { readPlanFiles } from '../read/plans/read.ts';
import { UrbaneError } from '../units/errors.ts';

interface DoctorOptions {
  readonly plans?: readonly string[];
  readonly json?: true;
}

/** How many of one kind a person is shown; `--json` holds all. */
const SHOWN = 5;

/** `urbane doctor`: what is doubtful in a city and its plans, most harmful first, with a place to look. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description('list what is doubtful in a city and its plans, most harmful first')
    .argument('<city>', INPUTS)
    .option('--plans <files...>', 'timing plans, schedules and detectors to look at on this city')
    .option('--json', 'print every doubt as one JSON document')
    .action(runDoctor);
}

interface Found extends Omit<Doubt, 'kind'> {
  readonly kind: string;
}

async function runDoctor(input: string, { plans, json }: DoctorOptions): Promise<void> {
  const { city: whole, report } = await loadCity(input);
  const { city, refused } = await planned(whole, plans ?? []);
  const found: Found[] = [...refused, ...listDoubts(city)];
  const toLonLat = createToLonLat(city);
  const placed = found.map((doubt) => {
    const [lon, lat] = toLonLat(doubt.x, doubt.y);
    return { ...doubt, lon, lat };
  });
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ city: city.name, version: city.version, doubts: placed, notes: report.warnings })}\n`,
    );
    return;
  }
  const kinds = [...new Set(placed.map(({ kind }) => kind))];
  const isMap = city.projection.definition !== null;
  const lines = kinds.flatMap((kind) => {
    const own = placed.filter((doubt) => doubt.kind === kind);
    const rows = own.slice(0, SHOWN).map(({ element, sentence, lon, lat, x, y }) => {
      const place = isMap ? `${lat}, ${lon}` : `x ${Math.round(x)}, y ${Math.round(y)}`;
      return `  ${element} (${place}): ${sentence}`;
    });
    return [
      `${kind}: ${own.length}`,
      ...rows,
      ...(own.length > SHOWN ? [`  and ${own.length - SHOWN} more; --json lists them all`] : []),
    ];
  });
  const notes = report.warnings.slice(0, SHOWN).map((warning) => `note: ${warning}`);
  const head = `${city.name}: ${placed.length === 0 ? 'nothing doubtful' : `${placed.length} doubts, most harmful first`} (looked for ${DOUBTS.length} kinds)`;
  process.stdout.write(`${[head, ...lines, ...notes].join('\n')}\n`);
}

/** The city with its plans, and what keeps them from it: each lost detector, or the first contradiction. */
async function planned(city: City, files: readonly string[]): Promise<{ city: City; refused: Found[] }> {
  if (files.length === 0) return { city, refused: [] };
  const at = (kind: string, element: string, sentence: string): Found => ({ kind, element, x: 0, y: 0, sentence });
  try {
    const book = await readPlanFiles(files.map((file) => openFile(file)));
    const { lost } = placeDetectors(city, book.detectors);
    const refused = lost.map(({ detector, fault }) =>
      at('detector without a lane', `${detector.signal} ${detector.channel}`, fault.message),
    );
    const sound = book.detectors.filter((detector) => lost.every((one) => one.detector !== detector));
    return { city: applyPlans(city, { ...book, detectors: sound }, null).city, refused };
  } catch (fault) {
    if (!(fault instanceof UrbaneError) || fault.code !== 'bad-input') throw fault;
    return {
      city,
      refused: [at('plans that contradict themselves', files.join(', '), `${fault.message} ${fault.remedy}`)],
    };
  }
}
