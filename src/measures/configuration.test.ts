import { describe, expect, it } from 'vitest';
import { readLabelled, score } from '../../bench/configuration.ts';
import { describeWithData } from '../../tests/data.ts';
import { ConfigurationLearner, compareConfiguration } from './configuration.ts';
import { EVENT, EventBuffer } from './event.ts';

/** Two phases of 30 s in turn; each approach has a vehicle every 7 s that calls its phase on red and passes four zones. */
function logOfACrossing(cycles: number): EventBuffer {
  const events: [number, number, number][] = [];
  const add = (time: number, code: number, parameter: number): number => events.push([time, code, parameter]);
  const zoneOf = (phase: number, zone: number): number => phase * 10 + zone;
  for (const [phase, shift] of [
    [2, 0],
    [4, 30],
  ] as const) {
    let lastCrossing = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const green = cycle * 60 + shift;
      add(green, EVENT.beginGreen, phase);
      add(green + 26, EVENT.beginYellow, phase);
      add(green + 29, EVENT.endYellow, phase);
    }
    for (let arrival = phase; arrival < cycles * 60 - 20; arrival += 7) {
      // Over the advance zone, then to the stop line, then across on green, two seconds behind the one ahead.
      add(arrival, EVENT.detectorOn, zoneOf(phase, 1));
      add(arrival + 0.6, EVENT.detectorOff, zoneOf(phase, 1));
      if ((arrival - shift + 6000) % 60 >= 29) add(arrival, EVENT.phaseCallOn, phase);
      let crossing = Math.max(arrival + 5, lastCrossing + 2);
      const inCycle = (crossing - shift + 6000) % 60;
      if (inCycle < 2 || inCycle > 27) crossing += (62 - inCycle) % 60;
      const standing = Math.max(arrival + 5, lastCrossing + 1);
      if (crossing - standing > 1) add(Math.min(standing, crossing - 1), EVENT.detectorOn, zoneOf(phase, 2));
      else add(crossing - 0.9, EVENT.detectorOn, zoneOf(phase, 2));
      add(crossing, EVENT.detectorOff, zoneOf(phase, 2));
      add(crossing + 0.3, EVENT.detectorOn, zoneOf(phase, 3));
      add(crossing + 0.5, EVENT.detectorOff, zoneOf(phase, 3));
      add(crossing + 0.6, EVENT.detectorOn, zoneOf(phase, 4));
      add(crossing + 0.8, EVENT.detectorOff, zoneOf(phase, 4));
      lastCrossing = crossing;
    }
  }
  events.sort((one, other) => one[0] - other[0]);
  const log = new EventBuffer(['17']);
  for (const [time, code, parameter] of events) log.push(Math.round(time * 1000), 0, code, parameter);
  return log;
}

describe('configuration from a log', () => {
  const log = logOfACrossing(60);
  const learner = new ConfigurationLearner();
  for (let from = 0; from < log.length; from += 1000) learner.push(log, from, Math.min(log.length, from + 1000));
  const inferred = learner.infer();

  it('tells phase and function of every channel', () => {
    expect(inferred.unknown).toEqual([]);
    expect(inferred.roles.map(({ channel, phase, function: name }) => [channel, phase, name])).toEqual([
      [21, 2, 'Advance'],
      [22, 2, 'Presence'],
      [23, 2, 'Stopbar Count'],
      [24, 2, 'Yellow_Red'],
      [41, 4, 'Advance'],
      [42, 4, 'Presence'],
      [43, 4, 'Stopbar Count'],
      [44, 4, 'Yellow_Red'],
    ]);
  });

  it('finds what a given configuration has wrong, leaves out and names in vain', () => {
    const given = inferred.roles
      .filter((role) => role.channel !== 44)
      .map(({ device, channel, phase, function: name }) => ({
        device,
        channel,
        phase: channel === 41 ? 2 : phase,
        function: channel === 22 ? ('Stopbar Count' as const) : name,
      }));
    given.push({ device: '17', channel: 9, phase: 2, function: 'Presence' });
    const findings = compareConfiguration(given, inferred);
    expect(findings.map(({ channel, kind }) => [channel, kind]).sort()).toEqual([
      [22, 'function'],
      [41, 'phase'],
      [44, 'not-configured'],
      [9, 'silent'],
    ]);
  });

  it('lets a channel have several functions', () => {
    const [first] = inferred.roles;
    if (first === undefined) throw new Error('no role');
    const { device, channel, phase } = first;
    const rows = [first.function, 'Presence' as const].map((name) => ({ device, channel, phase, function: name }));
    const findings = compareConfiguration(rows, inferred);
    expect(findings.filter((finding) => finding.channel === channel)).toEqual([]);
  });

  it('says of a channel with a few hits that it cannot tell', () => {
    const few = new EventBuffer(['17']);
    for (let at = 0; at < 5; at++) few.push(at * 1000, 0, EVENT.detectorOn, 7);
    const shy = new ConfigurationLearner();
    shy.push(few, 0, few.length);
    expect(shy.infer()).toEqual({
      roles: [],
      unknown: [{ device: '17', channel: 7, hits: 5, because: 'only 5 hits' }],
    });
  });
});

describeWithData('configuration of real logs', (data) => {
  it('gives the labels of three signals again', async () => {
    const found = score(await readLabelled(data, 0));
    expect(found.labelled).toBe(74);
    // One labelled channel has no hit in the log.
    expect(found.seen).toBe(73);
    expect(found.phase / found.seen).toBeGreaterThanOrEqual(0.98);
    expect(found.function / found.labelled).toBeGreaterThanOrEqual(0.92);
  }, 60_000);

  it('gives those of another signal', async () => {
    const found = score(await readLabelled(data, 1));
    expect(found.labelled).toBe(16);
    expect(found.phase).toBeGreaterThanOrEqual(15);
    expect(found.function).toBeGreaterThanOrEqual(14);
  }, 60_000);
});
