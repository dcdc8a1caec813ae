import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCity } from '../city/file.ts';
import { loadCity } from '../field/load.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const done = await promisify(execFile)(process.execPath, [MAIN, 'import', ...args]);
    return { code: 0, ...done };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('urbane import', () => {
  it('writes the city and its GeoJSON and says what it dropped', async () => {
    const out = join(folder, 'cross.city');
    const geojson = join(folder, 'cross.geojson');
    const { code, stdout, stderr } = await run(`${FIXTURES}valid/cross`, '--out', out, '--geojson', geojson);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('12 roads, 14 lanes, 18 movements, 7 junctions, 1 signals, 2 programs, 2 districts');
    expect(stdout).toContain('vehicle ×1: departs before the window begins (100 s)');
    expect(openCity(await readFile(out))).toEqual((await loadCity(`${FIXTURES}valid/cross`)).city);
    expect(JSON.parse(await readFile(geojson, 'utf8')).type).toBe('FeatureCollection');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('prints one JSON document with every dropped element', async () => {
    const { stdout } = await run(`${FIXTURES}invalid/damaged-trips.sumocfg`, '--out', join(folder, 'd.city'), '--json');
    const report = JSON.parse(stdout);
    expect(report.counts).toMatchObject({ signals: 1, demandElements: 18, trips: 2 });
    expect(report.dropped).toHaveLength(18);
    expect(report.dropped[2]).toMatchObject({ what: 'vehicle', element: 'missing-edge', line: 6 });
  });

  it.each<[string, number, RegExp]>([
    ['truncated', 4, /truncated\.net\.xml:\d+: .*unclosed tag/],
    ['negative-length', 4, /negative-length\.net\.xml:15: <lane id="far-in_0"> length="-150" is negative/],
    ['missing-lane', 4, /missing-lane\.net\.xml:89: <connection from="far-in" to="east-in"> leads to lane 3/],
    [
      'short-program',
      4,
      /short-program\.net\.xml:47: program "0" of signal "centre" cannot be used: phase 2 has 8 states/,
    ],
    ['not-a-number', 4, /not-a-number\.net\.xml:21: <lane id="mill-in_0"> length="a hundred" is not a number/],
    ['document-type', 4, /document-type\.net\.xml:2: it declares a document type/],
    ['not-there', 3, /not-there\.sumocfg does not exist/],
  ])('ends %s with one sentence, a remedy and exit code %i', async (name, exitCode, sentence) => {
    const out = join(folder, `${name}.city`);
    const { code, stdout, stderr } = await run(`${FIXTURES}invalid/${name}.sumocfg`, '--out', out);
    const [first = '', remedy = '', ...rest] = stderr.trimEnd().split('\n');
    expect(first).toMatch(sentence);
    expect(remedy).toMatch(/^ {2}\S.*\.$/);
    expect([code, stdout, rest]).toEqual([exitCode, '', []]);
    expect(await readdir(folder)).not.toContain(`${name}.city`);
  });

  it('never writes over its input or into a folder that is not there', async () => {
    const config = `${FIXTURES}valid/cross/cross.sumocfg`;
    expect((await run(config, '--out', config)).code).toBe(2);
    expect((await run(config, '--out', join(folder, 'no/such/folder.city'))).code).toBe(3);
    expect((await run(config)).stderr).toContain("required option '--out <file>'");
  });
});
