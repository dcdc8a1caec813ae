import { describe, expect, it } from 'vitest';
import { EVENT, EventBuffer } from '../measures/event.ts';
import { EventWatch } from './events.ts';

type Event = [timeS: number, code: number, parameter: number, device?: number];

const CYCLE_S = 60;

/** Two phases in turn with a vehicle every three seconds of green on channel 2 and 4; phase 4 gaps out. */
function hours(count: number, keep: (event: Event) => boolean = () => true): Event[] {
  const events: Event[] = [];
  for (let start = 0; start < count * 3600; start += CYCLE_S) {
    events.push([start, EVENT.coordinatedPhaseState, 5]);
    for (const [phase, from] of [
      [2, 0],
      [4, 30],
    ] as const) {
      const begin = start + from;
      events.push([begin, EVENT.beginGreen, phase]);
      for (let hit = 2; hit < 24; hit += 3) {
        events.push([begin + hit, EVENT.detectorOn, phase], [begin + hit + 0.3, EVENT.detectorOff, phase]);
      }
      events.push([begin + 25, phase === 2 ? EVENT.forceOff : EVENT.gapOut, phase]);
      events.push([begin + 25, EVENT.beginYellow, phase], [begin + 28, EVENT.beginRedClearance, phase]);
    }
  }
  return events.filter(keep);
}

function watch(events: Event[], devices = ['7'], receivedS: (timeS: number) => number = () => Number.NaN): EventWatch {
  events.sort((one, other) => one[0] - other[0]);
  const watching = new EventWatch();
  const batch = new EventBuffer(devices);
  for (const [timeS, code, parameter, device = 0] of events) {
    batch.clear();
    batch.push(Math.round(timeS * 1000) + 1, device, code, parameter);
    watching.push(batch, 0, 1, receivedS(timeS) * 1000);
  }
  watching.finish(events.at(-1)![0] * 1000 + 1);
  return watching;
}

const told = (watching: EventWatch) =>
  watching.alerts.map(({ kind, phase, detector }) => [kind, phase ?? detector ?? null]);
const isHit = ([, code]: Event): boolean => code === EVENT.detectorOn || code === EVENT.detectorOff;

describe('alerts from events', () => {
  it('has none where nothing is wrong', () => {
    expect(told(watch(hours(3)))).toEqual([]);
  });

  it('tells a silent detector within minutes, and when it was last heard', () => {
    const watching = watch(hours(2, (event) => !(isHit(event) && event[2] === 4 && event[0] > 3600)));
    expect(told(watching)).toEqual([['detector-silent', 4]]);
    const [alert] = watching.alerts;
    expect(alert!.sinceMs).toBeGreaterThan(3_590_000 - 60_000);
    expect(alert!.raisedMs - alert!.sinceMs).toBeLessThan(6 * 60_000);
    expect(alert!.untilMs).toBeNull();
  });

  it('tells a detector that stays on, and closes the alert when it comes back', () => {
    const held = ([timeS, , parameter]: Event): boolean => parameter === 4 && timeS > 3612 && timeS < 5400;
    const watching = watch([...hours(2, (event) => !(isHit(event) && held(event))), [3613, EVENT.detectorOn, 4]]);
    expect(told(watching)).toEqual([['detector-stuck', 4]]);
    expect(watching.alerts[0]!.untilMs).toBeGreaterThan(5_400_000);
  });

  it('tells chatter of a detector in half a minute and of a button in the second, once', () => {
    const noise = (code: number, parameter: number): Event[] =>
      Array.from({ length: 400 }, (_, at): Event => [3600 + at * 0.5, code, parameter]);
    const watching = watch([...hours(2), ...noise(EVENT.detectorOn, 2), ...noise(EVENT.pedestrianDetectorOn, 4)]);
    expect(told(watching).sort()).toEqual([
      ['button-chatter', 4],
      ['detector-chatter', 2],
    ]);
    for (const { kind, raisedMs, repeats } of watching.alerts) {
      expect(raisedMs - 3_600_000).toBeLessThan(kind === 'button-chatter' ? 90_000 : 32_000);
      expect(repeats).toBe(0);
    }
  });

  it('tells a phase that runs to its maximum, not the coordinated one that always does', () => {
    const events = hours(2).map(
      (event): Event => (event[1] === EVENT.gapOut && event[0] > 3600 ? [event[0], EVENT.maxOut, event[2]] : event),
    );
    expect(told(watch(events))).toEqual([['max-outs', 4]]);
  });

  it('tells a phase that is called and passed over', () => {
    const passed = ([timeS, code, parameter]: Event): boolean => timeS >= 3630 && parameter === 4 && code < 12;
    const watching = watch([...hours(2, (event) => !passed(event)), [3660, EVENT.phaseCallOn, 4]]);
    expect(told(watching)).toContainEqual(['phase-skips', 4]);
  });

  it('tells lost data after a minute, many signals at once as an outage, and their end', () => {
    const gap = ([timeS]: Event): boolean => timeS > 3600 && timeS < 4500;
    const one = watch(hours(2, (event) => !gap(event)));
    expect(told(one)).toEqual([['data-loss', null]]);
    expect(one.alerts[0]!.raisedMs - one.alerts[0]!.sinceMs).toBeLessThan(70_000);
    expect(one.alerts[0]!.untilMs).toBeGreaterThanOrEqual(4_500_000);
    const all = [0, 1, 2, 3].flatMap((device) =>
      hours(2, (event) => device === 0 || !gap(event)).map((event): Event => [event[0], event[1], event[2], device]),
    );
    const four = watch(all, ['7', '8', '9', '10']);
    expect(four.alerts.map(({ kind, devices }) => [kind, devices])).toEqual([['outage', ['8', '9', '10']]]);
    expect(four.alerts[0]!.untilMs).not.toBeNull();
  });

  it('tells a cycle out of step', () => {
    const events = hours(2).map(
      (event): Event =>
        event[0] > 3600 && event[1] === EVENT.coordinatedPhaseState ? [event[0] + 8, event[1], event[2]] : event,
    );
    expect(told(watch(events))).toEqual([['offset', null]]);
  });

  it('tells a clock that is ahead, live', () => {
    const ahead = hours(2).map((event): Event => [event[0] + (event[0] > 3600 ? 9 : 0), event[1], event[2]]);
    expect(told(watch(ahead, ['7'], (timeS) => (timeS > 3600 ? timeS - 9 : timeS)))).toContainEqual([
      'clock-drift',
      null,
    ]);
  });

  it('says what changed since it was last asked', () => {
    const watching = watch(hours(2, (event) => !(isHit(event) && event[2] === 4 && event[0] > 3600)));
    expect(watching.takeChanged()).toHaveLength(1);
    expect(watching.takeChanged()).toEqual([]);
  });
});
