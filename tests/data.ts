import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const wanted = process.env.URBANE_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** Folder of the real networks and logs (URBANE_DATA, or ../shared/data beside the checkout), or null where they are not. */
export const DATA: string | null = existsSync(wanted) ? wanted : null;

/**
 * Registers tests on real data where the data are. Where they are not, the run says so; with CI=true that is a failure.
 */
export function describeWithData(name: string, body: (data: string) => void): void {
  if (DATA !== null) {
    const found = DATA;
    describe(name, () => body(found));
    return;
  }
  process.stdout.write(`real data not found at ${wanted}: "${name}" is not registered (set URBANE_DATA)\n`);
  if (process.env.CI === 'true') {
    describe(name, () => {
      it('has its real data', () => {
        expect.fail(`CI needs the real data: ${wanted} does not exist; set URBANE_DATA`);
      });
    });
  }
}
