import type { City, Junction, Lane, Movement, Phase, Road, Turn } from '../src/city/city.ts';
import { classBit } from '../src/city/city.ts';
import { createFrame, type Frame } from '../src/city/frame.ts';

export interface CrossingOptions {
  /** Approach lanes from the joint to the stop line, and the road before the joint. */
  readonly innerM?: number;
  readonly outerM?: number;
}

const ARMS = ['n', 'e', 's', 'w'] as const;
const TURNS: readonly Turn[] = ['right', 'straight', 'left'];
const JUNCTION_M = 20;

/** Lane index on an arm (0 n, 1 e, 2 s, 3 w): lane 0 is for right and straight, lane 1 for left. */
export function laneOf(arm: number, part: 'outer' | 'inner' | 'exit', index: number): number {
  return 2 * (3 * arm + ['outer', 'inner', 'exit'].indexOf(part)) + index;
}

const state = (greens: readonly number[], lamp: string): string =>
  Array.from({ length: 12 }, (_, link) => (greens.includes(link) ? lamp : 'r')).join('');

/** Links are 3 x arm + (0 right, 1 straight, 2 left); stages are phases 0, 2, 4, 6: north-south, its lefts, east-west, its lefts. */
const STAGES = [
  [0, 1, 6, 7],
  [2, 8],
  [3, 4, 9, 10],
  [5, 11],
];

function meets(a: number, turnA: Turn, b: number, turnB: Turn): boolean {
  if (a === b) return false;
  const exit = (arm: number, turn: Turn): number => (arm + 3 - TURNS.indexOf(turn)) % 4;
  if (exit(a, turnA) === exit(b, turnB)) return true;
  if (turnA === 'right' || turnB === 'right') return false;
  const opposite = (a + 2) % 4 === b;
  return !(opposite && turnA === turnB);
}

/**
 * One signalised crossing of four arms with two lanes in and out, each approach cut in two by an unsignalised joint.
 * For tests that need a small city without reading a file.
 */
export function createCrossing({ innerM = 60, outerM = 300 }: CrossingOptions = {}): City {
  const roads: Road[] = [];
  const lanes: Lane[] = [];
  const movements: Movement[] = [];
  const allowed = classBit('car') | classBit('bus') | classBit('truck');
  ARMS.forEach((arm, a) => {
    for (const [part, lengthM, from, to] of [
      ['outer', outerM, 5 + a, 1 + a],
      ['inner', innerM, 1 + a, 0],
      ['exit', 200, 0, 5 + a],
    ] as const) {
      const road = roads.length;
      const id = `${arm}_${part}`;
      roads.push({
        id,
        name: id,
        from,
        to,
        firstLane: lanes.length,
        laneCount: 2,
        lengthM,
        speedMps: 13.89,
        priority: 1,
        level: 0,
        district: -1,
      });
      for (const index of [0, 1]) {
        lanes.push({
          id: `${id}_${index}`,
          road,
          index,
          lengthM,
          speedMps: 13.89,
          widthM: 3.2,
          allowed,
          shape: [0, 0, 0, lengthM],
          out: [],
          in: [],
        });
      }
    }
  });
  const add = (
    fields: Pick<Movement, 'junction' | 'fromLane' | 'toLane' | 'turn' | 'lengthM' | 'signal' | 'link'>,
  ): void => {
    movements.push({
      ...fields,
      id: `m${movements.length}`,
      speedMps: 13.89,
      shape: [],
      waitAtM: -1,
      rightOfWay: 'major',
      yieldsTo: [],
      yieldsInside: [],
      conflicts: [],
    });
  };
  ARMS.forEach((_, a) => {
    for (const i of [0, 1]) {
      add({
        junction: 1 + a,
        fromLane: laneOf(a, 'outer', i),
        toLane: laneOf(a, 'inner', i),
        turn: 'straight',
        lengthM: 0,
        signal: -1,
        link: -1,
      });
    }
  });
  ARMS.forEach((_, a) => {
    TURNS.forEach((turn, t) => {
      const lane = turn === 'left' ? 1 : 0;
      const toLane = laneOf((a + 3 - t) % 4, 'exit', lane);
      add({
        junction: 0,
        fromLane: laneOf(a, 'inner', lane),
        toLane,
        turn,
        lengthM: JUNCTION_M,
        signal: 0,
        link: 3 * a + t,
      });
    });
  });
  const conflictsOf = (index: number): number[] =>
    index < 8
      ? []
      : movements.flatMap(({ turn }, other) => {
          const [arm, otherArm] = [Math.floor((index - 8) / 3), Math.floor((other - 8) / 3)];
          return other >= 8 && meets(arm, movements[index]!.turn, otherArm, turn) ? [other] : [];
        });
  const linked = movements.map((movement, index) => ({ ...movement, conflicts: conflictsOf(index) }));
  const phases: Phase[] = STAGES.flatMap((greens) => [
    { state: state(greens, 'G'), durationS: 20 },
    { state: state(greens, 'y'), durationS: 3 },
  ]);
  const junction = (id: string, kind: Junction['kind'], own: readonly number[], signal: number): Junction => ({
    id,
    kind,
    x: 0,
    y: 0,
    shape: [],
    movements: own,
    signal,
  });
  return {
    name: 'crossing',
    version: 'crossing-1',
    projection: { definition: null, offsetX: 0, offsetY: 0 },
    roads,
    lanes: lanes.map((lane, index) => ({
      ...lane,
      out: linked.flatMap(({ fromLane }, m) => (fromLane === index ? [m] : [])),
      in: linked.flatMap(({ toLane }, m) => (toLane === index ? [m] : [])),
    })),
    movements: linked,
    junctions: [
      junction(
        'C',
        'signal',
        Array.from({ length: 12 }, (_, k) => 8 + k),
        0,
      ),
      ...ARMS.map((arm, a) => junction(`joint_${arm}`, 'priority', [2 * a, 2 * a + 1], -1)),
      ...ARMS.map((arm) => junction(`end_${arm}`, 'dead-end', [], -1)),
    ],
    signals: [
      {
        id: 'C',
        junctions: [0],
        links: Array.from({ length: 12 }, (_, link) => [8 + link]),
        groups: Array.from({ length: 12 }, (_, link) => ({ id: `${link}`, links: [link] })),
        programs: [{ id: '0', offsetS: 0, phases }],
      },
    ],
    corners: [],
    crossings: [],
    busStops: [],
    districts: [],
    ground: [],
    detectors: [],
  };
}

export interface PlacedVehicle {
  readonly slot: number;
  readonly segment: number;
  readonly posM: number;
  readonly speedMps?: number;
  readonly lengthM?: number;
  readonly kind?: number;
}

export function frameOf(timeMs: number, vehicles: readonly PlacedVehicle[]): Frame {
  const frame = createFrame(vehicles.length);
  frame.timeMs = timeMs;
  frame.count = vehicles.length;
  vehicles.forEach(({ slot, segment, posM, speedMps = 0, lengthM = 5, kind = 0 }, i) => {
    frame.slot[i] = slot;
    frame.segment[i] = segment;
    frame.posM[i] = posM;
    frame.speedMps[i] = speedMps;
    frame.lengthM[i] = lengthM;
    frame.kind[i] = kind;
  });
  return frame;
}

/** The crossing with a second signal, at the end of every exit. */
export function withSignalsAtExits(crossing: City, exit: Partial<Lane> = {}): City {
  const movements = [...crossing.movements];
  const lanes = crossing.lanes.slice();
  for (let arm = 0; arm < 4; arm++) {
    for (const index of [0, 1]) {
      const fromLane = laneOf(arm, 'exit', index);
      lanes[fromLane] = { ...lanes[fromLane]!, ...exit, out: [movements.length] };
      const toLane = laneOf(arm, 'outer', index);
      movements.push({ ...movements[0]!, fromLane, toLane, signal: 1, link: 2 * arm + index });
    }
  }
  return { ...crossing, lanes, movements };
}
