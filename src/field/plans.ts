import Type from 'typebox';
import type { City, Program } from '../city/city.ts';
import { withVersion } from '../city/version.ts';
import type { Scenario } from '../demand/demand.ts';
import { formatProgram } from '../read/sumo/write-signals.ts';
import { UrbaneError } from '../units/errors.ts';
import { createOwnFileReader } from './files.ts';

const closed = { additionalProperties: false };

const SignalProgram = Type.Object(
  {
    id: Type.String(),
    /** The program begins when the clock modulo the cycle is this. */
    offsetS: Type.Number(),
    phases: Type.Array(
      Type.Object({ state: Type.String({ pattern: '^[GgyrusoO]+$' }), durationS: Type.Number({ minimum: 1 }) }, closed),
      { minItems: 1 },
    ),
  },
  closed,
);

/** What `urbane tune --out` writes (docs/operator/tune.md): programs for signals of a city. */
export const PlanFile = Type.Object(
  {
    format: Type.Literal('urbane-plans'),
    version: Type.Literal(1),
    scenario: Type.String(),
    signals: Type.Array(SignalProgram),
    /** The demand it was made for: cars an hour of every turn (road to next road) at a signal. */
    turns: Type.Optional(
      Type.Array(Type.Object({ from: Type.String(), to: Type.String(), perH: Type.Number({ minimum: 0 }) }, closed)),
    ),
  },
  closed,
);
export type PlanFile = Type.Static<typeof PlanFile>;

/** Name of our programs in a city and in SUMO. */
export const PROGRAM_ID = 'urbane';

/** A plan of the programs that are not null. */
export function fileOfPrograms(scenario: string, city: City, programs: readonly (Program | null)[]): PlanFile {
  const signals = programs.flatMap((program, signal) => {
    if (program === null) return [];
    const phases = program.phases.map(({ state, durationS }) => ({ state, durationS }));
    return [{ id: city.signals[signal]?.id ?? '', offsetS: program.offsetS, phases }];
  });
  return { format: 'urbane-plans', version: 1, scenario, signals };
}

/** Reads a plan file. Throws UrbaneError where it is none, is damaged or of a later version. */
export const readPlans = createOwnFileReader(PlanFile, {
  format: 'urbane-plans',
  what: 'plans',
  command: 'urbane tune',
});

/** By signal of the city: the plan's program, or null where the plan has none. Throws where a plan does not fit the city. */
export function listPrograms(city: City, { signals }: PlanFile): (Program | null)[] {
  const byId = new Map(signals.map((signal) => [signal.id, signal]));
  const programs = city.signals.map(({ id, links }): Program | null => {
    const planned = byId.get(id);
    if (planned === undefined) return null;
    byId.delete(id);
    const odd = planned.phases.find(({ state }) => state.length !== links.length);
    if (odd !== undefined) {
      throw new UrbaneError(
        'bad-input',
        `the plan of signal ${id} has a phase of ${odd.state.length} lamps; in ${city.name} the signal has ${links.length}.`,
        'Use plans that were tuned for this network.',
      );
    }
    return { id: PROGRAM_ID, offsetS: planned.offsetS, phases: planned.phases };
  });
  const [strange] = byId.keys();
  if (strange !== undefined) {
    throw new UrbaneError(
      'bad-input',
      `the plans are for signal ${strange}, which ${city.name} has not.`,
      'Use plans that were tuned for this network.',
    );
  }
  return programs;
}

/** The city whose signals run these programs by themselves, at all hours; those they had stand behind. Null leaves a signal as it is. */
export function withPrograms(city: City, programs: readonly (Program | null)[]): City {
  const signals = city.signals.map((signal, index) => {
    const program = programs[index];
    if (!program) return signal;
    const { schedule: _, ...rest } = signal;
    return { ...rest, programs: [program, ...signal.programs] };
  });
  return withVersion({ ...city, signals });
}

/** The scenario whose signals run the plan; the scenario itself without one. */
export function planScenario(scenario: Scenario, plan: PlanFile | undefined): Scenario {
  if (plan === undefined) return scenario;
  return { ...scenario, city: withPrograms(scenario.city, listPrograms(scenario.city, plan)) };
}

/** The plan as an additional file for SUMO, which runs the programs it reads last. */
export function writeSumoPrograms({ signals }: PlanFile): string {
  const programs = signals.map(({ id, offsetS, phases }) => formatProgram(id, { id: PROGRAM_ID, offsetS, phases }));
  return `<additional>\n${programs.join('\n')}\n</additional>\n`;
}
