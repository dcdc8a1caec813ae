import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { getOwnProgram } from '../../src/city/greens.ts';
import { loadScenario } from '../../src/field/load.ts';
import { createSimStreet } from '../../src/field/sim/street.ts';
import { StdioStreet } from '../../src/field/stdio/street.ts';
import { placeLanes } from '../../src/field/sumo/inner-lanes.ts';
import { startSumoStreet } from '../../src/field/sumo/street.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import type { Order, Street } from '../../src/street/street.ts';
import { ObservationWire } from '../../src/street/wire.ts';

/** What every street keeps to, real or simulated: one scenario, one set of cases, a maker for each adapter. */

const CROSS = fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url));
const { scenario, sumo } = await loadScenario(CROSS);
const { city } = scenario;
const signal = city.signals[0]!;
const { phases } = getOwnProgram(signal);
const ALL_RED = 'r'.repeat(signal.links.length);
const SECONDS = 60;

interface Adapter {
  readonly name: string;
  start(seed: number): Promise<Street>;
  /** Why it tells no positions, where it does not. */
  readonly noPositions?: string;
}

async function startSumo(seed: number): Promise<Street> {
  if (sumo === null) throw new Error('the fixture has no SUMO files');
  const places = await placeLanes(city, createReadStream(sumo.netFile, 'utf8'));
  const args = ['-c', sumo.configFile, '--seed', `${seed}`, '--no-step-log', '--xml-validation', 'never'];
  return startSumoStreet({ city, places, args, beginMs: scenario.beginMs });
}

/** Our engine behind a pipe: what it shows goes out as lines, what comes back as wire orders is carried out. */
async function startPiped(seed: number): Promise<Street> {
  const far = createSimStreet(scenario, { seed });
  const layer = new SensorLayer(city, { level: 'camera', seed });
  const wire = new ObservationWire(city);
  const lines = {
    async next(): Promise<IteratorResult<string>> {
      far.apply(near.takeOrders().map(fromWire));
      await far.advance();
      return { value: JSON.stringify(wire.write(layer.observe(far.frame, far.lamps))), done: false };
    },
    async return(): Promise<IteratorResult<string>> {
      await far[Symbol.asyncDispose]();
      return { value: undefined, done: true };
    },
  };
  const near = new StdioStreet(city, lines, async (fault) => {
    throw fault;
  });
  await near.advance();
  return near;
}

function fromWire(order: ReturnType<StdioStreet['takeOrders']>[number]): Order {
  const index = city.signals.findIndex(({ id }) => id === order.signal);
  return 'show' in order
    ? { kind: 'show', signal: index, state: order.show }
    : { kind: 'hand-back', signal: index, phase: order.handBackToPhase };
}

const ADAPTERS: readonly Adapter[] = [
  { name: 'sim', start: async (seed) => createSimStreet(scenario, { seed }) },
  { name: 'sumo', start: startSumo },
  { name: 'stdio', start: startPiped, noPositions: 'positions stay at the other end of the pipe' },
];

async function advance(street: Street, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) await street.advance();
}

/** Everything a street showed in its first minute, an order in the middle of it. */
async function watch(street: Street): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (let second = 0; second < SECONDS; second++) {
    if (second === 20) street.apply([{ kind: 'show', signal: 0, state: ALL_RED }]);
    if (second === 30) street.apply([{ kind: 'hand-back', signal: 0, phase: 0 }]);
    await street.advance();
    const { frame, lamps, timeMs } = street;
    const vehicles = Array.from({ length: frame.count }, (_, i) =>
      [frame.slot[i], frame.segment[i], frame.posM[i], frame.speedMps[i], frame.kind[i]].join(' '),
    );
    seen.push({ timeMs, lamps: [...lamps], vehicles });
  }
  return seen;
}

describe.each(ADAPTERS)('the street of field/$name', ({ start, noPositions }) => {
  it('moves on by one second a step, and its frame with it', async () => {
    await using street = await start(1);
    expect(street.city).toBe(city);
    const begunMs = street.timeMs;
    for (let second = 1; second <= 5; second++) {
      await street.advance();
      expect(street.timeMs).toBe(begunMs + second * 1000);
      if (noPositions === undefined) expect(street.frame.timeMs).toBe(street.timeMs);
    }
  });

  it('runs its own program until it is told otherwise, each state one of it', async () => {
    await using street = await start(1);
    const shown = new Set<string>();
    for (let second = 0; second < 60; second++) {
      await street.advance();
      expect(street.lamps).toHaveLength(city.signals.length);
      shown.add(street.lamps[0] ?? '');
    }
    expect(shown.size).toBeGreaterThan(2);
    const own = new Set(phases.map(({ state }) => state));
    for (const state of shown) expect(own).toContain(state);
  });

  it('shows lamps as ordered from the next step on, for as long as no other order comes', async () => {
    await using street = await start(1);
    await advance(street, 3);
    street.apply([{ kind: 'show', signal: 0, state: ALL_RED }]);
    for (let second = 0; second < 130; second++) {
      await street.advance();
      expect(street.lamps[0]).toBe(ALL_RED);
    }
  });

  it('goes on with its own program from the start of the phase it is handed back at', async () => {
    await using street = await start(1);
    await advance(street, 3);
    street.apply([{ kind: 'show', signal: 0, state: ALL_RED }]);
    await advance(street, 7);
    street.apply([{ kind: 'hand-back', signal: 0, phase: 3 }]);
    for (let phase = 3; phase < 3 + phases.length; phase++) {
      const { state, durationS } = phases[phase % phases.length]!;
      for (let second = 0; second < durationS; second++) {
        await street.advance();
        expect(street.lamps[0], `phase ${phase}, second ${second}`).toBe(state);
      }
    }
  });

  if (noPositions === undefined) {
    it('tells positions within the city, each slot once', async () => {
      await using street = await start(1);
      let most = 0;
      for (let second = 0; second < SECONDS; second++) {
        await street.advance();
        const { frame } = street;
        most = Math.max(most, frame.count);
        expect(new Set(frame.slot.subarray(0, frame.count)).size).toBe(frame.count);
        for (let i = 0; i < frame.count; i++) {
          const segment = frame.segment[i] ?? -1;
          const lengthM = city.lanes[segment]?.lengthM ?? city.movements[segment - city.lanes.length]?.lengthM;
          expect(lengthM, `segment ${segment}`).toBeDefined();
          expect(frame.posM[i]).toBeGreaterThanOrEqual(0);
          expect(frame.posM[i]).toBeLessThanOrEqual((lengthM ?? -1) + 0.01);
          expect(frame.speedMps[i]).toBeGreaterThanOrEqual(0);
          expect(frame.lengthM[i]).toBeGreaterThan(0);
        }
      }
      expect(most).toBeGreaterThan(3);
    });
  } else {
    it(`tells no positions: ${noPositions}`, async () => {
      await using street = await start(1);
      await advance(street, 30);
      expect(street.frame.count).toBe(0);
    });
  }

  it('runs twice alike for one seed', async () => {
    await using one = await start(7);
    const seen = await watch(one);
    await using other = await start(7);
    expect(await watch(other)).toEqual(seen);
  });

  it('may be disposed of twice, at the start and in mid-run', async () => {
    const street = await start(1);
    await street[Symbol.asyncDispose]();
    await street[Symbol.asyncDispose]();
    const later = await start(1);
    await advance(later, 10);
    await later[Symbol.asyncDispose]();
    await later[Symbol.asyncDispose]();
  });
});
