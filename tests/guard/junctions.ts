import type { City, Movement, Phase, Signal } from '../../src/city/city.ts';
import type { Dice } from './dice.ts';

/** A movement with nothing but its place among the others. */
export function plainMovement(index: number, over: Partial<Movement>): Movement {
  return {
    id: `m${index}`,
    junction: 0,
    fromLane: index,
    toLane: 0,
    turn: 'straight',
    lengthM: 10,
    speedMps: 10,
    shape: [],
    waitAtM: -1,
    rightOfWay: 'major',
    signal: 0,
    link: 0,
    yieldsTo: [],
    yieldsInside: [],
    conflicts: [],
    ...over,
  };
}

/** A city of signals and movements alone: all the guard looks at. */
export function plainCity(signals: readonly Signal[], movements: readonly Movement[]): City {
  return {
    name: 'plain',
    version: 'plain',
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    roads: [],
    lanes: [],
    movements,
    junctions: [],
    signals,
    corners: [],
    crossings: [],
    busStops: [],
    districts: [],
    ground: [],
  };
}

/** A state that opens links in random order, mostly only where they do not clash with those open already. */
function rollStage(
  dice: Dice,
  links: readonly (readonly number[])[],
  movements: readonly Movement[],
  wild: boolean,
): string {
  const lamps = Array.from(links, () => 'r');
  const order = links.map((_, i) => i).sort(() => dice.next() - 0.5);
  const wanted = dice.roll(1, links.length);
  for (const i of order.slice(0, wanted)) {
    const lamp = dice.chance(0.55) ? 'G' : dice.chance(0.7) ? 'g' : dice.chance(0.8) ? 's' : 'o';
    const clashes = lamps.some((other, j) => other !== 'r' && conflictUnyielded(links, movements, i, lamp, j, other));
    if (wild || !clashes) lamps[i] = lamp;
  }
  return lamps.join('');
}

function conflictUnyielded(
  links: readonly (readonly number[])[],
  movements: readonly Movement[],
  i: number,
  li: string,
  j: number,
  lj: string,
): boolean {
  return (links[i] ?? []).some((m) =>
    (links[j] ?? []).some((k) => {
      const a = movements[m];
      const b = movements[k];
      if (a === undefined || b === undefined || !a.conflicts.includes(k)) return false;
      return !(li !== 'G' && a.yieldsTo.includes(k)) && !(lj !== 'G' && b.yieldsTo.includes(m));
    }),
  );
}

function rollPhases(dice: Dice, links: readonly (readonly number[])[], movements: readonly Movement[]): Phase[] {
  const phases: Phase[] = [];
  const stages = dice.roll(1, 8);
  const wild = dice.chance(0.15);
  const yellowS = dice.roll(0, 3);
  const allRedS = dice.roll(0, 2);
  const states = Array.from({ length: stages }, () => rollStage(dice, links, movements, wild));
  states.forEach((state, k) => {
    const next = states[(k + 1) % states.length] ?? state;
    phases.push({ state, durationS: dice.roll(1, 15) });
    const going = (lamp: string) =>
      Array.from(state, (a, i) => (/[Gg]/.test(a) && !/[Gg]/.test(next.charAt(i)) ? lamp : a));
    if (yellowS > 0) phases.push({ state: going('y').join(''), durationS: yellowS });
    if (allRedS > 0) phases.push({ state: going('r').join(''), durationS: allRedS });
  });
  return phases;
}

/** A city of `count` signals, each with 1 to 8 links, a random conflict matrix and a random program. */
export function rollCity(dice: Dice, count: number): City {
  const movements: Movement[] = [];
  const signals: Signal[] = [];
  for (let signal = 0; signal < count; signal++) {
    const first = movements.length;
    const linkCount = dice.roll(1, 8);
    const links = Array.from({ length: linkCount }, (_, link) => {
      const own = dice.chance(0.2) ? 2 : 1;
      return Array.from({ length: own }, () => {
        movements.push(plainMovement(movements.length, { signal, link, junction: signal }));
        return movements.length - 1;
      });
    });
    const density = dice.next();
    const conflicts = movements.map(() => [] as number[]);
    const yieldsTo = movements.map(() => [] as number[]);
    for (let a = first; a < movements.length; a++) {
      for (let b = a + 1; b < movements.length; b++) {
        if (movements[a]?.link === movements[b]?.link || !dice.chance(density)) continue;
        conflicts[a]?.push(b);
        conflicts[b]?.push(a);
        if (dice.chance(0.2)) continue;
        if (dice.chance(0.5)) yieldsTo[a]?.push(b);
        else yieldsTo[b]?.push(a);
      }
    }
    for (let m = first; m < movements.length; m++) {
      const movement = movements[m];
      if (movement) movements[m] = { ...movement, conflicts: conflicts[m] ?? [], yieldsTo: yieldsTo[m] ?? [] };
    }
    signals.push({
      id: `s${signal}`,
      junctions: [signal],
      links,
      groups: [],
      programs: [{ id: '0', offsetS: 0, phases: rollPhases(dice, links, movements) }],
    });
  }
  return plainCity(signals, movements);
}
