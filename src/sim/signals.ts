import { getOwnProgram } from '../city/greens.ts';
import { lampControl } from './network.ts';
import { SCALAR, type World } from './world.ts';

/** The lamps of every signal: its own program by the clock, unless someone else shows something. */
export interface SignalHeads {
  /** By signal index, one character per link. */
  readonly lamps: string[];
  /** Switches the programs whose phase is over. */
  tick(): void;
  show(signal: number, state: string): void;
  handBack(signal: number, phase: number): void;
}

/**
 * Programs as SUMO's static logic: at time t the program stands at (t - offset) modulo its cycle; a phase holds for the
 * whole of a step.
 */
export function createSignalHeads(world: World): SignalHeads {
  const { scenario, state: s, segments, net } = world;
  const { signals } = scenario.city;
  const programs = signals.map(getOwnProgram);
  const durations = programs.map((program) =>
    Float64Array.from(program.phases, (phase) => Math.round(phase.durationS * 1000)),
  );
  const lamps: string[] = programs.map(() => '');

  function light(signal: number, state: string): void {
    if (lamps[signal] === state) return;
    lamps[signal] = state;
    signals[signal]?.links.forEach((movements, index) => {
      const control = lampControl(state.charAt(index));
      for (const movement of movements) segments.control[(net.lanes + movement) << 4] = control;
    });
  }

  function stateOf(signal: number, phase: number): string {
    return programs[signal]?.phases[phase]?.state ?? '';
  }

  programs.forEach((program, signal) => {
    const lasting = durations[signal]!;
    const cycle = lasting.reduce((sum, ms) => sum + ms, 0);
    const now = scenario.beginMs;
    let into = cycle > 0 ? (((now - Math.round(program.offsetS * 1000)) % cycle) + cycle) % cycle : 0;
    let phase = 0;
    while (phase < lasting.length - 1 && into >= lasting[phase]!) into -= lasting[phase++]!;
    s.phase[signal] = phase;
    s.phaseEndMs[signal] = cycle > 0 ? now + lasting[phase]! - into : Number.POSITIVE_INFINITY;
    light(signal, stateOf(signal, phase));
  });

  function tick(): void {
    const now = s.scalars[SCALAR.timeMs]!;
    for (let signal = 0; signal < programs.length; signal++) {
      if (s.commanded[signal] === 1 || now < s.phaseEndMs[signal]!) continue;
      const lasting = durations[signal]!;
      let phase = s.phase[signal]!;
      while (now >= s.phaseEndMs[signal]!) {
        phase = (phase + 1) % lasting.length;
        s.phaseEndMs[signal] = s.phaseEndMs[signal]! + lasting[phase]!;
      }
      s.phase[signal] = phase;
      light(signal, stateOf(signal, phase));
    }
  }

  function show(signal: number, state: string): void {
    s.commanded[signal] = 1;
    light(signal, state);
  }

  function handBack(signal: number, phase: number): void {
    const lasting = durations[signal]?.[phase];
    if (lasting === undefined) throw new Error(`signal ${signals[signal]?.id} has no phase ${phase}`);
    s.commanded[signal] = 0;
    s.phase[signal] = phase;
    s.phaseEndMs[signal] = s.scalars[SCALAR.timeMs]! + lasting;
    light(signal, stateOf(signal, phase));
  }

  return { lamps, tick, show, handBack };
}
