import type { Phase, Program } from '../../city/city.ts';
import type { Roadnet } from './format.ts';

type LightPhases = NonNullable<Roadnet['intersections'][number]['trafficLight']>['lightphases'];

const YELLOW_S = 3;
/** A stage from whose end a yellow is taken keeps at least so much. */
const LEAST_GREEN_S = 5;

interface Light {
  readonly timeS: number;
  readonly open: ReadonlySet<number>;
}

/**
 * A program of the phases of a CityFlow light. It knows no yellow: phases that free nothing but what all phases free are
 * its clearance. One clearance beside several stages is the time between any two of them (a stage changes through it),
 * otherwise each stands where it is due. The first three seconds of a clearance are yellow for those who lose their green;
 * without one the yellow is the end of the stage itself. `crosses` lists, by link, the links across which it gives way.
 */
export function readLight(
  phases: LightPhases,
  linksOf: (roadLink: number) => readonly number[],
  crosses: readonly (readonly number[])[],
): Program | null {
  const lights = phases
    .filter(({ time }) => time > 0)
    .map(({ time, availableRoadLinks }) => ({ timeS: time, open: new Set(availableRoadLinks.flatMap(linksOf)) }));
  if (lights.length === 0) return null;
  const always = new Set([...(lights[0]?.open ?? [])].filter((link) => lights.every(({ open }) => open.has(link))));
  const isClearance = (light: Light | undefined) => light !== undefined && light.open.size === always.size;
  const stages = lights.filter((light) => !isClearance(light));
  if (stages.length === 0) return programOf([{ state: showGreens(always, crosses), durationS: sumOf(lights) }]);
  const clearances = lights.filter(isClearance);
  const between = clearances.length === 1 && stages.length > 1 ? clearances[0]?.timeS : undefined;
  const result: Phase[] = [];
  stages.forEach((stage, k) => {
    const next = stages[(k + 1) % stages.length] ?? stage;
    const follower = lights[(lights.indexOf(stage) + 1) % lights.length];
    const given = between ?? (isClearance(follower) ? follower?.timeS : undefined);
    const lost = without(stage.open, next.open);
    const taken = given === undefined && lost.size > 0 && stage.timeS >= YELLOW_S + LEAST_GREEN_S ? YELLOW_S : 0;
    const clearanceS = given ?? taken;
    const state = showGreens(stage.open, crosses);
    result.push({ state, durationS: stage.timeS - taken });
    const closing = lost.size === 0 && stages.length === 1 ? without(stage.open, always) : lost;
    const show = (lamp: string) => [...state].map((shown, link) => (closing.has(link) ? lamp : shown)).join('');
    if (clearanceS > 0) result.push({ state: show('y'), durationS: Math.min(YELLOW_S, clearanceS) });
    if (clearanceS > YELLOW_S) result.push({ state: show('r'), durationS: clearanceS - YELLOW_S });
  });
  return programOf(result);
}

function without(links: ReadonlySet<number>, others: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...links].filter((link) => !others.has(link)));
}

function programOf(phases: readonly Phase[]): Program {
  return { id: '0', offsetS: 0, phases };
}

function sumOf(lights: readonly Light[]): number {
  return lights.reduce((sum, { timeS }) => sum + timeS, 0);
}

/** G for open links, g for those that cross an open one to which they give way. */
function showGreens(open: ReadonlySet<number>, crosses: readonly (readonly number[])[]): string {
  return crosses
    .map((others, link) => (!open.has(link) ? 'r' : others.some((other) => open.has(other)) ? 'g' : 'G'))
    .join('');
}

/** The program as CityFlow's phases; those that show the same become one. What it cannot hold: yellow, offsets, who gives way. */
export function writeLight(
  program: Program,
  roadLinks: readonly (readonly number[])[],
): { time: number; availableRoadLinks: number[] }[] {
  const phases: { time: number; availableRoadLinks: number[] }[] = [];
  for (const { state, durationS } of program.phases) {
    const open = roadLinks.flatMap((links, i) => (links.some((link) => /[Gg]/.test(state.charAt(link))) ? [i] : []));
    const last = phases.at(-1);
    if (last !== undefined && last.availableRoadLinks.join() === open.join()) last.time += durationS;
    else phases.push({ time: durationS, availableRoadLinks: open });
  }
  return phases;
}
