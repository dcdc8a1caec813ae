import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type LoadedScenario, loadScenario } from '../field/load.ts';
import type { PlanFile } from '../field/plans.ts';
import { applyPlans } from '../read/plans/apply.ts';
import { readPlanFiles } from '../read/plans/read.ts';
import { sourceFrom } from '../read/source.ts';
import { writeSumo } from '../read/sumo/write.ts';
import { startSumoRun } from './sumo-run.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/valid/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'urbane-timed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A crossing as SUMO's files whose program changes at half past six, from 06:28 on. */
async function loadTimed(): Promise<LoadedScenario> {
  const { scenario } = await loadScenario(`${FIXTURES}cityflow/config.json`);
  const texts = ['plans', 'schedule'].map((name) => readFileSync(`${FIXTURES}plans/${name}.csv`, 'utf8'));
  const book = await readPlanFiles(texts.map((text, k) => sourceFrom(`${k}.csv`, text)));
  const { city } = applyPlans(scenario.city, book, { date: '2026-11-23', minute: 0, isHoliday: false });
  const [beginMs, endMs] = [6 * 3_600_000 + 28 * 60_000, 6 * 3_600_000 + 35 * 60_000];
  const trips = scenario.demand.trips.map((trip) => ({ ...trip, departMs: beginMs }));
  const timed = { ...scenario, city, demand: { ...scenario.demand, trips }, beginMs, endMs };
  for (const { name, text } of writeSumo(timed, 'timed').files) writeFileSync(join(folder, name), text);
  return loadScenario(folder);
}

/** What the lamps show second by second, from 06:28 to 06:33; from 06:29 on `state`, if any, is ordered. */
async function lampsOf(state: string | null, plans?: PlanFile): Promise<string[]> {
  const { scenario, sumo } = await loadTimed();
  if (sumo === null) throw new Error('no files of SUMO');
  const workDir = mkdtempSync(join(folder, 'run-'));
  const { street } = await startSumoRun({ scenario, files: sumo, seed: 1, exclude: [], broken: [], workDir, plans });
  await using _ = street;
  const lamps: string[] = [];
  for (let second = 0; second < 300; second++) {
    if (second === 60 && state !== null) street.apply([{ kind: 'show', signal: 0, state }]);
    await street.advance();
    lamps.push(street.lamps[0] ?? '');
  }
  return lamps;
}

describe('a signal with a timetable in SUMO', () => {
  it('has the program of the hour as its own', async () => {
    const { scenario } = await loadTimed();
    expect(scenario.city.signals[0]?.programs.map(({ id }) => id)).toEqual(['night', 'am']);
  });

  it('changes its program by the clock, unless it is commanded or has another plan', async () => {
    const { scenario } = await loadTimed();
    const [signal] = scenario.city.signals;
    const am = signal?.programs.find(({ id }) => id === 'am');
    const cycleS = am?.phases.reduce((sum, { durationS }) => sum + durationS, 0) ?? 0;
    const byClock = (atS: number): string | undefined => {
      let intoS = (((atS - (am?.offsetS ?? 0)) % cycleS) + cycleS) % cycleS;
      return am?.phases.find(({ durationS }) => {
        intoS -= durationS;
        return intoS < 0;
      })?.state;
    };
    const beginS = scenario.beginMs / 1000;
    const onClock = (lamps: readonly string[], from: number, to: number) =>
      lamps.slice(from, to).filter((shown, k) => shown === byClock(beginS + from + k)).length;
    const timed = await lampsOf(null);
    expect(onClock(timed, 210, 300)).toBeGreaterThan(80);
    expect(onClock(timed, 0, 90)).toBeLessThan(70);
    const shown = async (...asked: Parameters<typeof lampsOf>) => new Set((await lampsOf(...asked)).slice(150));
    const red = 'r'.repeat(signal?.links.length ?? 0);
    expect([...(await shown(red))]).toEqual([red]);
    const phases = [{ state: red, durationS: 30 }];
    const tuned = {
      format: 'urbane-plans',
      version: 1,
      scenario: 'timed',
      signals: [{ id: 'mid', offsetS: 0, phases }],
    } as const;
    expect([...(await shown(null, { ...tuned, signals: [...tuned.signals] }))]).toEqual([red]);
  }, 120_000);
});
