import { groupLinks } from '../../city/build-programs.ts';
import type { Movement, Program, Signal } from '../../city/city.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import type { RawNet, RawProgram } from './net.ts';

/** A signal's programs before its links are known to the city. */
export interface SignalPlan {
  readonly id: string;
  readonly programs: readonly Program[];
  readonly linkCount: number;
}

function findDamage(program: RawProgram, linkCount: number): string | null {
  if (program.damage !== null) return program.damage;
  if (program.phases.length === 0) return 'it has no phases';
  const states = program.phases[0]?.state.length ?? 0;
  for (const [i, phase] of program.phases.entries()) {
    if (phase.state.length < linkCount) {
      return `phase ${i} has ${phase.state.length} states for ${linkCount} links`;
    }
    if (phase.state.length !== states) return `phase ${i} has ${phase.state.length} states, phase 0 has ${states}`;
  }
  if (program.phases.every((phase) => phase.durationS === 0)) return 'all its phases last 0 s';
  return null;
}

/**
 * Signals that control something, in the order of their first program. `programs[0]` is the one loaded last, because that
 * is the one SUMO runs; the others follow in file order. A later program of the same id replaces the earlier one.
 * Throws when a signal is left without a usable program.
 */
export function planSignals(net: RawNet, report: ReportBuilder): SignalPlan[] {
  const linkCounts = new Map<string, number>();
  for (const { signal, link } of net.connections) {
    if (signal !== undefined) linkCounts.set(signal, Math.max(linkCounts.get(signal) ?? 0, link + 1));
  }
  const programsOf = new Map<string, RawProgram[]>();
  for (const program of net.programs) {
    const known = programsOf.get(program.signal);
    if (known === undefined) {
      programsOf.set(program.signal, [program]);
      continue;
    }
    const same = known.findIndex((other) => other.id === program.id);
    if (same >= 0) {
      report.warn(`signal "${program.signal}": program "${program.id}" stands twice, the later one is used`);
      known.splice(same, 1);
    }
    known.push(program);
  }
  const plans: SignalPlan[] = [];
  const types = new Map<string, number>();
  for (const [id, raw] of programsOf) {
    const linkCount = linkCounts.get(id);
    const first = raw[0];
    if (first === undefined) continue;
    if (linkCount === undefined) {
      const { file, line } = first.element;
      report.drop({ what: 'signal', element: id, file, line, why: 'no connection belongs to it' });
      continue;
    }
    const plan = planSignal(id, raw, linkCount, report);
    plans.push(plan);
    const type = raw.find((program) => program.id === plan.programs[0]?.id)?.type ?? 'static';
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  for (const [type, count] of types) {
    if (type === 'static' || type === 'actuated') continue;
    report.warn(`the own program of ${count} signals is ${type}; here it runs by the durations of its phases`);
  }
  return plans;
}

function planSignal(id: string, raw: readonly RawProgram[], linkCount: number, report: ReportBuilder): SignalPlan {
  const sound: RawProgram[] = [];
  let lastFault: UrbaneError | null = null;
  for (const program of raw) {
    const damage = findDamage(program, linkCount);
    if (damage === null) {
      sound.push(program);
      continue;
    }
    const { file, line } = program.element;
    report.drop({ what: 'program', element: `${id}/${program.id}`, file, line, why: damage });
    lastFault = new UrbaneError(
      'bad-input',
      `${file}:${line}: program "${program.id}" of signal "${id}" cannot be used: ${damage}, and the signal has no other.`,
      'Give every phase one state per link, and the phases durations.',
    );
  }
  const own = sound.at(-1);
  if (own === undefined) throw lastFault ?? new UrbaneError('bad-input', `signal "${id}" has no program.`);
  const programs = [own, ...sound.slice(0, -1)].map(({ id: programId, type, offsetS, phases }) => ({
    id: programId,
    ...(type === 'actuated' ? { isActuated: true } : {}),
    offsetS,
    phases,
  }));
  const states = Math.max(...programs.map((program) => program.phases[0]?.state.length ?? 0));
  return {
    id,
    programs: programs.map((program) => padProgram(program, states)),
    linkCount: Math.max(linkCount, states),
  };
}

/** Links that a program leaves out show red in it, so that all programs of a signal have equal states. */
function padProgram(program: Program, states: number): Program {
  if ((program.phases[0]?.state.length ?? 0) === states) return program;
  return { ...program, phases: program.phases.map((phase) => ({ ...phase, state: phase.state.padEnd(states, 'r') })) };
}

/** The signals of the city, once its movements stand. Links without a movement (pedestrian crossings) stay empty. */
export function buildSignals(plans: readonly SignalPlan[], movements: readonly Movement[]): Signal[] {
  const links = plans.map((plan) => Array.from({ length: plan.linkCount }, (): number[] => []));
  const junctions = plans.map(() => new Set<number>());
  movements.forEach((movement, index) => {
    if (movement.signal < 0) return;
    links[movement.signal]?.[movement.link]?.push(index);
    junctions[movement.signal]?.add(movement.junction);
  });
  return plans.map((plan, i) => ({
    id: plan.id,
    junctions: [...(junctions[i] ?? [])],
    links: links[i] ?? [],
    groups: groupLinks(
      plan.programs.flatMap(({ phases }) => phases.map(({ state }) => state)),
      plan.linkCount,
    ),
    programs: plan.programs,
  }));
}
