import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT } from '../../src/measures/event.ts';
import { type LogServed, serveLog } from '../../src/server/serve-log.ts';
import { describeWithData } from '../data.ts';
import { type Browser, findChromium, openBrowser } from './browser.ts';

const chromium = findChromium();
const MINUTE = 60_000;
const CYCLES = 40;

/** Two controllers, phases 2 and 4 by turns every minute; each second a hit of phase 2's advance detector. */
function makeLog(): string {
  const rows = ['TimeStamp,DeviceId,EventId,Parameter'];
  const begin = Date.UTC(2026, 2, 2, 8);
  for (const device of ['east', 'west']) {
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const at = begin + cycle * MINUTE;
      const put = (s: number, code: number, parameter: number) =>
        rows.push(
          `${new Date(at + s * 1000).toISOString().slice(0, 23).replace('T', ' ')},${device},${code},${parameter}`,
        );
      for (const [phase, s, reason] of [
        [2, 0, EVENT.forceOff],
        [4, 35, EVENT.gapOut],
      ] as const) {
        put(s, EVENT.beginGreen, phase);
        put(s + 20, reason, phase);
        put(s + 20, EVENT.beginYellow, phase);
        put(s + 23, EVENT.endYellow, phase);
        put(s + 23, EVENT.beginRedClearance, phase);
      }
      for (let s = 0; s < 60; s++) {
        put(s, EVENT.detectorOn, 5);
        put(s + 0.3, EVENT.detectorOff, 5);
      }
    }
  }
  return `${rows.join('\n')}\n`;
}

let browser: Browser;
const complaints: string[] = [];

async function open(address: string): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  await page.locator('.sheet h1').waitFor();
  return page;
}

beforeAll(async () => {
  if (chromium === null) throw new Error('no chromium on PATH: apt-get install chromium fonts-noto-cjk');
  browser = await openBrowser(chromium, 'en-US');
}, 60_000);
afterAll(() => browser?.[Symbol.asyncDispose]());

const shared = { zone: 'UTC', dialect: 'oregon', host: '127.0.0.1', port: 0, tell: () => {} } as const;

describe('the page of a controller log', { timeout: 120_000 }, () => {
  let folder: string;
  let served: LogServed;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'urbane-log-page-'));
    await writeFile(join(folder, 'log.csv'), makeLog());
    await writeFile(
      join(folder, 'detectors.csv'),
      'DeviceId,Phase,Function,Parameter\neast,2,Advance,5\nwest,2,Advance,5\n',
    );
    await writeFile(
      join(folder, 'corridors.csv'),
      'Corridor,DeviceId,Metres,Forward,Back,SpeedKmh\nMain street,east,0,2,4,50\nMain street,west,500,2,4,50\n',
    );
    served = await serveLog({
      ...shared,
      events: [join(folder, 'log.csv')],
      config: join(folder, 'detectors.csv'),
      corridors: join(folder, 'corridors.csv'),
    });
  }, 120_000);
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('opens at the first controller with its diagrams', async () => {
    const page = await open(served.address);
    expect(await page.locator('.sheet h1').innerText()).toBe('Junction east');
    const titles = await page.locator('.chart-card b').allInnerTexts();
    expect(titles).toEqual(
      expect.arrayContaining(['Phase 2', 'How long each green was', 'Main street', 'Arrivals on green']),
    );
    // Hits come each second and green is 20 s of 60.
    expect(await page.locator('.chart-card', { hasText: 'Phase 2' }).innerText()).toContain('33 %');
    await page.close();
  });

  it('goes to another controller and speaks Chinese', async () => {
    const page = await open(served.address);
    await page.locator('.controllers a', { hasText: 'west' }).click();
    await page.getByText('中文', { exact: true }).click();
    await page.getByRole('heading', { name: '路口 west' }).waitFor();
    expect(await page.locator('.sheet h2').allInnerTexts()).toEqual(
      expect.arrayContaining(['发现的问题', '协调图', '干线时距图']),
    );
    await page.getByText('English', { exact: true }).click();
    await page.close();
  });

  it.each([
    ['SVG', /^<svg [^>]*xmlns=/],
    ['PNG', /^\x89PNG/],
  ])('saves a diagram as %s', async (kind, begin) => {
    const page = await open(served.address);
    const waiting = page.waitForEvent('download');
    await page.locator('.chart-card', { hasText: 'Phase 2' }).getByRole('button', { name: kind }).click();
    const path = await (await waiting).path();
    expect(await readFile(path, 'latin1')).toMatch(begin);
    await page.close();
  });

  it.each([
    ['CSV', (bytes: Buffer) => bytes.toString().split('\n').includes('2026-03-02 08:00:00,east,2,ForceOff,5')],
    ['Parquet', (bytes: Buffer) => bytes.toString('latin1', 0, 4) === 'PAR1'],
  ])('saves a table as %s', async (kind, isRight) => {
    const page = await open(served.address);
    const waiting = page.waitForEvent('download');
    await page.locator('.tables li', { hasText: 'terminations' }).getByText(kind, { exact: true }).click();
    expect(isRight(await readFile(await (await waiting).path()))).toBe(true);
    await page.close();
  });

  it('complains of nothing in the browser', () => expect(complaints).toEqual([]));
});

describeWithData('the page of three Oregon controllers', (data) => {
  it('shows all of them, in both languages, without a complaint', { timeout: 120_000 }, async () => {
    const folder = join(data, 'controller-logs/shawnstrasser-atspm/tests');
    await using served = await serveLog({
      ...shared,
      events: [join(folder, 'hires_test_data.parquet')],
      config: join(folder, 'configs_test_data.parquet'),
      corridors: null,
    });
    for (const id of ['227', '452', '454']) {
      const page = await open(`${served.address}/measures.html#${id}`);
      expect(await page.locator('.sheet h1').innerText()).toBe(`Junction ${id}`);
      expect(await page.locator('.chart-card svg').count()).toBeGreaterThan(8);
      expect(
        await page.locator('.drawing').evaluateAll((all) => all.some((one) => one.innerHTML.includes('NaN'))),
      ).toBe(false);
      await page.close();
    }
    expect(complaints).toEqual([]);
  });
});
