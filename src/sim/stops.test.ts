import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadQuarter } from '../../tests/sim/quarter.ts';
import type { Scenario } from '../demand/demand.ts';
import { createEngine, loadEngine } from './engine.ts';

const way = '<route edges="n1-a1 a1-b1 b1-b0 b0-wb"/>';
const bus = (stops: string) => `<vehicle id="b" type="bus" depart="0">${way}${stops}</vehicle>`;
const car = (depart: number) =>
  `<vehicle id="c" type="car" depart="${depart}" departSpeed="max"><route edges="n1-a1 a1-b1 b1-b0 b0-wb"/></vehicle>`;

/** Seconds by trip from entering to arriving, and by second the trips' places: what the frame shows of each segment. */
function drive(scenario: Scenario) {
  const engine = createEngine(scenario, { seed: 1 });
  const standing: string[] = [];
  while (engine.timeMs < scenario.endMs && engine.arrived < scenario.demand.trips.length) {
    engine.step();
    const { count, speedMps, posM, segment, lengthM } = engine.frame;
    for (let i = 0; i < count; i++) {
      const lane = scenario.city.lanes[segment[i] ?? -1]?.id;
      if ((speedMps[i] ?? 0) < 0.1 && lengthM[i] === 12) standing.push(`${lane} ${posM[i]?.toFixed(0)}`);
    }
  }
  const { insertedMs, arrivedMs, waitingS } = engine.trips;
  const tookS = scenario.demand.trips.map((_, i) => ((arrivedMs[i] ?? 0) - (insertedMs[i] ?? 0)) / 1000);
  return { tookS, standing, waitingS: [...waitingS] };
}

describe('stops', () => {
  it('keep a bus for their duration, which is no time waited', async () => {
    const without = drive(await loadQuarter(bus('')));
    const stop = '<stop busStop="mill" duration="40"/>';
    const { tookS, standing, waitingS } = drive(await loadQuarter(bus(stop)));
    expect(standing.filter((place) => place === 'b1-b0_1 130').length).toBeGreaterThanOrEqual(40);
    expect(standing.filter((place) => place === 'b1-b0_1 130').length).toBeLessThanOrEqual(43);
    expect(tookS[0]).toBeGreaterThan((without.tookS[0] ?? 0) + 40);
    const red = standing.length - standing.filter((place) => place.startsWith('b1-b0_1 130')).length;
    expect(Math.abs((waitingS[0] ?? 0) - red)).toBeLessThanOrEqual(3);
  });

  it('are not read where the bus may not drive', async () => {
    await expect(loadQuarter(bus('<stop lane="a1-b1_0" duration="5"/>'))).rejects.toThrow('closed to class bus');
  });

  it('are served by a bus that comes on another lane', async () => {
    const edges = '<route edges="n0-a0 a0-a1 a1-a2"/>';
    const stop = '<stop busStop="market" duration="20"/>';
    const scenario = await loadQuarter(`<vehicle id="b" type="bus" depart="0">${edges}${stop}</vehicle>`);
    const { standing, tookS } = drive(scenario);
    expect(standing.filter((place) => place === 'a0-a1_1 120').length).toBeGreaterThanOrEqual(20);
    expect(tookS[0]).toBeGreaterThan(0);
  });

  it('keep a bus until the hour they name', async () => {
    const { standing } = drive(await loadQuarter(bus('<stop busStop="school" duration="5" until="300"/>')));
    const stood = standing.filter((place) => place.startsWith('a1-b1_1 90')).length;
    expect(stood).toBeGreaterThan(200);
    expect(stood).toBeLessThan(300);
  });

  it('are served one after the other, also twice on one road', async () => {
    const stops = '<stop lane="b1-b0_1" endPos="60" duration="9"/><stop busStop="mill" duration="7"/>';
    const { standing, tookS } = drive(await loadQuarter(bus(stops)));
    expect(standing.filter((place) => place === 'b1-b0_1 60').length).toBeGreaterThanOrEqual(9);
    expect(standing.filter((place) => place === 'b1-b0_1 130').length).toBeGreaterThanOrEqual(7);
    expect(tookS[0]).toBeGreaterThan(0);
  });

  it('hold up those behind in the lane and not those behind a bay', async () => {
    const stop = (bay: boolean) => `<stop busStop="school" duration="120" parking="${bay}"/>`;
    const behind = async (bay: boolean) =>
      drive(await loadQuarter(`${bus(stop(bay))}${car(4)}`)).tookS[1] ?? Number.NaN;
    expect((await behind(false)) - (await behind(true))).toBeGreaterThan(50);
  });

  it('let the next bus halt behind the one that stands', async () => {
    const stop = '<stop busStop="mill" duration="60"/>';
    const { standing } = drive(await loadQuarter(`${bus(stop)}${bus(stop).replace('"b"', '"b2"')}`));
    expect(new Set(standing.filter((place) => place.startsWith('b1-b0_1 1')))).toContain('b1-b0_1 130');
    expect(standing.filter((place) => place.startsWith('b1-b0_1 115')).length).toBeGreaterThan(20);
  });

  it('and walks go on alike in a fork and after loading', async () => {
    const stop = '<stop busStop="mill" duration="60" parking="true"/>';
    const walkers = '<personFlow id="w" begin="1" end="300" period="3"><walk from="wb-b0" to="b0-b1"/></personFlow>';
    const scenario = await loadQuarter(`${bus(stop)}${walkers}`);
    const engine = createEngine(scenario, { seed: 3 });
    for (let second = 0; second < 90; second++) engine.step();
    const others = [engine.fork(), loadEngine(scenario, engine.save())];
    for (let second = 0; second < 400; second++) for (const run of [engine, ...others]) run.step();
    expect(engine.arrived).toBe(1);
    expect(engine.crossings.waitedS.some((seconds) => seconds > 0)).toBe(true);
    expect(others.map((other) => other.hash())).toEqual([engine.hash(), engine.hash()]);
  });

  it('are left again whatever they are, with the same bytes for the same seed', async () => {
    const ways = [
      { edges: 'n1-a1 a1-b1 b1-b0 b0-wb', lanes: ['n1-a1_1', 'a1-b1_1', 'b1-b0_1', 'b0-wb_1'] },
      { edges: 'n0-a0 a0-a1 a1-a2 a2-n2', lanes: ['a0-a1_1', 'a0-a1_2', 'a1-a2_1', 'a1-a2_2', 'a2-n2_1'] },
    ] as const;
    const stop = fc.record({
      lane: fc.nat({ max: 3 }),
      share: fc.double({ min: 0.2, max: 1, noNaN: true }),
      duration: fc.nat({ max: 60 }),
      bay: fc.boolean(),
    });
    const plan = fc.array(stop, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(plan, fc.nat({ max: 20 }), fc.constantFrom(...ways), async (stops, cars, { edges, lanes }) => {
        const roadOf = (lane: number) => lanes[lane]?.slice(0, -2) ?? '';
        const text = [...stops]
          .sort((a, b) => (roadOf(a.lane) === roadOf(b.lane) ? a.share - b.share : a.lane - b.lane))
          .map(({ lane, share, duration, bay }) => {
            const end = (share * 120).toFixed(2);
            return `<stop lane="${lanes[lane]}" startPos="0" endPos="${end}" duration="${duration}" parking="${bay}"/>`;
          });
        const route = `<route edges="${edges}"/>`;
        const line = `<vehicle id="b" type="bus" depart="0">${route}${text.join('')}</vehicle>`;
        const flow = `<flow id="f" type="car" begin="1" end="60" number="${cars + 1}">${route}</flow>`;
        const scenario = await loadQuarter(`${line}${flow}`);
        const runs = [1, 2].map(() => {
          const engine = createEngine(scenario, { seed: 5 });
          while (engine.timeMs < scenario.endMs) engine.step();
          expect(engine.arrived).toBe(scenario.demand.trips.length);
          return engine.hash();
        });
        expect(runs[0]).toBe(runs[1]);
      }),
      { numRuns: 25 },
    );
  });
});
