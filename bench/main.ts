/**
 * `npm run bench -- NAME [options]`: measurements too long for `npm test`. Each prints its machine, date and seeds, and
 * every figure in the README and docs comes from one of them.
 */
import { cpus } from 'node:os';
import { UrbaneError } from '../src/units/errors.ts';

interface Bench {
  run(args: string[]): Promise<void>;
}

const BENCHES: Readonly<Record<string, { what: string; options?: string; load: () => Promise<Bench> }>> = {
  signals: {
    what: 'controllers on real scenarios, SUMO as judge: delays, side streets, broken sensors, cost',
    options: '[--quick] [--only NAME,...] [--controllers NAME,...] [--seeds N] [--jobs N] [--healthy] [--kept]',
    load: () => import('./signals.ts'),
  },
  tune: {
    what: "signal plans of urbane tune in SUMO, beside the shipped ones and those of SUMO's own tools",
    options: '[--only NAME,...] [--others] [--seeds N] [--runs N] [--jobs N] [--plans DIR]',
    load: () => import('./tune.ts'),
  },
  engine: {
    what: 'our engine beside SUMO: accuracy and speed',
    options: '[--quick] [--only NAME,...] [--seeds N] [--draw N] [--fresh]',
    load: () => import('./engine.ts'),
  },
  loops: {
    what: 'loops as the sensor layer sees them, our engine beside SUMO',
    options: '[--scenarios NAME,...] [--seeds N]',
    load: () => import('./loops.ts'),
  },
  properties: {
    what: 'properties of our engine on thousands of random towns: physics, forks, saved runs, threads, closures',
    options: '[--quick] [--runs N] [--seed S]',
    load: () => import('./properties.ts'),
  },
  guard: {
    what: 'a million random command sequences against the guard, checked independently',
    load: () => import('./guard.ts'),
  },
  demo: {
    what: 'the demo city: real-time factor of both runs on one core, memory over a long run',
    options: '[--rounds N] [--minutes N] [--controller NAME] [--seed S]',
    load: () => import('./demo.ts'),
  },
  read: {
    what: 'speed and memory of the readers: 100 MB of SUMO XML, a large .osm.pbf, Nanchang',
    options: '[--only NAME,...]',
    load: () => import('./read.ts'),
  },
  newcomer: {
    what: 'the way of docs/operator/your-city.md on both extracts, the time of each step',
    load: () => import('./newcomer.ts'),
  },
  cities: {
    what: 'extracts of OpenStreetMap as living cities: level of demand they carry, our engine beside SUMO',
    options: '[--seeds N] [EXTRACT...]',
    load: () => import('./cities.ts'),
  },
  formats: {
    what: 'CityFlow beside its SUMO conversions, round trips through SUMO and plan tables',
    options: '[--seeds N] [--no-sumo]',
    load: () => import('./formats.ts'),
  },
  measures: {
    what: 'measures of controller logs: rows met of the expected tables, speed beside DuckDB SQL, live events',
    options: '[--only PART]',
    load: () => import('./measures.ts'),
  },
  configuration: {
    what: 'phase and function of detectors inferred from real controller logs, against their labels',
    load: () => import('./configuration.ts'),
  },
  alerts: {
    what: 'alerts from three weeks of tables, and faults injected into real controller logs: found, time to alert, false',
    load: () => import('./alerts.ts'),
  },
  page: {
    what: 'frames per second of the page with 3,000 vehicles in view',
    options: '[--vehicles N] [--minutes N] [--path PATH]',
    load: () => import('./page.ts'),
  },
};

type Entry = (typeof BENCHES)[string];

function usageOf(name: string, { what, options }: Entry): string {
  return `npm run bench -- ${[name, options].join(' ').trim()}\n  ${what}\n`;
}

function isBadOption(fault: unknown): fault is Error {
  return fault instanceof Error && 'code' in fault && String(fault.code).startsWith('ERR_PARSE_ARGS');
}

async function measure(name: string, bench: Entry, args: string[]): Promise<void> {
  const cpu = cpus();
  process.stdout.write(
    `machine: ${cpu.length} x ${cpu[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  try {
    await (await bench.load()).run(args);
  } catch (fault) {
    if (fault instanceof UrbaneError) {
      process.stderr.write(`${fault.message}\n  ${fault.remedy}\n`);
      process.exitCode = fault.exitCode;
    } else if (isBadOption(fault)) {
      process.stderr.write(`${fault.message.split('. ')[0]}.\n${usageOf(name, bench)}`);
      process.exitCode = 2;
    } else throw fault;
  }
}

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  const list = Object.entries(BENCHES).map(([key, { what }]) => `  ${key.padEnd(14)} ${what}`);
  process.stderr.write(`npm run bench -- NAME [options], or NAME --help\n${list.join('\n')}\n`);
  process.exitCode = name === '' ? 0 : 2;
} else if (args.includes('--help')) process.stdout.write(usageOf(name, bench));
else await measure(name, bench, args);
