import { readdirSync, readFileSync } from 'node:fs';
import type { Scenario } from '../../src/demand/demand.ts';
import { createMachine } from '../../src/field/sim/compiled.ts';
import { runTimed } from '../../src/field/sim/crew.ts';
import { createCompiledEngine } from '../../src/field/sim/engine.ts';
import { createEngine } from '../../src/sim/engine.ts';
import { type Crew, PHASE, workInTurns } from '../../src/sim/step.ts';
import type { World } from '../../src/sim/world.ts';
import { alignColumns } from '../../src/trial/table.ts';
import { LAST_PART_S } from './ours.ts';
import { quantile } from './statistics.ts';

/** One thread against several on the same run. */
export interface ThreadRun {
  readonly threads: number;
  /** Processor seconds of the run on one thread. */
  readonly aloneS: number;
  /** Wall seconds on one thread and on several, and wall over processor time on one: near 1 on a machine at rest. */
  readonly aloneWallS: number;
  readonly wallS: number;
  /** Wall seconds of the last `LAST_PART_S` of the window on several. */
  readonly lastWallS: number;
  /** Wall time on one over wall time on several threads: the median over blocks of steps in which no thread waited for a processor. */
  readonly timesFaster: number;
  /** Blocks, and those of them. */
  readonly blocks: number;
  readonly freeBlocks: number;
  /**
   * What several threads reach when each has a processor: the time of a run whose shares are done one after the other by one thread, over
   * that of its longest way, of each phase the slowest share and all that is done by one thread alone.
   */
  readonly byShares: number;
  /** By phase (step.ts) and last what one thread does alone: share of the time. */
  readonly parts: readonly number[];
  readonly sameBytes: boolean;
}

const PHASES = Object.keys(PHASE).length;
/** Steps that an engine drives before it is the other's turn. */
const BLOCK_STEPS = 10;
/** Threads that were ready for longer than this share of a block without a processor were disturbed by others. */
const DISTURBED = 0.03;
/** Where the kernel says how long a process's threads were ready without running (Linux). */
const TASKS = '/proc/self/task';

function cpuS(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** Seconds that all threads of this process were ready without a processor; 0 where the kernel does not tell. */
function queuedS(): number {
  try {
    const waited = readdirSync(TASKS).map((task) => readFileSync(`${TASKS}/${task}/schedstat`, 'utf8').split(' ')[1]);
    return waited.reduce((sum, ns) => sum + Number(ns) / 1e9, 0);
  } catch {
    return 0;
  }
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
      runTimed(world, phase);
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

/** Drives the scenario's window on one thread and on `threads` in turns, and once more in turns of shares to time those. */
export function measureThreads(scenario: Scenario, seed: number, threads: number): ThreadRun {
  const steps = Math.round((scenario.endMs - scenario.beginMs) / 1000);
  const runs = [1, threads].map((count) => ({
    engine: createCompiledEngine(scenario, { seed, threads: count }),
    cpuS: 0,
    wallS: [] as number[],
    isFree: [] as boolean[],
  }));
  for (let done = 0; done < steps; done += BLOCK_STEPS) {
    for (const run of runs) {
      const queued = queuedS();
      const [cpu, wall] = [cpuS(), performance.now()];
      for (let i = done; i < Math.min(steps, done + BLOCK_STEPS); i++) run.engine.step();
      const tookS = (performance.now() - wall) / 1000;
      run.cpuS += cpuS() - cpu;
      run.wallS.push(tookS);
      run.isFree.push(queuedS() - queued < DISTURBED * tookS);
    }
  }
  const [alone, together] = runs.map(({ engine, ...took }) => {
    const hash = engine.hash();
    engine.dispose();
    return { ...took, hash, totalS: took.wallS.reduce((sum, wall) => sum + wall, 0) };
  });
  if (alone === undefined || together === undefined) throw new Error('two engines were to run');
  const ratios = alone.wallS.map((wall, block) => wall / (together.wallS[block] ?? Number.NaN));
  const free = ratios.filter((_, block) => alone.isFree[block] && together.isFree[block]);
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
    aloneS: alone.cpuS,
    aloneWallS: alone.totalS,
    wallS: together.totalS,
    lastWallS: together.wallS.slice(-LAST_PART_S / BLOCK_STEPS).reduce((sum, wall) => sum + wall, 0),
    timesFaster: quantile(free.length > 0 ? free : ratios, 0.5),
    blocks: ratios.length,
    freeBlocks: free.length,
    byShares: totalS / (serialS + crew.slowestS.reduce((a, b) => a + b, 0)),
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
    `${row.byShares.toFixed(2)} x`,
    `${row.timesFaster.toFixed(2)} x`,
    `${row.freeBlocks} of ${row.blocks}`,
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
    'free blocks',
    'whole run',
    '',
    'same bytes',
    [...Object.keys(PHASE), 'alone'].join(' '),
  ];
  return alignColumns([head, ...table]);
}
