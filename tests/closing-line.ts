import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with the plain line `N passed, N failed`; a skipped test counts as failed when CI is set. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    let skipped = 0;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.errors().length > 0) failed++;
      for (const test of tests) {
        const state = test.result().state;
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
    }
    if (skipped > 0 && process.env.CI === 'true') {
      failed += skipped;
      process.exitCode = 1;
      process.stdout.write(`${skipped} skipped tests count as failed in CI\n`);
    }
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
