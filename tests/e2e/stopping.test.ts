import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isRunning, listDescendants, ROOT, startUrbane, waitUntil } from './command.ts';

const CROSS = join(ROOT, 'fixtures/valid/cross');
const dir = mkdtempSync(join(tmpdir(), 'urbane-stopping-'));
const LONG = join(dir, 'long.sumocfg');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A day on the crossing, so that it is still going on when it is stopped. */
copyFileSync(join(CROSS, 'cross.net.xml'), join(dir, 'cross.net.xml'));
writeFileSync(
  join(dir, 'long.rou.xml'),
  '<routes><flow id="f" begin="0" end="86400" period="5"><route edges="north-in south-out"/></flow></routes>',
);
writeFileSync(
  LONG,
  '<configuration><input><net-file value="cross.net.xml"/><route-files value="long.rou.xml"/></input><time><begin value="0"/><end value="86400"/></time></configuration>',
);

type Line = { readonly command: string };
const isSumo = ({ command }: Line) => /(^|\/)sumo /.test(command);
const isWorker = ({ command }: Line) => command.includes('trial/worker');
const TRIAL = ['--controller', 'max-pressure', '--seeds', '2', '--jobs', '2'];

/** What a user stops, what it says or starts once it runs, and its exit code. */
const COMMANDS = [
  { name: 'judge', args: [LONG, ...TRIAL], starts: isSumo, count: 2, says: null, code: 130 },
  { name: 'calibrate', args: [LONG, '--to', 'sumo', '--jobs', '2'], starts: isSumo, count: 2, says: null, code: 130 },
  // A day on our own engine is over in seconds; it is stopped while it runs.
  { name: 'simulate', args: [LONG, ...TRIAL], starts: isWorker, count: 2, says: null, code: 130 },
  { name: 'start', args: [LONG, '--port', '0'], starts: null, count: 0, says: /Ctrl-C ends it/, code: 0 },
  { name: 'control', args: ['--stdio', '--city', CROSS], starts: null, count: 0, says: /"ready"/, code: 130 },
] as const;

describe.each(COMMANDS)('urbane $name', ({ name, args, starts, count, says, code }) => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends with everything it started when its launcher gets %s',
    async (signal) => {
      const tmp = mkdtempSync(join(dir, 'tmp-'));
      const child = startUrbane([name, ...args], { TMPDIR: tmp });
      const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
      let told = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          told += text;
        });
      }
      const pid = child.pid ?? -1;
      const isUp = () =>
        (says === null || says.test(told)) && (starts === null || listDescendants(pid).filter(starts).length === count);
      expect(await waitUntil(isUp, 40_000), `it started: ${told}`).toBe(true);
      const family = listDescendants(pid).map((one) => one.pid);
      expect(family.length).toBeGreaterThan(0);
      child.kill(signal);
      const isGone = () => ![pid, ...family].some(isRunning);
      expect(await waitUntil(isGone, 4000), 'everything ended').toBe(true);
      expect(await exited).toBe(code === 130 && signal === 'SIGTERM' && name === 'control' ? 143 : code);
      expect(told).not.toMatch(/fault of ours|^\s+at /m);
      expect(readdirSync(tmp).filter((entry) => entry.startsWith('urbane-'))).toEqual([]);
    },
  );
});
