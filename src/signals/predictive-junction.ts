import type { City, Turn } from '../city/city.ts';
import { gainsRight, getOwnProgram, isGreen, listGreens } from '../city/greens.ts';
import type { StageOrder } from '../city/stage-order.ts';
import { listWalks } from '../city/walks.ts';

/** What a lamp grants a stream of a lane: nothing, the right of way, a gap if there is one, a gap after a halt. */
export type Grant = 0 | 1 | 2 | 3;
export const CLOSED = 0;
export const PROTECTED = 1;
export const PERMISSIVE = 2;
export const STOP_THEN_GO = 3;

/** Traffic of one approach lane towards one road: what a stage lets go or stops as a whole. */
export interface Stream {
  /** Place in `Junction.lanes`. */
  readonly lane: number;
  readonly exitRoad: number;
  /** Lanes of that road it may take. */
  readonly exits: readonly number[];
  /** Links of the signal and movements of the city it is made of. */
  readonly links: readonly number[];
  readonly movements: readonly number[];
  /** By place in `Junction.stages`. */
  readonly grants: readonly Grant[];
  /** Streams (places in the same list) it gives way to when it has no protected green. */
  readonly yieldsTo: readonly number[];
  /** True when a vehicle without a gap may wait inside the junction, out of the way of its lane. */
  readonly waitsInside: boolean;
  /** What share of its lane it is taken for before anything was seen. */
  readonly priorShare: number;
}

/** Something besides vehicles that asks for stages. */
export interface Call {
  readonly link: number;
  /** By place in `Junction.stages`: 1 where its lamp is green. */
  readonly isOpen: Uint8Array;
}

/** The lamp of one or more crossings. */
export interface Walk extends Call {
  /** Crossing indices of the city. */
  readonly crossings: readonly number[];
}

/** The static side of one signal as the search sees it. */
export interface Junction {
  readonly signal: number;
  /** Phase indices of the stages. */
  readonly stages: readonly number[];
  /** Approach lanes, as lane indices of the city. */
  readonly lanes: readonly number[];
  readonly streams: readonly Stream[];
  /** Streams of each lane. */
  readonly streamsOf: readonly (readonly number[])[];
  /** Roads its streams lead to; by stream, the place of its own among them. */
  readonly exitRoads: readonly number[];
  readonly exitOf: readonly number[];
  /** Pairs of roads its streams go between; by stream, the place of its own. */
  readonly turns: readonly { readonly fromRoad: number; readonly toRoad: number }[];
  readonly turnOf: readonly number[];
  /** Stages that together serve everybody, the fewest a greedy search finds. */
  readonly roundStages: number;
  /** `losesAny[from * stages + to]`: some lamp that is green in `from` is not in `to`, so the change takes its intergreen. */
  readonly losesAny: Uint8Array;
  /** A stage order binds the signal: a stage that serves nobody may lie on the way to one that does. */
  readonly isOrdered: boolean;
  /** `mayFollow[from * stages + to]`: 1 where the signal's stage order lets `to` come after `from`. */
  readonly mayFollow: Uint8Array;
  readonly walks: readonly Walk[];
  /** Links that go in the same stages, but not in all: one of each. Their red must end some time (`Recalls`). */
  readonly recalls: readonly Call[];
  /** The walks, then the recalls. */
  readonly calls: readonly Call[];
  /** `walkClearS[from * stages + to]`: least time from the end of `from`'s walk to the start of `to`, for those still crossing. */
  readonly walkClearS: Float64Array;
}

/** How usual a turn is before anything was seen, as a weight. */
export const USUAL: Readonly<Record<Turn, number>> = { straight: 6, right: 2, left: 2, 'u-turn': 0.05 };

function grantOf(lamp: string): Grant {
  if (lamp === 'G') return PROTECTED;
  if (lamp === 'g') return PERMISSIVE;
  return lamp === 's' ? STOP_THEN_GO : CLOSED;
}

/** Lanes beside (and with) `lane` that lead to a road: who may choose spreads over them. */
function countLanes(city: City, lane: number, exitRoad: number): number {
  const { firstLane, laneCount } = city.roads[city.lanes[lane]!.road]!;
  let count = 0;
  for (let beside = firstLane; beside < firstLane + laneCount; beside++) {
    const leads = city.lanes[beside]!.out.some((m) => city.lanes[city.movements[m]!.toLane]!.road === exitRoad);
    if (leads) count++;
  }
  return count;
}

/** Lays out a signal for the search; `order` null allows any stage after any. */
export function planJunction(city: City, signal: number, order: StageOrder | null = null): Junction {
  const program = getOwnProgram(city.signals[signal]!);
  const stages = listGreens(program);
  const states = stages.map((phase) => program.phases[phase]!.state);
  const lanes: number[] = [];
  const byKey = new Map<
    string,
    { lane: number; exitRoad: number; exits: number[]; links: number[]; movements: number[] }
  >();
  city.signals[signal]!.links.forEach((movements, link) => {
    for (const index of movements) {
      const { fromLane, toLane } = city.movements[index]!;
      let lane = lanes.indexOf(fromLane);
      if (lane < 0) lane = lanes.push(fromLane) - 1;
      const exitRoad = city.lanes[toLane]!.road;
      const lamps = states.map((state) => state.charAt(link)).join('');
      const key = `${lane} ${exitRoad} ${lamps}`;
      let stream = byKey.get(key);
      if (stream === undefined) {
        stream = { lane, exitRoad, exits: [], links: [], movements: [] };
        byKey.set(key, stream);
      }
      if (!stream.exits.includes(toLane)) stream.exits.push(toLane);
      stream.links.push(link);
      stream.movements.push(index);
    }
  });
  const drafts = [...byKey.values()];
  const streamOf = new Map<number, number>();
  drafts.forEach(({ movements }, k) => {
    for (const index of movements) streamOf.set(index, k);
  });
  const streams = drafts.map(({ lane, exitRoad, exits, links, movements }, k): Stream => {
    const yieldsTo = new Set<number>();
    for (const index of movements) {
      for (const other of city.movements[index]!.yieldsTo) {
        const stream = streamOf.get(other);
        if (stream !== undefined && drafts[stream]!.lane !== lane) yieldsTo.add(stream);
      }
    }
    return {
      lane,
      exitRoad,
      exits,
      links,
      movements,
      grants: states.map((state) => grantOf(state.charAt(links[0]!))),
      yieldsTo: [...yieldsTo].filter((other) => other !== k),
      waitsInside: movements.some((index) => city.movements[index]!.waitAtM >= 0),
      priorShare: USUAL[city.movements[movements[0]!]!.turn] / countLanes(city, lanes[lane]!, exitRoad),
    };
  });
  const losesAny = new Uint8Array(stages.length * stages.length);
  states.forEach((from, a) => {
    states.forEach((to, b) => {
      for (let link = 0; link < from.length; link++) {
        if (/[Gg]/.test(from.charAt(link)) && !/[Gg]/.test(to.charAt(link))) losesAny[a * stages.length + b] = 1;
      }
    });
  });
  const mayFollow = new Uint8Array(stages.length * stages.length);
  stages.forEach((from, a) => {
    const next = order?.mayFollow.get(from);
    stages.forEach((to, b) => {
      mayFollow[a * stages.length + b] = next === undefined || next.includes(to) ? 1 : 0;
    });
  });
  const streamsOf = lanes.map((_, lane) => streams.flatMap((stream, k) => (stream.lane === lane ? [k] : [])));
  const isOrdered = order !== null;
  const exitRoads = [...new Set(streams.map(({ exitRoad }) => exitRoad))];
  const turns: { fromRoad: number; toRoad: number }[] = [];
  const turnOf = streams.map(({ lane, exitRoad: toRoad }) => {
    const fromRoad = city.lanes[lanes[lane]!]!.road;
    const known = turns.findIndex((turn) => turn.fromRoad === fromRoad && turn.toRoad === toRoad);
    return known >= 0 ? known : turns.push({ fromRoad, toRoad }) - 1;
  });
  const { walks, walkClearS } = planWalks(city, signal, states);
  const recalls = planRecalls(states);
  return {
    signal,
    stages,
    lanes,
    streams,
    streamsOf,
    exitRoads,
    exitOf: streams.map(({ exitRoad }) => exitRoads.indexOf(exitRoad)),
    turns,
    turnOf,
    roundStages: countRound(streams, stages.length),
    losesAny,
    isOrdered,
    mayFollow,
    walks,
    recalls,
    calls: [...walks, ...recalls],
    walkClearS,
  };
}

function countRound(streams: readonly Stream[], stages: number): number {
  let left = streams.filter(({ grants }) => grants.some((grant) => grant !== CLOSED));
  let count = 0;
  while (left.length > 0) {
    let rest = left;
    for (let s = 0; s < stages; s++) {
      const closed = left.filter(({ grants }) => grants[s] === CLOSED);
      if (closed.length < rest.length) rest = closed;
    }
    left = rest;
    count++;
  }
  return Math.max(1, count);
}

function planRecalls(states: readonly string[]): Call[] {
  const byStages = new Map<string, Call>();
  for (let link = 0; link < (states[0]?.length ?? 0); link++) {
    const isOpen = Uint8Array.from(states, (state) => (isGreen(state.charAt(link)) ? 1 : 0));
    if (isOpen.includes(0) && isOpen.includes(1)) byStages.set(isOpen.join(''), { link, isOpen });
  }
  return [...byStages.values()];
}

function planWalks(city: City, signal: number, states: readonly string[]): Pick<Junction, 'walks' | 'walkClearS'> {
  const walkClearS = new Float64Array(states.length * states.length);
  const walks = listWalks(city, signal).map(({ link, clearMs, meets }): Walk => {
    const isOpen = Uint8Array.from(states, (state) => (isGreen(state.charAt(link)) ? 1 : 0));
    states.forEach((from, a) => {
      states.forEach((to, b) => {
        const opens = meets.some((other) => gainsRight(from.charAt(other), to.charAt(other)));
        if (isOpen[a] === 0 || isOpen[b] === 1 || !opens) return;
        const at = a * states.length + b;
        walkClearS[at] = Math.max(walkClearS[at]!, Math.ceil(clearMs / 1000));
      });
    });
    const crossings = city.crossings.flatMap((each, c) => (each.signal === signal && each.link === link ? [c] : []));
    return { link, crossings, isOpen };
  });
  return { walks, walkClearS };
}
