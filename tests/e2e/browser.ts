import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** WebGL without a graphics card: SwiftShader draws, the page is put together in software. */
export const SOFTWARE_RENDERING = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-gpu-compositing',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of a Chromium on PATH, or null. */
export function findChromium(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync) ?? null;
}

/** A browser with a profile of its own that is gone afterwards. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
}

export async function openBrowser(executablePath: string, locale: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'urbane-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    locale,
    viewport: { width: 1280, height: 800 },
    args: SOFTWARE_RENDERING,
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens the page and waits until its maps are drawn. */
export async function openPage(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('.pane-map[data-ready=true]').first().waitFor({ timeout: 60_000 });
  return page;
}
