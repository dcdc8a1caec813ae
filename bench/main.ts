/**
 * `npm run bench -- NAME [options]`: measurements too long for `npm test`. Each prints its machine, date and seeds, and
 * every figure in the README and docs comes from one of them.
 */
import { cpus } from 'node:os';
import { UrbaneError } from '../src/units/errors.ts';

interface Bench {
  run(args: string[]): Promise<void>;
}

const BENCHES: Readonly<Record<string, { what: string; load: () => Promise<Bench> }>> = {
  signals: {
    what: 'controllers on real scenarios, SUMO as judge: delays, side streets, broken sensors, cost',
    load: () => import('./signals.ts'),
  },
  tune: {
    what: "signal plans of urbane tune in SUMO, beside the shipped ones and those of SUMO's own tools",
    load: () => import('./tune.ts'),
  },
  engine: { what: 'our engine beside SUMO: accuracy and speed', load: () => import('./engine.ts') },
  loops: { what: 'loops as the sensor layer sees them, our engine beside SUMO', load: () => import('./loops.ts') },
  properties: {
    what: 'properties of our engine on thousands of random towns: physics, forks, saved runs, threads, closures',
    load: () => import('./properties.ts'),
  },
  guard: {
    what: 'a million random command sequences against the guard, checked independently',
    load: () => import('./guard.ts'),
  },
  demo: {
    what: 'the demo city: real-time factor of both runs on one core, memory over a long run',
    load: () => import('./demo.ts'),
  },
  read: {
    what: 'speed and memory of the readers: 100 MB of SUMO XML, a large .osm.pbf, Nanchang',
    load: () => import('./read.ts'),
  },
  newcomer: {
    what: 'the way of docs/operator/your-city.md on both extracts, the time of each step',
    load: () => import('./newcomer.ts'),
  },
  cities: {
    what: 'extracts of OpenStreetMap as living cities: level of demand they carry, our engine beside SUMO',
    load: () => import('./cities.ts'),
  },
  formats: {
    what: 'CityFlow beside its SUMO conversions, round trips through SUMO and plan tables',
    load: () => import('./formats.ts'),
  },
  measures: {
    what: 'measures of controller logs: rows met of the expected tables, speed beside DuckDB SQL, live events',
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
  page: { what: 'frames per second of the page with 3,000 vehicles in view', load: () => import('./page.ts') },
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  const list = Object.entries(BENCHES).map(([key, { what }]) => `  ${key.padEnd(10)} ${what}`);
  process.stderr.write(`npm run bench -- NAME [options]\n${list.join('\n')}\n`);
  process.exitCode = name === '' ? 0 : 2;
} else {
  const cpu = cpus();
  process.stdout.write(
    `machine: ${cpu.length} x ${cpu[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  try {
    await (await bench.load()).run(args);
  } catch (fault) {
    if (!(fault instanceof UrbaneError)) throw fault;
    process.stderr.write(`${fault.message}\n  ${fault.remedy}\n`);
    process.exitCode = fault.exitCode;
  }
}
