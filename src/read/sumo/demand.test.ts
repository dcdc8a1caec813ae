import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFile } from '../../field/files.ts';
import { sourceFrom } from '../source.ts';
import { readSumoNet, readSumoRoutes } from './read.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/', import.meta.url));
const { city } = await readSumoNet(openFile(`${FIXTURES}valid/cross/cross.net.xml`), { name: 'cross' });
const WINDOW = { city, beginMs: 0, endMs: 600_000, seed: 1 };

async function read(routes: string, window: { beginMs: number; endMs: number } = WINDOW) {
  const { demand, report } = await readSumoRoutes([sourceFrom('r.xml', `<routes>${routes}</routes>`)], {
    ...WINDOW,
    ...window,
  });
  const roads = demand.trips.map((trip) => trip.route.map((road) => city.roads[road]?.id).join(' '));
  return { demand, report, roads, first: demand.trips[0], firstType: demand.types[demand.trips[0]?.type ?? 0] };
}

const vehicle = (attributes: string) =>
  `<vehicle id="v" depart="1" ${attributes}><route edges="north-in south-out"/></vehicle>`;

describe('readSumoRoutes', () => {
  it('reads routes of their own, by name and from a distribution', async () => {
    const { roads } = await read(`
      <route id="down" edges="north-in south-out"/>
      <routeDistribution id="one"><route edges="west-in east-out far-out" probability="1"/><route refId="down" probability="0"/></routeDistribution>
      <routeDistribution id="listed" routes="down" probabilities="1"/>
      <vehicle id="a" depart="1" route="down"/>
      <vehicle id="b" depart="2" route="one"/>
      <vehicle id="c" depart="3" route="listed"/>
      <vehicle id="d" depart="4"><routeDistribution last="1"><route edges="north-in west-out"/><route edges="south-in north-out"/></routeDistribution></vehicle>
      <vehicle id="e" depart="5"><route edges="mill-in far-out"/></vehicle>`);
    expect(roads).toEqual([
      'north-in south-out',
      'west-in east-out far-out',
      'north-in south-out',
      'south-in north-out',
      'mill-in far-out',
    ]);
  });

  it('leaves out what persons and calibrators hold, and counts the order of departures as SUMO 1.15 does', async () => {
    const way = '<route edges="north-in south-out"/>';
    const { demand, report } = await read(`
      <vehicle id="bus" depart="5" line="7">${way}</vehicle>
      <vehicle id="after-bus" depart="2">${way}</vehicle>
      <person id="p" depart="4"><ride lines="7"/></person>
      <vehicle id="after-person" depart="3">${way}</vehicle>
      <calibrator id="c" edge="north-in" pos="0"><flow begin="0" end="60" vehsPerHour="600">${way}</flow></calibrator>
      <vehicle id="last" depart="4">${way}</vehicle>`);
    expect(demand.trips.map(({ departMs }) => departMs)).toEqual([2000, 4000, 5000]);
    expect(report.dropped.map(({ what, element }) => `${what} ${element}`)).toEqual([
      'vehicle after-person',
      'person ×1',
      'calibrator ×1',
    ]);
  });

  it.each(['length', 'maxSpeed', 'accel', 'decel'])('leaves out a type whose %s is 0', async (attribute) => {
    const { report } = await read(`<vType id="t" ${attribute}="0"/>`);
    expect(report.dropped).toMatchObject([{ what: 'vType', element: 't' }]);
    expect(report.dropped[0]?.why).toMatch(`has ${attribute}="0"`);
  });

  it('lets equal routes share one array', async () => {
    const { demand } = await read(
      '<flow id="f" begin="0" end="9" period="1"><route edges="north-in south-out"/></flow>',
    );
    expect(demand.trips).toHaveLength(9);
    expect(new Set(demand.trips.map((trip) => trip.route)).size).toBe(1);
  });

  it('routes trips between edges, over edges and between junctions', async () => {
    const { roads, report } = await read(`
      <trip id="a" depart="1" from="mill-in" to="west-out"/>
      <trip id="b" depart="2" from="mill-in" to="south-out" via="east-in"/>
      <trip id="c" depart="3" fromJunction="north" toJunction="east"/>
      <flow id="d" begin="4" end="6" period="1" from="far-in" to="mill-out"/>`);
    expect(report.dropped).toEqual([]);
    expect(roads).toEqual([
      'mill-in east-in west-out',
      'mill-in east-in south-out',
      'north-in east-out far-out',
      'far-in mill-out',
      'far-in mill-out',
    ]);
  });

  it('gives no other ways to a trip that must go over an edge', async () => {
    const { demand } = await read('<trip id="a" depart="1" from="mill-in" to="south-out" via="east-in"/>');
    expect(demand.trips[0]?.alternatives).toBeUndefined();
  });

  it('reads how a vehicle departs and arrives', async () => {
    const { first } = await read(vehicle('departLane="1" departPos="-20" departSpeed="max" arrivalPos="-30"'));
    expect(first).toMatchObject({ departLane: 1, departSpeed: 'max' });
    // 142.8 m is the length of both roads.
    expect(first?.departPos).toBeCloseTo(142.8 - 20, 9);
    expect(first?.arrivalPosM).toBeCloseTo(142.8 - 30, 9);
    const plain = (await read(vehicle(''))).first;
    expect(plain).toMatchObject({ departMs: 1000, departLane: 'first', departPos: 'base', departSpeed: 0 });
    expect(plain).not.toHaveProperty('arrivalPosM');
  });

  it.each([
    ['90061', 90_061_000],
    ['0:01:02.5', 62_500],
    ['1:01:01:01', 90_061_000],
  ])('reads the time %s', async (depart, departMs) => {
    const { first } = await read(vehicle('').replace('depart="1"', `depart="${depart}"`), { beginMs: 0, endMs: 1e9 });
    expect(first?.departMs).toBe(departMs);
  });

  it('drops what departs outside [begin, end)', async () => {
    const departures = [9.5, 10, 20, 29.999, 30, 31]
      .map((s) => vehicle('').replace('depart="1"', `depart="${s}"`))
      .join('');
    const { demand, report } = await read(departures, { beginMs: 10_000, endMs: 30_000 });
    expect(demand.trips.map(({ departMs }) => departMs)).toEqual([10_000, 20_000, 29_999]);
    expect(report.dropped.map(({ element, why }) => [element, why])).toEqual([
      ['×1', 'departs before the window begins (10 s)'],
      ['×2', 'departs after it ends (30 s)'],
    ]);
  });

  it('sorts by departure and keeps the order of equal ones', async () => {
    const { demand } = await read(`
      <flow id="f" begin="0" end="30" period="10" departSpeed="1"><route edges="north-in south-out"/></flow>
      <flow id="g" begin="0" end="30" period="10" departSpeed="2"><route edges="north-in south-out"/></flow>`);
    expect(demand.trips.map((trip) => [trip.departMs, trip.departSpeed])).toEqual([
      [0, 1],
      [0, 2],
      [10_000, 1],
      [10_000, 2],
      [20_000, 1],
      [20_000, 2],
    ]);
  });

  it('takes begin and end of a flow from the interval around it', async () => {
    const { demand } = await read(
      '<interval begin="5" end="25"><flow id="f" number="2" from="north-in" to="south-out"/></interval>',
    );
    expect(demand.trips.map(({ departMs }) => departMs)).toEqual([5000, 15_000]);
  });

  it('takes any root but that of another kind of file', async () => {
    const trips = '<trip id="a" depart="1" from="north-in" to="south-out"/>';
    const { demand } = await readSumoRoutes([sourceFrom('t.xml', `<trips>${trips}</trips>`)], WINDOW);
    expect(demand.trips).toHaveLength(1);
    await expect(readSumoRoutes([sourceFrom('n.xml', '<net/>')], WINDOW)).rejects.toThrow(
      'n.xml:1: expected a file of routes, got <net>.',
    );
  });

  it('leaves out those who do not walk all the way, and walks without a way', async () => {
    const { demand, report } = await read(`
      <person id="p" depart="0"><walk edges="north-in"/><stop lane="x" duration="5"/></person>
      <personFlow id="q" begin="0" end="5" period="1"><walk edges="north-in"/></personFlow>
      <container id="c" depart="0"><stop lane="x" duration="5"/></container>
      ${vehicle('')}`);
    expect(demand.trips).toHaveLength(1);
    expect(demand.walks).toEqual([]);
    expect(report.dropped.map(({ what, element }) => [what, element])).toEqual([
      ['personFlow', 'q'],
      ['person', '×1'],
      ['container', '×1'],
    ]);
    expect(report.dropped[0]?.why).toMatch('uses edge "north-in", which is no road with a sidewalk');
  });

  it('reads stops of a vehicle, of its route and of a flow, with hours that move on', async () => {
    const stop = 'lane="south-out_0" endPos="-50"';
    const { demand, report } = await read(`
      <route id="r" edges="north-in south-out"><stop lane="north-in_1" endPos="60" duration="20"/></route>
      <vehicle id="a" depart="1" route="r"><stop ${stop} until="90" parking="true"/></vehicle>
      <flow id="f" begin="10" end="30" period="10" route="r"><stop ${stop} duration="5" until="00:01:40"/></flow>`);
    const lane = (id: string) => city.lanes.findIndex((candidate) => candidate.id === id);
    const lengthM = city.lanes[lane('south-out_0')]?.lengthM ?? 0;
    const first = {
      place: 0,
      lane: lane('north-in_1'),
      fromM: 59.8,
      toM: 60,
      durationMs: 20_000,
      untilMs: 0,
      isOffRoad: false,
    };
    const second = { place: 1, lane: lane('south-out_0'), fromM: lengthM - 50.2, toM: lengthM - 50 };
    expect(report.dropped).toEqual([]);
    expect(demand.trips.map(({ stops }) => stops)).toEqual([
      [first, { ...second, durationMs: 0, untilMs: 90_000, isOffRoad: true }],
      [first, { ...second, durationMs: 5000, untilMs: 100_000, isOffRoad: false }],
      [first, { ...second, durationMs: 5000, untilMs: 110_000, isOffRoad: false }],
    ]);
  });

  it.each([
    ['duration="5" busStop="x"', 'is at bus stop "x", which is not defined'],
    ['duration="5" lane="x"', 'is on lane "x", which is not in the network'],
    ['duration="5" lane="north-in_0" endPos="1000"', 'lies from 999.8 to 1000 of'],
    ['lane="north-in_0"', 'has neither a duration nor an until'],
    ['lane="north-in_0" triggered="true"', 'has triggered, which is not used yet'],
  ])('leaves out the stop %s alone', async (attributes, why) => {
    const { demand, report } = await read(
      `<vehicle id="v" depart="1"><route edges="north-in south-out"/><stop ${attributes}/></vehicle>`,
    );
    expect(demand.trips.map(({ stops }) => stops)).toEqual([undefined]);
    expect(report.dropped).toMatchObject([{ what: 'stop' }]);
    expect(report.dropped[0]?.why).toMatch(why);
  });

  it('leaves out a vehicle that does not come past its stops in their order', async () => {
    const stops = ['south-out_0', 'north-in_0'].map((lane) => `<stop lane="${lane}" duration="5"/>`).join('');
    const { demand, report } = await read(
      `<vehicle id="v" depart="1"><route edges="north-in south-out"/>${stops}</vehicle>`,
    );
    expect(demand.trips).toEqual([]);
    expect(report.dropped[0]?.why).toMatch('is not on the way of its vehicle after the stop before');
  });

  it('routes a trip over the roads of its stops', async () => {
    const { roads } = await read(
      '<trip id="a" depart="1" from="far-in" to="mill-out"><stop lane="west-out_0" duration="5"/></trip>',
    );
    expect(roads).toEqual([]);
    const way = await read(
      '<trip id="a" depart="1" from="north-in" to="far-out"><stop lane="east-out_0" duration="5"/></trip>',
    );
    expect(way.roads).toEqual(['north-in east-out far-out']);
  });
});

describe('vehicle types', () => {
  const typed = async (type: string) => (await read(`${type}${vehicle('type="t"')}`)).firstType;

  it('has the defaults of SUMO 1.15 for a vehicle without a type', async () => {
    expect((await read(vehicle(''))).firstType).toEqual({
      id: 'DEFAULT_VEHTYPE',
      kind: 'car',
      lengthM: 5,
      widthM: 1.8,
      minGapM: 2.5,
      accelMps2: 2.6,
      decelMps2: 4.5,
      emergencyDecelMps2: 9,
      maxSpeedMps: 200 / 3.6,
      tauS: 1,
      sigma: 0.5,
      speedFactor: 1,
      speedDev: 0.1,
      speedFactorMin: 0.2,
      speedFactorMax: 2,
    });
  });

  it('lets a file define the default type anew', async () => {
    const { firstType } = await read(`<vType id="DEFAULT_VEHTYPE" length="4" minGap="1"/>${vehicle('')}`);
    expect(firstType).toMatchObject({ lengthM: 4, minGapM: 1, accelMps2: 2.6 });
  });

  it.each([
    ['bus', { kind: 'bus', lengthM: 12, accelMps2: 1.2, decelMps2: 4, emergencyDecelMps2: 7, speedDev: 0 }],
    ['truck', { kind: 'truck', lengthM: 7.1, accelMps2: 1.3, speedDev: 0.05 }],
    ['bicycle', { kind: 'bicycle', lengthM: 1.6, minGapM: 0.5, accelMps2: 1.2, decelMps2: 3 }],
    ['motorcycle', { kind: 'motorcycle', lengthM: 2.2, accelMps2: 6, decelMps2: 10, emergencyDecelMps2: 10 }],
    ['authority', { kind: 'emergency', lengthM: 5, speedDev: 0 }],
    ['evehicle', { kind: 'car', lengthM: 5, speedDev: 0.1 }],
  ])('knows the defaults of %s', async (vClass, expected) => {
    expect(await typed(`<vType id="t" vClass="${vClass}"/>`)).toMatchObject(expected);
  });

  it.each([
    ['speedFactor="1.2"', [1.2, 0.1, 0.2, 2]],
    ['speedFactor="1.2" speedDev="0"', [1.2, 0, 0.2, 2]],
    ['speedFactor="normc(0.9,0.05,0.7,1.1)"', [0.9, 0.05, 0.7, 1.1]],
    ['speedFactor="normc(0.9,0.05)"', [0.9, 0.05, 0.2, 2]],
    ['speedFactor="norm(1,0.3)"', [1, 0.3, 0, Number.MAX_VALUE]],
  ])('reads %s', async (attributes, [mean, deviation, low, high]) => {
    expect(await typed(`<vType id="t" ${attributes}/>`)).toMatchObject({
      speedFactor: mean,
      speedDev: deviation,
      speedFactorMin: low,
      speedFactorMax: high,
    });
  });

  it('never brakes harder in need than usual', async () => {
    expect(await typed('<vType id="t" decel="10"/>')).toMatchObject({ decelMps2: 10, emergencyDecelMps2: 10 });
  });

  it('gives a blue light to a type, or to one vehicle of it', async () => {
    const device = '<param key="has.bluelight.device" value="true"/>';
    const way = '<route edges="north-in south-out"/>';
    const { demand } = await read(
      `<vType id="loud" vClass="emergency">${device}</vType><vType id="quiet" vClass="emergency"/>
      <vehicle id="a" type="loud" depart="0">${way}</vehicle><vehicle id="b" type="quiet" depart="0">${way}</vehicle>
      <vehicle id="c" type="quiet" depart="0">${way}${device}</vehicle>`,
    );
    const hasBlueLight = demand.trips.map(({ type }) => demand.types[type]?.hasBlueLight ?? false);
    expect(hasBlueLight).toEqual([true, false, true]);
  });

  it('draws from a distribution by its weights', async () => {
    const { demand } = await read(`
      <vTypeDistribution id="t"><vType id="a" probability="3"/><vType id="b" probability="1"/></vTypeDistribution>
      <flow id="f" type="t" begin="0" end="600" period="0.2" from="north-in" to="south-out"/>`);
    const share = demand.trips.filter((trip) => demand.types[trip.type]?.id === 'a').length / demand.trips.length;
    expect(demand.trips).toHaveLength(3000);
    expect(Math.abs(share - 0.75)).toBeLessThan(0.03);
  });

  it('says which attributes it leaves out', async () => {
    const { report } = await read('<vType id="t" lcPushy="2" carFollowModel="ACC" delta="3" color="red"/>');
    expect(report.warnings).toEqual([
      'vType attribute lcPushy is not used',
      'vType carFollowModel="ACC" is driven as Krauss',
      'vType attribute delta is not used',
    ]);
  });

  it('reads a model and its parameters inside the type, as older files write them', async () => {
    const { demand, report } = await read(
      '<vType id="t" tau="2" decel="3"><carFollowing-IDM tau="1.3" delta="3"/></vType><vType id="u"><carFollowing-ACC/></vType>',
    );
    expect(demand.types[0]).toMatchObject({ id: 't', tauS: 1.3, decelMps2: 3, idm: { delta: 3, steps: 4 } });
    expect(demand.types[1]).not.toHaveProperty('idm');
    expect(report.warnings).toEqual(['vType carFollowModel="ACC" is driven as Krauss']);
  });

  it('reads how willing drivers change lanes', async () => {
    const { demand } = await read('<vType id="t" lcStrategic="1.5" lcAssertive="2.5"/><vType id="u"/>');
    expect(demand.types[0]?.laneChanges).toEqual({
      strategic: 1.5,
      cooperative: 1,
      speedGain: 1,
      keepRight: 1,
      assertive: 2.5,
    });
    expect(demand.types[1]).not.toHaveProperty('laneChanges');
  });

  it('reads IDM and the start-up delay, with whole exponents alone', async () => {
    const { demand, report } = await read(
      '<vType id="t" carFollowModel="IDM"/><vType id="u" carFollowModel="IDM" delta="2.4" stepping="0.1" startupDelay="1.5"/>',
    );
    const [plain, other] = demand.types;
    expect(plain?.idm).toEqual({ delta: 4, steps: 4 });
    expect(plain).not.toHaveProperty('startupDelayS');
    expect(other).toMatchObject({ idm: { delta: 2, steps: 10 }, startupDelayS: 1.5 });
    expect(report.warnings).toEqual(['vType delta="2.4" is driven as 2']);
  });
});

describe('damaged demand', () => {
  it('drops each damaged element with its place and keeps the rest', async () => {
    const file = openFile(`${FIXTURES}invalid/damaged-trips.rou.xml`, 'damaged-trips.rou.xml');
    const { demand, report } = await readSumoRoutes([file], WINDOW);
    expect(demand.trips.map(({ departMs }) => departMs)).toEqual([0, 9000]);
    expect(report.dropped.map(({ element }) => element)).toEqual([
      'ghost',
      'ferry',
      'missing-edge',
      'not-connected',
      'unknown-type',
      'damaged-type',
      'on-water',
      'closed-to-class',
      'no-route',
      'unknown-route',
      'no-time',
      'no-way',
      'no-end',
      'no-rate',
      'backwards',
      'flood',
      'bad-lane',
      'out-of-order',
    ]);
    const whyOf = (id: string) => report.dropped.find(({ element }) => element === id)?.why;
    expect(whyOf('missing-edge')).toBe(
      'damaged-trips.rou.xml:6: <vehicle id="missing-edge"> goes over edge "nowhere", which is not in the network. Correct the route or use the network it was made for.',
    );
    expect(whyOf('not-connected')).toContain('from edge "north-in" to edge "far-out", which are not connected');
    expect(whyOf('closed-to-class')).toContain('edge "mill-out", which is closed to class truck');
    expect(report.dropped.every(({ line, why }) => why.includes(`:${line}: <`))).toBe(true);
  });

  it.each([
    'period="0"',
    'period="-5"',
    'probability="1.5"',
    'probability="0"',
    'vehsPerHour="0"',
    'number="-1"',
    'number="1.5"',
    'period="5" end="9" number="3"',
    'period="exp(0)"',
    'period="exp(x)"',
    'vehsPerHour="1e12"',
  ])('drops a flow with %s', async (attributes) => {
    const end = attributes.includes('end=') ? '' : 'end="500000"';
    const { demand, report } = await read(
      `<flow id="f" begin="0" ${end} ${attributes} from="north-in" to="south-out"/>`,
      { beginMs: 0, endMs: Number.POSITIVE_INFINITY },
    );
    expect(demand.trips).toEqual([]);
    expect(report.dropped).toHaveLength(1);
  });
});
