import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Of what the binary is made: the engine's sources and their compiler. */
const SOURCES = ['../../sim/', '../../units/', '../../../scripts/wasm/'];
const COMPILER = '../../../scripts/wasm/compile.ts';
/** Where binaries are kept while one works on the sources, by the hash of what they are made of. */
const CACHE = '../../../node_modules/.cache/urbane/';

function hashSources(): string {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    for (const name of readdirSync(here(folder)).sort()) {
      if (name.endsWith('.ts') && !/\.(test|bench)\.ts$/.test(name))
        hash.update(name).update(readFileSync(here(folder + name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The engine's phases as WebAssembly: the file beside this one in a built package; made from the sources where these are run, once for
 * each change of them (some 3 s). null, with a warning, where the compiler is not installed: then the sources are run as they are.
 */
export function findBinary(): Uint8Array<ArrayBuffer> | null {
  if (!import.meta.url.endsWith('.ts')) return readFileSync(here('./phases.wasm'));
  const kept = here(`${CACHE}phases-${hashSources()}.wasm`);
  if (existsSync(kept)) return readFileSync(kept);
  const made = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', here(COMPILER)], {
    maxBuffer: 2 ** 26,
  });
  if (made.status !== 0) {
    const [fault] = /^\w*Error.*/m.exec(made.stderr.toString()) ?? ['its compiler does not run'];
    process.emitWarning(
      `the engine runs uncompiled, at two thirds of its speed: ${fault}. npm ci brings its compiler.`,
    );
    return null;
  }
  try {
    mkdirSync(here(CACHE), { recursive: true });
    writeFileSync(`${kept}.${process.pid}`, made.stdout);
    renameSync(`${kept}.${process.pid}`, kept);
  } catch {
    // Not kept: it is made again the next time.
  }
  return new Uint8Array(made.stdout);
}
