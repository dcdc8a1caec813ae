// Before the tests: makes sure what they need from the system is there (SUMO, Chromium, CJK fonts). As root on Debian it
// installs what is missing; otherwise it prints the command. With CI=true a missing piece is a failure.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasCjkFont() {
  const list = spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' });
  return list.status === 0 && list.stdout.trim() !== '';
}

const NEEDS = [
  { package: 'sumo', has: () => process.env.SUMO_BINARY !== undefined || isOnPath('sumo') },
  { package: 'chromium', has: () => isOnPath('chromium') },
  { package: 'fontconfig', has: () => isOnPath('fc-list') },
  { package: 'fonts-noto-cjk', has: hasCjkFont },
  { package: 'python3', has: () => isOnPath('python3') },
];

const missing = () => NEEDS.filter((need) => !need.has()).map((need) => need.package);
let lacking = missing();
if (lacking.length > 0 && process.getuid?.() === 0 && isOnPath('apt-get')) {
  console.error(`installing from Debian: ${lacking.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...lacking], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  lacking = missing();
}
if (lacking.length > 0) {
  console.error(
    `missing on this system: ${lacking.join(' ')}. Install with: sudo apt-get install --no-install-recommends ${lacking.join(' ')}`,
  );
  if (process.env.CI === 'true') process.exit(1);
}
