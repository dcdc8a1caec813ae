import { describe, expect, it } from 'vitest';
import { MeasureEngine, type MeasureOptions } from './engine.ts';
import { type DetectorRole, EVENT, EventBuffer } from './event.ts';
import type { Table } from './table.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 2, 7);
const ROLES: DetectorRole[] = ['a', 'b'].flatMap((device) =>
  [2, 6].flatMap((phase): DetectorRole[] => [
    { device, channel: phase, phase, function: 'Advance' },
    { device, channel: phase + 10, phase, function: 'Presence' },
    { device, channel: phase + 11, phase, function: 'Presence' },
    { device, channel: phase + 20, phase, function: 'Yellow_Red' },
    { device, channel: phase + 20, phase, function: 'Stopbar Count' },
  ]),
);
const OPTIONS: MeasureOptions = { dialect: 'oregon', roles: ROLES, binMs: 15 * MINUTE, slackMs: 5000 };

/** Codes of what is rare, thrown in anywhere. */
const RARE = [
  32, 33, 41, 42, 45, 46, 47, 61, 62, 63, 64, 65, 66, 67, 83, 84, 86, 87, 88, 93, 94, 102, 104, 105, 106, 107, 111, 112,
  113, 114, 115, 118, 119, 131, 150, 173, 174, 175, 178, 184, 300, 301, 316, 318, 400, 503,
];

/** Numbers between 0 and 1 that are the same in every run. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

type Event = [timeMs: number, device: number, code: number, parameter: number];

/** Two hours of two controllers: cycles of two phases, detectors with lost events, walks, calls, a preempt. */
function makeLog(seed: number): Event[] {
  const draw = draws(seed);
  const events: Event[] = [];
  const at = (timeMs: number): number => START + Math.round(timeMs / 100) * 100;
  for (const device of [0, 1]) {
    for (const phase of [2, 6]) {
      for (let cycle = 20_000 * draw(); cycle < 120 * MINUTE; cycle += 70_000 + 30_000 * draw()) {
        const green = 10_000 + 30_000 * draw();
        const ways = [EVENT.gapOut, EVENT.maxOut, EVENT.forceOff];
        events.push([at(cycle - 15_000 * draw()), device, EVENT.phaseCallOn, phase]);
        events.push([at(cycle), device, EVENT.phaseOn, phase], [at(cycle), device, EVENT.beginGreen, phase]);
        events.push([at(cycle + green), device, ways[Math.floor(3 * draw())] ?? 4, phase]);
        events.push([at(cycle + green), device, EVENT.greenTermination, phase]);
        events.push([at(cycle + green), device, EVENT.beginYellow, phase]);
        events.push([at(cycle + green + 4000), device, EVENT.endYellow, phase]);
        events.push([at(cycle + green + 4000), device, EVENT.beginRedClearance, phase]);
        events.push([at(cycle + green + 5500), device, EVENT.endRedClearance, phase]);
        if (draw() < 0.3) events.push([at(cycle - 20_000 * draw()), device, EVENT.pedestrianDetectorOn, phase]);
        if (draw() < 0.3) events.push([at(cycle), device, EVENT.beginWalk, phase]);
        if (draw() < 0.3) events.push([at(cycle + 7000), device, EVENT.beginFlashingDontWalk, phase]);
      }
    }
    for (const channel of [2, 6, 12, 13, 16, 17, 22, 26]) {
      for (let time = 9000 * draw(); time < 120 * MINUTE; time += 12_000 * draw()) {
        if (draw() < 0.95) events.push([at(time), device, EVENT.detectorOn, channel]);
        time += 4000 * draw();
        if (draw() < 0.95) events.push([at(time), device, EVENT.detectorOff, channel]);
      }
    }
    events.push([at(40 * MINUTE), device, EVENT.preemptCallOn, 1], [at(43 * MINUTE), device, EVENT.preemptCallOff, 1]);
    for (let time = 0; time < 120 * MINUTE; time += 20_000 * draw()) {
      events.push([at(time), device, RARE[Math.floor(RARE.length * draw())] ?? 0, Math.floor(5 * draw())]);
    }
    for (let time = 0; time < 120 * MINUTE; time += 20 * MINUTE) events.push([at(time), device, EVENT.cycleChange, 90]);
  }
  return events.sort((a, b) => a[0] - b[0]);
}

function run(events: readonly Event[], options: MeasureOptions, sizes: () => number): MeasureEngine {
  const engine = new MeasureEngine(options);
  const buffer = new EventBuffer(['a', 'b']);
  let room = sizes();
  for (const event of events) {
    buffer.push(...event);
    if (--room > 0) continue;
    engine.push(buffer);
    buffer.clear();
    room = sizes();
  }
  engine.push(buffer);
  engine.finish();
  return engine;
}

function textOf(tables: readonly Table[]): Record<string, string[]> {
  return Object.fromEntries(
    tables.map((table) => [
      table.name,
      Array.from({ length: table.length }, (_, row) =>
        table.columns.map((column) => (column.type === 'text' ? column.texts[row] : column.values[row])).join('|'),
      ).sort(),
    ]),
  );
}

describe('MeasureEngine', () => {
  it.each(['oregon', 'utah'] as const)(
    'gives the same %s tables for any cutting of the log and any order',
    (dialect) => {
      for (let seed = 1; seed <= 2; seed++) {
        const log = makeLog(seed);
        const options = { ...OPTIONS, dialect };
        const whole = run(log, options, () => log.length);
        const expected = textOf(whole.tables);
        for (const [name, rows] of Object.entries(expected)) {
          expect(rows.length, name).toBeGreaterThan(0);
        }
        const draw = draws(seed + 100);
        expect(textOf(run(log, options, () => 1 + Math.floor(300 * draw())).tables)).toEqual(expected);
        const delayed = log.map((event) => [event[0] + 4900 * draw(), event] as const).sort((a, b) => a[0] - b[0]);
        const shuffled = delayed.map(([, event]) => event);
        const apart = run(shuffled, options, () => 1 + Math.floor(50 * draw()));
        expect(apart.late).toBe(0);
        expect(textOf(apart.tables)).toEqual(expected);
        const byDevice = [...log].sort((a, b) => a[1] - b[1]);
        expect(textOf(run(byDevice, options, () => 500).tables)).toEqual(expected);
      }
    },
  );

  it('drops repetitions, counts late events and parameters that are none', () => {
    const log = makeLog(1);
    const expected = textOf(run(log, OPTIONS, () => 100).tables);
    const twice = run(
      log.flatMap((event) => [event, event]),
      OPTIONS,
      () => 100,
    );
    const lone = new Set(log.map((event) => event.join()));
    expect(twice.repeated).toBe(2 * log.length - lone.size);
    expect(textOf(twice.tables)).toEqual(expected);
    const bad: Event[] = [
      [START, 0, EVENT.detectorOn, 2],
      [START + MINUTE * 100, 0, EVENT.detectorOn, -1],
    ];
    const disturbed = run([...log, ...bad], OPTIONS, () => 100);
    expect([disturbed.late, disturbed.unfit]).toEqual([2, 0]);
    expect(run([...bad, ...log], OPTIONS, () => 1).late).toBeGreaterThan(0);
    expect(run([[START, 0, EVENT.detectorOn, -1]], OPTIONS, () => 1).unfit).toBe(1);
  });

  it('tells at any time what the open bins would be if the log ended', () => {
    // While a preempt is on, the waits that began in it are left out; only its end tells whether they count.
    const log = makeLog(3).filter(([, , code]) => code !== EVENT.preemptCallOn);
    const cut = log.findIndex((event) => event[0] > START + 67 * MINUTE);
    const live = new MeasureEngine({ ...OPTIONS, slackMs: 0 });
    const buffer = new EventBuffer(['a', 'b']);
    for (const event of log.slice(0, cut)) buffer.push(...event);
    live.advance(START);
    live.push(buffer);
    live.advance(START + 1000);
    const now = textOf(live.current());
    const sofar = textOf(live.tables);
    live.finish();
    const ended = textOf(live.tables);
    for (const name of [
      'actuations',
      'terminations',
      'arrival_on_green',
      'ped',
      'unique_ped',
      'phase_wait',
      'ped_delay',
    ]) {
      expect([...(now[name] ?? []), ...(sofar[name] ?? [])].sort(), name).toEqual(ended[name]);
    }
  });

  it('keeps to the tables asked for', () => {
    const engine = run(makeLog(1), { ...OPTIONS, tables: ['phase_wait', 'ped'] }, () => 100);
    expect(engine.tables.map((table) => table.name)).toEqual(['ped', 'phase_wait']);
    expect(engine.tables.every((table) => table.length > 0)).toBe(true);
  });

  it('has a row for a bin without an arrival on green; the original leaves it out', () => {
    const log: Event[] = [
      [START, 0, EVENT.beginRedClearance, 2],
      [START + 1000, 0, EVENT.detectorOn, 2],
      [START + 2000, 0, EVENT.detectorOn, 2],
    ];
    const tables = ['arrival_on_green'];
    const rowsOf = (faithful: boolean): unknown =>
      textOf(run(log, { ...OPTIONS, tables, faithful }, () => 1).tables).arrival_on_green;
    expect(rowsOf(false)).toEqual([`${START}|0|2|2|0`]);
    expect(rowsOf(true)).toEqual([]);
  });

  it.each(['oregon', 'utah'] as const)('is not led into filling the years of a wrong clock (%s)', (dialect) => {
    const log = makeLog(2);
    const wrong: Event[] = [82, 81, 90, 21, 22, 45].map((code) => [Date.UTC(1970, 0, 1), 0, code, 2]);
    const later = log.map(([timeMs, ...rest]): Event => [timeMs + 200 * 24 * 60 * MINUTE, ...rest]);
    const engine = run([...wrong, ...log, ...later], { ...OPTIONS, dialect }, () => 1000);
    const single = run(log, { ...OPTIONS, dialect }, () => 1000);
    for (const [at, table] of engine.tables.entries()) {
      const most = 2.2 * (single.tables[at]?.length ?? 0) + 16_000;
      expect(table.length, table.name).toBeLessThan(most);
    }
    const live = new MeasureEngine({ ...OPTIONS, dialect, slackMs: 500 });
    const buffer = new EventBuffer(['a', 'b']);
    live.advance(START);
    buffer.push(START + 366 * 24 * 60 * MINUTE, 0, EVENT.detectorOn, 2);
    buffer.push(START + 100, 0, EVENT.detectorOn, 2);
    live.push(buffer);
    expect([live.early, live.late]).toEqual([1, 0]);
  });

  it.each(['oregon', 'utah'] as const)('takes any codes and parameters in any order (%s)', (dialect) => {
    const draw = draws(77);
    const log = Array.from({ length: 20_000 }, (): Event => {
      const code = Math.floor(draw() < 0.9 ? 320 * draw() : 65_536 * draw());
      const parameter = Math.floor(draw() < 0.9 ? 20 * draw() : 65_536 * draw() - 32_768);
      return [START + Math.floor(60 * MINUTE * draw()), Math.floor(2 * draw()), code, parameter];
    });
    const engine = run(log, { ...OPTIONS, dialect, slackMs: 120 * MINUTE }, () => 500);
    expect(engine.late).toBe(0);
    expect(engine.unfit).toBeGreaterThan(0);
    for (const table of engine.tables) {
      for (const { name, type, values } of table.columns) {
        if (type !== 'integer' && type !== 'smallint' && type !== 'bigint') continue;
        const odd = values.subarray(0, table.length).find((value) => !Number.isNaN(value) && !Number.isInteger(value));
        expect(odd, `${table.name}.${name}`).toBeUndefined();
      }
    }
  });

  it('takes a controller whose clock is minutes behind, and ends its bins by its own clock', () => {
    const late = 3 * MINUTE;
    const live = new MeasureEngine({ ...OPTIONS, slackMs: 500, tables: ['actuations'] });
    const buffer = new EventBuffer(['a', 'b']);
    for (let now = START; now < START + 20 * MINUTE; now += 200) {
      buffer.clear();
      if (now % 1000 === 0 && now < START + 19 * MINUTE) buffer.push(now - late, 0, EVENT.detectorOn, 2);
      live.push(buffer);
      live.advance(now);
    }
    // Its clock says 07:16:59: the bin that began at 06:45 and the one of 07:00 are over.
    expect(live.late).toBe(0);
    expect(textOf(live.tables).actuations).toEqual([`${START - 15 * MINUTE}|0|2|180`, `${START}|0|2|900`]);
  });

  it('takes what a controller logged while it was cut off', () => {
    const live = new MeasureEngine({ ...OPTIONS, slackMs: 500, tables: ['actuations'] });
    const buffer = new EventBuffer(['a', 'b']);
    for (let now = START; now <= START + 20 * MINUTE; now += 1000) {
      const minute = (now - START) / MINUTE;
      if (minute < 3 || minute >= 12) {
        live.push(buffer);
        buffer.clear();
      }
      buffer.push(now, 0, EVENT.detectorOn, 2);
      live.advance(now);
    }
    expect(live.late).toBeLessThanOrEqual(2);
    expect(textOf(live.tables).actuations).toEqual([`${START}|0|2|${900 - live.late}`]);
  });
});
