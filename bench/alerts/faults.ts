import { EVENT } from '../../src/measures/event.ts';
import type { Alert, AlertKind } from '../../src/watch/alert.ts';

/** One event of a signal: time in ms, code, parameter. */
export type Event = readonly [timeMs: number, code: number, parameter: number];

/** A fault put into a log at a time, and how it shows. */
export interface Fault {
  readonly name: string;
  /** Kinds that tell of it. */
  readonly kinds: readonly AlertKind[];
  /** Phases or channels it can be put on, of those with enough events before `atMs`. */
  places(log: readonly Event[], atMs: number): number[];
  inject(log: readonly Event[], atMs: number, place: number): Event[];
  concerns(alert: Alert, place: number): boolean;
}

const MINUTE = 60_000;
/** Hits, greens or calls before the fault from which a place is taken. */
const ENOUGH = { hits: 100, greens: 20, calls: 20, presses: 8 };

const isDetector = (code: number): boolean => code === EVENT.detectorOn || code === EVENT.detectorOff;
const isButton = (code: number): boolean => code === EVENT.pedestrianDetectorOn || code === EVENT.pedestrianDetectorOff;

function listPlaces(log: readonly Event[], code: number, atMs: number, enough: number): number[] {
  const counts = new Map<number, number>();
  for (const [time, of, place] of log) if (of === code && time < atMs) counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= enough).map(([place]) => place);
}

const without = (log: readonly Event[], drop: (event: Event) => boolean): Event[] =>
  log.filter((event) => !drop(event));
const withMore = (log: readonly Event[], more: readonly Event[]): Event[] =>
  [...log, ...more].sort((one, other) => one[0] - other[0]);

function repeat(atMs: number, forMs: number, everyMs: number, on: number, off: number, place: number): Event[] {
  return Array.from({ length: Math.floor(forMs / everyMs) }, (_, count): Event[] => [
    [atMs + count * everyMs, on, place],
    [atMs + count * everyMs + 100, off, place],
  ]).flat();
}

const channels = (log: readonly Event[], atMs: number): number[] =>
  listPlaces(log, EVENT.detectorOn, atMs, ENOUGH.hits);
const onDetector = (alert: Alert, place: number): boolean => alert.detector === place;
const onPhase = (alert: Alert, place: number): boolean => alert.phase === place;

/** Phases that seldom ran to their maximum before. */
function gappingPhases(log: readonly Event[], atMs: number): number[] {
  return listPlaces(log, EVENT.gapOut, atMs, ENOUGH.greens).filter((phase) => {
    const ends = log.filter(([time, , place]) => time < atMs && place === phase);
    const forced = ends.filter(([, code]) => code === EVENT.maxOut || code === EVENT.forceOff).length;
    return 2 * forced < ends.filter(([, code]) => code === EVENT.gapOut).length;
  });
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'detector falls silent',
    // One that was on when it fell silent stays on, as far as the log tells.
    kinds: ['detector-silent', 'detector-stuck'],
    places: channels,
    inject: (log, atMs, place) => without(log, ([time, code, of]) => time >= atMs && of === place && isDetector(code)),
    concerns: onDetector,
  },
  {
    name: 'detector stays on',
    kinds: ['detector-stuck'],
    places: channels,
    inject: (log, atMs, place) => {
      const on = log.find(([time, code, of]) => time >= atMs && of === place && code === EVENT.detectorOn);
      const since = on?.[0] ?? Number.POSITIVE_INFINITY;
      return without(log, ([time, code, of]) => time > since && of === place && isDetector(code));
    },
    concerns: onDetector,
  },
  {
    name: 'detector chatters',
    kinds: ['detector-chatter'],
    places: channels,
    inject: (log, atMs, place) =>
      withMore(log, repeat(atMs, 10 * MINUTE, 400, EVENT.detectorOn, EVENT.detectorOff, place)),
    concerns: onDetector,
  },
  {
    name: 'button is held',
    kinds: ['button-stuck'],
    places: (log, atMs) => listPlaces(log, EVENT.pedestrianDetectorOn, atMs, ENOUGH.presses),
    inject: (log, atMs, place) =>
      withMore(
        without(log, ([time, code, of]) => time >= atMs && of === place && isButton(code)),
        [[atMs, EVENT.pedestrianDetectorOn, place]],
      ),
    concerns: onPhase,
  },
  {
    name: 'walk in every cycle, unasked',
    kinds: ['button-stuck'],
    places: (log, atMs) => listPlaces(log, EVENT.beginWalk, atMs, 3),
    inject: (log, atMs, place) =>
      withMore(
        without(
          log,
          ([time, code, of]) => time >= atMs && of === place && (isButton(code) || code === EVENT.beginWalk),
        ),
        log
          .filter(([time, code, of]) => time >= atMs && of === place && code === EVENT.beginGreen)
          .map(([time]): Event => [time, EVENT.beginWalk, place]),
      ),
    concerns: onPhase,
  },
  {
    name: 'button chatters',
    kinds: ['button-chatter'],
    places: (log, atMs) => listPlaces(log, EVENT.pedestrianDetectorOn, atMs, ENOUGH.presses),
    inject: (log, atMs, place) =>
      withMore(log, repeat(atMs, 5 * MINUTE, 600, EVENT.pedestrianDetectorOn, EVENT.pedestrianDetectorOff, place)),
    concerns: onPhase,
  },
  {
    name: 'phase runs to its maximum',
    kinds: ['max-outs'],
    places: gappingPhases,
    inject: (log, atMs, place) =>
      log.map(
        (event): Event =>
          event[0] >= atMs && event[1] === EVENT.gapOut && event[2] === place ? [event[0], EVENT.maxOut, place] : event,
      ),
    concerns: onPhase,
  },
  {
    name: 'phase is skipped',
    kinds: ['phase-skips'],
    places: (log, atMs) => listPlaces(log, EVENT.phaseCallOn, atMs, ENOUGH.calls),
    inject: (log, atMs, place) => {
      const red = log.find(([time, code, of]) => time >= atMs && of === place && code === EVENT.endRedClearance);
      const since = red?.[0] ?? Number.POSITIVE_INFINITY;
      const served = (code: number): boolean => code <= EVENT.phaseInactive || code === EVENT.phaseCallOff;
      return without(log, ([time, code, of]) => time > since && of === place && served(code));
    },
    concerns: onPhase,
  },
  {
    name: 'queue never clears',
    kinds: ['split-failures'],
    places: (log, atMs) => listPlaces(log, EVENT.beginGreen, atMs, ENOUGH.greens),
    // Filled in by the bench, which knows the presence channels: they come free for a moment in red only.
    inject: (log) => [...log],
    concerns: onPhase,
  },
  {
    name: 'data are lost',
    kinds: ['data-loss', 'outage'],
    places: () => [0],
    inject: (log, atMs) => without(log, ([time]) => time >= atMs && time < atMs + 30 * MINUTE),
    concerns: () => true,
  },
  {
    name: 'cycle out of step by 10 s',
    kinds: ['offset'],
    places: (log, atMs) => (listPlaces(log, EVENT.coordinatedPhaseState, atMs, ENOUGH.greens).includes(5) ? [5] : []),
    inject: (log, atMs) =>
      log
        .map(
          (event): Event =>
            event[0] >= atMs && event[1] === EVENT.coordinatedPhaseState
              ? [event[0] + 10_000, event[1], event[2]]
              : event,
        )
        .sort((one, other) => one[0] - other[0]),
    concerns: () => true,
  },
];

/** Stop line zones of a phase that come free for a moment in the middle of red only, from `atMs` on. */
export function neverClears(log: readonly Event[], atMs: number, phase: number, zones: readonly number[]): Event[] {
  const more = log
    .filter(([time, code, of]) => time >= atMs && of === phase && code === EVENT.beginRedClearance)
    .flatMap(([time]) =>
      zones.flatMap((zone): Event[] => [
        [time + 12_000, EVENT.detectorOff, zone],
        [time + 12_500, EVENT.detectorOn, zone],
      ]),
    );
  return withMore(
    without(log, ([time, code, of]) => time >= atMs && isDetector(code) && zones.includes(of)),
    more,
  );
}
