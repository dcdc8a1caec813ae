import type { City, Polyline } from './city.ts';
import { VEHICLE_CLASSES } from './city.ts';

const ALL_BITS = (1 << VEHICLE_CLASSES.length) - 1;
const MOST_FAULTS = 20;

/**
 * What is not sound in a city, in sentences, at most 20; empty when all is well: indices in range, lanes of a road
 * contiguous, `in`, `out` and `movements` agreeing with the movements, conflicts symmetric, amounts finite and not
 * negative, every program with one state per link, ids unique.
 */
export function checkCity(city: City): string[] {
  const faults: string[] = [];
  const expect = (sound: boolean, sentence: () => string): void => {
    if (!sound && faults.length < MOST_FAULTS) faults.push(sentence());
  };
  const within = (index: number, count: number) => Number.isInteger(index) && index >= 0 && index < count;
  checkIds(city, expect);
  checkRoads(city, expect, within);
  checkMovements(city, expect, within);
  checkSignals(city, expect, within);
  checkWalking(city, expect, within);
  checkControl(city, expect, within);
  for (const { id, shape } of city.districts) expect(isFinitePairs(shape), () => `district ${id}: shape`);
  return faults;
}

type Expect = (sound: boolean, sentence: () => string) => void;
type Within = (index: number, count: number) => boolean;

function isFinitePairs(shape: Polyline): boolean {
  return shape.length % 2 === 0 && shape.every((value) => Number.isFinite(value));
}

function isAmount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function checkIds(city: City, expect: Expect): void {
  for (const kind of [
    'roads',
    'lanes',
    'movements',
    'junctions',
    'signals',
    'districts',
    'corners',
    'crossings',
    'busStops',
  ] as const) {
    const ids = new Set<string>();
    for (const { id } of city[kind]) {
      expect(!ids.has(id), () => `${kind}: id "${id}" stands twice`);
      ids.add(id);
    }
  }
}

function checkRoads(city: City, expect: Expect, within: Within): void {
  const { roads, lanes, junctions, districts, movements } = city;
  let nextLane = 0;
  roads.forEach((road, r) => {
    expect(
      within(road.from, junctions.length) && within(road.to, junctions.length),
      () => `road ${road.id}: junctions`,
    );
    expect(road.firstLane === nextLane && road.laneCount > 0, () => `road ${road.id}: lanes are not contiguous`);
    expect(road.district === -1 || within(road.district, districts.length), () => `road ${road.id}: district`);
    expect(road.lengthM > 0 && isAmount(road.speedMps), () => `road ${road.id}: length or speed`);
    for (let i = 0; i < road.laneCount; i++) {
      const lane = lanes[road.firstLane + i];
      expect(lane?.road === r && lane.index === i, () => `road ${road.id}: lane ${i} does not lie on it`);
    }
    nextLane += road.laneCount;
  });
  expect(nextLane === lanes.length, () => `roads hold ${nextLane} lanes, the city ${lanes.length}`);
  lanes.forEach((lane, l) => {
    expect(lane.lengthM > 0 && Number.isFinite(lane.lengthM), () => `lane ${lane.id}: length ${lane.lengthM}`);
    expect(isAmount(lane.speedMps) && isAmount(lane.widthM), () => `lane ${lane.id}: speed or width`);
    expect((lane.allowed & ~ALL_BITS) === 0, () => `lane ${lane.id}: unknown classes`);
    expect(lane.shape.length >= 4 && isFinitePairs(lane.shape), () => `lane ${lane.id}: shape`);
    for (const m of lane.out) expect(movements[m]?.fromLane === l, () => `lane ${lane.id}: out ${m}`);
    for (const m of lane.in) expect(movements[m]?.toLane === l, () => `lane ${lane.id}: in ${m}`);
  });
  const links = lanes.reduce((sum, lane) => sum + lane.out.length + lane.in.length, 0);
  expect(links === 2 * movements.length, () => `lanes name ${links} movement ends, there are ${2 * movements.length}`);
}

function checkMovements(city: City, expect: Expect, within: Within): void {
  const { roads, lanes, junctions, movements, signals } = city;
  const listed = new Uint8Array(movements.length);
  movements.forEach((movement, m) => {
    const { id } = movement;
    expect(
      within(movement.fromLane, lanes.length) && within(movement.toLane, lanes.length),
      () => `movement ${id}: lanes`,
    );
    expect(within(movement.junction, junctions.length), () => `movement ${id}: junction`);
    const fromRoad = roads[lanes[movement.fromLane]?.road ?? -1];
    const toRoad = roads[lanes[movement.toLane]?.road ?? -1];
    expect(
      fromRoad?.to === movement.junction && toRoad?.from === movement.junction,
      () => `movement ${id}: its lanes do not meet at its junction`,
    );
    expect(isAmount(movement.lengthM) && isAmount(movement.speedMps), () => `movement ${id}: length or speed`);
    expect(
      movement.waitAtM === -1 || (movement.waitAtM >= 0 && movement.waitAtM <= movement.lengthM),
      () => `movement ${id}: waits at ${movement.waitAtM} of ${movement.lengthM} m`,
    );
    expect(movement.shape.length >= 4 && isFinitePairs(movement.shape), () => `movement ${id}: shape`);
    for (const other of movement.conflicts) {
      expect(
        other !== m && movements[other]?.conflicts.includes(m) === true,
        () => `movement ${id}: conflict with ${other} is one-sided`,
      );
    }
    for (const other of [...movement.yieldsTo, ...movement.yieldsInside]) {
      expect(
        other !== m && movements[other]?.junction === movement.junction,
        () => `movement ${id}: yields to ${other}`,
      );
    }
    const links = signals[movement.signal]?.links[movement.link];
    expect(
      movement.signal === -1 ? movement.link === -1 : links?.includes(m) === true,
      () => `movement ${id}: link ${movement.link} of signal ${movement.signal} is another's`,
    );
  });
  junctions.forEach((junction, j) => {
    expect(junction.signal === -1 || within(junction.signal, signals.length), () => `junction ${junction.id}: signal`);
    expect(isFinitePairs(junction.shape), () => `junction ${junction.id}: shape`);
    for (const m of junction.movements) {
      expect(movements[m]?.junction === j && listed[m] === 0, () => `junction ${junction.id}: movement ${m}`);
      if (within(m, movements.length)) listed[m] = 1;
    }
  });
  expect(
    listed.every((seen) => seen === 1),
    () => 'a movement is in no junction',
  );
}

function checkSignals(city: City, expect: Expect, within: Within): void {
  city.signals.forEach((signal, s) => {
    const count = signal.links.length;
    expect(signal.programs.length > 0, () => `signal ${signal.id}: no program`);
    for (const junction of signal.junctions) {
      expect(within(junction, city.junctions.length), () => `signal ${signal.id}: junction ${junction}`);
    }
    signal.links.forEach((links, link) => {
      for (const m of links) {
        const movement = city.movements[m];
        expect(movement?.signal === s && movement.link === link, () => `signal ${signal.id}: link ${link}`);
      }
    });
    const grouped = signal.groups.flatMap((group) => group.links);
    expect(
      grouped.length === count && new Set(grouped).size === count && grouped.every((link) => within(link, count)),
      () => `signal ${signal.id}: its groups do not hold each link once`,
    );
    for (const program of signal.programs) {
      expect(program.phases.length > 0, () => `signal ${signal.id}: program ${program.id} has no phase`);
      for (const phase of program.phases) {
        expect(
          phase.state.length === count && isAmount(phase.durationS),
          () => `signal ${signal.id}: program ${program.id} has ${phase.state.length} states for ${count} links`,
        );
      }
    }
  });
}

function checkWalking(city: City, expect: Expect, within: Within): void {
  const { roads, lanes, movements, junctions, signals, corners } = city;
  for (const { id, junction, shape, sidewalks } of corners) {
    expect(within(junction, junctions.length) && isFinitePairs(shape), () => `corner ${id}: junction or shape`);
    expect(
      sidewalks.every((lane) => {
        const road = roads[lanes[lane]?.road ?? -1];
        return road?.from === junction || road?.to === junction;
      }),
      () => `corner ${id}: a sidewalk does not touch its junction`,
    );
  }
  for (const crossing of city.crossings) {
    const { id, junction, conflicts } = crossing;
    expect(crossing.lengthM > 0 && isAmount(crossing.lengthM), () => `crossing ${id}: length ${crossing.lengthM}`);
    expect(isAmount(crossing.widthM), () => `crossing ${id}: width ${crossing.widthM}`);
    expect(crossing.shape.length >= 4 && isFinitePairs(crossing.shape), () => `crossing ${id}: shape`);
    expect(
      crossing.roads.every((road) => roads[road]?.from === junction || roads[road]?.to === junction),
      () => `crossing ${id}: a road does not touch its junction`,
    );
    expect(
      crossing.corners.every((corner) => corners[corner]?.junction === junction),
      () => `crossing ${id}: its corners lie at another junction`,
    );
    expect(
      crossing.signal === -1
        ? crossing.link === -1
        : within(crossing.link, signals[crossing.signal]?.links.length ?? 0),
      () => `crossing ${id}: link ${crossing.link} of signal ${crossing.signal}`,
    );
    expect(
      conflicts.every((movement) => movements[movement]?.junction === junction),
      () => `crossing ${id}: a conflict is of another junction`,
    );
    expect(
      crossing.yieldsTo.every((movement) => conflicts.includes(movement)),
      () => `crossing ${id}: yields to a movement that does not meet it`,
    );
  }
  for (const { id, lane, fromM, toM } of city.busStops) {
    const lengthM = lanes[lane]?.lengthM ?? -1;
    expect(fromM >= 0 && fromM <= toM && toM <= lengthM, () => `bus stop ${id}: ${fromM} to ${toM} of ${lengthM} m`);
  }
}

function checkControl(city: City, expect: Expect, within: Within): void {
  const places = new Set<string>();
  for (const { signal, channel, phase, lane, distanceM, lengthM } of city.detectors) {
    const name = () => `detector ${channel} of signal ${city.signals[signal]?.id}`;
    const leads = city.lanes[lane]?.out.some((m) => city.movements[m]?.signal === signal) === true;
    expect(within(signal, city.signals.length) && leads, () => `${name()}: lane ${lane} does not lead to its signal`);
    expect(within(channel, Infinity) && within(phase, Infinity), () => `${name()}: phase ${phase}`);
    expect(isAmount(distanceM) && isAmount(lengthM), () => `${name()}: ${distanceM} m, ${lengthM} m long`);
    expect(!places.has(`${signal} ${channel} ${lane}`), () => `${name()}: it stands twice on a lane`);
    places.add(`${signal} ${channel} ${lane}`);
  }
  for (const { id, schedule = [], programs } of city.signals) {
    for (const { program, fromMin, toMin } of schedule) {
      expect(
        programs.some((one) => one.id === program) && fromMin >= 0 && fromMin < toMin && toMin <= 24 * 60,
        () => `signal ${id}: its schedule from ${fromMin} to ${toMin} min names program ${program}`,
      );
    }
  }
}
