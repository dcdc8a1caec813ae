import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../tests/data.ts';
import { decompose } from './detector-health.ts';
import { MeasureEngine } from './engine.ts';
import { EVENT, EventBuffer } from './event.ts';
import { getColumn } from './table.ts';

describeWithData('median decomposition', (data) => {
  it('is the published one', async () => {
    const folder = join(data, 'controller-logs/shawnstrasser-traffic-anomaly/tests/precalculated');
    const file = join(folder, 'test_static_decomp_small.parquet');
    const duck = await (await DuckDBInstance.create(':memory:')).connect();
    const sql = `SELECT epoch_ms(timestamp::TIMESTAMP)::DOUBLE, travel_time::DOUBLE, prediction::DOUBLE, resid::DOUBLE FROM '${file}'`;
    const rows = (await duck.runAndReadAll(sql)).getRows().map((row) => row.map(Number));
    duck.disconnectSync();
    expect(rows).toHaveLength(200);
    const column = (at: number): number[] => rows.map((row) => row[at] ?? Number.NaN);
    const parts = decompose(column(0), column(1), 15 * 60_000);
    parts.forEach(({ prediction, rest }, at) => {
      expect(prediction).toBeCloseTo(column(2)[at] ?? Number.NaN, 4);
      expect(rest).toBeCloseTo(column(3)[at] ?? Number.NaN, 4);
    });
  });
});

describe('DetectorHealth', () => {
  it('finds the hour a channel lost most of its traffic, on the last of fifteen days', () => {
    const hour = 3_600_000;
    const start = Date.UTC(2026, 2, 2);
    const buffer = new EventBuffer(['a']);
    for (let at = 0; at < 15 * 24; at++) {
      const hits = at === 14 * 24 + 9 ? 5 : 100 + (at % 24) * 10;
      for (let hit = 0; hit < hits; hit++) buffer.push(start + at * hour + hit * 1000, 0, EVENT.detectorOn, 7);
    }
    const options = { dialect: 'oregon', roles: [], binMs: hour, slackMs: 0, tables: ['detector_health'] } as const;
    const engine = new MeasureEngine(options);
    engine.push(buffer);
    engine.finish();
    const [table] = engine.tables;
    if (table === undefined) throw new Error('no table');
    expect(table.length).toBe(24);
    const anomalies = [...getColumn(table, 'anomaly').values.subarray(0, 24)];
    expect(anomalies.flatMap((anomaly, at) => (anomaly === 1 ? [at] : []))).toEqual([9]);
    expect(getColumn(table, 'prediction').values[9]).toBe(190);
  });
});
