import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let folder = '';

/** Ten days of bins of a signal, from five in the morning, without those of the last morning. */
function hasData(): string {
  const rows = ['TimeStamp,DeviceId'];
  for (let bin = 20; bin < 10 * 96; bin++) {
    if (bin >= 9 * 96 + 30 && bin < 9 * 96 + 40) continue;
    rows.push(`${new Date(Date.UTC(2026, 2, 2) + bin * 900_000).toISOString().slice(0, 19).replace('T', ' ')},7a`);
  }
  return rows.join('\n');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-alerts-'));
  for (const name of ['good', 'empty', 'columns', 'times', 'short']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'good', 'has_data.csv'), hasData());
  await writeFile(join(folder, 'good', 'signals.csv'), 'DeviceId,Name\n7a,Main & <First>\n');
  await writeFile(join(folder, 'columns', 'terminations.csv'), 'TimeStamp,DeviceId,Phase\n2026-03-02 00:00:00,1,2\n');
  await writeFile(join(folder, 'times', 'has_data.csv'), 'TimeStamp,DeviceId\nearly,1\n');
  await writeFile(join(folder, 'short', 'has_data.csv'), 'TimeStamp,DeviceId\n2026-03-02 00:00:00,1\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const done = await promisify(execFile)(process.execPath, [MAIN, 'alerts', ...args]);
    return { code: 0, ...done };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('urbane alerts', () => {
  it('tells lost data with begin, end and name, as text, JSON and HTML', async () => {
    const text = await run(join(folder, 'good'));
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain('1 alert for 1 signals');
    expect(text.stdout).toContain('Main & <First>: data loss, since 2026-03-11 07:30:00 until 2026-03-11 10:00:00');
    const json = JSON.parse((await run(join(folder, 'good'), '--json')).stdout);
    expect(json.alerts).toHaveLength(1);
    expect(json.alerts[0]).toMatchObject({
      kind: 'data-loss',
      devices: ['7a'],
      names: ['Main & <First>'],
      since: '2026-03-11T07:30:00.000Z',
      until: '2026-03-11T10:00:00.000Z',
      evidence: { source: 'has_data', measured: 10 },
    });
    const page = join(folder, 'page.html');
    expect((await run(join(folder, 'good'), '--html', page)).code).toBe(0);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('<h2>Main &amp; &lt;First&gt;: data loss</h2>');
    const before = await run(join(folder, 'good'), '--days', '0.1');
    expect(before.stdout).toContain('0 alerts');
  }, 60_000);

  it.each<[string, number, RegExp]>([
    ['nothing', 3, /nothing does not exist/],
    ['empty', 3, /empty holds no log/],
    ['columns', 4, /terminations\.csv has no column PerformanceMeasure; its columns are TimeStamp, DeviceId, Phase/],
    ['times', 4, /TimeStamp of has_data\.csv is no time but VARCHAR/],
    ['short', 4, /The tables hold one bin of time only/],
  ])(
    'refuses %s with one sentence and a remedy',
    async (input, code, sentence) => {
      const done = await run(join(folder, input));
      expect(done.stderr).toMatch(sentence);
      expect(done.code).toBe(code);
      expect(done.stderr.trim().split('\n')).toHaveLength(2);
    },
    60_000,
  );
});
