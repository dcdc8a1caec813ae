import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { getOwnProgram } from '../city/greens.ts';
import { loadScenario } from './load.ts';
import { fileOfPrograms, listPrograms, type PlanFile, planScenario, readPlans, writeSumoPrograms } from './plans.ts';

const CROSS = fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url));
const { scenario } = await loadScenario(CROSS);
const { city } = scenario;
const own = getOwnProgram(city.signals[0]!);
const program = { id: 'x', offsetS: 4, phases: own.phases.map(({ state }) => ({ state, durationS: 9 })) };
const file = fileOfPrograms('cross', city, [program]);
const folder = await mkdtemp(join(tmpdir(), 'urbane-plans-'));
afterAll(() => rm(folder, { recursive: true }));

async function read(content: unknown): Promise<PlanFile> {
  const path = join(folder, 'plans.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readPlans(path);
}

describe('a plan file', () => {
  it('comes back as it was written and becomes what the signals run by themselves', async () => {
    const again = await read(file);
    expect(again).toEqual(file);
    const planned = planScenario(scenario, again).city;
    expect(getOwnProgram(planned.signals[0]!)).toMatchObject({ offsetS: 4, phases: program.phases });
    expect(planned.signals[0]!.programs.slice(1)).toEqual(city.signals[0]!.programs);
    expect(planned.version).not.toBe(city.version);
    expect(planScenario(scenario, undefined)).toBe(scenario);
  });

  it('becomes programs for SUMO', () => {
    const id = 'a "b" & <c>';
    const text = writeSumoPrograms({
      ...file,
      signals: [{ ...file.signals[0]!, id }],
    });
    expect(text).toContain(
      '<tlLogic id="a &quot;b&quot; &amp; &lt;c&gt;" type="static" programID="urbane" offset="4">',
    );
    expect(text.match(/<phase /g)).toHaveLength(program.phases.length);
  });

  it.each([
    ['another kind of file', '{"format":"x"}', /holds no plans/],
    ['no JSON', 'plans', /holds no plans/],
    ['a later version', { ...file, version: 2 }, /version 2; this Urbane reads version 1/],
    ['a foreign key', { ...file, owner: 'me' }, /is not known/],
    ['without signals', { ...file, signals: 3 }, /\/signals/],
    [
      'a lamp that does not exist',
      { ...file, signals: [{ id: 'a', offsetS: 0, phases: [{ state: 'X', durationS: 3 }] }] },
      /\/signals\/0\/phases\/0\/state/,
    ],
  ])('is refused when it is %s', async (_, content, says) => {
    await expect(read(content)).rejects.toThrow(says);
  });

  it('is refused for a city that it does not fit', () => {
    const [signal] = file.signals;
    expect(() => listPrograms(city, { ...file, signals: [{ ...signal!, id: 'elsewhere' }] })).toThrow(
      /for signal elsewhere, which cross has not/,
    );
    const short = { ...signal!, phases: [{ state: 'G', durationS: 5 }] };
    expect(() => listPrograms(city, { ...file, signals: [short] })).toThrow(/a phase of 1 lamps/);
  });
});
