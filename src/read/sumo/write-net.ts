import {
  type City,
  type Corner,
  type Crossing,
  classBit,
  type Junction,
  type JunctionKind,
  type Movement,
  type Polyline,
  type RightOfWay,
  type Turn,
  VEHICLE_CLASSES,
} from '../../city/city.ts';
import { measureLength } from '../../city/geometry.ts';
import { createToLonLat } from '../../city/projection.ts';
import { escapeText } from '../written.ts';
import { ALL_CLASSES, listSumoClasses } from './classes.ts';
import { formatProgram } from './write-signals.ts';

const TYPES: Readonly<Record<JunctionKind, string>> = {
  signal: 'traffic_light',
  priority: 'priority',
  'right-before-left': 'right_before_left',
  'all-way-stop': 'allway_stop',
  zipper: 'zipper',
  'dead-end': 'dead_end',
  unregulated: 'unregulated',
};
const DIRECTIONS: Readonly<Record<Turn, string>> = { straight: 's', right: 'r', left: 'l', 'u-turn': 't' };
const STATES: Readonly<Record<RightOfWay, string>> = {
  major: 'M',
  minor: 'm',
  stop: 's',
  'all-way-stop': 'w',
  'right-before-left': '=',
  zipper: 'Z',
};
/** SUMO has no inner lane of length 0. */
const SHORTEST_M = 0.1;
/** A waiting place this near a point of the path is that point. */
const SAME_PLACE_M = 0.02;
const WALKING = 'allow="pedestrian" speed="1.39"';
const PEDESTRIAN = classBit('pedestrian');

/** The pieces of one movement's way through its junction, as SUMO names them. */
interface Inner {
  /** Edge of the first piece, and the lane's place on it. */
  readonly edge: string;
  readonly lane: number;
  /** Edge behind the waiting place, null without one. */
  readonly second: string | null;
}

/**
 * A `.net.xml` of SUMO 1.15 (docs: Networks, SUMO Road Networks) straight from the city: lanes and paths lie where they lie
 * here, links are numbered as the movements of a junction, requests are its right of way and conflicts. netconvert is not
 * needed.
 */
export function formatNet(city: City): string {
  const inner = nameInner(city);
  const walking = nameWalking(city);
  const arriving: number[][] = city.junctions.map(() => []);
  city.roads.forEach(({ to }, r) => {
    arriving[to]?.push(r);
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<net version="1.9"${city.corners.length > 0 ? ' walkingareas="true"' : ''}>`,
    formatLocation(city),
    ...city.junctions.flatMap((junction, j) => formatInnerEdges(city, junction, inner, walking, j)),
    ...city.roads.map((_, r) => formatRoad(city, r)),
    ...city.signals.flatMap(({ id, programs: [own, ...others] }) =>
      [...others, ...(own === undefined ? [] : [own])].map((program) => formatProgram(id, program)),
    ),
    ...city.junctions.map((junction, j) => formatJunction(city, junction, inner, walking, arriving[j] ?? [], j)),
    ...city.junctions.flatMap((junction, j) => formatWaitingPlaces(city, junction, inner, walking, j)),
    ...city.junctions.flatMap(({ movements }) => movements.map((m) => formatConnection(city, m, inner))),
    ...city.junctions.flatMap(({ movements }) => movements.flatMap((m) => formatInnerConnections(city, m, inner))),
    ...formatWalkingConnections(city, walking),
    '</net>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Numbers in their shortest form, pairs joined as SUMO writes shapes. */
function shapeOf(line: Polyline): string {
  const pairs: string[] = [];
  for (let i = 0; i + 1 < line.length; i += 2) pairs.push(`${line[i]},${line[i + 1]}`);
  return pairs.join(' ');
}

function formatLocation(city: City): string {
  const { definition, offsetX, offsetY } = city.projection;
  const box = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  for (const { shape } of city.lanes) {
    for (let i = 0; i + 1 < shape.length; i += 2) {
      box[0] = Math.min(box[0], shape[i] ?? 0);
      box[1] = Math.min(box[1], shape[i + 1] ?? 0);
      box[2] = Math.max(box[2], shape[i] ?? 0);
      box[3] = Math.max(box[3], shape[i + 1] ?? 0);
    }
  }
  const toLonLat = createToLonLat(city);
  const original =
    definition === null
      ? [box[0] - offsetX, box[1] - offsetY, box[2] - offsetX, box[3] - offsetY]
      : [...toLonLat(box[0], box[1]), ...toLonLat(box[2], box[3])];
  return `<location netOffset="${offsetX},${offsetY}" convBoundary="${box.join(',')}" origBoundary="${original.join(',')}" projParameter="${escapeText(definition ?? '!')}"/>`;
}

/** By movement. As netconvert does, neighbouring links between the same roads share an edge; pieces behind a waiting place have their own. */
function nameInner(city: City): (Inner | null)[] {
  const names: (Inner | null)[] = city.movements.map(() => null);
  for (const { id, movements } of city.junctions) {
    if (movements.every((m) => city.movements[m]?.lengthM === 0)) continue;
    let pair = '';
    let edge = 0;
    let lane = 0;
    let split = movements.length;
    movements.forEach((m, link) => {
      const movement = city.movements[m];
      if (movement === undefined) return;
      const own = `${city.lanes[movement.fromLane]?.road} ${city.lanes[movement.toLane]?.road}`;
      lane = own === pair ? lane + 1 : 0;
      if (own !== pair) edge = link;
      pair = own;
      names[m] = { edge: `:${id}_${edge}`, lane, second: movement.waitAtM > 0 ? `:${id}_${split++}` : null };
    });
  }
  return names;
}

interface Walking {
  /** Ids of SUMO by corner and by crossing. */
  readonly corners: readonly string[];
  readonly crossings: readonly string[];
  /** Indices of both by junction. */
  readonly of: readonly { readonly corners: readonly number[]; readonly crossings: readonly number[] }[];
}

/** SUMO wants `:JUNCTION_wN` and `:JUNCTION_cN`; ids that are of that form stay. */
function nameWalking({ junctions, corners, crossings }: City): Walking {
  const of = junctions.map(() => ({ corners: [] as number[], crossings: [] as number[] }));
  corners.forEach(({ junction }, c) => {
    of[junction]?.corners.push(c);
  });
  crossings.forEach(({ junction }, c) => {
    of[junction]?.crossings.push(c);
  });
  const nameAll = (items: readonly (Corner | Crossing)[], kind: 'corners' | 'crossings', letter: string) => {
    const isNamed = items.every(({ id, junction }) => id.startsWith(`:${junctions[junction]?.id}_${letter}`));
    if (isNamed) return items.map(({ id }) => id as string);
    return items.map(({ junction }, c) => `:${junctions[junction]?.id}_${letter}${of[junction]?.[kind].indexOf(c)}`);
  };
  return { of, corners: nameAll(corners, 'corners', 'w'), crossings: nameAll(crossings, 'crossings', 'c') };
}

function permissions(allowed: number): string {
  if (allowed === ALL_CLASSES) return '';
  if (allowed === 0) return ' disallow="all"';
  if (allowed === (ALL_CLASSES & ~PEDESTRIAN)) return ' disallow="pedestrian"';
  return ` allow="${VEHICLE_CLASSES.flatMap((kind) => ((allowed & classBit(kind)) !== 0 ? listSumoClasses(kind) : [])).join(' ')}"`;
}

function formatRoad(city: City, r: number): string {
  const road = city.roads[r];
  if (road === undefined) return '';
  const lanes = city.lanes
    .slice(road.firstLane, road.firstLane + road.laneCount)
    .map(
      ({ id, index, allowed, speedMps, lengthM, widthM, shape }) =>
        `<lane id="${escapeText(id)}" index="${index}"${permissions(allowed)} speed="${speedMps}" length="${lengthM}" width="${widthM}" shape="${shapeOf(shape)}"/>`,
    );
  const name = road.name === '' ? '' : ` name="${escapeText(road.name)}"`;
  const ends = `from="${idOf(city, road.from)}" to="${idOf(city, road.to)}"`;
  return `<edge id="${escapeText(road.id)}" ${ends}${name} priority="${road.priority}">${lanes.join('')}</edge>`;
}

function idOf(city: City, junction: number): string {
  return escapeText(city.junctions[junction]?.id ?? '');
}

/** A path cut in two at a distance of its own length. */
function cutAt(shape: Polyline, share: number): [number[], number[]] {
  const atM = measureLength(shape) * share;
  let goneM = 0;
  for (let i = 2; i + 1 < shape.length; i += 2) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = shape.slice(i - 2, i + 2);
    const stepM = Math.hypot(x1 - x0, y1 - y0);
    const isLast = i + 3 >= shape.length;
    if (Math.abs(goneM + stepM - atM) < SAME_PLACE_M && !isLast) return [shape.slice(0, i + 2), shape.slice(i)];
    if (goneM + stepM >= atM || isLast) {
      const f = stepM === 0 ? 0 : Math.min(1, Math.max(0, (atM - goneM) / stepM));
      const [x, y] = [round(x0 + (x1 - x0) * f, 100), round(y0 + (y1 - y0) * f, 100)];
      return [
        [...shape.slice(0, i), x, y],
        [x, y, ...shape.slice(i)],
      ];
    }
    goneM += stepM;
  }
  return [[...shape], [...shape]];
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}

function formatInnerEdges(
  city: City,
  { movements }: Junction,
  inner: readonly (Inner | null)[],
  walking: Walking,
  j: number,
): string[] {
  const edges = new Map<string, string[]>();
  const add = (edge: string, lane: number, movement: Movement, lengthM: number, shape: Polyline) => {
    const allowed = (city.lanes[movement.fromLane]?.allowed ?? 0) & (city.lanes[movement.toLane]?.allowed ?? 0);
    const lanes = edges.get(edge) ?? [];
    edges.set(edge, lanes);
    lanes.push(
      `<lane id="${escapeText(edge)}_${lane}" index="${lane}"${permissions(allowed)} speed="${movement.speedMps}" length="${Math.max(SHORTEST_M, round(lengthM, 1e6))}" shape="${shapeOf(shape)}"/>`,
    );
  };
  const seconds: (() => void)[] = [];
  for (const m of movements) {
    const movement = city.movements[m];
    const name = inner[m];
    if (movement === undefined || !name) continue;
    const { lengthM, waitAtM, shape } = movement;
    if (name.second === null) add(name.edge, name.lane, movement, lengthM, shape);
    else {
      const [before, after] = cutAt(shape, waitAtM / lengthM);
      const { second } = name;
      add(name.edge, name.lane, movement, waitAtM, before);
      seconds.push(() => add(second, 0, movement, lengthM - waitAtM, after));
    }
  }
  for (const addSecond of seconds) addSecond();
  return [
    ...[...edges].map(([edge, lanes]) => `<edge id="${escapeText(edge)}" function="internal">${lanes.join('')}</edge>`),
    ...(walking.of[j]?.crossings ?? []).flatMap((c) =>
      formatCrossing(city, city.crossings[c], walking.crossings[c] ?? ''),
    ),
    ...(walking.of[j]?.corners ?? []).flatMap((c) => formatCorner(city, city.corners[c], walking.corners[c] ?? '')),
  ];
}

function formatCrossing(city: City, crossing: Crossing | undefined, id: string): string[] {
  if (crossing === undefined) return [];
  const { roads, lengthM, widthM, shape } = crossing;
  const across = roads.map((road) => escapeText(city.roads[road]?.id ?? '')).join(' ');
  return [
    `<edge id="${escapeText(id)}" function="crossing" crossingEdges="${across}"><lane id="${escapeText(id)}_0" index="0" ${WALKING} length="${lengthM}" width="${widthM}" shape="${shapeOf(shape)}"/></edge>`,
  ];
}

function formatCorner(city: City, corner: Corner | undefined, id: string): string[] {
  if (corner === undefined) return [];
  const widths = corner.sidewalks.map((lane) => city.lanes[lane]?.widthM ?? 0);
  const lengthM = Math.max(SHORTEST_M, round(measureLength(corner.shape) / 3, 100));
  return [
    `<edge id="${escapeText(id)}" function="walkingarea"><lane id="${escapeText(id)}_0" index="0" ${WALKING} length="${lengthM}" width="${Math.max(2, ...widths)}" shape="${shapeOf(corner.shape)}"/></edge>`,
  ];
}

/** Bits of links, link 0 rightmost. */
function bits(count: number, links: ReadonlySet<number>): string {
  let text = '';
  for (let link = count - 1; link >= 0; link--) text += links.has(link) ? '1' : '0';
  return text;
}

function formatJunction(
  city: City,
  junction: Junction,
  inner: readonly (Inner | null)[],
  walking: Walking,
  arriving: readonly number[],
  j: number,
): string {
  const { id, kind, x, y, shape, movements } = junction;
  const crossings = walking.of[j]?.crossings ?? [];
  const linkOf = new Map(movements.map((m, link) => [m, link]));
  const incoming = new Set(movements.map((m) => city.movements[m]?.fromLane ?? -1));
  for (const r of arriving) {
    const { firstLane = 0, laneCount = 0 } = city.roads[r] ?? {};
    for (let k = 0; k < laneCount; k++) incoming.add(firstLane + k);
  }
  const incLanes = [
    ...[...incoming].map((lane) => city.lanes[lane]?.id ?? ''),
    ...crossings.map((c) => `${walking.corners[city.crossings[c]?.corners[0] ?? -1]}_0`),
  ];
  const intLanes = [
    ...movements.flatMap((m) => {
      const name = inner[m];
      return name ? [name.second === null ? `${name.edge}_${name.lane}` : `${name.second}_0`] : [];
    }),
    ...crossings.map((c) => `${walking.crossings[c]}_0`),
  ];
  const count = movements.length + crossings.length;
  const asLinks = (list: readonly number[]) => list.flatMap((m) => linkOf.get(m) ?? []);
  const requests = movements.map((m, link) => {
    const { yieldsTo = [], conflicts = [], waitAtM = -1 } = city.movements[m] ?? {};
    const feet = crossings.flatMap((c, k) => (city.crossings[c]?.conflicts.includes(m) ? [[c, k] as const] : []));
    const before = feet.filter(([c]) => !city.crossings[c]?.yieldsTo.includes(m));
    const response = new Set([...asLinks(yieldsTo), ...before.map(([, k]) => movements.length + k)]);
    const foes = new Set([...asLinks(conflicts), ...feet.map(([, k]) => movements.length + k)]);
    return `<request index="${link}" response="${bits(count, response)}" foes="${bits(count, foes)}" cont="${waitAtM > 0 ? 1 : 0}"/>`;
  });
  crossings.forEach((c, k) => {
    const { yieldsTo = [], conflicts = [] } = city.crossings[c] ?? {};
    requests.push(
      `<request index="${movements.length + k}" response="${bits(count, new Set(asLinks(yieldsTo)))}" foes="${bits(count, new Set(asLinks(conflicts)))}" cont="0"/>`,
    );
  });
  const lanes = `incLanes="${escapeText([...new Set(incLanes)].join(' '))}" intLanes="${escapeText(intLanes.join(' '))}"`;
  return `<junction id="${escapeText(id)}" type="${TYPES[kind]}" x="${x}" y="${y}" ${lanes} shape="${shapeOf(shape)}">${requests.join('')}</junction>`;
}

/** SUMO's internal junctions: who waits there gives way to the links of `incLanes` that go over `intLanes`. */
function formatWaitingPlaces(
  city: City,
  { movements }: Junction,
  inner: readonly (Inner | null)[],
  walking: Walking,
  j: number,
): string[] {
  return movements.flatMap((m) => {
    const name = inner[m];
    const movement = city.movements[m];
    if (!name || name.second === null || movement === undefined) return [];
    const { yieldsInside, conflicts, shape, waitAtM, lengthM } = movement;
    const lanes = new Set(yieldsInside.map((other) => city.movements[other]?.fromLane ?? -1));
    const across = conflicts.filter(
      (other) => yieldsInside.includes(other) || !lanes.has(city.movements[other]?.fromLane ?? -1),
    );
    const intLanes = [...new Set([...yieldsInside, ...across].sort((a, b) => a - b))].flatMap((other) =>
      inner[other] ? [`${inner[other].edge}_${inner[other].lane}`] : [],
    );
    const feet = (walking.of[j]?.crossings ?? []).filter((c) => city.crossings[c]?.conflicts.includes(m));
    const [x, y] = cutAt(shape, waitAtM / lengthM)[1];
    const incLanes = [`${name.edge}_${name.lane}`, ...[...lanes].map((lane) => city.lanes[lane]?.id ?? '')];
    intLanes.push(...feet.map((c) => `${walking.crossings[c]}_0`));
    return [
      `<junction id="${escapeText(name.second)}_0" type="internal" x="${x}" y="${y}" incLanes="${escapeText(incLanes.join(' '))}" intLanes="${escapeText(intLanes.join(' '))}"/>`,
    ];
  });
}

function endsOf(
  city: City,
  { fromLane, toLane }: Movement,
): { from: string; to: string; lanes: string; toLaneAt: number } {
  const [from, to] = [city.lanes[fromLane], city.lanes[toLane]];
  return {
    from: escapeText(city.roads[from?.road ?? -1]?.id ?? ''),
    to: escapeText(city.roads[to?.road ?? -1]?.id ?? ''),
    lanes: `fromLane="${from?.index ?? 0}" toLane="${to?.index ?? 0}"`,
    toLaneAt: to?.index ?? 0,
  };
}

function formatConnection(city: City, m: number, inner: readonly (Inner | null)[]): string {
  const movement = city.movements[m];
  if (movement === undefined) return '';
  const { from, to, lanes } = endsOf(city, movement);
  const name = inner[m];
  const via = name ? ` via="${escapeText(name.edge)}_${name.lane}"` : '';
  const { signal, link, rightOfWay } = movement;
  const light = signal < 0 ? '' : ` tl="${escapeText(city.signals[signal]?.id ?? '')}" linkIndex="${link}"`;
  const state = signal < 0 ? STATES[rightOfWay] : rightOfWay === 'major' ? 'O' : 'o';
  return `<connection from="${from}" to="${to}" ${lanes}${via}${light} dir="${DIRECTIONS[movement.turn]}" state="${state}"/>`;
}

function formatInnerConnections(city: City, m: number, inner: readonly (Inner | null)[]): string[] {
  const movement = city.movements[m];
  const name = inner[m];
  if (movement === undefined || !name) return [];
  const { to, toLaneAt } = endsOf(city, movement);
  const leave = (edge: string, lane: number, via: string, state: string) =>
    `<connection from="${escapeText(edge)}" to="${to}" fromLane="${lane}" toLane="${toLaneAt}"${via} dir="${DIRECTIONS[movement.turn]}" state="${state}"/>`;
  if (name.second === null) return [leave(name.edge, name.lane, '', 'M')];
  return [leave(name.edge, name.lane, ` via="${escapeText(name.second)}_0"`, 'm'), leave(name.second, 0, '', 'M')];
}

function formatWalkingConnections(city: City, walking: Walking): string[] {
  const join = (from: string, to: string, fromLane: number, toLane: number, light = '') =>
    `<connection from="${escapeText(from)}" to="${escapeText(to)}" fromLane="${fromLane}" toLane="${toLane}"${light} dir="s" state="M"/>`;
  const sidewalks = city.corners.flatMap(({ junction, sidewalks }, c) =>
    sidewalks.map((l) => {
      const lane = city.lanes[l];
      const road = city.roads[lane?.road ?? -1];
      const corner = walking.corners[c] ?? '';
      if (lane === undefined || road === undefined) return '';
      return road.to === junction ? join(road.id, corner, lane.index, 0) : join(corner, road.id, 0, lane.index);
    }),
  );
  const crossings = city.crossings.flatMap(({ corners: [first, second], signal, link }, c) => {
    const [a = '', b = '', own = ''] = [walking.corners[first], walking.corners[second], walking.crossings[c]];
    const light = signal < 0 ? '' : ` tl="${escapeText(city.signals[signal]?.id ?? '')}" linkIndex="${link}"`;
    return [join(a, own, 0, 0, light), join(own, b, 0, 0)];
  });
  return [...sidewalks, ...crossings];
}
