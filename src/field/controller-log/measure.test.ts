import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OREGON_TABLES } from '../../../bench/measures-tables.ts';
import { describeWithData } from '../../../tests/data.ts';
import { UrbaneError } from '../../units/errors.ts';
import { Zone } from '../../units/zone.ts';
import { openDuck, quoteName, quoteText } from '../duck.ts';
import { readDetectors } from './detectors.ts';
import { asc3Bytes } from './encode.fixture.ts';
import { type MeasureJob, measureLog } from './measure.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-measure-'));
});
afterAll(() => rm(folder, { recursive: true }));

const jobOf = (changes: Partial<MeasureJob>): MeasureJob => ({
  events: [],
  folder: join(folder, 'out'),
  zone: new Zone('UTC'),
  dialect: 'oregon',
  binMs: 900_000,
  format: 'parquet',
  ...changes,
});

async function ask(sql: string): Promise<unknown[][]> {
  const duck = await openDuck();
  try {
    return (await duck.runAndReadAll(sql)).getRowsJson();
  } finally {
    duck.closeSync();
  }
}

const typesOf = (file: string): Promise<unknown[][]> =>
  ask(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${quoteText(file)})`);

describe('measureLog', () => {
  it('writes local times, ids as they are, and a file for every table, also without a row', async () => {
    const begin = Date.UTC(2024, 4, 13, 15);
    const events = [0, 1, 2].map((cycle) => ({ timeMs: begin + cycle * 60_000, code: 4, parameter: 2 }));
    const log = join(folder, 'ECON_north-gate_2024.dat');
    await writeFile(log, asc3Bytes(begin, 'north-gate', events));
    const out = join(folder, 'named');
    const report = await measureLog(
      jobOf({
        events: [log],
        folder: out,
        zone: new Zone('America/Los_Angeles'),
        tables: ['terminations', 'timeline'],
      }),
    );
    expect(report).toMatchObject({
      events: 3,
      devices: ['north-gate'],
      detectors: { file: join(out, 'detectors.csv') },
      fromMs: begin + 7 * 3_600_000,
    });
    expect((await readdir(out)).sort()).toEqual(['detectors.csv', 'terminations.parquet', 'timeline.parquet']);
    expect(await ask(`SELECT * FROM ${quoteText(join(out, 'terminations.parquet'))}`)).toEqual([
      ['2024-05-13 15:00:00', 'north-gate', 2, 'GapOut', 3],
    ]);
  });

  it('writes a count over a day that passes 32,767', async () => {
    const log = join(folder, 'busy.csv');
    const hits = Array.from({ length: 40_000 }, (_, at) => {
      const clock = new Date(Date.UTC(2024, 4, 13) + at * 2000).toISOString().slice(0, 19);
      return `${clock},7,82,5`;
    });
    await writeFile(log, ['TimeStamp,DeviceId,EventId,Parameter', ...hits].join('\n'));
    const out = join(folder, 'busy');
    await measureLog(jobOf({ events: [log], folder: out, binMs: 86_400_000, tables: ['actuations'] }));
    const file = join(out, 'actuations.parquet');
    expect(await ask(`SELECT Detector, Total FROM ${quoteText(file)}`)).toEqual([[5, 40_000]]);
    expect(await typesOf(file)).toContainEqual(['Total', 'INTEGER']);
  });

  it('writes CSV as well', async () => {
    const log = join(folder, 'small.csv');
    await writeFile(
      log,
      'TimeStamp,DeviceId,EventId,Parameter\n2024-05-13 15:00:01,7,4,2\n2024-05-13 15:16:00,7,5,2\n',
    );
    const out = join(folder, 'csv');
    await measureLog(jobOf({ events: [log], folder: out, tables: ['terminations'], format: 'csv' }));
    const rows = await ask(`SELECT * FROM read_csv(${quoteText(join(out, 'terminations.csv'))})`);
    expect(rows).toEqual([
      ['2024-05-13 15:00:00', '7', '2', 'GapOut', '1'],
      ['2024-05-13 15:15:00', '7', '2', 'MaxOut', '1'],
    ]);
  });

  it('refuses a log without a readable event and a folder that is a file', async () => {
    const log = join(folder, 'unreadable.csv');
    await writeFile(log, 'TimeStamp,DeviceId,EventId,Parameter\nnever,7,4,2\n');
    await expect(measureLog(jobOf({ events: [log] }))).rejects.toThrow(/no event that can be read/);
    await expect(measureLog(jobOf({ events: [log], folder: join(log, 'x') }))).rejects.toThrow(UrbaneError);
  });
});

describe('readDetectors', () => {
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  it('reads a CSV, with what is known of place and speed, and counts functions that are not used', async () => {
    const text =
      'DeviceId,Phase,Function,Parameter,Distance_Ft,Mph,Latency\n7115,2,advance,3,350,45,1.2\n7115,2,Stopbar_Count,4,,,\n7115,2,Ped,9,,,\n';
    expect(await readDetectors(await put('detectors.csv', text))).toEqual({
      roles: [
        {
          device: '7115',
          phase: 2,
          function: 'Advance',
          channel: 3,
          distanceFt: 350,
          approachSpeedMph: 45,
          latencyS: 1.2,
        },
        { device: '7115', phase: 2, function: 'Stopbar Count', channel: 4 },
      ],
      others: 1,
    });
  });

  it('says which row or column is wrong', async () => {
    await expect(readDetectors(await put('a.csv', 'DeviceId,Phase,Function\n1,2,Advance\n'))).rejects.toThrow(
      /no column for the channel/,
    );
    await expect(
      readDetectors(await put('b.csv', 'DeviceId,Phase,Function,Parameter\n1,0,Advance,3\n')),
    ).rejects.toThrow(/row 1: phase/);
  });
});

describeWithData('measures of the Oregon log', (data) => {
  const oregon = join(data, 'controller-logs/shawnstrasser-atspm/tests');

  it('stand in files with the names, columns, types and rows of the expected tables', {
    timeout: 120_000,
  }, async () => {
    const out = join(folder, 'oregon');
    const report = await measureLog(
      jobOf({
        events: [join(oregon, 'hires_test_data.parquet')],
        config: join(oregon, 'configs_test_data.parquet'),
        folder: out,
        faithful: true,
      }),
    );
    expect(report).toMatchObject({ events: 246_413, damaged: { count: 0 }, detectors: { file: null, unused: 0 } });
    expect(report.detectors.roles).toHaveLength(74);
    for (const name of OREGON_TABLES) {
      const expected = join(oregon, 'precalculated', `${name}.parquet`);
      const found = join(out, `${name}.parquet`);
      const types = await typesOf(expected);
      expect(await typesOf(found), name).toEqual(types);
      const isFloat = ([, type]: unknown[]): boolean => type === 'FLOAT' || type === 'DOUBLE';
      const keys = types
        .filter((type) => !isFloat(type))
        .map(([column]) => quoteName(String(column)))
        .join(', ');
      for (const [one, other] of [
        [expected, found],
        [found, expected],
      ]) {
        const rest = `SELECT count(*)::INTEGER FROM (SELECT ${keys} FROM ${quoteText(one!)} EXCEPT ALL SELECT ${keys} FROM ${quoteText(other!)})`;
        expect(await ask(rest), name).toEqual([[0]]);
      }
      const floats = types.filter(isFloat).map(([column]) => `sum(${quoteName(String(column))}::DOUBLE)`);
      if (floats.length === 0) continue;
      const [wanted] = await ask(`SELECT ${floats.join(', ')} FROM ${quoteText(expected)}`);
      const [made] = await ask(`SELECT ${floats.join(', ')} FROM ${quoteText(found)}`);
      for (const [at, sum] of (wanted ?? []).entries()) {
        expect(Math.abs(Number(made?.[at]) - Number(sum)), name).toBeLessThanOrEqual(1e-6 * Math.abs(Number(sum)));
      }
    }
  });
});
