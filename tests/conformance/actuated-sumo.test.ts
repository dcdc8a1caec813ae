import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { City } from '../../src/city/city.ts';
import { getOwnProgram, listGreens } from '../../src/city/greens.ts';
import { openFile } from '../../src/field/files.ts';
import { loadScenario } from '../../src/field/load.ts';
import { placeLanes } from '../../src/field/sumo/inner-lanes.ts';
import { startSumoStreet } from '../../src/field/sumo/street.ts';
import { Actuated } from '../../src/signals/actuated.ts';
import { SensorLayer } from '../../src/street/sensors.ts';
import { describeWithData } from '../data.ts';

const WINDOW_S = 900;

/** The shipped programs as SUMO's own actuated type, as the benchmark defines it. */
function actuatedPrograms(city: City): string {
  const logics = city.signals.map((signal) => {
    const program = getOwnProgram(signal);
    const phases = program.phases.map(({ state, durationS, minS = 5, maxS = 60 }, index) => {
      const limits = listGreens(program).includes(index) ? ` minDur="${minS}" maxDur="${maxS}"` : '';
      return `<phase duration="${durationS}" state="${state}"${limits}/>`;
    });
    return `<tlLogic id="${signal.id}" type="actuated" programID="watched" offset="0">${phases.join('')}</tlLogic>`;
  });
  return `<additional>${logics.join('')}</additional>`;
}

async function* textOf(file: string): AsyncIterable<string> {
  const decoder = new TextDecoder();
  for await (const chunk of openFile(file).open()) {
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
}

/** Watches SUMO's actuated signals and asks ours each second whether it would have kept the stage, too. */
async function watch(path: string): Promise<{ agreed: number; differed: string[] }> {
  const { scenario, sumo } = await loadScenario(path);
  if (sumo === null) expect.fail(`${path} has no SUMO files`);
  const { city, beginMs } = scenario;
  const folder = mkdtempSync(join(tmpdir(), 'urbane-actuated-'));
  const programs = join(folder, 'actuated.add.xml');
  writeFileSync(programs, actuatedPrograms(city));
  const args = [
    '-c',
    sumo.configFile,
    '-a',
    programs,
    '--seed',
    '1',
    '--time-to-teleport',
    '-1',
    '-X',
    'never',
    '--no-warnings',
  ];
  await using street = await startSumoStreet({
    city,
    places: await placeLanes(city, textOf(sumo.netFile)),
    beginMs,
    args,
  });
  const sensors = new SensorLayer(city, { level: 'camera', seed: 1 });
  const controller = new Actuated({ city, signals: city.signals.map((_, k) => k) });
  const states = city.signals.map((signal) => getOwnProgram(signal).phases.map(({ state }) => state));
  const shown = city.signals.map(() => ({ stage: -1, changing: false, greenSinceMs: 0, mayChange: true }));
  const result = { agreed: 0, differed: [] as string[] };
  let expected: { signal: number; from: number; stage: number; why: string }[] = [];
  while (street.timeMs < beginMs + WINDOW_S * 1000) {
    await street.advance();
    for (const { signal, from, stage, why } of expected) {
      const kept = street.lamps[signal] === states[signal]![from];
      if (kept === (stage === from)) result.agreed++;
      else
        result.differed.push(
          `${street.timeMs / 1000} s, signal ${city.signals[signal]!.id}: stage ${from}, we say "${why}"`,
        );
    }
    shown.forEach((status, signal) => {
      const stage = states[signal]!.indexOf(street.lamps[signal]!);
      if (stage !== status.stage) shown[signal] = { ...status, stage, greenSinceMs: street.timeMs - 1000 };
    });
    controller.observe(sensors.observe(street.frame, street.lamps));
    expected = controller
      .decide(street.timeMs, shown)
      .map((choice) => ({ ...choice, from: shown[choice.signal]!.stage }));
  }
  rmSync(folder, { recursive: true });
  return result;
}

describeWithData('actuated beside SUMO 1.15', (data) => {
  it.each([
    ['grid4x4', 0],
    ['ingolstadt7', 0],
    ['cologne1', 0.005],
  ])('decides as SUMO does, second by second, on %s', async (name, tolerated) => {
    const { agreed, differed } = await watch(join(data, 'scenarios', name));
    expect(agreed).toBeGreaterThan(WINDOW_S / 2);
    expect(differed.slice(0, Math.floor(tolerated * agreed) + 1).length, differed.join('\n')).toBeLessThanOrEqual(
      tolerated * agreed,
    );
  });
});
