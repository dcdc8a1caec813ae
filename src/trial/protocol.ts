import type { City } from '../city/city.ts';
import { getOwnProgram } from '../city/greens.ts';
import type { Seconds } from '../units/units.ts';

/** The timing rules of a fair run (docs/operator/judge.md); the guard enforces them on every controller. */
export interface Protocol {
  readonly yellowS: Seconds;
  readonly allRedS: Seconds;
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
 * The protocol of a scenario: the published one where its name is known, otherwise 3 s yellow, 2 s all-red where some
 * shipped program shows an all-red phase and none elsewhere, and decisions every 10 s as "papers".
 */
export function protocolOf(scenario: string, city: City): Protocol {
  const known = KNOWN.find(({ name }) => name.test(scenario));
  if (known) return { ...EVERYWHERE, yellowS: known.yellowS, allRedS: known.allRedS, papersStepS: known.papersStepS };
  return { ...EVERYWHERE, yellowS: 3, allRedS: showsAllRed(city) ? 2 : 0, papersStepS: 10 };
}

function showsAllRed(city: City): boolean {
  return city.signals.some((signal) => getOwnProgram(signal).phases.some((phase) => !/[GgyYuoO]/.test(phase.state)));
}
