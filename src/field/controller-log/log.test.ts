import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../tests/data.ts';
import { UrbaneError } from '../../units/errors.ts';
import { Zone } from '../../units/zone.ts';
import { openDuck, quoteText } from '../duck.ts';
import { asc3Bytes, maxtimeText, type PlainEvent } from './encode.fixture.ts';
import { ControllerLog, type LogOptions } from './log.ts';

const utc: LogOptions = { zone: new Zone('UTC') };
const BEGIN = Date.UTC(2024, 4, 13, 15);
const EVENTS: PlainEvent[] = [
  { timeMs: BEGIN + 1000, code: 82, parameter: 5 },
  { timeMs: BEGIN + 1100, code: 1, parameter: 2 },
  { timeMs: BEGIN + 4200, code: 81, parameter: 5 },
];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function readAll(paths: string[], options = utc) {
  const log = await ControllerLog.open(paths, options);
  try {
    const events: (PlainEvent & { device: string })[] = [];
    for await (const batch of log.batches()) {
      for (let at = 0; at < batch.length; at++) {
        events.push({
          timeMs: batch.timeMs[at]!,
          device: batch.devices[batch.device[at]!]!,
          code: batch.code[at]!,
          parameter: batch.parameter[at]!,
        });
      }
    }
    return { events, damage: log.damage, rows: log.rows };
  } finally {
    log.close();
  }
}

describe('ControllerLog', () => {
  const expected = EVENTS.map((event) => ({ ...event, device: '7' }));

  it.each([
    ['oregon.csv', 'TimeStamp,DeviceId,EventId,Parameter\n', (t: string, c: string) => `${t},7,${c}`],
    ['utah.csv', 'timestamp,locationIdentifier,eventCode,eventParam\n', (t: string, c: string) => `${t},7,${c}`],
    ['spaced.csv', '"Location Id",Timestamp,Event Code,Event Parameter\n', (t: string, c: string) => `7,${t},${c}`],
    ['semicolons.csv', 'Time;Device;Code;Param\n', (t: string, c: string) => `${t};7;${c.replace(',', ';')}`],
    ['bare.csv', '\ufeff', (t: string, c: string) => `7,${t},${c}`],
  ])('reads %s', async (name, header, row) => {
    const rows = EVENTS.map(({ timeMs, code, parameter }) =>
      row(new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '0000'), `${code},${parameter}`),
    );
    const { events, damage } = await readAll([await put(name, `${header}${rows.join('\n')}\n`)]);
    expect(events).toEqual(expected);
    expect(damage.count).toBe(0);
  });

  it('reads the times of several makers, local or with an offset, also packed by gzip', async () => {
    const text = [
      'TimeStamp,DeviceId,EventId,Parameter',
      '4/17/2023 8:00:0.20,a,82,1',
      '4/17/2023 8:00:01 AM,a,82,2',
      '2023-04-17T14:00:02.5Z,a,82,3',
      '2023-04-17 08:00:03-06:00,a,82,4',
      '1681740004000,a,82,5',
    ].join('\n');
    const path = await put('times.csv.gz', gzipSync(text));
    const { events } = await readAll([path], { zone: new Zone('America/Denver') });
    const at = Date.UTC(2023, 3, 17, 14);
    expect(events.map(({ timeMs }) => timeMs - at)).toEqual([200, 1000, 2500, 3000, 4000]);
  });

  it('loses only the damaged rows of a table and says which', async () => {
    const text =
      'TimeStamp,DeviceId,EventId,Parameter\n2024-05-13 15:00:01,7,82,5\nyesterday,7,82,5\n2024-05-13 15:00:02,7,99999,5\n2024-05-13 15:00:03,7\n2024-05-13 15:00:04,7,81,-3\n';
    const { events, damage } = await readAll([await put('torn.csv', text)]);
    expect(events.map(({ timeMs }) => timeMs - BEGIN)).toEqual([1000, 4000]);
    expect(damage.first.map(({ place }) => place)).toEqual(['row 3', 'row 4', 'row 5']);
  });

  it('reads raw files, names their controllers, puts files of several kinds in order of time', async () => {
    const own = join(folder, 'kinds');
    await mkdir(own);
    await writeFile(join(own, '12_ECON_10.0.0.1_2024.dat'), asc3Bytes(BEGIN, '10.0.0.1', EVENTS));
    await writeFile(join(own, 'ECON_10.0.0.2_2024.datZ'), deflateSync(asc3Bytes(BEGIN, '10.0.0.2', EVENTS)));
    await writeFile(join(own, 'named.xml'), maxtimeText(EVENTS, '1015'));
    await mkdir(join(own, 'day'));
    await writeFile(join(own, 'day', '44.xml'), maxtimeText(EVENTS));
    await writeFile(join(own, 'table.csv'), 'TimeStamp,DeviceId,EventId,Parameter\n2024-05-13 15:00:01,7,82,5\n');
    await writeFile(join(own, 'notes.txt'), 'no log');
    const { events, damage } = await readAll([own]);
    expect(damage.count).toBe(0);
    expect(events.map(({ timeMs }) => timeMs)).toEqual(events.map(({ timeMs }) => timeMs).sort((a, b) => a - b));
    const counts = Object.groupBy(events, ({ device }) => device);
    expect(Object.entries(counts).map(([device, list]) => [device, list?.length])).toEqual(
      expect.arrayContaining([
        ['12', 3],
        ['10.0.0.2', 3],
        ['1015', 3],
        ['44', 3],
        ['7', 1],
      ]),
    );
  });

  it('keeps an event of two overlapping files once, and equal events of one file as they are', async () => {
    const twice = [...EVENTS, EVENTS[2]!];
    const paths = [
      await put('first.xml', maxtimeText(twice, '9')),
      await put('second.xml', maxtimeText([...EVENTS.slice(1), { timeMs: BEGIN + 9000, code: 4, parameter: 2 }], '9')),
    ];
    const { events } = await readAll(paths);
    expect(events.map(({ timeMs }) => timeMs - BEGIN)).toEqual([1000, 1100, 4200, 4200, 9000]);
  });

  it('sorts a table that is not in order, keeping the order of equal times', async () => {
    const path = join(folder, 'mixed.parquet');
    const duck = await openDuck();
    await duck.run(`COPY (SELECT * FROM (VALUES
      (TIMESTAMP '2024-05-13 15:00:09', 227, 4, 2), (TIMESTAMP '2024-05-13 15:00:01', 227, 10, 2),
      (TIMESTAMP '2024-05-13 15:00:01', 227, 9, 2), (NULL, 227, 9, 2), (TIMESTAMP '2024-05-13 15:00:02', 227, NULL, 2)
      ) AS t("TimeStamp", "DeviceId", "EventId", "Parameter")) TO ${quoteText(path)} (FORMAT parquet)`);
    duck.closeSync();
    const { events, damage, rows } = await readAll([path]);
    expect(events.map(({ code }) => code)).toEqual([10, 9, 4]);
    expect(rows).toBe(5);
    expect(damage.first.map(({ place }) => place).sort()).toEqual(['row 4', 'row 5']);
  });

  it('says in one sentence what is wrong with a file', async () => {
    const cases: [string, RegExp][] = [
      [await put('noise.parquet', 'not Parquet at all'), /noise\.parquet cannot be read/],
      [
        await put('columns.csv', 'TimeStamp,DeviceId,What\n2024-05-13 15:00:01,7,1\n'),
        /no column for the code, the parameter/,
      ],
      [await put('empty.xml', '<EventResponses></EventResponses>'), /holds no event/],
      [await put('short.dat', '2-21-2024 11:15:00.0,Version #:,3\n'), /no Econolite/],
      [await put('broken.datZ', Buffer.from([0x78, 0x9c, 255, 255, 255, 255, 255])), /packed log is damaged/],
      [join(folder, 'absent.csv'), /does not exist/],
      [await put('log.txt', 'x'), /no log by its name/],
    ];
    for (const [path, sentence] of cases) {
      const fault: unknown = await readAll([path]).catch((error: unknown) => error);
      expect(fault, path).toBeInstanceOf(UrbaneError);
      expect(String(fault), path).toMatch(sentence);
    }
  });
});

describeWithData('real controller logs', (data) => {
  const oregon = join(data, 'controller-logs/shawnstrasser-atspm');
  const utah = join(data, 'controller-logs/udot-atspm-v5/Atspm');

  it('reads the Oregon log whole', async () => {
    const log = await ControllerLog.open([join(oregon, 'tests/hires_test_data.parquet')], utc);
    let count = 0;
    for await (const batch of log.batches()) count += batch.length;
    expect([count, log.damage.count, [...log.devices]]).toEqual([246_413, 0, ['227', '452', '454']]);
    log.close();
  });

  it('reads the raw files of Utah cabinets whole, packed and unpacked', async () => {
    const { events, damage } = await readAll([join(utah, 'InfrastructureTests/EventLogDecoderTests/TestData')]);
    expect(damage.first).toEqual([]);
    const counts = Object.fromEntries(
      Object.entries(Object.groupBy(events, ({ device }) => device)).map(([device, list]) => [device, list?.length]),
    );
    // Bytes behind the header over 4 for the ASC/3 files, <Event> elements for the MAXTIME ones.
    expect(counts).toMatchObject({ 4895: 1914, '10.204.9.227': 765, '10.205.17.215': 1168 });
    const last = events.filter(({ device }) => device === '4895').at(-1);
    expect(last).toEqual({
      device: '4895',
      code: 43,
      parameter: 3,
      timeMs: Date.UTC(2024, 1, 21, 11, 15) + 0x2018 * 100,
    });
  });
});
