import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { loadScenario } from '../field/load.ts';
import { createApi } from '../server/api.ts';
import { LiveStream } from '../server/live.ts';
import { Pair } from '../server/pair.ts';
import { NO_MODES } from '../server/steering.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const CROSS = fileURLToPath(new URL('../../fixtures/valid/cross', import.meta.url));

async function urbane(...args: string[]) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'mode', ...args]);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    texts.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    texts.err += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

it('shows a mode of a running city, climbs with an approval, and says why not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'urbane-mode-'));
  const { scenario } = await loadScenario(CROSS);
  await using pair = new Pair({ scenario, seed: 1, controller: 'max-pressure', sensors: 'camera', mode: 'observe' });
  const clock = { timeMs: 0, beginMs: 0, endMs: 1, paused: false, speed: 1, reached: 1, ended: false, run: 1 };
  const api = await createApi(
    {
      map: gzipSync('{}'),
      state: { cityVersion: '', clock, modes: NO_MODES, figures: pair.figures() },
      live: new LiveStream(),
      pages: pair.pages,
      change: () => {},
      site: async () => null,
      correct: async () => expect.fail('nobody corrects here'),
      junction: async (id) => pair.junction(id),
      steer: async (order) => pair.steer(order),
    },
    folder,
  );
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  const junction = scenario.city.junctions.find(({ signal }) => signal >= 0)?.id ?? '';
  try {
    expect(await urbane(junction, '--url', url)).toMatchObject({ code: 0, out: `${junction}: observe\n` });
    const advised = await urbane(junction, 'advise', '--by', 'traffic-desk', '--minutes', '5', '--url', url);
    expect(advised.out).toBe(`${junction}: advise, approved by traffic-desk until 00:06:40 of the street's clock\n`);
    expect(await urbane(junction, 'automatic', '--by', 'traffic-desk', '--url', url)).toMatchObject({
      code: 7,
      err: 'urbane: The junction is in mode advise and climbs one step at a time: the next mode is supervised, not automatic.\n  Approve supervised first.\n',
    });
    expect(await urbane(junction, 'supervised', '--url', url)).toMatchObject({ code: 2 });
    expect(await urbane('nowhere', '--url', url)).toMatchObject({ code: 3 });
    const json = await urbane(junction, 'observe', '--by', 'traffic-desk', '--json', '--url', url);
    expect(JSON.parse(json.out)).toMatchObject({ mode: 'observe', fell: { why: 'traffic-desk asked for it' } });
    await api.close();
    const silent = await urbane(junction, '--url', url);
    expect(silent).toMatchObject({ code: 3, out: '' });
    expect(silent.err).toContain('Nothing answers at');
  } finally {
    await api.close();
    await rm(folder, { recursive: true });
  }
}, 60_000);
