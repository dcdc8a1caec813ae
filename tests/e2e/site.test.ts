import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, servePage } from '../../src/server/serve.ts';
import type { MapDocument, State } from '../../src/server/wire.ts';
import { type Browser, findChromium, openBrowser, openPage } from './browser.ts';

const CITY = fileURLToPath(new URL('../../fixtures/valid/cityflow/config.json', import.meta.url));
const chromium = findChromium();
let folder = '';
let browser: Browser;
const complaints: string[] = [];

const serve = (overlay?: string): Promise<Served> =>
  servePage({
    path: CITY,
    calibration: null,
    seed: 1,
    speed: 1,
    controller: 'predictive',
    sensors: 'loops',
    host: '127.0.0.1',
    port: 0,
    overlay,
    tell: () => {},
  });

async function openSite({ address }: Served): Promise<Page> {
  const page = await openPage(browser.context, address);
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.locator('.find input').fill('mid');
  await page.locator('.find input').press('Enter');
  await page.getByRole('button', { name: 'As built' }).click();
  await page.locator('.site-table tbody tr').first().waitFor();
  return page;
}

const told = (page: Page) => page.locator('.site-told li', { hasText: /./ });

describe('a junction as built, in a browser', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    if (chromium === null) throw new Error('no chromium on PATH: apt-get install chromium fonts-noto-cjk');
    folder = await mkdtemp(join(tmpdir(), 'urbane-site-'));
    browser = await openBrowser(chromium, 'en-US');
  }, 180_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    expect(complaints).toEqual([]);
  });

  it('is corrected, shown at once, saved, and runs', async () => {
    const file = join(folder, 'city.yaml');
    await using served = await serve(file);
    const page = await openSite(served);
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.locator('.site-table tbody tr').count()).toBe(8);
    await page.waitForTimeout(1500);
    const map = page.locator('.pane-with .pane-map');
    const before = await map.screenshot();
    await page.getByLabel('Stop line back in-e_0').fill('20');
    await told(page).filter({ hasText: 'Finding that comes: short intergreen, mid' }).first().waitFor();
    expect((await map.screenshot()).equals(before)).toBe(false);

    await page.getByRole('tab', { name: 'Detectors' }).click();
    expect(await page.locator('.site-body').innerText()).toContain('No detector is known');
    await page.getByRole('button', { name: 'Add a detector' }).click();
    await page.getByLabel('To stop line 1').fill('900');
    await told(page).filter({ hasText: 'the way to it is clear for' }).first().waitFor();
    const save = page.getByRole('button', { name: 'Save and run' });
    expect(await save.isDisabled()).toBe(true);
    await page.getByLabel('To stop line 1').fill('55');
    await page.getByLabel('Why').fill('as-built plan of May');

    await page.getByRole('tab', { name: 'Intergreens' }).click();
    await page.getByLabel('EBT → NBT').fill('9');
    await told(page).filter({ hasText: 'The guard keeps 9 s' }).first().waitFor();
    await save.click();
    await page.locator('.site-saved').waitFor();
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/stop_line_m: 20[\s\S]*s: 9[\s\S]*channel: 1[\s\S]*distance_m: 55/);
    expect(text).toContain('why: as-built plan of May');

    // The city that runs is another one now, and the page follows without being opened again.
    const answers = await Promise.all(['city', 'state'].map((what) => fetch(`${served.address}/api/${what}`)));
    const [city, state] = (await Promise.all(answers.map((answer) => answer.json()))) as [MapDocument, State];
    expect([city.version, state.clock.run]).toEqual([state.cityVersion, 2]);
    await page.locator('.pane-with .pane-map[data-ready=true]').waitFor();
    await page.getByRole('tab', { name: 'Lanes' }).click();
    expect(await page.getByLabel('Stop line back in-e_0').inputValue()).toBe('20');
    await page.getByRole('button', { name: 'As the map has it in-e_0' }).click();
    await page.getByRole('button', { name: 'Switch to Chinese' }).click();
    await page.getByRole('tab', { name: '车道' }).waitFor();
    await page.getByRole('button', { name: '保存并运行' }).click();
    await page.getByText('已保存到 city.yaml').waitFor();
    expect(await readFile(file, 'utf8')).not.toContain('stop_line_m');
    await page.getByRole('button', { name: '切换为英文' }).click();
    await page.close();
  });

  it('can be looked at and tried without a file, but not saved', async () => {
    await using served = await serve();
    const page = await openSite(served);
    await page.getByLabel('Open to in-n_0').selectOption('bus');
    await page.locator('.site-told, .site-effect .hint').first().waitFor();
    expect(await page.getByRole('button', { name: 'Save and run' }).isDisabled()).toBe(true);
    expect(await page.locator('.site-effect').innerText()).toContain('start with --overlay city.yaml');
    await page.close();
  });
});
