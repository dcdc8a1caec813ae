import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CROSS = join(ROOT, 'fixtures/valid/cross');
const dir = mkdtempSync(join(tmpdir(), 'urbane-judge-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The fields of one run, as the command line promises them. */
const FIELDS = [
  ...[
    'scenario',
    'controller',
    'seed',
    'sensors',
    'stepS',
    'delayS',
    'doorToDoorS',
    'waitingS',
    'stops',
    'loaded',
    'arrived',
  ],
  ...['neverInserted', 'worstMovementDelayS', 'longestWaitS', 'teleports', 'locked', 'cpuS', 'brainCpuS'],
];

function start(args: readonly string[], tmp = dir): ChildProcess {
  const env = { ...process.env, TMPDIR: tmp };
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(ROOT, 'src/cli/main.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(args: readonly string[]) {
  const child = start(args);
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    texts.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** Processes (not zombies) whose command line holds the text. */
function listProcesses(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        const isGone = / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''));
        return !isGone && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}

function parentOf(pid: string): number {
  return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (isSo()) return;
    await sleep(50);
  }
  expect.fail(`it did not come to this: ${what}`);
}

/** A scenario that runs for a day, so that it is still running when it is stopped. */
function writeLongScenario(name: string): string {
  const folder = join(dir, name);
  mkdirSync(folder);
  copyFileSync(join(CROSS, 'cross.net.xml'), join(folder, 'cross.net.xml'));
  writeFileSync(
    join(folder, 'long.rou.xml'),
    '<routes><flow id="f" begin="0" end="86400" period="5"><route edges="north-in south-out"/></flow></routes>',
  );
  writeFileSync(
    join(folder, 'long.sumocfg'),
    '<configuration><input><net-file value="cross.net.xml"/><route-files value="long.rou.xml"/></input><time><begin value="0"/><end value="86400"/></time></configuration>',
  );
  return folder;
}

describe('urbane judge', () => {
  it('prints one array with exactly the promised fields, the same again for the same seeds', async () => {
    const args = ['judge', CROSS, '--controller', 'fixed,max-pressure', '--seeds', '2', '--step', '1', '--json'];
    const first = await run(args);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const runs = JSON.parse(first.stdout) as Record<string, unknown>[];
    expect(runs.map(({ controller, seed }) => `${controller} ${seed}`)).toEqual([
      'fixed 1',
      'fixed 2',
      'max-pressure 1',
      'max-pressure 2',
    ]);
    for (const one of runs) expect(Object.keys(one)).toEqual(FIELDS);
    const timeless = (text: string) => JSON.parse(text).map((one: object) => ({ ...one, cpuS: 0, brainCpuS: 0 }));
    expect(timeless((await run(args)).stdout)).toEqual(timeless(first.stdout));
  });

  it('simulate adds speed and hash, and gives the same hash for the same seed', async () => {
    const args = ['simulate', CROSS, '--controller', 'max-pressure', '--seeds', '2', '--json'];
    const [one, other] = [await run(args), await run([...args, '--jobs', '1'])].map(
      ({ stdout }) => JSON.parse(stdout) as Record<string, unknown>[],
    );
    expect(one).toHaveLength(2);
    for (const result of one ?? []) expect(Object.keys(result)).toEqual([...FIELDS, 'vehicleSecondsPerS', 'hash']);
    expect(one?.map(({ hash }) => hash)).toEqual(other?.map(({ hash }) => hash));
    expect(one?.[0]?.hash).not.toBe(one?.[1]?.hash);
  });

  it('writes a page that needs nothing from elsewhere, and the decisions of each run', async () => {
    const page = join(dir, 'page.html');
    const record = join(dir, 'runs.jsonl');
    const done = await run([
      'judge',
      CROSS,
      '--controller',
      'max-pressure',
      '--seeds',
      '2',
      '--html',
      page,
      '--record',
      record,
    ]);
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^max-pressure +2 /m);
    const html = readFileSync(page, 'utf8');
    expect(html).not.toMatch(/<script|https?:\/\/|src=|@import|NaN|undefined|Infinity/);
    expect(html.match(/<svg /g)).toHaveLength(3);
    for (const seed of [1, 2]) {
      const lines = readFileSync(join(dir, `runs.1-max-pressure-${seed}.jsonl`), 'utf8')
        .trim()
        .split('\n');
      expect(lines.length).toBeGreaterThan(100);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kind: 'decision', signal: 'centre', by: 'max-pressure' });
    }
  });

  it('reports a run whose SUMO is killed, goes on with the others, and leaves with its code', async () => {
    const tmp = join(dir, 'killed');
    mkdirSync(tmp);
    const child = start(
      ['judge', writeLongScenario('long-killed'), CROSS, '--controller', 'fixed', '--seeds', '1', '--jobs', '1'],
      tmp,
    );
    const texts = { out: '', err: '' };
    child.stdout?.on('data', (chunk) => {
      texts.out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      texts.err += chunk;
    });
    const closed = once(child, 'close');
    await until(() => listProcesses(`${tmp}/`).length > 0, 'SUMO runs');
    await sleep(300);
    for (const pid of listProcesses(`${tmp}/`)) process.kill(Number(pid), 'SIGKILL');
    const [code] = await closed;
    expect(code).toBe(5);
    expect(texts.err).toMatch(/^urbane: .*long-killed, fixed, seed 1: SUMO was killed \(SIGKILL\) while .*\.\n {2}\S/);
    expect(texts.out).toMatch(/^cross: /m);
  });

  it('writes nothing beside a scenario whose configuration asks for outputs', async () => {
    const folder = join(dir, 'outputs');
    mkdirSync(folder);
    for (const part of ['net', 'rou', 'add'])
      copyFileSync(join(CROSS, `cross.${part}.xml`), join(folder, `cross.${part}.xml`));
    const outputs =
      '<output><summary-output value="s.xml"/><tripinfo-output value="t.xml"/><log value="l.txt"/></output>';
    const config = readFileSync(join(CROSS, 'cross.sumocfg'), 'utf8').replace(
      '</configuration>',
      `${outputs}</configuration>`,
    );
    writeFileSync(join(folder, 'cross.sumocfg'), config);
    const done = await run(['judge', folder, '--controller', 'fixed', '--seeds', '1', '--json']);
    expect(JSON.parse(done.stdout)).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(['cross.add.xml', 'cross.net.xml', 'cross.rou.xml', 'cross.sumocfg']);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no process behind after %s', async (signal) => {
    const tmp = join(dir, signal);
    mkdirSync(tmp);
    const child = start(
      ['judge', writeLongScenario(`long-${signal}`), '--controller', 'max-pressure', '--seeds', '2', '--jobs', '2'],
      tmp,
    );
    const closed = once(child, 'exit');
    await until(() => listProcesses(`${tmp}/`).length === 2, 'two SUMOs run');
    await sleep(300);
    child.kill(signal);
    const [code] = await closed;
    expect(code).toBe(signal === 'SIGINT' ? 130 : null);
    await until(() => listProcesses(`${tmp}/`).length === 0, 'both SUMOs are gone');
    if (signal === 'SIGINT') expect(readdirSync(tmp)).toEqual([]);
  });

  it('stops a run of our own engine at once, too', async () => {
    const child = start([
      'simulate',
      writeLongScenario('long-engine'),
      '--controller',
      'max-pressure',
      '--seeds',
      '200',
    ]);
    const closed = once(child, 'exit');
    await until(() => listProcesses('trial/worker.ts').some((pid) => parentOf(pid) === child.pid), 'the worker runs');
    await sleep(1500);
    const stoppedMs = performance.now();
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
    expect(performance.now() - stoppedMs).toBeLessThan(5000);
  });

  it('says what is wrong with an option or a scenario, and leaves with its code', async () => {
    const wrong = await run(['judge', CROSS, '--controller', 'wizard']);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toMatch(/No controller is called "wizard"; choose from fixed, /);
    const nowhere = await run(['judge', join(dir, 'nowhere'), '--controller', 'fixed', '--seeds', '2', '--json']);
    expect(nowhere.code).toBe(3);
    expect(JSON.parse(nowhere.stdout)).toEqual([]);
    expect(nowhere.stderr.match(/does not exist/g)).toHaveLength(1);
    const trip = await run(['judge', CROSS, '--controller', 'fixed', '--seeds', '1', '--exclude', 'nobody']);
    expect(trip.code).toBe(2);
    expect(trip.stderr).toMatch(/No route file holds a trip "nobody"/);
  });
});
