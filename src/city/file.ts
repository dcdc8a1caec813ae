import { UrbaneError } from '../units/errors.ts';
import { checkCity } from './check.ts';
import { contentHash, crc32c } from './checksum.ts';
import type { City, District, Ground, Junction, Lane, Movement, Road, Signal } from './city.ts';
import { ColumnReader, ColumnWriter, readColumns } from './columns.ts';
import { hasControl, readControl, writeControl } from './file-control.ts';
import { hasWalking, readWalking, writeWalking } from './file-walking.ts';

/** "URBC" as the file's first four bytes. */
const MAGIC = 0x43425255;
/**
 * Format 2 adds corners, crossings and bus stops, format 3 to whom those at waiting places give way, format 4 which programs
 * are actuated, format 5 detectors, schedules and ring plans. A city is written in the lowest format that holds it.
 */
const FORMAT = 5;
/** magic, format, length of the body, CRC-32C of the body: 32-bit little-endian each. */
const HEADER_BYTES = 16;

const TURNS = ['right', 'straight', 'left', 'u-turn'] as const;
const RIGHTS = ['major', 'minor', 'stop', 'all-way-stop', 'right-before-left', 'zipper'] as const;
const KINDS = ['signal', 'priority', 'right-before-left', 'all-way-stop', 'zipper', 'dead-end', 'unregulated'] as const;
const GROUNDS = ['water', 'green', 'bridge'] as const;

function pick<T>(list: readonly T[], index: number, what: string): T {
  const value = list[index];
  if (value === undefined) {
    throw new UrbaneError('bad-city-file', `the city file has ${what} ${index}, expected 0 to ${list.length - 1}.`);
  }
  return value;
}

/** Everything of a city but name and version, as columns. */
export function writeContent(out: ColumnWriter, city: Omit<City, 'version'>, format = formatOf(city)): void {
  const { projection, roads, lanes, movements, junctions, signals, districts, ground } = city;
  out.writeTexts(projection.definition === null ? [] : [projection.definition]);
  out.writeNumbers([projection.offsetX, projection.offsetY]);

  out.writeTexts(roads.map((road) => road.id));
  out.writeTexts(roads.map((road) => road.name));
  for (const key of ['from', 'to', 'laneCount', 'lengthM', 'speedMps', 'priority', 'level', 'district'] as const) {
    out.writeNumbers(roads.map((road) => road[key]));
  }

  out.writeTexts(lanes.map((lane) => lane.id));
  for (const key of ['lengthM', 'speedMps', 'widthM', 'allowed'] as const) {
    out.writeNumbers(lanes.map((lane) => lane[key]));
  }
  out.writeLists(
    lanes.map((lane) => lane.shape),
    2,
  );

  out.writeTexts(movements.map((movement) => movement.id));
  for (const key of ['junction', 'fromLane', 'toLane', 'lengthM', 'speedMps', 'waitAtM', 'signal', 'link'] as const) {
    out.writeNumbers(movements.map((movement) => movement[key]));
  }
  out.writeNumbers(movements.map((movement) => TURNS.indexOf(movement.turn)));
  out.writeNumbers(movements.map((movement) => RIGHTS.indexOf(movement.rightOfWay)));
  out.writeLists(
    movements.map((movement) => movement.shape),
    2,
  );
  out.writeLists(movements.map((movement) => movement.yieldsTo));
  out.writeLists(movements.map((movement) => movement.conflicts));

  out.writeTexts(junctions.map((junction) => junction.id));
  out.writeNumbers(junctions.map((junction) => KINDS.indexOf(junction.kind)));
  for (const key of ['x', 'y', 'signal'] as const) out.writeNumbers(junctions.map((junction) => junction[key]));
  out.writeLists(
    junctions.map((junction) => junction.shape),
    2,
  );
  out.writeLists(junctions.map((junction) => junction.movements));

  out.writeCount(signals.length);
  for (const signal of signals) writeSignal(out, signal);

  out.writeTexts(districts.map((district) => district.id));
  out.writeTexts(districts.map((district) => district.name));
  out.writeTexts(districts.map((district) => district.nameZh ?? ''));
  out.writeLists(
    districts.map((district) => district.shape),
    2,
  );
  out.writeNumbers(ground.map(({ kind }) => GROUNDS.indexOf(kind)));
  out.writeLists(
    ground.map(({ shape }) => shape),
    2,
  );
  if (format >= 2) writeWalking(out, city);
  if (format >= 3) out.writeLists(movements.map((movement) => movement.yieldsInside));
  if (format >= 4) {
    const flags = (signal: Signal) => signal.programs.map(({ isActuated = false }) => (isActuated ? 1 : 0));
    out.writeLists(signals.map(flags));
  }
  if (format >= 5) writeControl(out, city);
}

function formatOf(city: Omit<City, 'version'>): number {
  if (hasControl(city)) return 5;
  if (city.signals.some(({ programs }) => programs.some(({ isActuated }) => isActuated))) return 4;
  const isUsual = ({ waitAtM, yieldsTo, yieldsInside }: Movement) =>
    String(yieldsInside) === String(waitAtM < 0 ? [] : yieldsTo);
  if (!city.movements.every(isUsual)) return 3;
  return hasWalking(city) ? 2 : 1;
}

function writeSignal(out: ColumnWriter, signal: Signal): void {
  out.writeText(signal.id);
  out.writeNumbers(signal.junctions);
  out.writeLists(signal.links);
  out.writeTexts(signal.groups.map((group) => group.id));
  out.writeLists(signal.groups.map((group) => group.links));
  out.writeCount(signal.programs.length);
  for (const program of signal.programs) {
    out.writeText(program.id);
    out.writeNumbers([program.offsetS]);
    out.writeTexts(program.phases.map((phase) => phase.state));
    out.writeNumbers(program.phases.map((phase) => phase.durationS));
    out.writeNumbers(program.phases.map((phase) => phase.minS ?? -1));
    out.writeNumbers(program.phases.map((phase) => phase.maxS ?? -1));
  }
}

/** The whole city as one file: header, name, columns. Small: shapes are differences in millimetres where that is exact. */
export function saveCity(city: City): Uint8Array {
  const name = new ColumnWriter();
  name.writeText(city.name);
  const nameBytes = name.finish();
  const format = formatOf(city);
  const written = new ColumnWriter();
  writeContent(written, city, format);
  const content = written.finish();
  const file = new Uint8Array(HEADER_BYTES + nameBytes.length + content.length);
  file.set(nameBytes, HEADER_BYTES);
  file.set(content, HEADER_BYTES + nameBytes.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, format, true);
  view.setUint32(8, nameBytes.length + content.length, true);
  view.setUint32(12, crc32c(file.subarray(HEADER_BYTES)), true);
  return file;
}

/** True when the bytes begin as a city file does. */
export function isCityFile(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === MAGIC;
}

/** Opens a saved city. Throws UrbaneError `bad-city-file` saying what was expected and what was found. */
export function openCity(bytes: Uint8Array): City {
  const fail = (sentence: string) => new UrbaneError('bad-city-file', sentence);
  if (!isCityFile(bytes)) throw fail('this is not a city file: expected it to begin with "URBC".');
  if (bytes.length < HEADER_BYTES)
    throw fail(`the city file has ${bytes.length} bytes, expected at least ${HEADER_BYTES}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = view.getUint32(4, true);
  if (format > FORMAT) {
    throw new UrbaneError(
      'bad-city-file',
      `the city file has format ${format}, and this Urbane knows up to ${FORMAT}.`,
      'Open it with a newer Urbane, or import the city again with this one.',
    );
  }
  if (format < 1) throw fail(`the city file has format ${format}, expected 1 to ${FORMAT}.`);
  const length = view.getUint32(8, true);
  if (bytes.length - HEADER_BYTES !== length) {
    throw fail(`the city file holds ${bytes.length - HEADER_BYTES} bytes after its header, expected ${length}.`);
  }
  const body = bytes.subarray(HEADER_BYTES);
  const expected = view.getUint32(12, true);
  const got = crc32c(body);
  if (got !== expected) {
    throw fail(`the city file is damaged: expected checksum ${expected.toString(16)}, got ${got.toString(16)}.`);
  }
  const input = new ColumnReader(body);
  const name = input.readText();
  const version = contentHash(body.subarray(input.offset));
  const city: City = { name, version, ...decodeContent(input, format) };
  if (input.offset !== body.length)
    throw fail(`the city file holds ${body.length - input.offset} bytes more than format ${format} has.`);
  const fault = checkCity(city)[0];
  if (fault !== undefined) throw fail(`the city file does not hold a sound city: ${fault}.`);
  return city;
}

function decodeContent(input: ColumnReader, format: number): Omit<City, 'name' | 'version'> {
  const [definition] = input.readTexts();
  const [offsetX = 0, offsetY = 0] = input.readNumbers();
  const plainRoads = readRoads(input);
  const plainLanes = readLanes(input, plainRoads);
  const movements = readMovements(input);
  const ins = plainLanes.map((): number[] => []);
  const outs = plainLanes.map((): number[] => []);
  movements.forEach((movement, index) => {
    outs[movement.fromLane]?.push(index);
    ins[movement.toLane]?.push(index);
  });
  const junctions = readJunctions(input);
  const signals: Signal[] = [];
  for (let left = input.readCount(); left > 0; left--) signals.push(readSignal(input));
  const { districts, ground } = readPlaces(input);
  const walking = format < 2 ? { corners: [], crossings: [], busStops: [] } : readWalking(input);
  const yieldsInside = format < 3 ? null : input.readLists();
  const actuated = format < 4 ? [] : input.readLists();
  const marked = signals.map((signal, i) => ({ ...signal, programs: markActuated(signal.programs, actuated[i]) }));
  return {
    projection: { definition: definition ?? null, offsetX, offsetY },
    roads: plainRoads,
    lanes: plainLanes.map((lane, i) => ({ ...lane, in: ins[i] ?? [], out: outs[i] ?? [] })),
    movements: movements.map((movement, m) => ({
      ...movement,
      yieldsInside: yieldsInside?.[m] ?? (movement.waitAtM < 0 ? [] : movement.yieldsTo),
    })),
    junctions,
    ...(format < 5 ? { signals: marked, detectors: [] } : readControl(input, marked)),
    ...walking,
    districts,
    ground,
  };
}

function readRoads(input: ColumnReader): Road[] {
  const ids = input.readTexts();
  const names = input.readTexts();
  const at = readColumns(input, ['from', 'to', 'laneCount', 'lengthM', 'speedMps', 'priority', 'level', 'district']);
  let firstLane = 0;
  return ids.map((id, i) => {
    const laneCount = at('laneCount', i);
    const road: Road = {
      id,
      name: names[i] ?? '',
      from: at('from', i),
      to: at('to', i),
      firstLane,
      laneCount,
      lengthM: at('lengthM', i),
      speedMps: at('speedMps', i),
      priority: at('priority', i),
      level: at('level', i),
      district: at('district', i),
    };
    firstLane += laneCount;
    return road;
  });
}

function readLanes(input: ColumnReader, roads: readonly Road[]): Omit<Lane, 'in' | 'out'>[] {
  const ids = input.readTexts();
  const at = readColumns(input, ['lengthM', 'speedMps', 'widthM', 'allowed']);
  const shapes = input.readLists(2);
  let road = 0;
  return ids.map((id, i) => {
    while (road < roads.length && i >= (roads[road]?.firstLane ?? 0) + (roads[road]?.laneCount ?? 0)) road++;
    return {
      id,
      road,
      index: i - (roads[road]?.firstLane ?? 0),
      lengthM: at('lengthM', i),
      speedMps: at('speedMps', i),
      widthM: at('widthM', i),
      allowed: at('allowed', i),
      shape: shapes[i] ?? [],
    };
  });
}

function readMovements(input: ColumnReader): Movement[] {
  const ids = input.readTexts();
  const at = readColumns(input, [
    'junction',
    'fromLane',
    'toLane',
    'lengthM',
    'speedMps',
    'waitAtM',
    'signal',
    'link',
    'turn',
    'rightOfWay',
  ]);
  const shapes = input.readLists(2);
  const yieldsTo = input.readLists();
  const conflicts = input.readLists();
  return ids.map((id, i) => ({
    id,
    junction: at('junction', i),
    fromLane: at('fromLane', i),
    toLane: at('toLane', i),
    turn: pick(TURNS, at('turn', i), 'turn'),
    lengthM: at('lengthM', i),
    speedMps: at('speedMps', i),
    shape: shapes[i] ?? [],
    waitAtM: at('waitAtM', i),
    rightOfWay: pick(RIGHTS, at('rightOfWay', i), 'right of way'),
    signal: at('signal', i),
    link: at('link', i),
    yieldsTo: yieldsTo[i] ?? [],
    yieldsInside: [],
    conflicts: conflicts[i] ?? [],
  }));
}

function readJunctions(input: ColumnReader): Junction[] {
  const ids = input.readTexts();
  const at = readColumns(input, ['kind', 'x', 'y', 'signal']);
  const shapes = input.readLists(2);
  const movements = input.readLists();
  return ids.map((id, i) => ({
    id,
    kind: pick(KINDS, at('kind', i), 'kind'),
    x: at('x', i),
    y: at('y', i),
    shape: shapes[i] ?? [],
    movements: movements[i] ?? [],
    signal: at('signal', i),
  }));
}

function readSignal(input: ColumnReader): Signal {
  const id = input.readText();
  const junctions = input.readNumbers();
  const links = input.readLists();
  const groupIds = input.readTexts();
  const groupLinks = input.readLists();
  const programs: Signal['programs'][number][] = [];
  for (let left = input.readCount(); left > 0; left--) {
    const programId = input.readText();
    const [offsetS = 0] = input.readNumbers();
    const states = input.readTexts();
    const durations = input.readNumbers();
    const mins = input.readNumbers();
    const maxs = input.readNumbers();
    const phases = states.map((state, i) => {
      const minS = mins[i] ?? -1;
      const maxS = maxs[i] ?? -1;
      return { state, durationS: durations[i] ?? 0, ...(minS < 0 ? {} : { minS }), ...(maxS < 0 ? {} : { maxS }) };
    });
    programs.push({ id: programId, offsetS, phases });
  }
  const groups = groupIds.map((groupId, i) => ({ id: groupId, links: groupLinks[i] ?? [] }));
  return { id, junctions, links, groups, programs };
}

function markActuated(programs: Signal['programs'], flags: readonly number[] = []): Signal['programs'] {
  return programs.map((program, i) => (flags[i] === 1 ? { ...program, isActuated: true } : program));
}

function readPlaces(input: ColumnReader): { districts: District[]; ground: Ground[] } {
  const ids = input.readTexts();
  const names = input.readTexts();
  const namesZh = input.readTexts();
  const shapes = input.readLists(2);
  const kinds = input.readNumbers();
  const groundShapes = input.readLists(2);
  const districts = ids.map((id, i) => {
    const nameZh = namesZh[i] ?? '';
    return { id, name: names[i] ?? '', ...(nameZh === '' ? {} : { nameZh }), shape: shapes[i] ?? [] };
  });
  return {
    districts,
    ground: kinds.map((kind, i) => ({ kind: pick(GROUNDS, kind, 'ground'), shape: groundShapes[i] ?? [] })),
  };
}
