import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Paced, Pacer } from './pacer.ts';

class Counter implements Paced {
  timeMs = 0;
  readonly beginMs = 0;
  readonly endMs: number;
  restarts = 0;

  constructor(endMs: number) {
    this.endMs = endMs;
  }

  async step(): Promise<void> {
    this.timeMs += 1000;
  }

  async restart(): Promise<void> {
    this.restarts++;
    this.timeMs = 0;
  }
}

/** Runs a pacer under a false clock for some wall time. */
async function pace(
  counter: Paced,
  speed: number,
): Promise<{ pacer: Pacer; published: () => number; driven: Promise<void> }> {
  let count = 0;
  const pacer = new Pacer(counter, speed, () => count++);
  const driven = pacer.drive();
  return { pacer, published: () => count, driven };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the clock of the runs', () => {
  it.each([1, 7, 10, 60])(
    'goes %i times as fast as the wall clock and publishes at most five times a second',
    async (speed) => {
      const counter = new Counter(1e9);
      const { pacer, published } = await pace(counter, speed);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(Math.abs(counter.timeMs - 20_000 * speed)).toBeLessThanOrEqual(1000 * Math.max(1, speed / 5));
      expect(published()).toBeLessThanOrEqual(20 * 5 + 2);
      expect(pacer.state.reached).toBeCloseTo(speed, 0);
      pacer.stop();
    },
  );

  it('stands while paused and goes on from there', async () => {
    const counter = new Counter(1e9);
    const { pacer } = await pace(counter, 10);
    await vi.advanceTimersByTimeAsync(2000);
    pacer.change({ paused: true });
    await vi.advanceTimersByTimeAsync(300);
    const stood = counter.timeMs;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(counter.timeMs).toBe(stood);
    expect(pacer.state.paused).toBe(true);
    pacer.change({ paused: false, speed: 20 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(counter.timeMs).toBeGreaterThan(stood + 15_000);
    pacer.stop();
  });

  it('restarts when told, also while paused, and counts it', async () => {
    const counter = new Counter(1e9);
    const { pacer } = await pace(counter, 10);
    await vi.advanceTimersByTimeAsync(2000);
    pacer.change({ paused: true });
    await vi.advanceTimersByTimeAsync(500);
    pacer.change({ restart: true });
    await vi.advanceTimersByTimeAsync(500);
    expect(counter).toMatchObject({ restarts: 1, timeMs: 0 });
    expect(pacer.state.run).toBe(2);
    pacer.stop();
  });

  it('stops at the end of the window and begins again by itself', async () => {
    const counter = new Counter(300_000);
    const { pacer } = await pace(counter, 60);
    await vi.advanceTimersByTimeAsync(6000);
    expect(counter.timeMs).toBe(300_000);
    expect(pacer.state.ended).toBe(true);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(counter.restarts).toBe(1);
    expect(pacer.state.ended).toBe(false);
    pacer.stop();
  });

  it('ends when stopped', async () => {
    const { pacer, driven } = await pace(new Counter(1e9), 10);
    await vi.advanceTimersByTimeAsync(500);
    pacer.stop();
    await vi.advanceTimersByTimeAsync(500);
    await driven;
  });

  it('passes on the failure of a run', async () => {
    const failing = new Counter(1e9);
    failing.step = () => Promise.reject(new Error('the street is gone'));
    const pacer = new Pacer(failing, 10, () => {});
    const outcome = expect(pacer.drive()).rejects.toThrow('the street is gone');
    await vi.advanceTimersByTimeAsync(1000);
    await outcome;
  });
});
