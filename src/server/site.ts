import { partOf } from '../city/build-line.ts';
import type { City, Lane, VehicleClass } from '../city/city.ts';
import { neededIntergreenS } from '../city/clearance.ts';
import type { Detector, DetectorKind } from '../city/control.ts';
import { measureLength } from '../city/geometry.ts';
import { placeDetector } from '../city/upstream.ts';
import { ownIntergreen, valuesOfLane } from '../read/overlay/edit.ts';
import { MovementWords } from '../read/plans/book.ts';
import { comesFrom, TURNS } from './stage-words.ts';
import type { Compass, TurnName } from './wire.ts';

/** How far up from the stop line a lane is drawn. */
const DRAWN_M = 120;

/** An approach lane as built; what the map says of it beside what it is by the corrections. */
export interface SiteLane {
  readonly id: string;
  /** Its street's name, or the road's id. */
  readonly road: string;
  readonly from: Compass;
  /** 0 at the kerb. */
  readonly index: number;
  readonly allowed: readonly VehicleClass[];
  readonly ownAllowed: readonly VehicleClass[];
  readonly speedMps: number;
  readonly ownSpeedMps: number;
  readonly turns: readonly TurnName[];
  readonly ownTurns: readonly TurnName[];
  /** Metres by which the stop line lies before the map's. */
  readonly stopLineM: number;
  /** For the map: the last metres before the stop line. */
  readonly shape: readonly number[];
  readonly widthM: number;
}

export interface SiteDetector {
  readonly channel: number;
  readonly lane: string;
  readonly kind: DetectorKind;
  readonly phase: number;
  readonly distanceM: number;
  readonly lengthM: number;
  /** False for one of the list as it is there. */
  readonly isCorrected: boolean;
  readonly shape: readonly number[];
  readonly widthM: number;
}

/** The shortest time from the end of green of one movement to the begin of another's. */
export interface SiteIntergreen {
  /** Movement words. */
  readonly from: string;
  readonly to: string;
  readonly s: number;
  /** In the program without corrections. */
  readonly ownS: number;
  /** What the paths need to be clear. */
  readonly neededS: number;
}

/** A signal and its approaches as they are built, for the engineer who corrects them. */
export interface SiteDocument {
  readonly junction: string;
  readonly signal: string;
  /** The file that corrections are written to, or null when none was named. */
  readonly file: string | null;
  readonly lanes: readonly SiteLane[];
  readonly detectors: readonly SiteDetector[];
  /** Movement words in the order of the links. */
  readonly words: readonly string[];
  readonly intergreens: readonly SiteIntergreen[];
  /** By link: its word (null for a crossing) and its signal group. */
  readonly links: readonly { readonly word: string | null; readonly group: string; readonly ownGroup: string }[];
}

/** A finding of the doctor. */
export interface Finding {
  readonly kind: string;
  readonly element: string;
  readonly sentence: string;
}

/** What a set of corrections does. */
export interface SiteAnswer {
  readonly site: SiteDocument;
  readonly isSaved: boolean;
  /** Findings of the doctor that go, and that come. */
  readonly gone: readonly Finding[];
  readonly come: readonly Finding[];
  /** Why a correction cannot be made. */
  readonly refused: readonly string[];
  /** What of the map has changed since it was corrected. */
  readonly conflicts: readonly string[];
  /** Stages of the own program whose green changes: seconds before and after. */
  readonly greens: readonly { readonly stage: number; readonly beforeS: number; readonly afterS: number }[];
  /** Intergreen that the guard keeps between any two stages. */
  readonly guard: { readonly beforeS: number; readonly afterS: number };
  /** Trips that take another way, and that have none. */
  readonly rerouted: number;
  readonly dropped: number;
}

/** A site of a city; `own` is the city without corrections. Null for a junction without a signal. */
export function describeSite(own: City, city: City, junction: number, file: string | null): SiteDocument | null {
  const signal = city.junctions[junction]?.signal ?? -1;
  const found = city.signals[signal];
  if (found === undefined) return null;
  const words = new MovementWords(city, signal, found.id).listWords();
  const groupOf = (of: City, link: number) =>
    of.signals[signal]?.groups.find(({ links }) => links.includes(link))?.id ?? '';
  const lanes = own.lanes.flatMap((lane, l) =>
    lane.out.some((m) => own.movements[m]?.signal === signal) ? [describeLane(own, city, l)] : [],
  );
  return {
    junction: city.junctions[junction]?.id ?? '',
    signal: found.id,
    file,
    lanes,
    detectors: city.detectors.filter((one) => one.signal === signal).map((one) => describeDetector(own, city, one)),
    words: [...new Set(words.filter((word) => word !== null))],
    intergreens: listIntergreens(own, city, signal, words),
    links: words.map((word, link) => ({ word, group: groupOf(city, link), ownGroup: groupOf(own, link) })),
  };
}

function describeLane(own: City, city: City, l: number): SiteLane {
  const [before, now] = [own.lanes[l], city.lanes[l]];
  if (before === undefined || now === undefined) throw new RangeError(`no lane ${l}`);
  const [was, is] = [valuesOfLane(own, l), valuesOfLane(city, l)];
  const road = own.roads[before.road];
  return {
    id: now.id,
    road: road === undefined || road.name === '' ? (road?.id ?? '') : road.name,
    from: comesFrom(before),
    index: now.index,
    allowed: is.allowed,
    ownAllowed: was.allowed,
    speedMps: is.speed_mps,
    ownSpeedMps: was.speed_mps,
    turns: TURNS.filter((turn) => is.turns.includes(turn)),
    ownTurns: TURNS.filter((turn) => was.turns.includes(turn)),
    stopLineM: cm(before.lengthM - now.lengthM),
    ...drawn(now, Math.max(0, now.lengthM - DRAWN_M), now.lengthM),
  };
}

function describeDetector(own: City, city: City, detector: Detector): SiteDetector {
  const { channel, kind, phase, distanceM, lengthM } = detector;
  const { lane, fromM, toM } = placeDetector(city, detector);
  const listed = own.detectors.find(
    (one) => one.signal === detector.signal && one.channel === channel && one.lane === detector.lane,
  );
  const isSame = (['distanceM', 'lengthM', 'phase', 'kind'] as const).every((key) => listed?.[key] === detector[key]);
  const id = city.lanes[detector.lane]?.id ?? '';
  const place = city.lanes[lane];
  if (place === undefined) throw new RangeError(`no lane ${lane}`);
  return { channel, lane: id, kind, phase, distanceM, lengthM, isCorrected: !isSame, ...drawn(place, fromM, toM) };
}

/** A stretch of a lane in metres of the plane; the shape may be longer or shorter than the lane. */
function drawn({ shape, lengthM, widthM }: Lane, fromM: number, toM: number): { shape: number[]; widthM: number } {
  const scale = measureLength(shape) / lengthM;
  return { shape: partOf(shape, fromM * scale, toM * scale).map(cm), widthM: cm(widthM) };
}

function listIntergreens(own: City, city: City, signal: number, words: readonly (string | null)[]): SiteIntergreen[] {
  const links = city.signals[signal]?.links ?? [];
  const byWord = Map.groupBy(links.keys(), (link) => words[link] ?? '');
  byWord.delete('');
  return [...byWord].flatMap(([from, leaving]) =>
    [...byWord].flatMap(([to, entering]): SiteIntergreen[] => {
      const neededS = mostNeeded(
        city,
        leaving.flatMap((a) => links[a] ?? []),
        entering.flatMap((b) => links[b] ?? []),
      );
      const s = from === to || neededS <= 0 ? null : ownIntergreen(city, signal, from, to);
      const ownS = s === null ? null : ownIntergreen(own, signal, from, to);
      return s === null || ownS === null ? [] : [{ from, to, s, ownS, neededS: Math.round(10 * neededS) / 10 }];
    }),
  );
}

function mostNeeded(city: City, leaving: readonly number[], entering: readonly number[]): number {
  let most = 0;
  for (const a of leaving) {
    for (const b of entering) {
      const [first, second] = [city.movements[a], city.movements[b]];
      if (first !== undefined && second !== undefined && first.conflicts.includes(b))
        most = Math.max(most, neededIntergreenS(first, second));
    }
  }
  return most;
}

const cm = (value: number): number => Math.round(value * 100) / 100;
