import { groupLinks } from '../../city/build-programs.ts';
import type { City, Phase, Program, Signal } from '../../city/city.ts';
import { withVersion } from '../../city/version.ts';
import { UrbaneError } from '../../units/errors.ts';
import { type ImportReport, ReportBuilder } from '../report.ts';
import {
  checkBook,
  DAYS,
  type DetectorRow,
  MovementWords,
  type PlanBook,
  type PlanPhase,
  type ScheduleRow,
  type TimingPlan,
} from './book.ts';

const LEAST_YELLOW_S = 3;

/** A moment in local time by which a schedule picks its plan. */
export interface LocalMoment {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly minute: number;
  readonly isHoliday: boolean;
}

/**
 * The city with the programs of a plan book on its signals: one per plan, first the one that the schedule names at `at`
 * (the first plan without a schedule or moment). Signals the book does not name keep theirs.
 * Throws UrbaneError `bad-input` on plans that contradict themselves, the signal or the geometry.
 */
export function applyPlans(city: City, book: PlanBook, at: LocalMoment | null): { city: City; report: ImportReport } {
  checkBook(book);
  const report = new ReportBuilder();
  const signalOf = new Map(city.signals.map(({ id }, index) => [id as string, index]));
  const plansOf = new Map<number, TimingPlan[]>();
  for (const plan of book.plans) {
    const signal = signalOf.get(plan.signal);
    if (signal === undefined) {
      throw new UrbaneError(
        'bad-input',
        `The plans name signal "${plan.signal}", which ${city.name} does not have.`,
        `It has ${[...signalOf.keys()].slice(0, 5).join(', ')}${signalOf.size > 5 ? ', ...' : ''}: correct the name, or leave the plan out.`,
      );
    }
    plansOf.set(signal, [...(plansOf.get(signal) ?? []), plan]);
  }
  const [lost] = listLostDetectors(city, book);
  if (lost !== undefined) throw lost.fault;
  const signals = city.signals.map((signal, index): Signal => {
    const plans = plansOf.get(index);
    if (plans === undefined) return signal;
    const running = at === null ? null : findPlanAt(book.schedule, signal.id, at);
    const sorted = [...plans].sort((a, b) => Number(b.plan === running) - Number(a.plan === running));
    const programs = sorted.map((plan) => compilePlan(city, index, plan, report));
    const states = programs.flatMap(({ phases }) => phases.map(({ state }) => state));
    return { ...signal, programs, groups: groupLinks(states, signal.links.length) };
  });
  report.counts.plans = book.plans.length;
  report.counts.signalsWithPlans = plansOf.size;
  report.counts.detectors = book.detectors.length;
  return { city: withVersion({ ...city, signals }), report: report.build() };
}

/** The plan a schedule names: a date before a holiday before a day of the week, of those the last row. Null for none. */
export function findPlanAt(schedule: readonly ScheduleRow[], signal: string, at: LocalMoment): string | null {
  const rows = schedule.filter((row) => row.signal === signal && row.fromMin <= at.minute && at.minute < row.toMin);
  const names = [at.date, ...(at.isHoliday ? ['holiday'] : []), dayOf(at.date)];
  for (const name of names) {
    const found = rows.filter(({ days }) => days.includes(name)).at(-1);
    if (found !== undefined) return found.plan;
  }
  return null;
}

/** Day of the week of a date (Sakamoto's method). */
function dayOf(date: string): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const y = month < 3 ? year - 1 : year;
  const shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1] ?? 0;
  const fromSunday = (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + shift + day) % 7;
  return DAYS[(fromSunday + 6) % 7] ?? 'mon';
}

/** Detectors that lie on no lane of their signal, and why. */
export function listLostDetectors(city: City, book: PlanBook): { detector: DetectorRow; fault: UrbaneError }[] {
  const lanes = new Map(city.lanes.map((lane) => [lane.id as string, lane]));
  const signalOf = new Map(city.signals.map(({ id }, index) => [id as string, index]));
  return book.detectors.flatMap((detector) => {
    const { signal, channel, lane, distanceM } = detector;
    const place = `Detector ${channel} of signal ${signal}`;
    const index = signalOf.get(signal) ?? -1;
    const found = lanes.get(lane);
    const lost = (why: string, remedy: string) => [
      { detector, fault: new UrbaneError('bad-input', `${place} lies ${why}.`, remedy) },
    ];
    if (found === undefined) {
      if (new MovementWords(city, index, place).has(lane)) return [];
      return lost(
        `on "${lane.slice(0, 60)}", which is no lane or movement of the signal`,
        'Name a lane of one of its approaches.',
      );
    }
    if (!found.out.some((m) => city.movements[m]?.signal === index))
      return lost(`on lane "${lane}", which does not lead to the signal`, 'Name a lane of one of its approaches.');
    if (distanceM > found.lengthM)
      return lost(
        `${distanceM} m before the stop line of a lane of ${found.lengthM} m`,
        'Correct the distance or name the lane before.',
      );
    return [];
  });
}

interface Run {
  readonly phase: PlanPhase;
  readonly atS: number;
  readonly greenEndS: number;
  readonly yellowEndS: number;
  readonly endS: number;
  readonly protectedLinks: ReadonlySet<number>;
  readonly permittedLinks: ReadonlySet<number>;
}

/** A program of rings and barriers by splits. A link that two phases in a row serve stays green between them. */
export function compilePlan(city: City, signal: number, plan: TimingPlan, report: ReportBuilder): Program {
  const place = `plan "${plan.plan}" of signal ${plan.signal}`;
  const words = new MovementWords(city, signal, `The ${place}`);
  const runs = listRuns(plan, words);
  const { cycleS } = plan;
  const crossings = city.crossings.filter((crossing) => crossing.signal === signal);
  const times = new Set([
    0,
    ...runs.flatMap((run) => [run.atS, run.greenEndS, run.yellowEndS, run.endS, walkEnd(run)]),
  ]);
  const sorted = [...times].filter((atS) => atS < cycleS).sort((a, b) => a - b);
  const phases: Phase[] = [];
  sorted.forEach((atS, k) => {
    const durationS = Math.round(((sorted[k + 1] ?? cycleS) - atS) * 1000) / 1000;
    const lamps = (city.signals[signal]?.links ?? []).map((_, link) => lampAt(link, atS, runs, cycleS));
    refuseCrossingGreens(city, signal, lamps, place);
    for (const { link, conflicts } of crossings) {
      const walks = runs.some((run) => run.phase.walkS > 0 && run.atS <= atS && atS < walkEnd(run));
      const isClear = conflicts.every((m) => {
        const lamp = lamps[city.movements[m]?.link ?? -1];
        return lamp === 'r' || lamp === undefined || (lamp !== 'y' && city.movements[m]?.turn !== 'straight');
      });
      if (walks && isClear) lamps[link] = 'G';
    }
    const state = lamps.join('');
    const starting = runs.filter((run) => run.atS === atS).map((run) => run.phase.minGreenS);
    const last = phases.at(-1);
    if (last?.state === state) phases[phases.length - 1] = { ...last, durationS: last.durationS + durationS };
    else
      phases.push({
        state,
        durationS,
        ...(starting.length > 0 ? { minS: Math.min(durationS, Math.max(...starting)) } : {}),
      });
  });
  const never = (city.signals[signal]?.links ?? []).flatMap((movements, link) =>
    movements.length > 0 && phases.every(({ state }) => !/[Gg]/.test(state.charAt(link))) ? [link] : [],
  );
  if (never.length > 0) report.warn(`${place}: ${never.length} links are never green`);
  const short = plan.phases.filter(({ yellowS }) => yellowS < LEAST_YELLOW_S).map(({ phase }) => phase);
  if (short.length > 0)
    report.warn(
      `${place}: the yellow of phase ${short.join(', ')} is shorter than ${LEAST_YELLOW_S} s; the guard shows it longer`,
    );
  const reference = plan.reference === null ? 0 : (runs.find(({ phase }) => phase.phase === plan.reference)?.atS ?? 0);
  return { id: plan.plan, offsetS: (((plan.offsetS - reference) % cycleS) + cycleS) % cycleS, phases };
}

function listRuns({ phases }: TimingPlan, words: MovementWords): Run[] {
  const barriers = [...new Set(phases.map(({ barrier }) => barrier))].sort((a, b) => a - b);
  const rings = [...new Set(phases.map(({ ring }) => ring))];
  const runs: Run[] = [];
  let beginS = 0;
  for (const barrier of barriers) {
    let endS = beginS;
    for (const ring of rings) {
      let atS = beginS;
      const own = phases.filter((one) => one.ring === ring && one.barrier === barrier);
      for (const phase of own.sort((a, b) => a.position - b.position)) {
        if (phase.splitS === 0) continue;
        runs.push({
          phase,
          atS,
          greenEndS: atS + phase.splitS - phase.yellowS - phase.allRedS,
          yellowEndS: atS + phase.splitS - phase.allRedS,
          endS: atS + phase.splitS,
          protectedLinks: new Set(phase.movements.flatMap((word) => words.find(word))),
          permittedLinks: new Set(phase.permitted.flatMap((word) => words.find(word))),
        });
        atS += phase.splitS;
      }
      endS = Math.max(endS, atS);
    }
    beginS = endS;
  }
  return runs;
}

/** People begin to walk until then: they rest in walk as long as the green leaves them time to clear. */
function walkEnd({ phase, atS, greenEndS }: Run): number {
  return phase.walkS === 0 ? atS : Math.max(atS + phase.walkS, greenEndS - phase.pedClearS);
}

function lampAt(link: number, atS: number, runs: readonly Run[], cycleS: number): string {
  let best = 'r';
  for (const run of runs) {
    const own = run.protectedLinks.has(link) ? 'G' : run.permittedLinks.has(link) ? 'g' : null;
    if (own === null || atS < run.atS || atS >= run.endS) continue;
    const next = runs.find(
      (other) =>
        other !== run &&
        other.atS === run.endS % cycleS &&
        (other.protectedLinks.has(link) || other.permittedLinks.has(link)),
    );
    const kept = next === undefined ? null : own === 'G' && next.protectedLinks.has(link) ? 'G' : 'g';
    const lamp = atS < run.greenEndS ? own : (kept ?? (atS < run.yellowEndS ? 'y' : 'r'));
    if ('rygG'.indexOf(lamp) > 'rygG'.indexOf(best)) best = lamp;
  }
  return best;
}

/** Two links green at once whose ways cross are a fault, unless they merge, both turn, or one turns right. */
function refuseCrossingGreens(city: City, signal: number, lamps: readonly string[], place: string): void {
  const road = (lane: number) => city.lanes[lane]?.road ?? -1;
  for (const [link, movements] of (city.signals[signal]?.links ?? []).entries()) {
    const movement = city.movements[movements[0] ?? -1];
    if (movement === undefined || lamps[link] !== 'G' || movement.turn === 'right') continue;
    for (const other of movement.conflicts) {
      const foe = city.movements[other];
      if (foe === undefined || foe.signal !== signal || lamps[foe.link] !== 'G' || foe.turn === 'right') continue;
      if (road(foe.toLane) === road(movement.toLane)) continue;
      if (movement.turn !== 'straight' && foe.turn !== 'straight') continue;
      const name = ({ fromLane, turn }: typeof foe) => `${city.roads[road(fromLane)]?.id}:${turn}`;
      throw new UrbaneError(
        'bad-input',
        `In ${place}, ${name(movement)} and ${name(foe)} are green together and cross each other.`,
        'Put one of them under "permitted", or into another phase.',
      );
    }
  }
}
