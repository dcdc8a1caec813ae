import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runUrbane } from './command.ts';

const CROSS = join(ROOT, 'fixtures/valid/cross');
const COUNTS = join(ROOT, 'fixtures/valid/calibration/cross.counts.csv');
const dir = mkdtempSync(join(tmpdir(), 'urbane-calibrate-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('urbane calibrate', { timeout: 120_000 }, () => {
  it('fits to counts, and simulate drives with what it wrote', async () => {
    const out = join(dir, 'found.json');
    const args = ['calibrate', CROSS, '--to', COUNTS, '--fit', 'tau,startup-delay', '--types', 'car', '--seeds', '1'];
    const { code, stdout, stderr } = await runUrbane([...args, '--evaluations', '8', '--json', '--out', out]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /^urbane: 1 rows of .*cross\.counts\.csv lie outside the scenario's window \(100 to 300 s\)\n$/,
    );
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ types: ['car'], fitted: ['tau', 'startupDelayS'], runs: 1, floor: null });
    expect(report.change).toMatchObject({ accel: 1, speedFactor: 1, minGap: 1 });
    expect(report.after.leftOut).toMatchObject({ countCells: 7, travelCells: 6 });
    const { format, version, types, change, from } = report;
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual({ format, version, types, change, from });
    const again = await runUrbane([...args, '--evaluations', '8', '--json']);
    expect(again.stdout).toBe(stdout);

    const hash = async (more: readonly string[]): Promise<string> => {
      const run = await runUrbane(['simulate', CROSS, '--controller', 'fixed', '--seeds', '1', '--json', ...more]);
      expect(run.code, run.stderr).toBe(0);
      return JSON.parse(run.stdout)[0].hash;
    };
    expect(await hash(['--calibration', out])).not.toBe(await hash([]));
  });

  it('fits to SUMO and prints tables', async () => {
    const args = ['calibrate', CROSS, '--to', 'sumo', '--plans', '2', '--demands', '3', '--seeds', '1'];
    const { code, stdout, stderr } = await runUrbane([...args, '--evaluations', '4']);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^cross to sumo: 2 runs, seeds 1 to 1 fitted in \d evaluations, 3 to 3 judged\n/);
    const lines = stdout.split('\n');
    for (const row of ['as the scenario says', 'calibrated', 'naive']) {
      expect(lines.filter((line) => line.startsWith(`${row} `))).toHaveLength(2);
    }
    expect(stdout).toMatch(/^SUMO with other seeds /m);
    expect(stdout).toMatch(/\n(On the cases left out the score (falls from|does not fall)|No change comes nearer)/);
  });
});
