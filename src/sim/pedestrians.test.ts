import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadQuarter, QUARTER } from '../../tests/sim/quarter.ts';
import { isGreen } from '../city/greens.ts';
import type { Scenario } from '../demand/demand.ts';
import { TYPE } from './demand.ts';
import { createEngine, type Engine } from './engine.ts';
import { PLAIN } from './machine.ts';
import { createSignalHeads } from './signals.ts';
import { SCALAR, SEGMENT, VEHICLE } from './state.ts';
import { stepAll, workInTurns } from './step.ts';
import { createWorld, type World } from './world.ts';

const HALF_CAR_M = 0.9;
/** Whoever has this much of the body left on the crossing is as good as past it. */
const PAST_M = 0.5;
/** Whoever creeps on stands on the crossing already: people walk round. */
const CREEP_MPS = 1;

const walker = (depart: number, edges: string) =>
  `<person id="p${depart}" depart="${depart}"><walk edges="${edges}"/></person>`;
const car = (depart: number, edges: string) =>
  `<vehicle id="v${depart}" type="car" depart="${depart}" departSpeed="max"><route edges="${edges}"/></vehicle>`;

function run(scenario: Scenario, onStep: (engine: Engine) => void = () => undefined): Engine {
  const engine = createEngine(scenario, { seed: 1 });
  while (engine.timeMs < scenario.endMs) {
    engine.step();
    onStep(engine);
  }
  return engine;
}

function crossingOf(scenario: Scenario, id: string): number {
  return scenario.city.crossings.findIndex((crossing) => crossing.id === id);
}

/** Pairs of a person on a crossing and a vehicle that moves over the same place of it. */
function countDrivenOver(world: World): number {
  const { state: s, walks, feet, net, f64, i32 } = world;
  const body = (v: number) => f64[(i32[(v << 1) + VEHICLE.type] ?? 0) + TYPE.length] ?? 0;
  let met = 0;
  for (let i = 0; i < (s.scalars[SCALAR.walkers] ?? 0); i++) {
    const p = s.walking[i] ?? 0;
    const part = s.walkPart[p] ?? 0;
    const c = walks.crossing[part] ?? -1;
    if (s.walkOn[p] !== 1) continue;
    const left = s.walkLeft[p] ?? 0;
    const at = walks.direction[part] === 1 ? left : (feet.lengthM[c] ?? 0) - left;
    for (let q = feet.ofCrossingStart[c] ?? 0; q < (feet.ofCrossingStart[c + 1] ?? 0); q++) {
      const k = feet.ofCrossing[q] ?? 0;
      if (Math.abs(at - (feet.acrossM[k] ?? 0)) > HALF_CAR_M) continue;
      const movement = feet.movement[k] ?? 0;
      const [from, to] = [-1, 1].map((sign) => (feet.atM[k] ?? 0) + sign * (feet.halfWidthM[c] ?? 0));
      const isOver = (v: number, front: number) =>
        front > (from ?? 0) && front - body(v) < (to ?? 0) - PAST_M && (f64[v + VEHICLE.speed] ?? 0) > CREEP_MPS;
      const way = net.lanes + movement;
      for (let v = s.head[way] ?? -1; v >= 0; v = i32[(v << 1) + VEHICLE.behind] ?? -1) {
        if (isOver(v, f64[v + VEHICLE.pos] ?? 0)) met++;
      }
      const last = i32[((net.toLane[movement] ?? 0) << 4) + SEGMENT.tail] ?? -1;
      const hasLeft = last >= 0 && i32[(last << 1) + VEHICLE.cameBy] === movement;
      if (hasLeft && isOver(last, (net.length[way] ?? 0) + (f64[last + VEHICLE.pos] ?? 0))) met++;
    }
  }
  return met;
}

describe('people on foot', () => {
  it('walk a free way at their pace, less a tenth', async () => {
    const scenario = await loadQuarter(walker(0, 'a0-a1'));
    const engine = run(scenario);
    const [walk] = scenario.demand.walks;
    const expectedS = (walk?.betweenM[0] ?? 0) / ((walk?.speedMps ?? 0) * 0.9);
    expect((engine.walks.arrivedMs[0] ?? 0) / 1000).toBeGreaterThanOrEqual(expectedS);
    expect((engine.walks.arrivedMs[0] ?? 0) / 1000).toBeLessThan(expectedS + 1);
    expect(engine.walks.waitingS[0]).toBe(0);
  });

  it('step onto a crossing only while walk shows, and are counted while they wait', async () => {
    const walkers = Array.from({ length: 60 }, (_, i) => walker(i * 7, 'wa-a0 a0-a1')).join('');
    const scenario = await loadQuarter(walkers);
    const c = crossingOf(scenario, ':a0_c2');
    const crossing = scenario.city.crossings[c];
    let before = 0;
    let waited = 0;
    let most = 0;
    const engine = run(scenario, ({ crossings, lamps }) => {
      const walkers = crossings.walkers[c] ?? 0;
      const lamp = lamps[crossing?.signal ?? -1]?.charAt(crossing?.link ?? -1) ?? '';
      if (walkers > before) expect(isGreen(lamp)).toBe(true);
      before = walkers;
      waited += crossings.waiting[c] ?? 0;
      most = Math.max(most, crossings.waiting[c] ?? 0);
    });
    expect(before).toBe(60);
    expect(most).toBeGreaterThan(2);
    expect(engine.crossings.waitedS[c]).toBe(waited);
    expect(engine.crossings.longestS[c]).toBeGreaterThan(30);
    expect(engine.crossings.longestS[c]).toBeLessThan(80);
    expect(engine.walks.waitingS.reduce((sum, seconds) => sum + seconds, 0)).toBe(waited);
  });

  it('go first on a zebra, and drivers let them', async () => {
    const stream = '<flow id="f" type="car" begin="0" end="600" period="6"><route edges="b1-m m-b2"/></flow>';
    const walkers = Array.from({ length: 20 }, (_, i) => walker(60 + i * 25, 'ms-m m-b2')).join('');
    const scenario = await loadQuarter(`${stream}${walkers}`);
    const c = crossingOf(scenario, ':m_c0');
    const engine = run(scenario);
    expect(engine.crossings.walkers[c]).toBe(0);
    const across = await loadQuarter(`${stream}${walkers.replaceAll('ms-m m-b2', 'ms-m b2-m')}`);
    const crossed = run(across);
    expect(crossed.crossings.walkers[c]).toBe(20);
    expect(crossed.crossings.longestS[c]).toBeLessThanOrEqual(12);
    const lossOf = (done: Engine) => done.trips.timeLossS.reduce((sum, seconds) => sum + seconds, 0);
    expect(lossOf(crossed)).toBeGreaterThan(lossOf(engine) + 10);
  });

  it('wait for a gap where drivers go first', async () => {
    const stream =
      '<flow id="f" type="car" begin="0" end="300" period="3"><route edges="wb-b0 b0-b1 b1-m m-b2 b2-eb"/></flow>';
    const walkers = Array.from({ length: 10 }, (_, i) => walker(100 + i * 9, i % 2 ? 'm-ms m-b1' : 'm-b1 m-ms'));
    const scenario = await loadQuarter(`${stream}${walkers.join('')}`);
    const c = crossingOf(scenario, ':m_c2');
    const alone = run(await loadQuarter(walker(120, 'm-ms m-b1')));
    const engine = run(scenario);
    expect(alone.walks.waitingS[0]).toBe(0);
    expect(engine.crossings.walkers[c]).toBeGreaterThan(0);
    expect(engine.crossings.longestS[c]).toBeGreaterThan(5);
    expect([...engine.walks.arrivedMs].every((ms) => ms > 0)).toBe(true);
  });

  it('make turning drivers wait, who turn freely without them', async () => {
    const turns = Array.from({ length: 20 }, (_, i) => car(i * 80, 'wa-a0 a0-b0')).join('');
    const walkers = '<personFlow id="w" begin="0" end="1700" period="2"><walk from="wa-a0" to="a0-a1"/></personFlow>';
    const free = run(await loadQuarter(turns));
    const blocked = run(await loadQuarter(`${walkers}${turns}`));
    const meanS = (engine: Engine) =>
      Array.from({ length: 20 }, (_, i) => (engine.trips.arrivedMs[i] ?? 0) - (engine.trips.insertedMs[i] ?? 0)).reduce(
        (sum, ms) => sum + ms / 20_000,
        0,
      );
    expect(blocked.arrived).toBe(20);
    expect(meanS(blocked)).toBeGreaterThan(meanS(free) + 3);
  });

  it('are never driven over, not even where many walk and turn', async () => {
    const text = await readFile(`${QUARTER}quarter.rou.xml`, 'utf8');
    const more = text.replace(/<vType id="(car|bus)"[^>]*>/g, '').replace(/(<personFlow [^>]*period=")[\d.]+/g, '$125');
    const scenario = await loadQuarter(/<routes>([\s\S]*)<\/routes>/.exec(more)?.[1] ?? '');
    const world = createWorld(scenario, 4, PLAIN);
    const heads = createSignalHeads(
      world,
      scenario.city.signals.map(() => ''),
    );
    heads.start(scenario.beginMs);
    const crew = workInTurns(world);
    let met = 0;
    for (let second = 0; second < 900; second++) {
      for (let signal = 0; signal < heads.lamps.length; signal++) heads.tick(signal);
      stepAll(crew);
      met += countDrivenOver(world);
    }
    expect(world.state.walkersCrossed.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(1000);
    expect(met).toBe(0);
  });

  it('do nothing to a city without crossings, and the same bytes come from the same seed', async () => {
    const scenario = await loadQuarter(`${walker(0, 'wa-a0 a0-a1')}${car(1, 'wa-a0 a0-b0 b0-s0')}`);
    expect(run(scenario).hash()).toBe(run(scenario).hash());
    const bare = { ...scenario, city: { ...scenario.city, corners: [], crossings: [] } };
    const engine = run({ ...bare, demand: { ...bare.demand, walks: [] } });
    expect([engine.crossings.waiting.length, engine.walks.arrivedMs.length, engine.arrived]).toEqual([0, 0, 1]);
  });
});
