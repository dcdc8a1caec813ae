import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDemoScenario } from '../src/demo/city.ts';
import { Pair } from '../src/server/pair.ts';

/** A snapshot for every two simulated seconds: five a second at 10 x real time. */
const SNAPSHOT_EVERY_S = 2;

/**
 * Both runs of the demo city in one thread, snapshots for the page included: simulated seconds per second of processor
 * time (so that other work on the machine does not count), vehicles, figures, and memory after collecting garbage.
 * `--rounds N` goes through the window N times, `--minutes M` stops each round after M minutes.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      controller: { type: 'string', default: 'predictive' },
      seed: { type: 'string', default: '1' },
    },
  });
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const seed = Number(values.seed);
  const begunMs = performance.now();
  const scenario = createDemoScenario({ seed });
  await using pair = new Pair({ scenario, seed, controller: values.controller, sensors: 'camera' });
  process.stdout.write(`${scenario.city.signals.length} signals, ${scenario.demand.trips.length} trips, `);
  process.stdout.write(
    `built in ${((performance.now() - begunMs) / 1000).toFixed(1)} s; ${values.controller}, seed ${seed}\n`,
  );
  process.stdout.write(
    'time   present (without, with)   delay s (without, with)   waiting s (without, with)   x real time   heap MB\n',
  );
  const lastS = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * 60;
  let [simulatedS, spentS, slowest] = [0, 0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < Number(values.rounds); round++) {
    if (round > 0) await pair.restart();
    for (let second = 0; pair.timeMs < pair.endMs && second < lastS; ) {
      const before = process.cpuUsage();
      const from = second;
      for (; second < from + 600 && pair.timeMs < pair.endMs && second < lastS; second++) {
        await pair.step();
        if (second % SNAPSHOT_EVERY_S === 0) {
          pair.remember(pair.figures());
          pair.scenes();
        }
      }
      const { user, system } = process.cpuUsage(before);
      const factor = (second - from) / ((user + system) / 1e6);
      simulatedS += second - from;
      spentS += (user + system) / 1e6;
      slowest = Math.min(slowest, factor);
      collect();
      const { without, with: brain } = pair.figures();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      process.stdout.write(
        `${[
          new Date(pair.timeMs).toISOString().slice(11, 16),
          `${without.present} ${brain.present}`.padStart(16),
          `${without.delayS.toFixed(1)} ${brain.delayS.toFixed(1)}`.padStart(26),
          `${without.waitingS.toFixed(1)} ${brain.waitingS.toFixed(1)}`.padStart(27),
          factor.toFixed(1).padStart(20),
          ((heapUsed + arrayBuffers) / 1e6).toFixed(0).padStart(10),
        ].join(' ')}\n`,
      );
    }
  }
  const { without, with: brain } = pair.figures();
  process.stdout.write(`arrived of ${without.due} due: without ${without.arrived}, with ${brain.arrived}\n`);
  process.stdout.write(
    `${(simulatedS / spentS).toFixed(1)} x real time on one core over all, ${slowest.toFixed(1)} x in the slowest ten minutes\n`,
  );
}
