import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Outcome, ROOT, runUrbane } from './command.ts';

/** Every fault a user can cause, from the command line: one sentence that names the place, a remedy, the exit code. */

const INVALID = join(ROOT, 'fixtures/invalid');
const CROSS = join(ROOT, 'fixtures/valid/cross');
const SAVED = join(ROOT, 'fixtures/city/cross.format-1.city');
const dir = mkdtempSync(join(tmpdir(), 'urbane-bad-input-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const write = (name: string, content: string | Uint8Array): string => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
};
const config = (input: string): string => `<configuration><input>${input}</input></configuration>`;
const ONE = ['--controller', 'fixed', '--seeds', '1'];

const saved = readFileSync(SAVED);
const newer = Uint8Array.from(saved);
newer[4] = 9;
mkdirSync(at('empty'));
for (const name of ['a', 'b']) write(`two/${name}.sumocfg`, config('<net-file value="x.net.xml"/>'));
const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * 167 + (i >> 3) * 59) % 256);

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
  readonly remedy: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

const DAMAGED: readonly Case[] = [
  {
    what: 'truncated XML',
    args: ['judge', join(INVALID, 'truncated.sumocfg'), ...ONE],
    code: 4,
    says: /truncated\.net\.xml:\d+: .*unclosed/,
    remedy: /cut off/,
  },
  {
    what: 'a negative length',
    args: ['simulate', join(INVALID, 'negative-length.sumocfg'), ...ONE],
    code: 4,
    says: /negative-length\.net\.xml:15: <lane id="far-in_0"> length="-150" is negative/,
    remedy: /zero or more/,
  },
  {
    what: 'a length that is no number',
    args: ['import', join(INVALID, 'not-a-number.net.xml'), '--out', at('o.city')],
    code: 4,
    says: /not-a-number\.net\.xml:21: .*"a hundred" is not a number/,
    remedy: /as a number/,
  },
  {
    what: 'a connection to a lane that is not there',
    args: ['judge', join(INVALID, 'missing-lane.sumocfg'), ...ONE],
    code: 4,
    says: /missing-lane\.net\.xml:89: .* leads to lane 3 of edge "east-in", which has 1 lanes/,
    remedy: /give the edge that lane/,
  },
  {
    what: 'a program with too few states',
    args: ['start', join(INVALID, 'short-program.sumocfg'), '--port', '0'],
    code: 4,
    says: /short-program\.net\.xml:47: program "0" of signal "centre" .* 8 states for 12 links/,
    remedy: /one state per link/,
  },
  {
    what: 'a document type',
    args: ['control', '--stdio', '--city', join(INVALID, 'document-type.sumocfg')],
    code: 4,
    says: /document-type\.net\.xml:2: it declares a document type/,
    remedy: /DOCTYPE/,
  },
  {
    what: 'a network that is a file of noise',
    args: ['import', write('noise.net.xml', noise), '--out', at('o.city')],
    code: 4,
    says: /noise\.net\.xml:1: /,
    remedy: /damaged/,
  },
  {
    what: 'a scenario that is a file of noise',
    args: ['judge', write('noise.bin', noise), ...ONE],
    code: 4,
    says: /noise\.bin is nothing that is read here/,
    remedy: /Name a folder/,
  },
  {
    what: 'a damaged gz',
    args: ['import', write('cut.net.xml.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)), '--out', at('o.city')],
    code: 4,
    says: /cut\.net\.xml\.gz: the gz is damaged or cut off/,
    remedy: /fetch or export it again/,
  },
  {
    what: 'a network without a road',
    args: ['import', write('bare.net.xml', '<net version="1.9"></net>'), '--out', at('o.city')],
    code: 4,
    says: /bare\.net\.xml holds no road/,
    remedy: /whole network/,
  },
  {
    what: 'a saved city cut in half',
    args: ['import', write('half.city', saved.subarray(0, saved.length / 2)), '--out', at('o.city')],
    code: 4,
    says: /half\.city: the city file holds \d+ bytes after its header, expected \d+/,
    remedy: /Import the city again/,
  },
  {
    what: 'a saved city of a newer version',
    args: ['simulate', write('newer.city', newer), ...ONE],
    code: 4,
    says: /newer\.city: the city file has format 9, and this Urbane knows up to 5/,
    remedy: /newer Urbane/,
  },
  {
    what: 'a saved city where routes are needed',
    args: ['simulate', SAVED, ...ONE],
    code: 4,
    says: /cross has no trips to simulate/,
    remedy: /routes/,
  },
  {
    what: 'a configuration without a network',
    args: ['judge', write('bare.sumocfg', config('')), ...ONE],
    code: 4,
    says: /bare\.sumocfg:1: .* names no net-file/,
    remedy: /Add <net-file/,
  },
];

const MISSING: readonly Case[] = [
  {
    what: 'a scenario that does not exist',
    args: ['start', at('nowhere'), '--port', '0'],
    code: 3,
    says: /nowhere does not exist/,
    remedy: /path/,
  },
  {
    what: 'a network that does not exist',
    args: ['judge', write('gone.sumocfg', config('<net-file value="gone.net.xml"/>')), ...ONE],
    code: 3,
    says: /gone\.net\.xml does not exist/,
    remedy: /path/,
  },
  {
    what: 'an empty folder',
    args: ['judge', at('empty'), ...ONE],
    code: 3,
    says: /empty holds no \.sumocfg/,
    remedy: /Name a folder/,
  },
  {
    what: 'a folder with two scenarios',
    args: ['judge', at('two'), ...ONE],
    code: 2,
    says: /two holds 2 \.sumocfg: \S+a\.sumocfg, \S+b\.sumocfg/,
    remedy: /Name one/,
  },
  {
    what: 'an output where nothing may be written',
    args: ['import', CROSS, '--out', at('no-such-folder/o.city')],
    code: 3,
    says: /o\.city cannot be written \(ENOENT\)/,
    remedy: /may be written/,
  },
  {
    what: 'a page where nothing may be written',
    args: ['judge', CROSS, ...ONE, '--html', at('no-such-folder/o.html')],
    code: 3,
    says: /o\.html cannot be written \(ENOENT\)/,
    remedy: /may be written/,
  },
  {
    what: 'a record where nothing may be written',
    args: ['simulate', CROSS, ...ONE, '--record', at('no-such-folder/o.jsonl')],
    code: 3,
    says: /o\.jsonl cannot be written \(ENOENT\)/,
    remedy: /may be written/,
  },
  {
    what: 'SUMO missing',
    args: ['judge', CROSS, ...ONE],
    code: 5,
    says: /SUMO cannot be started: "sumo" \(ENOENT\)/,
    remedy: /apt-get install sumo/,
    env: { PATH: at('empty'), SUMO_BINARY: 'sumo' },
  },
];

const counts = (name: string): string => join(INVALID, `calibration/${name}.csv`);
const CALIBRATION: readonly Case[] = [
  {
    what: 'a measured road that is not there',
    args: ['calibrate', CROSS, '--to', counts('unknown-road')],
    code: 4,
    says: /unknown-road\.csv:3: cross has no road "nowhere"/,
    remedy: /road ids/,
  },
  {
    what: 'too few measurements',
    args: ['calibrate', CROSS, '--to', counts('too-little')],
    code: 4,
    says: /gives 4 counts and travel times to fit to; at least 12/,
    remedy: /more roads or longer/,
  },
  {
    what: 'measurements that are not there',
    args: ['calibrate', CROSS, '--to', at('nowhere.csv')],
    code: 3,
    says: /nowhere\.csv does not exist/,
    remedy: /Check the path/,
  },
  {
    what: 'a vehicle type that nobody is of',
    args: ['calibrate', CROSS, '--to', 'sumo', '--types', 'lorry,ghost'],
    code: 2,
    says: /cross has no vehicle type "ghost"/,
    remedy: /Choose from .*lorry/,
  },
  {
    what: 'a city without trips to calibrate',
    args: ['calibrate', SAVED, '--to', 'sumo'],
    code: 4,
    says: /has no trips to simulate/,
    remedy: /routes as well as a network/,
  },
  {
    what: 'a calibration of a later version',
    args: ['simulate', CROSS, ...ONE, '--calibration', join(INVALID, 'calibration/newer.json')],
    code: 4,
    says: /newer\.json: calibration of version 2/,
    remedy: /Update Urbane/,
  },
  {
    what: 'a calibration that is none',
    args: ['start', CROSS, '--port', '0', '--calibration', join(CROSS, 'cross.net.xml')],
    code: 4,
    says: /cross\.net\.xml holds no calibration/,
    remedy: /urbane calibrate --out/,
  },
];

/** Options the command line refuses by itself; its remedy is the help page. */
const USAGE: readonly (readonly [readonly string[], RegExp])[] = [
  [['judge', CROSS, '--controller', 'fixed,wizard'], /No controller is called "wizard"; choose from fixed, /],
  [['judge', CROSS, '--seeds', '0'], /whole number of at least 1/],
  [['judge', CROSS, '--seeds', 'abc'], /whole number of at least 1/],
  [['judge', CROSS, '--seeds', '99999999999'], /whole number from 1 to 10000/],
  [['simulate', CROSS, '--step', '-1'], /whole number of at least 1/],
  [['simulate', CROSS, '--threads', '33'], /whole number from 1 to 32/],
  [['simulate', CROSS, '--sensors', 'x'], /camera or loops/],
  [['simulate', CROSS, '--degrade', 'nonsense'], /--degrade knows dead, .* not "nonsense"/],
  [['start', CROSS, '--port', '99999'], /0 to 65535/],
  [['start', CROSS, '--controller', 'wizard'], /Allowed choices are fixed, /],
  [['control', '--city', CROSS], /control needs a way to the street/],
  [['calibrate', CROSS], /required option '--to <reference>' not specified/],
  [['calibrate', CROSS, '--to', 'sumo', '--fit', 'sigma'], /"sigma" cannot be fitted; choose from tau, accel/],
  [['calibrate', CROSS, '--to', 'sumo', '--plans', '1'], /from 2 to 100/],
  [['calibrate', CROSS, '--to', 'sumo', '--demands', '1,none'], /numbers above 0, at most 3/],
  [['judge'], /missing required argument 'scenario'/],
  [['drive'], /unknown command 'drive'/],
];

function expectOneSentence({ stderr }: Outcome, says: RegExp, remedy: RegExp): void {
  const lines = stderr.trimEnd().split('\n');
  const sentences = lines.filter((line) => line.startsWith('urbane: '));
  expect(sentences, stderr).toHaveLength(1);
  expect(sentences[0]).toMatch(says);
  expect(lines[lines.indexOf(sentences[0] ?? '') + 1]).toMatch(/^ {2}\S/);
  expect(lines[lines.indexOf(sentences[0] ?? '') + 1]).toMatch(remedy);
}

describe('bad input', () => {
  it.each([...DAMAGED, ...MISSING, ...CALIBRATION])(
    '$what: exit code $code',
    async ({ args, code, says, remedy, env = {} }) => {
      const done = await runUrbane(args, env);
      expectOneSentence(done, says, remedy);
      expect(done.stdout).toBe('');
      expect(done.code).toBe(code);
      expect(existsSync(at('o.city'))).toBe(false);
    },
  );

  it.each(USAGE.map(([args, says]) => ({ line: args.slice(0, 1).concat(args.slice(-2)).join(' '), args, says })))(
    'usage: $line: exit code 2',
    async ({ args, says }) => {
      const { code, stdout, stderr } = await runUrbane(args);
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    },
  );

  it('a port in use: exit code 6', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const done = await runUrbane(['start', CROSS, '--port', `${port}`]);
    taken.close();
    expectOneSentence(done, new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken`), /--port/);
    expect(done.code).toBe(6);
  });

  it('trips over missing edges are left out, counted and listed; the rest is judged and simulated', async () => {
    const damaged = join(INVALID, 'damaged-trips.sumocfg');
    const [told, judged, simulated] = [
      await runUrbane(['import', damaged, '--out', at('trips.city'), '--json']),
      await runUrbane(['judge', damaged, ...ONE, '--json']),
      await runUrbane(['simulate', damaged, ...ONE, '--json']),
    ];
    const { dropped, counts } = JSON.parse(told.stdout);
    const edge = dropped.find(({ element }: { element: string }) => element === 'missing-edge');
    expect(edge).toMatchObject({ what: 'vehicle', line: expect.any(Number), why: expect.stringMatching(/edge/) });
    for (const { code, stdout, stderr } of [judged, simulated]) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ loaded: counts.trips }]);
      expect(stderr).toMatch(/vehicle missing-edge/);
    }
  });

  it('one scenario that cannot be read does not stop the next', async () => {
    copyFileSync(join(INVALID, 'truncated.net.xml'), at('truncated.net.xml'));
    copyFileSync(join(INVALID, 'truncated.sumocfg'), at('truncated.sumocfg'));
    const done = await runUrbane(['simulate', at('truncated.sumocfg'), CROSS, ...ONE, '--json']);
    expect(done.code).toBe(4);
    expect(JSON.parse(done.stdout)).toMatchObject([{ scenario: 'cross' }]);
  });
});
