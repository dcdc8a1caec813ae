/**
 * What a step costs: `node src/sim/engine.bench.ts [STEPS]`. A grid of 121 signals with two lanes a road, loaded for 400 s
 * first; processor time, which other work on the machine disturbs least, minimum and mean ± deviation over batches.
 */
import { gridTown, scenario, wanderers } from '../../tests/sim/town.ts';
import { createEngine } from './engine.ts';

const BATCH = 50;
const steps = Number(process.argv[2] ?? 1000);
const city = gridTown(11, 200, ['signal'], [2]);
const engine = createEngine(scenario(city, wanderers(city, 1, 12_000, 25, 1800), 3600), { seed: 1 });
for (let i = 0; i < 400; i++) engine.step();

const nanoseconds: number[] = [];
let seen = 0;
for (let done = 0; done < steps; done += BATCH) {
  const before = engine.vehicleSeconds;
  const started = process.cpuUsage();
  for (let i = 0; i < BATCH; i++) engine.step();
  const { user, system } = process.cpuUsage(started);
  nanoseconds.push(((user + system) * 1000) / (engine.vehicleSeconds - before));
  seen += engine.frame.count;
}
const mean = nanoseconds.reduce((sum, value) => sum + value, 0) / nanoseconds.length;
const deviation = Math.sqrt(nanoseconds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / nanoseconds.length);
process.stdout.write(
  `${city.signals.length} signals, ${(seen / nanoseconds.length).toFixed(0)} vehicles: per vehicle-second min ` +
    `${Math.min(...nanoseconds).toFixed(0)} ns, mean ${mean.toFixed(0)} ± ${deviation.toFixed(0)} ns; hash ${engine.hash()}\n`,
);
