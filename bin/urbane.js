#!/usr/bin/env node
// Starts the command line on the Node 24 that the package brings (it runs TypeScript as it is), whatever Node called us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS, node24 } from '../scripts/node24.js';

const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const built = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const main = existsSync(source) ? source : built;
const child = spawn(node24(), [...NODE_FLAGS, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// A signal sent to this process alone is passed on. A terminal sends Ctrl-C to the child as well, which minds no second one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + (signal === 'SIGINT' ? 2 : 15) : (code ?? 1);
});
