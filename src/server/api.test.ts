import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT, EventBuffer } from '../measures/event.ts';
import { UrbaneError } from '../units/errors.ts';
import { createApi } from './api.ts';
import { JunctionPages } from './junction-pages.ts';
import { LiveStream } from './live.ts';
import type { ClockChange } from './pacer.ts';
import type { SiteOrder } from './sites.ts';
import { NO_MODES, type SteerAnswer, type SteerOrder } from './steering.ts';
import type { Figures, State } from './wire.ts';

const none: Figures = { due: 0, arrived: 0, present: 0, outside: 0, delayS: 0, waitingS: 0, stops: 0, queued: 0 };
const state: State = {
  cityVersion: 'v1',
  clock: { timeMs: 0, beginMs: 0, endMs: 1, paused: false, speed: 10, reached: 10, ended: false, run: 1 },
  modes: NO_MODES,
  figures: { with: none, without: none },
};
const changes: ClockChange[] = [];
const orders: SteerOrder[] = [];
const corrections: SiteOrder[] = [];
let api: FastifyInstance;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urbane-page-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Urbane</title>');
  const pages = new JunctionPages({
    zone: 'UTC',
    isLive: true,
    hasCity: true,
    dialect: 'oregon',
    corridors: [],
    keepMs: null,
  });
  const log = new EventBuffer(['east 1']);
  for (const [at, code] of [
    [0, EVENT.beginGreen],
    [20_000, EVENT.beginYellow],
    [23_000, EVENT.beginRedClearance],
  ] as const)
    log.push(at, 0, code, 2);
  pages.push(log);
  const shown = {
    map: gzipSync('{"version":"v1"}'),
    state,
    live: new LiveStream(),
    pages,
    change: (clock: ClockChange) => changes.push(clock),
    steer: async (order: SteerOrder): Promise<SteerAnswer> => {
      orders.push(order);
      if (order.kind !== 'end-corridor') throw new UrbaneError('not-now', 'The next mode is advise.', 'Ask for that.');
      return { ended: order.id };
    },
    site: async () => null,
    correct: async (order: SiteOrder) => {
      corrections.push(order);
      throw new UrbaneError('not-now', 'No file was named.', 'Start with --overlay.');
    },
    junction: async (id: string) =>
      id === 'east gate/1' ? { id, signal: null, timeMs: 0, stages: [], runs: null } : null,
  };
  api = await createApi(shown, folder);
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

describe('the web address', () => {
  it('serves the page with a policy that lets nothing in from elsewhere', async () => {
    const page = await api.inject('/');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  });

  it('serves the city as made once, packed', async () => {
    const city = await api.inject('/api/city');
    expect(city.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(city.rawPayload).toString()).toBe('{"version":"v1"}');
  });

  it('serves the state, and a junction by its id', async () => {
    expect((await api.inject('/api/state')).json()).toEqual(state);
    const junction = await api.inject(`/api/junctions/${encodeURIComponent('east gate/1')}`);
    expect(junction.json()).toMatchObject({ id: 'east gate/1' });
  });

  it('says in a sentence what it does not have', async () => {
    const junction = await api.inject('/api/junctions/nowhere');
    expect(junction.statusCode).toBe(404);
    expect(junction.json()).toMatchObject({
      error: 'The city has no junction "nowhere".',
      remedy: expect.stringMatching(/\./),
    });
    const route = await api.inject('/api/nothing');
    expect(route.statusCode).toBe(404);
    expect(route.json().error).toContain('/api/nothing');
  });

  it('changes the clock', async () => {
    const answer = await api.inject({ method: 'POST', url: '/api/clock', payload: { paused: true, speed: 20 } });
    expect(answer.statusCode).toBe(200);
    expect(changes.at(-1)).toEqual({ paused: true, speed: 20 });
  });

  it.each([
    ['an unknown word', '{"speeed": 20}'],
    ['a word beside a known one', '{"speed": 20, "who": "me"}'],
    ['too fast', '{"speed": 61}'],
    ['a number in quotes', '{"speed": "20"}'],
    ['nothing', '{}'],
    ['no object', '[1]'],
    ['no JSON', '{"speed": '],
  ])('refuses %s with a sentence and a remedy, and changes nothing', async (_what, payload) => {
    const before = changes.length;
    const headers = { 'content-type': 'application/json' };
    const answer = await api.inject({ method: 'POST', url: '/api/clock', headers, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: expect.stringMatching(/\.$/),
      remedy: expect.stringContaining('"paused"'),
    });
    expect(changes.length).toBe(before);
  });
});

describe('the pages of controllers', () => {
  it('lists those whose events came in', async () => {
    const answer = await api.inject('/api/controllers');
    expect(answer.json()).toEqual({
      zone: 'UTC',
      isLive: true,
      hasCity: true,
      controllers: [{ id: 'east 1', fromMs: 0, toMs: 23_000, events: 3, alerts: 0 }],
    });
  });

  it('shows the greens of one', async () => {
    const answer = await api.inject('/api/controllers/east%201');
    expect(answer.json().picture.phases).toMatchObject([{ phase: 2, green: [0], yellow: [200], red: [230] }]);
  });

  it('shows no more than the hours asked for', async () => {
    const answer = await api.inject('/api/controllers/east%201?hours=0.001');
    expect(answer.json().picture.fromMs).toBe(23_001 - 3600);
  });

  it.each([
    ['/api/controllers/nowhere', 404],
    ['/api/controllers/east%201?hours=long', 400],
    ['/api/controllers/east%201?plate=1', 400],
    ['/api/controllers/east%201/tables/nothing.csv', 404],
    ['/api/controllers/east%201/tables/splits.exe', 400],
  ])('refuses %s in words', async (url, status) => {
    const answer = await api.inject(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().remedy).not.toBe('');
  });
});

describe('what operators ask of the brain', () => {
  const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

  it('is passed on whole, with an hour where nothing else is said', async () => {
    await post('/api/junctions/a/mode', { mode: 'advise', by: 'traffic-desk' });
    await post('/api/junctions/a/approval', { proposal: 3, by: 'traffic-desk' });
    await post('/api/corridors', { roads: ['x', 'y'], by: 'fire-brigade', minutes: 2 });
    const ended = await api.inject({ method: 'DELETE', url: '/api/corridors/7' });
    expect(orders).toEqual([
      { kind: 'mode', junction: 'a', mode: 'advise', by: 'traffic-desk', minutes: 60 },
      { kind: 'approval', junction: 'a', proposal: 3, by: 'traffic-desk' },
      { kind: 'corridor', roads: ['x', 'y'], by: 'fire-brigade', minutes: 2 },
      { kind: 'end-corridor', id: 7 },
    ]);
    expect(ended.json()).toEqual({ ended: 7 });
  });

  it('comes back with the sentence and the remedy of who refuses it', async () => {
    const answer = await post('/api/junctions/a/mode', { mode: 'automatic', by: 'traffic-desk' });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toEqual({ error: 'The next mode is advise.', remedy: 'Ask for that.' });
  });

  it.each([
    ['/api/junctions/a/mode', { mode: 'autopilot', by: 'traffic-desk' }, '"mode"'],
    ['/api/junctions/a/mode', { mode: 'advise', by: 'Jane Doe' }, '"mode"'],
    ['/api/junctions/a/mode', { mode: 'advise' }, '"mode"'],
    ['/api/junctions/a/approval', { proposal: 0, by: 'traffic-desk' }, '"proposal"'],
    ['/api/junctions/a/approval', { proposal: 1, by: 'traffic-desk', person: 'x' }, '"proposal"'],
    ['/api/corridors', { roads: ['x'], by: 'fire-brigade' }, '"roads"'],
    ['/api/corridors', { roads: ['x', 'y'], by: 'fire-brigade', minutes: 60 }, '"roads"'],
  ])('is refused at %s when it is %j', async (url, payload, hint) => {
    const before = orders.length;
    const answer = await post(url, payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: expect.stringMatching(/\.$/),
      remedy: expect.stringContaining(hint),
    });
    expect(orders.length).toBe(before);
  });

  it('takes corrections of a site, closed: whoever asks is an office, and nothing else is let in', async () => {
    const ask = (payload: object) => api.inject({ method: 'POST', url: '/api/junctions/x/site', payload });
    const lanes = [{ lane: 'a_0', allowed: ['bus'], stop_line_m: 3 }];
    const refused = await ask({ by: 'traffic-desk', lanes, detectors: [{ channel: 1, lane: 'a_0', distance_m: 40 }] });
    expect([refused.statusCode, refused.json().error]).toEqual([409, 'No file was named.']);
    expect(corrections).toEqual([
      {
        junction: 'x',
        by: 'traffic-desk',
        save: false,
        edit: { lanes, detectors: [{ channel: 1, lane: 'a_0', distance_m: 40 }] },
      },
    ]);
    for (const wrong of [
      { lanes },
      { by: 'Jane Doe', lanes },
      { by: 'desk', lanes: [{ lane: 'a_0', allowed: ['tank'] }] },
      { by: 'desk', lanes: [{ lane: 'a_0', stop_line_m: 900 }] },
      { by: 'desk', detectors: [{ channel: 1, lane: 'a_0', plate: 'x' }] },
      { by: 'desk', owner: 'x' },
    ]) {
      const answer = await ask(wrong);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().remedy).toMatch(/Send JSON such as \{"by"/);
    }
    expect((await api.inject('/api/junctions/x/site')).statusCode).toBe(404);
  });
});
