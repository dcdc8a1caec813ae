import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { EVENT } from '../../measures/event.ts';
import { SensorLayer } from '../../street/sensors.ts';
import { loadScenario } from '../load.ts';
import { createSimStreet } from '../sim/street.ts';
import { StreetLog } from './street-log.ts';

const CROSS = fileURLToPath(new URL('../../../fixtures/valid/cross', import.meta.url));
const RUN_S = 600;

interface Logged {
  readonly timeMs: number;
  readonly device: string;
  readonly code: number;
  readonly parameter: number;
}

let log: StreetLog;
const events: Logged[] = [];
let rises = 0;
let changesToGreen = 0;

beforeAll(async () => {
  const { scenario } = await loadScenario(CROSS);
  const { city } = scenario;
  await using street = createSimStreet(scenario, { seed: 1 });
  log = new StreetLog(city, 1);
  const loops = new SensorLayer(city, { level: 'loops', seed: 1 });
  let before: readonly string[] | null = null;
  for (let second = 0; second < RUN_S; second++) {
    await street.advance();
    const { timeMs, device, code, parameter, devices, length } = log.read(street);
    for (let i = 0; i < length; i++)
      events.push({ timeMs: timeMs[i]!, device: devices[device[i]!]!, code: code[i]!, parameter: parameter[i]! });
    for (const count of loops.observe(street.frame, street.lamps).loops?.rises ?? []) rises += count;
    const isGreen = (lamp: string) => lamp === 'G' || lamp === 'g';
    city.signals.forEach(({ groups }, signal) => {
      for (const { links } of groups) {
        const was = before !== null && isGreen(before[signal]!.charAt(links[0]!));
        if (!was && isGreen(street.lamps[signal]!.charAt(links[0]!))) changesToGreen++;
      }
    });
    before = street.lamps.slice();
  }
});

describe('what the controllers of a street log', () => {
  it('comes in order of time, at tenths of a second', () => {
    const times = events.map(({ timeMs }) => timeMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.every((timeMs) => timeMs % 100 === 0)).toBe(true);
  });

  it('has every green, and yellow and red after each', () => {
    const greens = events.filter(({ code }) => code === EVENT.beginGreen || code === EVENT.beginWalk);
    expect(greens.length).toBe(changesToGreen);
    expect(greens.length).toBeGreaterThan(10);
    const lamps = new Set<number>([EVENT.beginGreen, EVENT.beginYellow, EVENT.endYellow, EVENT.beginRedClearance]);
    const next = new Map<number, number[]>([
      [EVENT.beginGreen, [EVENT.beginYellow, EVENT.beginRedClearance]],
      [EVENT.beginYellow, [EVENT.endYellow, EVENT.beginGreen]],
      [EVENT.endYellow, [EVENT.beginRedClearance]],
      [EVENT.beginRedClearance, [EVENT.beginGreen]],
    ]);
    const last = new Map<string, number>();
    for (const { device, code, parameter } of events.filter((event) => lamps.has(event.code))) {
      const key = `${device} ${parameter}`;
      const before = last.get(key);
      if (before !== undefined) expect(next.get(before)).toContain(code);
      last.set(key, code);
    }
  });

  it('has an on for every rise of a loop, on and off by turns', () => {
    const turns = events.filter(({ code }) => code === EVENT.detectorOn || code === EVENT.detectorOff);
    expect(turns.filter(({ code }) => code === EVENT.detectorOn).length).toBe(rises);
    expect(rises).toBeGreaterThan(20);
    const last = new Map<string, number>();
    for (const { device, code, parameter } of turns) {
      const key = `${device} ${parameter}`;
      expect(code).not.toBe(last.get(key) ?? EVENT.detectorOff);
      last.set(key, code);
    }
  });

  it('knows for which phase each detector counts', () => {
    const channels = new Set(
      events.filter(({ code }) => code === EVENT.detectorOn).map((e) => `${e.device} ${e.parameter}`),
    );
    const known = new Set(log.roles.map(({ device, channel }) => `${device} ${channel}`));
    expect([...channels].every((channel) => known.has(channel))).toBe(true);
    const greens = new Set(events.filter(({ code }) => code === EVENT.beginGreen).map((e) => e.parameter));
    expect(log.roles.every(({ phase }) => greens.has(phase))).toBe(true);
  });
});

describe('where a signal has detectors of its own', () => {
  it('logs them by their channels, and no others', async () => {
    const { scenario } = await loadScenario(CROSS);
    const { city } = scenario;
    const lane = city.movements.find(({ signal }) => signal === 0)?.fromLane ?? -1;
    const detector = { signal: 0, phase: 2, lane, lengthM: 2 } as const;
    const detectors = [
      { ...detector, channel: 11, kind: 'stop-line', distanceM: 0 } as const,
      { ...detector, channel: 12, kind: 'advance', distanceM: 30 } as const,
    ];
    const { roles } = new StreetLog({ ...city, detectors }, 1);
    expect(roles.map(({ channel, function: used }) => [channel, used])).toEqual([
      [11, 'Presence'],
      [11, 'Stopbar Count'],
      [12, 'Advance'],
    ]);
    expect(roles[2]?.distanceFt).toBeCloseTo(30 * 3.28084, 2);
  });
});
