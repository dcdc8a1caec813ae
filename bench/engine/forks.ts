import type { Scenario } from '../../src/demand/demand.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { findSurroundings } from '../../src/sim/surroundings.ts';
import { median } from '../../src/trial/statistics.ts';
import { alignColumns } from '../../src/trial/table.ts';

/** What forks of a running city cost, in milliseconds, medians. */
export interface ForkTimes {
  readonly junctions: number;
  readonly vehicles: number;
  /** A new fork, and one that uses the memory of an older one. */
  readonly newMs: number;
  readonly againMs: number;
  /** One junction's surroundings, by radius in roads: vehicles, the fork, and one decision tried (fork, show, 20 s, read). */
  readonly parts: readonly { radius: number; vehicles: number; forkMs: number; trialMs: number }[];
  readonly saveMs: number;
  readonly saveBytes: number;
}

const RUNS = 101;
const RADII = [1, 2] as const;
const TRIAL_S = 20;

/**
 * Median milliseconds of `work` by the clock, `batch` times between two looks at it: too short for processor time, which the
 * system counts in ticks, and mostly too short for other programs to come in between.
 */
function timeOf(work: (k: number) => void, batch: number): number {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const begun = performance.now();
    for (let k = 0; k < batch; k++) work(run * batch + k);
    times.push((performance.now() - begun) / batch);
  }
  return median(times);
}

/** Drives the scenario for `seconds` and then forks it, whole and in parts, over and over. */
export function measureForks(scenario: Scenario, seconds: number): ForkTimes {
  const { city } = scenario;
  const engine = createCompiledEngine(scenario, { seed: 1 });
  for (let i = 0; i < seconds; i++) engine.step();
  const before = engine.hash();
  const newMs = timeOf(() => engine.fork(), 1);
  const older = engine.fork();
  const parts = RADII.map((radius) => {
    const signalled = city.junctions.flatMap(({ signal }, junction) => (signal >= 0 ? [junction] : []));
    const places = signalled.slice(0, 64).map((junction) => findSurroundings(city, junction, radius));
    const room = engine.forkPart(places[0]!);
    let vehicles = 0;
    for (const place of places) vehicles += engine.forkPart(place, room).present / places.length;
    const forkMs = timeOf((k) => engine.forkPart(places[k % places.length]!, room), 64);
    let lossS = 0;
    const trialMs = timeOf((k) => {
      const place = places[k % places.length]!;
      const fork = engine.forkPart(place, room);
      const signal = place.signals[k % place.signals.length]!;
      fork.show(signal, engine.lamps[signal]!);
      for (let i = 0; i < TRIAL_S; i++) fork.step();
      lossS += fork.timeLossS;
    }, 16);
    if (!(lossS > 0)) throw new Error('nobody lost time in a partial fork');
    return { radius, vehicles, forkMs, trialMs };
  });
  const againMs = timeOf(() => engine.fork(older), 4);
  const saveMs = timeOf(() => engine.save(), 1);
  if (engine.hash() !== before) throw new Error('a fork touched its original');
  return {
    junctions: city.junctions.filter(({ signal }) => signal >= 0).length,
    vehicles: engine.present,
    newMs,
    againMs,
    parts,
    saveMs,
    saveBytes: engine.save().length,
  };
}

/** `measureForks` as a table. */
export function formatForks({ junctions, vehicles, newMs, againMs, parts, saveMs, saveBytes }: ForkTimes): string {
  const ms = (time: number) => `${time < 0.1 ? time.toFixed(4) : time.toFixed(2)} ms`;
  const rows = [
    ['fork', 'vehicles', 'time', 'floor'],
    [`${junctions} junctions, new`, String(vehicles), ms(newMs), '2 ms'],
    [`${junctions} junctions, memory used again`, String(vehicles), ms(againMs), '2 ms'],
    ...parts.flatMap((part) => [
      [`one junction, radius ${part.radius}`, part.vehicles.toFixed(0), ms(part.forkMs), '0.1 ms'],
      [`  with ${TRIAL_S} s run ahead`, part.vehicles.toFixed(0), ms(part.trialMs), '-'],
    ]),
    [`saved, ${(saveBytes / 1e6).toFixed(2)} MB`, String(vehicles), ms(saveMs), '-'],
  ];
  return alignColumns(rows);
}
