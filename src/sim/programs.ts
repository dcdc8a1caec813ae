import { type ActuatedStage, planActuation } from '../city/actuation.ts';
import type { City, Phase } from '../city/city.ts';
import { getOwnProgram } from '../city/greens.ts';
import { Timetable } from './timetable.ts';

/** SUMO's longest green where a program gives only the shortest, s. */
const ENDLESS_S = 2147483;

/** Signals whose own program is prolonged by vehicles; nothing here changes while the engine runs. */
export interface ActuatedTable {
  /** By signal and phase: how it is prolonged, or null when it lasts as the program says. */
  readonly stages: readonly (readonly (ActuatedStage | null)[])[];
  /** By signal, and one more: its first detector. */
  readonly detectorStart: Int32Array;
  /** By detector: lane, and metres from the lane's start. */
  readonly detectorLane: Int32Array;
  readonly detectorAt: Float64Array;
}

/** SUMO's rules for what a program leaves out (docs: Simulation/Traffic Lights, phase attributes). */
function limitsOf({ durationS, minS, maxS }: Phase) {
  const least = minS ?? durationS;
  return { minS: least, maxS: Math.max(least, maxS ?? (minS === undefined ? durationS : ENDLESS_S)) };
}

export function buildActuated(city: City): ActuatedTable {
  const lanes: number[] = [];
  const places: number[] = [];
  const detectorStart = new Int32Array(city.signals.length + 1);
  const stages = city.signals.map((signal, index) => {
    const [program] = signal.programs;
    detectorStart[index + 1] = lanes.length;
    if (program?.isActuated !== true) return [];
    const plan = planActuation(city, signal, limitsOf);
    const first = lanes.length;
    for (const { lane, upstreamM } of plan.detectors) {
      lanes.push(lane);
      places.push(Math.max(0, (city.lanes[lane]?.lengthM ?? 0) - upstreamM));
    }
    detectorStart[index + 1] = lanes.length;
    return program.phases.map((_, phase): ActuatedStage | null => {
      const stage = plan.stages.find((candidate) => candidate.phase === phase);
      if (stage === undefined || stage.minS === stage.maxS) return null;
      return { ...stage, detectors: stage.detectors.map((detector) => first + detector) };
    });
  });
  return { stages, detectorStart, detectorLane: Int32Array.from(lanes), detectorAt: Float64Array.from(places) };
}

/** What signals do by themselves, by signal index; nothing here changes while the engine runs. */
export interface ProgramTable {
  /** By phase: what the lamps show, and for how long in ms. */
  readonly states: readonly (readonly string[])[];
  readonly durations: readonly Float64Array[];
  readonly offsetMs: Float64Array;
  readonly actuated: ActuatedTable;
  /** Null where the first program runs at all hours. */
  readonly timetables: readonly (Timetable | null)[];
  /** By signal: its first link; by link, and one more: its first movement in `movements`. */
  readonly linkStart: Int32Array;
  readonly movementStart: Int32Array;
  readonly movements: Int32Array;
  /** Its crossings; and by crossing its link. */
  readonly crossings: readonly (readonly number[])[];
  readonly crossingLink: readonly number[];
}

/** The text as it was kept before, or a copy that is no piece of a file's text: many signals show the same, and read it in every change of phase. */
function keepOnce(texts: Map<string, string>, text: string): string {
  let kept = texts.get(text);
  if (kept === undefined) {
    kept = String.fromCharCode(...Array.from(text, (lamp) => lamp.charCodeAt(0)));
    texts.set(kept, kept);
  }
  return kept;
}

export function buildPrograms(city: City): ProgramTable {
  const programs = city.signals.map(getOwnProgram);
  const crossings = city.signals.map((): number[] => []);
  city.crossings.forEach(({ signal }, c) => {
    crossings[signal]?.push(c);
  });
  const links = city.signals.flatMap((signal) => signal.links);
  const linkStart = new Int32Array(city.signals.length);
  for (let signal = 1; signal < city.signals.length; signal++)
    linkStart[signal] = linkStart[signal - 1]! + city.signals[signal - 1]!.links.length;
  const movementStart = new Int32Array(links.length + 1);
  links.forEach((own, link) => {
    movementStart[link + 1] = movementStart[link]! + own.length;
  });
  const texts = new Map<string, string>();
  const timetables = city.signals.map(({ schedule }, signal) =>
    schedule === undefined ? null : new Timetable(city, signal),
  );
  return {
    actuated: buildActuated(city),
    timetables,
    linkStart,
    movementStart,
    movements: Int32Array.from(links.flat()),
    crossings,
    crossingLink: city.crossings.map(({ link }) => link),
    states: programs.map(({ phases }, signal) => {
      const own = timetables[signal]?.states ?? phases.map(({ state }) => state);
      return own.map((state) => keepOnce(texts, state));
    }),
    durations: programs.map(
      ({ phases }, signal) =>
        timetables[signal]?.durationsMs ?? Float64Array.from(phases, ({ durationS }) => Math.round(durationS * 1000)),
    ),
    offsetMs: Float64Array.from(programs, ({ offsetS }) => Math.round(offsetS * 1000)),
  };
}
