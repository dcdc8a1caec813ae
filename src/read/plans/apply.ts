import { groupLinks } from '../../city/build-programs.ts';
import type { City, Phase, Program, Signal } from '../../city/city.ts';
import {
  type CalendarDay,
  compareDetectors,
  type Detector,
  findScheduled,
  namesOfDay,
  type PlanPhase,
  type ScheduleRow,
} from '../../city/control.ts';
import { placePoint } from '../../city/upstream.ts';
import { withVersion } from '../../city/version.ts';
import { UrbaneError } from '../../units/errors.ts';
import { type ImportReport, ReportBuilder } from '../report.ts';
import { checkBook, type DetectorRow, MovementWords, type PlanBook, type TimingPlan } from './book.ts';

const LEAST_YELLOW_S = 3;

/** A moment in local time by which a schedule picks its plan. */
export interface LocalMoment extends CalendarDay {
  readonly minute: number;
}

/**
 * The city with the programs, schedules and detectors of a plan book on its signals: a program per plan, first the one that the
 * schedule names at `at` (the first plan without a schedule or moment), whose day becomes the city's. Signals the book does not
 * name keep theirs. Throws UrbaneError `bad-input` on plans that contradict themselves, the signal or the geometry.
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
  const signals = city.signals.map((signal, index): Signal => {
    const plans = plansOf.get(index);
    if (plans === undefined) return signal;
    const schedule = book.schedule
      .filter((row) => row.signal === signal.id)
      .map(({ plan, days, fromMin, toMin }): ScheduleRow => ({ program: plan, days, fromMin, toMin }));
    const running = at === null ? null : findScheduled(schedule, namesOfDay(at), at.minute);
    const sorted = [...plans].sort((a, b) => Number(b.plan === running) - Number(a.plan === running));
    const programs = sorted.map((plan) => compilePlan(city, index, plan, report));
    const states = programs.flatMap(({ phases }) => phases.map(({ state }) => state));
    const { schedule: _, ...rest } = signal;
    const groups = groupLinks(states, signal.links.length);
    return { ...rest, programs, groups, ...(schedule.length === 0 ? {} : { schedule }) };
  });
  report.counts.plans = book.plans.length;
  report.counts.signalsWithPlans = plansOf.size;
  const { detectors, lost } = placeDetectors(city, book.detectors);
  if (lost[0] !== undefined) throw lost[0].fault;
  const isNamed = new Set(detectors.map(({ signal }) => signal));
  const kept = city.detectors.filter(({ signal }) => !isNamed.has(signal));
  report.counts.detectors = kept.length + detectors.length;
  const day = at === null ? {} : { day: { date: at.date, isHoliday: at.isHoliday } };
  return {
    city: withVersion({ ...city, ...day, signals, detectors: [...kept, ...detectors].sort(compareDetectors) }),
    report: report.build(),
  };
}

/** Detectors on the lanes they name, and those that lie on no lane of their signal, and why. */
export function placeDetectors(
  city: City,
  rows: readonly DetectorRow[],
): { detectors: Detector[]; lost: { detector: DetectorRow; fault: UrbaneError }[] } {
  const laneOf = new Map(city.lanes.map(({ id }, index) => [id as string, index]));
  const signalOf = new Map(city.signals.map(({ id }, index) => [id as string, index]));
  const placed = new Map<string, Detector>();
  const lost = rows.flatMap((detector) => {
    const { signal, channel, lane, distanceM } = detector;
    const index = signalOf.get(signal) ?? -1;
    const place = `Detector ${channel} of signal ${signal}`;
    const refuse = (why: string, remedy: string) => [
      { detector, fault: new UrbaneError('bad-input', `${place} ${why}.`, remedy) },
    ];
    if (index < 0) return refuse('is wired to a signal that the city does not have', 'Correct the name of the signal.');
    const lanes = listLanes(city, index, laneOf.get(lane), lane, place);
    if (lanes === null)
      return refuse(
        `lies on "${lane.slice(0, 60)}", which is no lane or movement of the signal`,
        'Name a lane of one of its approaches.',
      );
    for (const at of lanes) {
      if (!city.lanes[at]?.out.some((m) => city.movements[m]?.signal === index))
        return refuse(`lies on lane "${lane}", which does not lead to the signal`, 'Name a lane of an approach.');
      const { distanceM: reachM } = placePoint(city, at, distanceM);
      if (reachM < distanceM)
        return refuse(
          `lies ${distanceM} m before the stop line; the way to it is clear for ${Math.floor(reachM)} m`,
          'Correct the distance.',
        );
      const key = `${index} ${channel} ${at}`;
      if (placed.has(key))
        return refuse(
          `stands twice on lane "${city.lanes[at]?.id}"`,
          'Give loops in a row one row, from the first to the last.',
        );
      placed.set(key, { ...detector, signal: index, lane: at });
    }
    return [];
  });
  return { detectors: [...placed.values()], lost };
}

/** The lane a detector names, or the lanes of its movement word; null for neither. */
function listLanes(city: City, signal: number, lane: number | undefined, word: string, place: string): number[] | null {
  if (lane !== undefined) return [lane];
  const words = new MovementWords(city, signal, place);
  if (!words.has(word)) return null;
  const movements = words.find(word).flatMap((link) => city.signals[signal]?.links[link] ?? []);
  return [...new Set(movements.flatMap((m) => city.movements[m]?.fromLane ?? []))].sort((a, b) => a - b);
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
  const { offsetS, reference: named, phases: ofRings } = plan;
  return {
    id: plan.plan,
    offsetS: (((offsetS - reference) % cycleS) + cycleS) % cycleS,
    phases,
    rings: { cycleS, offsetS, reference: named, phases: ofRings },
  };
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
