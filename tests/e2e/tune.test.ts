import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runUrbane } from './command.ts';

const QUARTER = join(ROOT, 'fixtures/quarter');
const dir = mkdtempSync(join(tmpdir(), 'urbane-tune-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function delayOf(command: string, more: readonly string[]): Promise<number> {
  const args = [command, QUARTER, '--controller', 'fixed', '--seeds', '1', '--json', ...more];
  const { code, stdout, stderr } = await runUrbane(args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout)[0].delayS;
}

describe('urbane tune', { timeout: 300_000 }, () => {
  const out = join(dir, 'out');
  const args = ['tune', QUARTER, '--runs', '40', '--seeds', '2', '--json'];

  it('finds plans that our engine and SUMO find better, and predicts by how much', async () => {
    const { code, stdout, stderr } = await runUrbane([...args, '--out', out]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.signals.length).toBeGreaterThan(3);
    const { asGiven } = report.assessment;
    expect(asGiven.tunedS).toBeLessThan(asGiven.shippedS);
    expect(asGiven.gainLow).toBeLessThanOrEqual(asGiven.gain);

    const plans = join(out, 'plans.json');
    for (const command of ['simulate', 'judge']) {
      const shipped = await delayOf(command, []);
      const tuned = await delayOf(command, ['--plans', plans]);
      expect(tuned, command).toBeLessThan(shipped);
      expect(Math.abs(tuned / asGiven.tunedS - 1), command).toBeLessThan(0.15);
    }
    // SUMO takes the additional file by itself
    const additional = `${join(QUARTER, 'quarter.add.xml')},${join(out, 'plans.add.xml')}`;
    execFileSync('sumo', [
      '-c',
      join(QUARTER, 'quarter.sumocfg'),
      '-a',
      additional,
      '--end',
      '60',
      '--no-step-log',
      '-X',
      'never',
    ]);

    const rows = readFileSync(join(out, 'plans.csv'), 'utf8').trim().split('\n');
    expect(rows[0]).toBe('signal,cycle_s,offset_s,order,phase,lamps,green_s');
    expect(rows).toHaveLength(1 + report.signals.flatMap(({ stages }: { stages: unknown[] }) => stages).length);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('Time and distance along the busiest corridor');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('finds the same again, and says in words what it found', async () => {
    const { code, stdout, stderr } = await runUrbane(args.filter((arg) => arg !== '--json'));
    expect(code, stderr).toBe(0);
    const rows = readFileSync(join(out, 'plans.csv'), 'utf8').trim().split('\n').slice(1);
    const cycles = new Map(rows.map((row) => [row.split(',')[0], row.split(',')[1]]));
    for (const [signal, cycle] of cycles) expect(stdout).toMatch(new RegExp(`^${signal} +${cycle} `, 'm'));
    expect(stdout).toMatch(/^predicted delay, s +shipped +tuned/m);
    expect(stdout).toMatch(/^(Nobody loses|who loses)/m);
  });

  it('leaves plans as they are while the demand is theirs, and says what has changed when it is not', async () => {
    const since = join(out, 'plans.json');
    const same = await runUrbane(['tune', QUARTER, '--since', since]);
    expect(same.code, same.stderr).toBe(0);
    expect(same.stdout).toMatch(/^Traffic at the signals is 0 % more .*: the plans stand\.\n$/);
    const plans = JSON.parse(readFileSync(since, 'utf8'));
    const busier = join(dir, 'busier.json');
    for (const turn of plans.turns) turn.perH *= 2;
    writeFileSync(busier, JSON.stringify(plans));
    const half = await runUrbane(['tune', QUARTER, '--since', busier, '--runs', '10', '--seeds', '1']);
    expect(half.code, half.stderr).toBe(0);
    expect(half.stderr).toMatch(/^Traffic at the signals is 50 % less .*: that is tuned for anew\.\n/);
    expect(half.stdout).toMatch(/^quarter: /);
  });

  it('refuses what it cannot tune in one sentence', async () => {
    const city = join(ROOT, 'fixtures/city/cross.format-1.city');
    const bare = await runUrbane(['tune', city, '--runs', '10']);
    expect(bare.code).toBe(4);
    expect(bare.stderr).toMatch(/^urbane: .*has no trips to simulate.*\n {2}\S.*\n$/);
    const late = await runUrbane(['tune', QUARTER, '--begin', '900', '--end', '9000']);
    expect(late.code).toBe(2);
    expect(late.stderr).toMatch(/900 to 9000 s does not lie within .*, which lasts from 0 to 1800 s/);
    const file = await runUrbane(['tune', QUARTER, '--out', join(QUARTER, 'quarter.sumocfg')]);
    expect(file.code).toBe(3);
    expect(file.stderr).toMatch(/cannot be made \(EEXIST\)/);
  });
});
