import { isGreen } from '../city/greens.ts';
import type { Milliseconds } from '../units/units.ts';
import { isProlonged, noteDetections } from './actuated.ts';
import { CONTROL, LAMP_CONTROL } from './network.ts';
import { SCALAR } from './state.ts';
import type { World } from './world.ts';

/** The lamps of every signal: its own program by the clock, unless someone else shows something. */
export interface SignalHeads {
  /** By signal index, one character per link. */
  readonly lamps: string[];
  /** Starts all programs at `now`; before that nothing is lit. */
  start(now: Milliseconds): void;
  /** Switches the program of a signal whose phase is over. */
  tick(signal: number): void;
  show(signal: number, state: string): void;
  handBack(signal: number, phase: number): void;
}

/**
 * Programs as SUMO's static logic: at time t the program stands at (t - offset) modulo its cycle; a phase holds for the
 * whole of a step. An actuated program starts so, and goes on by its detectors. `lamps` is what the signals show now, empty
 * texts before they were started.
 */
export function createSignalHeads(world: World, lamps: string[]): SignalHeads {
  const { scenario, net, programs, state: s } = world;
  const { signals } = scenario.city;
  const { durations, states, offsetMs, actuated, timetables, crossings, crossingLink } = programs;
  const { linkStart, movementStart, movements } = programs;
  const { detectorStart } = actuated;
  const { commanded, phaseEndMs, scalars } = s;

  function light(signal: number, state: string): void {
    const before = lamps[signal]!;
    if (before === state) return;
    lamps[signal] = state;
    const first = linkStart[signal]!;
    const links = signals[signal]!.links.length;
    for (let link = 0; link < links; link++) {
      const lamp = state.charCodeAt(link);
      if (before.charCodeAt(link) === lamp) continue;
      const control = LAMP_CONTROL[lamp] ?? CONTROL.red;
      for (let k = movementStart[first + link]!; k < movementStart[first + link + 1]!; k++) {
        s.shows[movements[k]!] = control;
        s.relit[net.fromLane[movements[k]!]!] = 1;
      }
    }
    for (const crossing of crossings[signal]!) {
      s.walkLamp[crossing] = isGreen(state.charAt(crossingLink[crossing]!)) ? 1 : 0;
    }
  }

  function stateOf(signal: number, phase: number): string {
    return states[signal]?.[phase] ?? '';
  }

  function begin(signal: number, phase: number, sinceMs: number): void {
    s.phase[signal] = phase;
    s.phaseSinceMs[signal] = sinceMs;
    const stage = actuated.stages[signal]?.[phase];
    s.phaseEndMs[signal] = sinceMs + (stage ? stage.minS * 1000 : durations[signal]![phase]!);
  }

  function start(now: Milliseconds): void {
    durations.forEach((lasting, signal) => {
      const cycle = lasting.reduce((sum, ms) => sum + ms, 0);
      const scheduled = timetables[signal]?.findStart(now);
      if (scheduled !== undefined) {
        begin(signal, scheduled.phase, now - scheduled.intoMs);
        light(signal, stateOf(signal, scheduled.phase));
        return;
      }
      let into = cycle > 0 ? (((now - offsetMs[signal]!) % cycle) + cycle) % cycle : 0;
      let phase = 0;
      while (phase < lasting.length - 1 && into >= lasting[phase]!) into -= lasting[phase++]!;
      s.phase[signal] = phase;
      s.phaseSinceMs[signal] = now - into;
      s.phaseEndMs[signal] = cycle > 0 ? now + lasting[phase]! - into : Number.POSITIVE_INFINITY;
      light(signal, stateOf(signal, phase));
    });
  }

  function tick(signal: number): void {
    if (commanded[signal] === 1) return;
    const now = scalars[SCALAR.timeMs]!;
    if (detectorStart[signal]! < detectorStart[signal + 1]!) noteDetections(world, signal, now);
    if (now >= phaseEndMs[signal]!) switchPhase(signal, now);
  }

  function switchPhase(signal: number, now: Milliseconds): void {
    const { length } = durations[signal]!;
    while (now >= s.phaseEndMs[signal]!) {
      const phase = s.phase[signal]!;
      const stage = actuated.stages[signal]?.[phase];
      if (stage && isProlonged(world, stage, now, s.phaseSinceMs[signal]!)) break;
      const sinceMs = stage ? now : s.phaseEndMs[signal]!;
      const timetable = timetables[signal];
      if (timetable) {
        const next = timetable.follow(phase, sinceMs);
        begin(signal, next.phase, sinceMs);
        if (next.endMs !== null) s.phaseEndMs[signal] = next.endMs;
      } else begin(signal, (phase + 1) % length, sinceMs);
    }
    light(signal, stateOf(signal, s.phase[signal]!));
  }

  function show(signal: number, state: string): void {
    s.commanded[signal] = 1;
    light(signal, state);
  }

  function handBack(signal: number, phase: number): void {
    const lasting = durations[signal]?.[phase];
    if (lasting === undefined) throw new Error(`signal ${signals[signal]?.id} has no phase ${phase}`);
    s.commanded[signal] = 0;
    begin(signal, phase, s.scalars[SCALAR.timeMs]!);
    light(signal, stateOf(signal, phase));
  }

  return { lamps, start, tick, show, handBack };
}
