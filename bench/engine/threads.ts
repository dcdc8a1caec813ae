import type { Scenario } from '../../src/demand/demand.ts';
import { createMachine } from '../../src/field/sim/compiled.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { createEngine } from '../../src/sim/engine.ts';
import { type Crew, runPhase, workInTurns } from '../../src/sim/step.ts';
import type { World } from '../../src/sim/world.ts';
import { alignColumns } from '../../src/trial/table.ts';

/** One thread against several on the same run. */
export interface ThreadRun {
  readonly threads: number;
  /** Processor seconds of the run on one thread. */
  readonly aloneS: number;
  /** Wall seconds on one thread and on several, and wall over processor time on one: near 1 on a machine at rest. */
  readonly aloneWallS: number;
  readonly wallS: number;
  /**
   * Seconds of the longest way through the run on several threads: of each phase the slowest share, measured one after the
   * other on one thread, and all that is done by one thread alone. What several threads reach when each has a core.
   */
  readonly longestS: number;
  /** By phase (step.ts) and last what one thread does alone: share of the time. */
  readonly parts: readonly number[];
  readonly sameBytes: boolean;
}

const PHASES = 5;

function cpuS(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** Does the shares in turns and notes the time of each. */
class TimedCrew implements Crew {
  readonly #crew: Crew;
  readonly sumS = new Float64Array(PHASES);
  readonly slowestS = new Float64Array(PHASES);

  constructor(world: World, parts: number) {
    this.#crew = workInTurns(world, parts);
  }

  get worlds(): readonly World[] {
    return this.#crew.worlds;
  }

  run(phase: number): void {
    let slowest = 0;
    for (const world of this.worlds) {
      const begun = performance.now();
      runPhase(world, phase);
      const took = (performance.now() - begun) / 1000;
      slowest = Math.max(slowest, took);
      this.sumS[phase]! += took;
    }
    this.slowestS[phase]! += slowest;
  }

  exchange(world: World): void {
    this.#crew.exchange(world);
  }

  close(): void {
    this.#crew.close();
  }
}

/** Drives the scenario's window on one thread, on `threads`, and once more in turns to time the shares. */
export function measureThreads(scenario: Scenario, seed: number, threads: number): ThreadRun {
  const steps = Math.round((scenario.endMs - scenario.beginMs) / 1000);
  const drive = (count: number) => {
    const engine = createCompiledEngine(scenario, { seed, threads: count });
    const [cpu, wall] = [cpuS(), performance.now()];
    for (let i = 0; i < steps; i++) engine.step();
    const took = { cpu: cpuS() - cpu, wall: (performance.now() - wall) / 1000, hash: engine.hash() };
    engine.dispose();
    return took;
  };
  const alone = drive(1);
  const together = drive(threads);
  const crews: TimedCrew[] = [];
  const engine = createEngine(scenario, {
    seed,
    machine: createMachine(),
    crew: (world) => {
      const crew = new TimedCrew(world, threads);
      crews.push(crew);
      return crew;
    },
  });
  const begun = performance.now();
  for (let i = 0; i < steps; i++) engine.step();
  const totalS = (performance.now() - begun) / 1000;
  const [crew] = crews;
  if (crew === undefined) throw new Error('an engine makes its crew');
  const sum = crew.sumS.reduce((a, b) => a + b, 0);
  const serialS = totalS - sum;
  return {
    threads,
    aloneS: alone.cpu,
    aloneWallS: alone.wall,
    wallS: together.wall,
    longestS: serialS + crew.slowestS.reduce((a, b) => a + b, 0),
    parts: [...crew.sumS, serialS].map((seconds) => seconds / totalS),
    sameBytes: together.hash === alone.hash && engine.hash() === alone.hash,
  };
}

/** Rows of `measureThreads` as a table. */
export function formatThreads(rows: readonly (ThreadRun & { readonly name: string })[]): string {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const table = rows.map((row) => [
    row.name,
    String(row.threads),
    `${row.aloneS.toFixed(2)} s`,
    `${(row.aloneWallS / row.longestS).toFixed(2)} x`,
    `${(row.aloneWallS / row.wallS).toFixed(2)} x`,
    row.aloneS / row.aloneWallS < 0.9 ? 'b' : '',
    row.sameBytes ? 'yes' : 'NO',
    row.parts.map(percent).join(' '),
  ]);
  const head = [
    'grid',
    'threads',
    'one thread',
    'by shares',
    'by the clock',
    '',
    'same bytes',
    'plan decide move note change alone',
  ];
  return alignColumns([head, ...table]);
}
