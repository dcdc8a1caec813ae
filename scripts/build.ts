// npm run build: what the published package carries, dist/web (the page) and dist/src (the program as JavaScript).
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { findBinary } from '../src/field/sim/binary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

await build({ configFile: join(root, 'web', 'vite.config.ts'), logLevel: 'warn' });
process.stdout.write('dist/web: the page\n');
const compiled = spawnSync(
  process.execPath,
  [join(typescript, 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
if (compiled.status === 0) {
  const phases = findBinary();
  if (phases === null) throw new Error('the engine was not compiled');
  writeFileSync(join(root, 'dist', 'src', 'field', 'sim', 'phases.wasm'), phases);
  process.stdout.write('dist/src: the program\n');
}
process.exitCode = compiled.status ?? 1;
