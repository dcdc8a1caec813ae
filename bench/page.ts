import { parseArgs } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import { servePage } from '../src/server/serve.ts';
import { findChromium, openBrowser, openPage, SOFTWARE_RENDERING } from '../tests/e2e/browser.ts';

const MEASURE_MS = 5000;
const REPEATS = 3;

/** Runs in the page: resolves with frames a second. */
const COUNT_FRAMES = `new Promise((resolve) => {
  const begun = performance.now();
  let frames = 0;
  const count = (now) => {
    if (now - begun >= ${MEASURE_MS}) return resolve((frames / (now - begun)) * 1000);
    frames++;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
})`;

/** Runs in the page: what draws. */
const RENDERER = `(() => {
  const gl = document.createElement('canvas').getContext('webgl2');
  const info = gl && gl.getExtension('WEBGL_debug_renderer_info');
  return info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'unknown renderer';
})()`;

/**
 * Frames a second of the live page with many vehicles in view, and, with `--minutes M`, the page's memory and the agreement
 * of its clock with the server's over that time at the highest speed, restarts included. `--vehicles N` waits for that many in the run without the brain.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      vehicles: { type: 'string', default: '3000' },
      minutes: { type: 'string', default: '0' },
      path: { type: 'string' },
    },
  });
  const chromium = findChromium();
  if (chromium === null) throw new Error('no chromium on PATH');
  const common = { controller: 'max-pressure', sensors: 'camera', host: '127.0.0.1', port: 0, tell: () => {} } as const;
  await using served = await servePage({ ...common, path: values.path ?? null, calibration: null, seed: 1, speed: 60 });
  const wanted = Number(values.vehicles);
  const present = (): number => served.runs.state.figures.without.present;
  let most = 0;
  while (present() < wanted && !served.runs.state.clock.ended && present() >= most * 0.9) {
    most = Math.max(most, present());
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  served.runs.change({ speed: 10 });
  await using browser = await openBrowser(chromium, 'en-US');
  const page = await openPage(browser.context, served.address);
  process.stdout.write(
    `${await page.evaluate<string>(RENDERER)}; flags ${SOFTWARE_RENDERING.filter(isDrawing).join(' ')}\n`,
  );
  for (const [view, name] of [
    ['without', 'Without it'],
    ['both', 'Both'],
  ] as const) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.locator('.pane-map[data-ready=true]').last().waitFor();
    await page.waitForTimeout(3000);
    const rates: number[] = [];
    for (let i = 0; i < REPEATS; i++) rates.push(await page.evaluate<number>(COUNT_FRAMES));
    const middle = rates.sort((a, b) => a - b)[REPEATS >> 1] ?? 0;
    const { without, with: brain } = served.runs.state.figures;
    const vehicles = view === 'both' ? without.present + brain.present : without.present;
    process.stdout.write(
      `${view.padEnd(8)} ${vehicles} vehicles in view, ${middle.toFixed(1)} frames/s (median of ${REPEATS})\n`,
    );
  }
  served.runs.change({ speed: 60 });
  await watch(page, await browser.context.newCDPSession(page), served.runs, Number(values.minutes));
}

interface Watched {
  readonly state: { readonly clock: { readonly timeMs: number; readonly run: number } };
}

/** Once a minute: the page's heap after collecting garbage, and how far its clock is from the server's. */
async function watch(page: Page, session: CDPSession, runs: Watched, minutes: number): Promise<void> {
  for (let minute = 0; minute <= minutes && minutes > 0; minute++) {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const shown = Number(await page.locator('.clock time').getAttribute('data-time'));
    const apartS = (runs.state.clock.timeMs - shown) / 1000;
    const server = process.memoryUsage().rss / 1e6;
    process.stdout.write(
      `minute ${minute}: page ${(usedSize / 1e6).toFixed(1)} MB, server ${server.toFixed(0)} MB, clocks ${apartS} simulated s apart\n`,
    );
    await page.waitForTimeout(60_000);
  }
}

const isDrawing = (flag: string): boolean => /gl|gpu|swiftshader/.test(flag);
