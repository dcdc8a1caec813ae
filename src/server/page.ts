import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder, seen from src/server or from dist/src/server. */
const PACKAGE = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url));
const PAGE = join(PACKAGE, 'dist', 'web');
/** What the page is built from. */
const SOURCES = [
  'web',
  'src/server/wire.ts',
  'src/city/city.ts',
  'src/city/control.ts',
  'src/measures',
  'package-lock.json',
];

/**
 * Folder of the built page. In a checkout it is built first when it is missing or older than its source (a few seconds);
 * the published package brings it along.
 */
export async function preparePage(tell: (sentence: string) => void): Promise<string> {
  const config = join(PACKAGE, 'web', 'vite.config.ts');
  if (!existsSync(config) || (await isFresh())) return PAGE;
  tell('Building the page ...');
  const begunMs = performance.now();
  const { build } = await import('vite');
  const { NODE_ENV } = process.env;
  // Whatever runs this (a test says "test"): without it the page carries what React tells its developers.
  process.env.NODE_ENV = 'production';
  try {
    await build({ configFile: config, logLevel: 'warn' });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
  tell(`Built the page in ${((performance.now() - begunMs) / 1000).toFixed(1)} s.`);
  return PAGE;
}

async function isFresh(): Promise<boolean> {
  const index = join(PAGE, 'index.html');
  if (!existsSync(index)) return false;
  const builtMs = (await stat(index)).mtimeMs;
  const changedMs = await Promise.all(SOURCES.map((source) => newestMs(join(PACKAGE, source))));
  return Math.max(...changedMs) <= builtMs;
}

async function newestMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = await readdir(path, { recursive: true });
  const times = await Promise.all(inside.map(async (name) => (await stat(join(path, name))).mtimeMs));
  return Math.max(0, ...times);
}
