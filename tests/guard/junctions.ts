import type { City, Crossing, Movement, Phase, Signal } from '../../src/city/city.ts';
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

/** A crossing with nothing but its length and its place among the movements. */
export function plainCrossing(index: number, over: Partial<Crossing>): Crossing {
  return {
    id: `c${index}`,
    junction: 0,
    roads: [],
    lengthM: 6,
    widthM: 3,
    shape: [],
    corners: [0, 1],
    signal: 0,
    link: 0,
    conflicts: [],
    yieldsTo: [],
    ...over,
  };
}

/** A city of signals, movements and crossings alone: all the guard looks at. */
export function plainCity(
  signals: readonly Signal[],
  movements: readonly Movement[],
  crossings: readonly Crossing[] = [],
): City {
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
    crossings,
    busStops: [],
    districts: [],
    ground: [],
    detectors: [],
  };
}

/** A state that opens links in random order, mostly only where they do not clash with those open already. */
function rollStage(dice: Dice, { links, movements, crossings }: Layout, wild: boolean): string {
  const lamps = Array.from(links, () => 'r');
  const order = links.map((_, i) => i).sort(() => dice.next() - 0.5);
  const wanted = dice.roll(1, links.length);
  for (const i of order.slice(0, wanted)) {
    const isWalk = links[i]?.length === 0;
    const lamp = dice.chance(isWalk ? 0.9 : 0.55)
      ? 'G'
      : isWalk || dice.chance(0.7)
        ? 'g'
        : dice.chance(0.8)
          ? 's'
          : 'o';
    const clashes = lamps.some(
      (other, j) =>
        other !== 'r' &&
        (conflictUnyielded(links, movements, i, lamp, j, other) ||
          walkUnyielded(links, crossings, i, lamp, j, other) ||
          walkUnyielded(links, crossings, j, other, i, lamp)),
    );
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

/** True when a crossing of link `i` is open with vehicles of link `j` that neither let it be nor are let be by it. */
function walkUnyielded(
  links: readonly (readonly number[])[],
  crossings: readonly Crossing[],
  i: number,
  li: string,
  j: number,
  lj: string,
): boolean {
  return crossings.some(
    ({ link, conflicts, yieldsTo }) =>
      link === i &&
      (links[j] ?? []).some((m) => conflicts.includes(m) && (yieldsTo.includes(m) ? li === 'G' : lj === 'G')),
  );
}

/** One signal's links with the city's movements and the signal's own crossings. */
interface Layout {
  readonly links: readonly (readonly number[])[];
  readonly movements: readonly Movement[];
  readonly crossings: readonly Crossing[];
}

function rollPhases(dice: Dice, layout: Layout): Phase[] {
  const phases: Phase[] = [];
  const stages = dice.roll(1, 8);
  const wild = dice.chance(0.15);
  const yellowS = dice.roll(0, 3);
  const allRedS = dice.roll(0, 2);
  const walkEndsS = dice.chance(0.5) ? dice.roll(1, 8) : 0;
  const states = Array.from({ length: stages }, () => rollStage(dice, layout, wild));
  states.forEach((state, k) => {
    const next = states[(k + 1) % states.length] ?? state;
    phases.push({ state, durationS: dice.roll(1, 15) });
    const going = (lamp: string) =>
      Array.from(state, (a, i) => {
        if (!/[Gg]/.test(a) || /[Gg]/.test(next.charAt(i))) return a;
        return layout.links[i]?.length === 0 ? 'r' : lamp;
      });
    if (walkEndsS > 0 && layout.crossings.length > 0) {
      const walkless = Array.from(state, (a, i) => (layout.links[i]?.length === 0 ? 'r' : a));
      phases.push({ state: walkless.join(''), durationS: walkEndsS });
    }
    if (yellowS > 0) phases.push({ state: going('y').join(''), durationS: yellowS });
    if (allRedS > 0) phases.push({ state: going('r').join(''), durationS: allRedS });
  });
  return phases;
}

/** Up to two crossings of a signal, each with a lamp of its own behind those of the vehicles. */
function rollCrossings(
  dice: Dice,
  signal: number,
  vehicleLinks: number,
  own: readonly number[],
  first: number,
): Crossing[] {
  return Array.from({ length: dice.chance(0.5) ? dice.roll(1, 2) : 0 }, (_, k) => {
    const conflicts = own.filter(() => dice.chance(0.5));
    return plainCrossing(first + k, {
      signal,
      junction: signal,
      link: vehicleLinks + k,
      lengthM: dice.roll(2, 14),
      conflicts,
      yieldsTo: conflicts.filter(() => dice.chance(0.1)),
    });
  });
}

/**
 * A city of `count` signals, each with 1 to 8 links of vehicles, up to two crossings, random conflicts and a random
 * program.
 */
export function rollCity(dice: Dice, count: number): City {
  const movements: Movement[] = [];
  const signals: Signal[] = [];
  const crossings: Crossing[] = [];
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
    const own = rollCrossings(dice, signal, linkCount, links.flat(), crossings.length);
    crossings.push(...own);
    const all = [...links, ...own.map((): number[] => [])];
    signals.push({
      id: `s${signal}`,
      junctions: [signal],
      links: all,
      groups: [],
      programs: [{ id: '0', offsetS: 0, phases: rollPhases(dice, { links: all, movements, crossings: own }) }],
    });
  }
  return plainCity(signals, movements, crossings);
}
