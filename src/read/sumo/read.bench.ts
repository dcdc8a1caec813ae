/**
 * How fast a network and its demand are read: `node src/read/sumo/read.bench.ts PATH [RUNS]` (a folder or a .sumocfg).
 * Prints processor time, which other work on the machine disturbs least: minimum and mean ± deviation after one warm run.
 */
import { loadScenario } from '../../field/load.ts';

const [path, runs = '10'] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write('name a folder with a .sumocfg\n');
  process.exit(2);
}
await loadScenario(path);
const seconds: number[] = [];
let trips = 0;
let lanes = 0;
for (let i = 0; i < Number(runs); i++) {
  const started = process.cpuUsage();
  const { scenario } = await loadScenario(path);
  const { user, system } = process.cpuUsage(started);
  seconds.push((user + system) / 1e6);
  trips = scenario.demand.trips.length;
  lanes = scenario.city.lanes.length;
}
const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
const deviation = Math.sqrt(seconds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seconds.length);
process.stdout.write(
  `${path}: ${lanes} lanes, ${trips} trips, min ${Math.min(...seconds).toFixed(3)} s, ` +
    `mean ${mean.toFixed(3)} ± ${deviation.toFixed(3)} s over ${seconds.length} runs\n`,
);
