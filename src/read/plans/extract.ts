import type { City, Program } from '../../city/city.ts';
import type { Detector, PlanPhase } from '../../city/control.ts';
import { isGreen, listGreens } from '../../city/greens.ts';
import { type DetectorRow, type PlanBook, type PlanTime, roadWord, type TimingPlan } from './book.ts';

const USUAL_MIN_GREEN_S = 5;

/**
 * Programs, schedules and detectors of a city as a book. A program that was made of rings is them again; another is one ring, a phase
 * per stage, clearances as they stand behind it, and detectors call the first stage that serves their lane. Links of one road
 * and turn that a stage shows differently, and crossings, cannot be told apart by words: `lost` says where.
 */
export function extractPlans(city: City): { book: PlanBook; lost: string[] } {
  const lost: string[] = [];
  const plans = city.signals.flatMap(({ id, programs }, signal) =>
    programs.flatMap((program): TimingPlan[] => {
      if (program.rings !== undefined) return [{ signal: id, plan: program.id, ...program.rings }];
      const plan = planOf(city, signal, program, lost);
      return plan === null ? [] : [plan];
    }),
  );
  const schedule = city.signals.flatMap(({ id, schedule: rows = [] }) =>
    rows.map(({ program, ...row }): PlanTime => ({ signal: id, plan: program, ...row })),
  );
  const detectors = city.detectors.map((detector): DetectorRow => {
    const { id = '', programs: [own] = [] } = city.signals[detector.signal] ?? {};
    const phase = own === undefined || own.rings !== undefined ? detector.phase : phaseOfLane(city, detector, own);
    return { ...detector, phase, signal: id, lane: city.lanes[detector.lane]?.id ?? '' };
  });
  return { book: { plans, schedule, detectors }, lost };
}

/** The phase `planOf` makes of the first stage that serves a detector's lane; 0 where the detector calls none. */
function phaseOfLane(city: City, { lane, phase, signal }: Detector, program: Program): number {
  if (phase === 0) return 0;
  const links = (city.lanes[lane]?.out ?? []).flatMap((m) =>
    city.movements[m]?.signal === signal ? [city.movements[m].link] : [],
  );
  const serving = listGreens(program).findIndex((stage) =>
    links.some((link) => isGreen(program.phases[stage]?.state.charAt(link) ?? '')),
  );
  return serving + 1;
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
