import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const HERE = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FILES = ['net.xml', 'rou.xml', 'add.xml', 'sumocfg'].map((kind) => `quarter.${kind}`);

it('fixtures/quarter is what scripts/make-quarter.ts writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'urbane-quarter-'));
  try {
    execFileSync(process.execPath, [HERE('scripts/make-quarter.ts'), folder], { stdio: 'pipe' });
    for (const file of [...FILES, ...['nod', 'edg', 'con'].map((kind) => `plain/quarter.${kind}.xml`)]) {
      expect(readFileSync(join(folder, file), 'utf8'), file).toBe(
        readFileSync(HERE(`fixtures/quarter/${file}`), 'utf8'),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
