import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, servePage } from '../../src/server/serve.ts';
import { type Browser, findChromium, openBrowser, openPage } from './browser.ts';

const chromium = findChromium();
const DRIVER_NOISE = /GL Driver Message/;

let served: Served;
let browser: Browser;
const complaints: string[] = [];

async function openWatched(target: Browser): Promise<Page> {
  const page = await openPage(target.context, served.address);
  page.setDefaultTimeout(90_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !DRIVER_NOISE.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return page;
}

const timeOn = async (page: Page): Promise<number> =>
  Number(await page.locator('.clock time').getAttribute('data-time'));
const figure = (page: Page, name: string, run: string): Promise<string> =>
  page.locator(`[data-figure=${name}] [data-run=${run}]`).innerText();

async function setClock(change: { speed?: number; paused?: boolean }): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${served.address}/api/clock`, {
    method: 'POST',
    headers,
    body: JSON.stringify(change),
  });
  expect(answer.ok).toBe(true);
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect.fail(`never happened: ${what}`);
}

/** Without a browser the tests fail with what is missing; scripts/system.js installs it. */
describe('the live page in a browser', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    if (chromium === null) throw new Error('no chromium on PATH: apt-get install chromium fonts-noto-cjk');
    served = await servePage({
      path: null,
      calibration: null,
      seed: 1,
      speed: 20,
      controller: 'predictive',
      sensors: 'camera',
      host: '127.0.0.1',
      port: 0,
      tell: () => {},
    });
    browser = await openBrowser(chromium, 'en-US');
  }, 180_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  });

  it('shows vehicles that move and figures of both runs that change', async () => {
    const page = await openWatched(browser);
    await until(async () => (await timeOn(page)) > 7 * 3_600_000 + 120_000, 'two minutes past seven');
    const before = { with: await figure(page, 'delayS', 'with'), without: await figure(page, 'delayS', 'without') };
    const map = page.locator('.pane-with .pane-map');
    const picture = await map.screenshot();
    await until(async () => !(await map.screenshot()).equals(picture), 'vehicles move');
    await until(
      async () => (await figure(page, 'delayS', 'with')) !== before.with,
      'the figure with the brain changes',
    );
    await until(async () => (await figure(page, 'delayS', 'without')) !== before.without, 'the figure without changes');
    expect(await page.locator('.pane-with .pane-title').innerText()).toContain('With the brain');
    await page.close();
  });

  it('pauses for everybody, and a second page shows the same moment', async () => {
    const page = await openWatched(browser);
    const second = await openWatched(browser);
    await page.getByRole('button', { name: 'Pause' }).click();
    await second.getByRole('button', { name: 'Go on' }).waitFor();
    await page.waitForTimeout(600);
    const stood = await timeOn(page);
    expect(await timeOn(second)).toBe(stood);
    for (const name of ['delayS', 'waitingS', 'stops', 'queued']) {
      for (const run of ['with', 'without'])
        expect(await figure(second, name, run)).toBe(await figure(page, name, run));
    }
    await page.waitForTimeout(1200);
    const map = page.locator('.pane-with .pane-map');
    const still = await map.screenshot();
    await page.waitForTimeout(1000);
    expect((await map.screenshot()).equals(still)).toBe(true);
    expect(await timeOn(page)).toBe(stood);
    await second.getByRole('button', { name: 'Go on' }).click();
    await until(async () => (await timeOn(page)) > stood, 'the clock goes on');
    await second.close();
    await page.close();
  });

  it('tells a clicked junction with its stage, queues and decisions', async () => {
    const page = await openWatched(browser);
    const city = (await (await fetch(`${served.address}/api/city`)).json()) as {
      junctions: { id: string; signal: number }[];
    };
    const id = city.junctions.filter(({ signal }) => signal >= 0)[20]?.id ?? '';
    await page.getByRole('combobox', { name: 'Find a junction' }).fill(id);
    await page.keyboard.press('Enter');
    const panel = page.locator('.junction');
    await panel.locator('.decision').first().waitFor({ timeout: 30_000 });
    expect(await panel.locator('h2').innerText()).toContain(id);
    expect(await panel.locator('.run-with .queues li').count()).toBeGreaterThan(1);
    expect(await panel.locator('.run-with .arrow').count()).toBeGreaterThan(2);
    expect(await panel.locator('.run-without').innerText()).toContain('Nobody decides here');
    expect(await panel.locator('.decision').first().innerText()).toMatch(/Stage \d/);
    await panel.locator('.movements tr').first().waitFor({ timeout: 30_000 });
    expect(await panel.locator('.movements').first().innerText()).toMatch(/(north|east|south|west).*veh\..*\d+ s/s);
    expect(await panel.locator('.decision').first().innerText()).toMatch(
      /reason.*(keeps the green|changes|minimum green|coming to green|pressure)/is,
    );
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('.figures').waitFor();
    // The map has gone to the junction: it is in the middle of each pane, and a click there opens it again.
    await page.waitForTimeout(1500);
    const box = await page.locator('.pane-with .pane-map').boundingBox();
    if (box === null) throw new Error('the map has no place');
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await panel.waitFor();
    expect(await panel.locator('h2').innerText()).toContain(id);
    await page.close();
  });

  it('lets an office take a junction down and approve each step up again, and each change under supervision', async () => {
    const page = await openWatched(browser);
    const city = (await (await fetch(`${served.address}/api/city`)).json()) as {
      junctions: { id: string; signal: number }[];
    };
    const id = city.junctions.filter(({ signal }) => signal >= 0)[30]?.id ?? '';
    await page.getByRole('combobox', { name: 'Find a junction' }).fill(id);
    await page.keyboard.press('Enter');
    const mode = (name: string) => page.locator('.mode-steps').getByRole('button', { name, exact: true });
    const holds = async (name: string) =>
      until(async () => (await mode(name).getAttribute('aria-pressed')) === 'true', `mode ${name}`);
    await setClock({ speed: 3 });
    await page.getByRole('button', { name: 'With the brain', exact: true }).click();
    await mode('automatic').waitFor();
    await holds('automatic');
    await mode('observe').click();
    await holds('observe');
    expect(await mode('supervised').isDisabled()).toBe(true);
    await mode('advise').click();
    await holds('advise');
    await mode('supervised').click();
    await holds('supervised');
    expect(await page.locator('.mode').innerText()).toContain('Approved by traffic-desk until');
    // At rest, so that the proposal is not over by the time of the click.
    const approve = page.locator('.proposal button');
    await until(async () => {
      await setClock({ paused: true });
      if (await approve.isVisible()) return true;
      await setClock({ paused: false });
      return false;
    }, 'a proposal');
    await approve.click();
    await page.locator('.proposal .hint').waitFor();
    await setClock({ paused: false });
    expect(served.runs.state.modes.counts.automatic).toBe(
      city.junctions.filter(({ signal }) => signal >= 0).length - 1,
    );
    await setClock({ speed: 20 });
    await mode('automatic').click();
    await holds('automatic');
    await page.locator('.mode-by input').fill('Jane Doe');
    await mode('observe').click();
    await page.locator('.refusal').waitFor();
    // The browser itself notes the refused request, and nothing else.
    await until(async () => complaints.length > 0, 'the browser notes the refusal');
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
    await holds('automatic');
    await page.close();
  });

  it('shows one run alone, restarts, and changes the speed', async () => {
    const page = await openWatched(browser);
    await page.getByRole('button', { name: 'With the brain', exact: true }).click();
    await until(async () => (await page.locator('.pane').count()) === 1, 'one pane');
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('30');
    await until(async () => served.runs.state.clock.speed === 30, 'the speed is taken');
    const before = await timeOn(page);
    await page.getByRole('button', { name: 'Restart' }).click();
    await until(async () => (await timeOn(page)) < before, 'the clock is back');
    await page.close();
  });

  it('speaks Chinese to a Chinese browser, and the other language on request', async () => {
    if (chromium === null) throw new Error('no chromium');
    await using chinese = await openBrowser(chromium, 'zh-CN');
    const page = await openWatched(chinese);
    expect(await page.locator('.pane-with strong').innerText()).toBe('有大脑');
    expect(await page.locator('.figures h2').innerText()).toBe('同样的出行，运行两遍');
    const waited = await figure(page, 'waitingS', 'without');
    await until(async () => (await figure(page, 'waitingS', 'without')) !== waited, 'figures change in Chinese');
    await page.getByRole('button', { name: '切换为英文' }).click();
    await page.locator('.pane-with strong', { hasText: 'With the brain' }).waitFor();
    await page.reload();
    await page.locator('.pane-with strong', { hasText: 'With the brain' }).waitFor();
  });

  it('complained of nothing', () => {
    expect(complaints).toEqual([]);
  });
});
