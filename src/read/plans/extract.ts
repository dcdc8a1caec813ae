import type { City, Program } from '../../city/city.ts';
import { listGreens } from '../../city/greens.ts';
import { type PlanBook, type PlanPhase, roadWord, type TimingPlan } from './book.ts';

const USUAL_MIN_GREEN_S = 5;

/**
 * The programs of a city as a book: one ring, a phase per stage, clearances as they stand behind it. Links of one road and
 * turn that a stage shows differently, and crossings, cannot be told apart by words: `lost` says where.
 */
export function extractPlans(city: City): { book: PlanBook; lost: string[] } {
  const lost: string[] = [];
  const plans = city.signals.flatMap((_, signal) =>
    (city.signals[signal]?.programs ?? []).flatMap((program) => {
      const plan = planOf(city, signal, program, lost);
      return plan === null ? [] : [plan];
    }),
  );
  return { book: { plans, schedule: [], detectors: [] }, lost };
}

function planOf(city: City, signal: number, program: Program, lost: string[]): TimingPlan | null {
  const { id, links } = city.signals[signal] ?? { id: '', links: [] };
  const stages = listGreens(program);
  if (stages.length === 0) {
    lost.push(`program ${program.id} of signal ${id}: it has no stage`);
    return null;
  }
  const { phases } = program;
  const cycleS = phases.reduce((sum, { durationS }) => sum + durationS, 0);
  const firstAtS = phases.slice(0, stages[0]).reduce((sum, { durationS }) => sum + durationS, 0);
  let mixed = 0;
  const rows = stages.map((stage, k): PlanPhase => {
    const next = stages[k + 1] ?? (stages[0] ?? 0) + phases.length;
    const behind = Array.from({ length: next - stage - 1 }, (_, i) => phases[(stage + 1 + i) % phases.length]);
    const { state = '', durationS = 0, minS } = phases[stage] ?? {};
    const sumOf = (isYellow: boolean) =>
      behind.reduce(
        (sum, phase) => sum + (phase !== undefined && /[yYu]/.test(phase.state) === isYellow ? phase.durationS : 0),
        0,
      );
    const lampsOf = new Map<string, Set<string>>();
    links.forEach((_, link) => {
      const word = roadWord(city, signal, link);
      if (word !== null) lampsOf.set(word, (lampsOf.get(word) ?? new Set()).add(state.charAt(link)));
    });
    mixed += [...lampsOf.values()].filter((lamps) => lamps.size > 1).length;
    const having = (lamp: string) => [...lampsOf].filter(([, lamps]) => lamps.has(lamp)).map(([word]) => word);
    const [yellowS, allRedS] = [sumOf(true), sumOf(false)];
    return {
      phase: k + 1,
      ring: 1,
      barrier: 1,
      position: k + 1,
      movements: having('G'),
      permitted: having('g'),
      splitS: durationS + yellowS + allRedS,
      minGreenS: Math.min(durationS, minS ?? USUAL_MIN_GREEN_S),
      maxGreenS: phases[stage]?.maxS ?? null,
      yellowS,
      allRedS,
      walkS: 0,
      pedClearS: 0,
      passageS: null,
    };
  });
  if (mixed > 0)
    lost.push(`program ${program.id} of signal ${id}: ${mixed} times lanes of one road and turn show different lamps`);
  if (phases.some(({ state }) => state.includes('s')))
    lost.push(`program ${program.id} of signal ${id}: stop, then go (right turns on red)`);
  if (city.crossings.some((crossing) => crossing.signal === signal))
    lost.push(`program ${program.id} of signal ${id}: its crossings`);
  return {
    signal: id,
    plan: program.id,
    cycleS,
    offsetS: (program.offsetS + firstAtS) % cycleS,
    reference: 1,
    phases: rows,
  };
}
