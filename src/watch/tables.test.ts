import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPUTED, tellsOf } from '../../bench/alerts.ts';
import { describeWithData } from '../../tests/data.ts';
import { readMeasureTables } from '../field/measure-tables.ts';
import { drawUniform } from '../units/random.ts';
import { type SignalTables, watchTables } from './tables.ts';

const DAY = 96;
const bins = { startMs: Date.UTC(2026, 0, 5), stepMs: 900_000, count: 28 * DAY };

/** Four weeks of a signal: more traffic by day than by night, half of it on weekends and on the holiday. */
function quietSignal(device: string, seed: number, holiday = -1): SignalTables {
  const series = (mean: number, key: number): Float64Array =>
    Float64Array.from({ length: bins.count }, (_, bin) => {
      const day = Math.floor(bin / DAY);
      const light = day % 7 >= 5 || day === holiday ? 0.5 : 1;
      const hour = ((bin % DAY) / DAY) * 24;
      const usual = mean * light * (hour > 6 && hour < 21 ? 1 : 0.1);
      return Math.round(usual + (drawUniform(seed, key, bin, 1) - 0.5) * 2 * Math.sqrt(3 * usual));
    });
  const all = series(20, 50);
  return {
    device,
    present: new Uint8Array(bins.count).fill(1),
    terminations: new Map([[2, { all, forced: all.map((count) => Math.round(count / 10)) }]]),
    detectors: new Map([3, 4, 5, 6, 7, 8, 9].map((channel) => [channel, series(20 + channel, channel)])),
    pedestrians: new Map([[2, { services: series(4, 60), presses: series(4, 60).map((count) => count * 2) }]]),
    skips: new Map([[2, new Float64Array(bins.count)]]),
  };
}

describe('alerts from tables', () => {
  it('has none for weeks in which nothing is wrong, a holiday among them', () => {
    expect(watchTables([quietSignal('1', 1, 24), quietSignal('2', 2, 24)], bins)).toEqual([]);
  });

  it('tells a detector that falls silent and the phase that runs to its maximum of it as one', () => {
    const signal = quietSignal('1', 3);
    const since = 24 * DAY + 40;
    signal.detectors.get(5)?.fill(0, since);
    const phase = signal.terminations.get(2);
    phase?.forced.set(phase.all.subarray(since), since);
    const alerts = watchTables([signal], bins);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      kind: 'detector-silent',
      detector: 5,
      untilMs: null,
      also: [{ kind: 'max-outs', phase: 2 }],
    });
    const offBins = (alerts[0]!.sinceMs - bins.startMs) / bins.stepMs - since;
    expect(Math.abs(offBins)).toBeLessThanOrEqual(2);
    expect(alerts[0]!.raisedMs - alerts[0]!.sinceMs).toBeLessThan(3 * 3_600_000);
  });

  it('tells lost data once, with begin and end, and again only after days', () => {
    const signal = quietSignal('1', 4);
    for (const day of [20, 21, 26]) signal.present?.fill(0, day * DAY + 10, day * DAY + 30);
    const alerts = watchTables([signal], bins);
    expect(alerts.map(({ kind, repeats }) => [kind, repeats])).toEqual([
      ['data-loss', 1],
      ['data-loss', 0],
    ]);
    expect(alerts[0]).toMatchObject({
      sinceMs: bins.startMs + (20 * DAY + 10) * bins.stepMs,
      untilMs: bins.startMs + (21 * DAY + 30) * bins.stepMs,
    });
  });

  it('tells signals that fall silent together as one outage', () => {
    const signals = [1, 2, 3, 4].map((seed) => quietSignal(String(seed), seed));
    for (const { present } of signals.slice(1)) present?.fill(0, 22 * DAY);
    const alerts = watchTables(signals, bins);
    expect(alerts.map(({ kind, devices }) => [kind, devices])).toEqual([['outage', ['2', '3', '4']]]);
  });

  it('tells skips and walks that nobody asked for', () => {
    const signal = quietSignal('1', 5);
    signal.skips.get(2)?.fill(3, 25 * DAY, 25 * DAY + 8);
    const walks = signal.pedestrians.get(2);
    walks?.services.fill(10, 26 * DAY + 30);
    walks?.presses.fill(0, 26 * DAY + 30);
    expect(watchTables([signal], bins).map(({ kind, phase }) => [kind, phase])).toEqual([
      ['phase-skips', 2],
      ['button-stuck', 2],
    ]);
  });
});

describeWithData('alerts of the three-week set', (data) => {
  it('are those that the rules of the original compute, and few more', async () => {
    const folder = join(data, 'controller-logs/shawnstrasser-atspm-report/tests/data');
    const { signals, bins: read } = await readMeasureTables(folder);
    const endMs = read.startMs + read.count * read.stepMs;
    const week = watchTables(signals, read).filter(({ untilMs }) => (untilMs ?? endMs) > endMs - 7 * 86_400_000);
    for (const [kind, device, part] of COMPUTED) {
      expect(
        week.filter((alert) => tellsOf(alert, kind, device, part)),
        `${kind} ${device} ${part}`,
      ).toHaveLength(1);
    }
    const extra = week.filter((alert) => !COMPUTED.some(([kind, device, part]) => tellsOf(alert, kind, device, part)));
    expect(extra.map(({ kind, phase }) => [kind, phase])).toEqual([
      ['max-outs', 2],
      ['button-stuck', 4],
      ['pedestrian-counts', undefined],
    ]);
  }, 120_000);
});
