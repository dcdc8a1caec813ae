// node scripts/run-node24.js FILE ARGS: runs a script on Node 24.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { NODE_FLAGS, node24 } from './node24.js';

const node = node24();
const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
const done = spawnSync(node, [...NODE_FLAGS, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env,
});
process.exit(done.status ?? 1);
