import type { City } from '../city/city.ts';
import { getOwnProgram, listGreens } from '../city/greens.ts';
import type { Seconds } from '../units/units.ts';
import type { TimingOverrides } from './run-spec.ts';

/** The timing rules of a fair run (docs/operator/judge.md); the guard enforces them on every controller. */
export interface Protocol {
  readonly yellowS: Seconds;
  /** At signals that have an all-red at all: 0 where none has. */
  readonly allRedS: Seconds;
  /** By signal index: it has one. */
  readonly hasAllRed: readonly boolean[];
  readonly minGreenS: Seconds;
  /** No link that some stage serves is red for longer. */
  readonly longestRedS: Seconds;
  /** The decision interval of the papers that use the scenario. */
  readonly papersStepS: Seconds;
}

const EVERYWHERE = { minGreenS: 5, longestRedS: 300 };

/** Scenarios with a published protocol, by the start of their name. */
const KNOWN: readonly {
  readonly name: RegExp;
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
  readonly papersStepS: Seconds;
}[] = [
  { name: /^(cologne|ingolstadt|grid4x4)/, yellowS: 3, allRedS: 0, papersStepS: 10 },
  { name: /^arterial4x4/, yellowS: 2, allRedS: 0, papersStepS: 5 },
  { name: /^(hangzhou|jinan|nanchang)/, yellowS: 3, allRedS: 2, papersStepS: 10 },
];

/**
 * The protocol of a scenario: the published one where its name is known, otherwise 3 s yellow, 2 s all-red at signals whose
 * own program shows an all-red between two stages and none at the others, and decisions every 10 s as "papers". What
 * `timing` gives holds instead, at every signal.
 */
export function protocolOf(scenario: string, city: City, timing: TimingOverrides = {}): Protocol {
  const known = KNOWN.find(({ name }) => name.test(scenario));
  const hasAllRed = city.signals.map(
    (_, signal) => known !== undefined || timing.allRedS !== undefined || showsAllRed(city, signal),
  );
  const { yellowS, allRedS, papersStepS } = known ?? {
    yellowS: 3,
    allRedS: hasAllRed.includes(true) ? 2 : 0,
    papersStepS: 10,
  };
  return { ...EVERYWHERE, yellowS, allRedS, hasAllRed, papersStepS, ...timing };
}

/** The times between and within greens of one signal. */
export function rulesAt(
  { yellowS, allRedS, hasAllRed, minGreenS }: Protocol,
  signal: number,
): Required<TimingOverrides> {
  return { yellowS, allRedS: hasAllRed[signal] === true ? allRedS : 0, minGreenS };
}

function showsAllRed(city: City, signal: number): boolean {
  const program = getOwnProgram(city.signals[signal]!);
  return listGreens(program).length > 1 && program.phases.some(({ state }) => !/[GgyYuoO]/.test(state));
}
