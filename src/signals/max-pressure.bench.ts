/**
 * What a control second costs our side: sensor layer, view and max-pressure on a real network with random vehicles.
 * Run: `node src/signals/max-pressure.bench.ts SCENARIO [vehicles per signal]` with Node 24.
 */
import { cpus } from 'node:os';
import { createFrame } from '../city/frame.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import { loadCity } from '../field/load.ts';
import { SensorLayer } from '../street/sensors.ts';
import { drawUniform } from '../units/random.ts';
import type { SignalStatus } from './controller.ts';
import { CONTROLLERS } from './registry.ts';

const SEED = 1;
const WARM_UP = 50;
const ROUNDS = 200;

const [path, perSignal = '20'] = process.argv.slice(2);
if (path === undefined) throw new Error('name a scenario');
const { city } = await loadCity(path);
const signals = city.signals.map((_, signal) => signal);
const count = signals.length * Number(perSignal);
const frames = Array.from({ length: 10 }, (_, step) => {
  const frame = createFrame(count);
  frame.timeMs = step * 1000;
  frame.count = count;
  for (let i = 0; i < count; i++) {
    const lane = Math.floor(drawUniform(SEED, i, 0, 1) * city.lanes.length);
    const { lengthM } = city.lanes[lane]!;
    frame.slot[i] = i;
    frame.segment[i] = lane;
    frame.posM[i] = Math.min(lengthM, lengthM * drawUniform(SEED, i, 0, 2) + step);
    frame.speedMps[i] = 1;
    frame.lengthM[i] = 5;
  }
  return frame;
});
const lamps = city.signals.map((signal) => getOwnProgram(signal).phases[0]!.state);
const status: SignalStatus[] = city.signals.map((signal) => ({
  stage: listGreens(getOwnProgram(signal))[0] ?? 0,
  changing: false,
  greenSinceMs: 0,
  mayChange: true,
}));

process.stdout.write(
  `${city.name}: ${signals.length} signals, ${count} vehicles; ${cpus()[0]?.model}, Node ${process.versions.node}, seed ${SEED}\n`,
);
for (const level of ['camera', 'loops'] as const) {
  for (const name of ['max-pressure', 'max-pressure-halted', 'actuated']) {
    const layer = new SensorLayer(city, { level, seed: SEED });
    const controller = CONTROLLERS[name]!({ city, signals })!;
    const times: number[] = [];
    let chosen = 0;
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const frame = frames[round % frames.length]!;
      frame.timeMs = round * 1000;
      const startMs = performance.now();
      controller.observe(layer.observe(frame, lamps));
      for (const { stage } of controller.decide(frame.timeMs, status)) chosen += stage;
      if (round >= WARM_UP) times.push(performance.now() - startMs);
    }
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length);
    const per100 = (100 * mean) / signals.length;
    process.stdout.write(
      `${level.padEnd(6)} ${name.padEnd(20)} min ${Math.min(...times).toFixed(2)} ms, mean ${mean.toFixed(2)} ± ${deviation.toFixed(2)} ms ` +
        `= ${per100.toFixed(2)} ms per 100 signals (check ${chosen})\n`,
    );
  }
}
