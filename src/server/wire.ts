/**
 * What passes between the server and the page: plain JSON, and one compact binary block per run and snapshot. The page
 * imports this file, so that there is one definition. Arrays follow the order of the map document of the same
 * `cityVersion`; a vehicle's slot is its handle for one trip and is used again afterwards.
 */

import type { Corridor } from '../brain/corridors.ts';
import type { Mode, Proposal } from '../brain/modes.ts';

/** The two runs of the same demand and seed: the shipped plans (the shadow), and the same city with the brain. */
export const RUNS = ['without', 'with'] as const;
export type RunName = (typeof RUNS)[number];

/** How a run stands, over the trips due so far. A trip still waiting to enter counts with its wait. */
export interface Figures {
  /** Trips due so far, those of them that reached their end, are on the street, and still wait to enter it. */
  readonly due: number;
  readonly arrived: number;
  readonly present: number;
  readonly outside: number;
  /** Mean per due trip: time lost against free flow plus departure delay, s. */
  readonly delayS: number;
  /** Mean per due trip: time standing on the street plus departure delay, s. */
  readonly waitingS: number;
  /** Mean number of halts per due trip. */
  readonly stops: number;
  /** Vehicles that stand now, those waiting to enter included. */
  readonly queued: number;
}

export const CHARTED = ['delayS', 'waitingS', 'stops', 'queued'] as const;
export type Charted = (typeof CHARTED)[number];

/** Lines over time, evenly spaced and bounded in number. */
export interface HistoryDocument {
  readonly run: number;
  readonly everyS: number;
  readonly timesMs: readonly number[];
  readonly lines: Readonly<Record<RunName, Readonly<Record<Charted, readonly number[]>>>>;
}

export interface ClockState {
  readonly timeMs: number;
  readonly beginMs: number;
  readonly endMs: number;
  readonly paused: boolean;
  /** Simulated seconds a second that were asked for, and that the machine reached lately. */
  readonly speed: number;
  readonly reached: number;
  /** True between the end of the window and the restart. */
  readonly ended: boolean;
  /** Counts restarts; a page that sees it change starts afresh. */
  readonly run: number;
}

/** How far junctions let the brain go, in the run with it. */
export interface ModesState {
  /** Signals in each mode. */
  readonly counts: Readonly<Record<Mode, number>>;
  /** Changes that wait for approval or are being carried out with it. */
  readonly proposals: readonly ({ readonly signal: string } & Proposal)[];
  /** Ways kept green for somebody with blue lights. */
  readonly corridors: readonly Corridor[];
}

export interface State {
  readonly cityVersion: string;
  readonly clock: ClockState;
  readonly modes: ModesState;
  readonly figures: Readonly<Record<RunName, Figures>>;
}

export interface Snapshot extends State {
  /** `encodeScene`, base64. */
  readonly scenes: Readonly<Record<RunName, string>>;
}

/** Speed classes of roads: 0 nobody there lately, 1 below a fifth of the limit, ... 5 at four fifths or more. */
export const SPEED_CLASSES = 6;

/** What is seen of one run at one instant. `angle` counts counter-clockwise from east, 65536 a full turn. */
export interface Scene {
  readonly count: number;
  readonly slot: Uint32Array;
  /** Front bumper, metres of the city's plane. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly angle: Uint16Array;
  /** Quarter metres per second. */
  readonly speed: Uint8Array;
  /** Decimetres. */
  readonly length: Uint8Array;
  /** Index into VEHICLE_CLASSES; 128 is added on an elevated road. */
  readonly kind: Uint8Array;
  /** Speed class by road. */
  readonly roads: Uint8Array;
  /** Lamp letters (char codes), links of the first signal first. */
  readonly lamps: Uint8Array;
}

const HEADER_BYTES = 12;
const VEHICLE_BYTES = 17;

/** Header (three uint32: vehicles, roads, lamps), then the arrays of `Scene` in order of declaration; little-endian. */
export function encodeScene(scene: Scene): Uint8Array {
  const { count } = scene;
  const bytes = new Uint8Array(HEADER_BYTES + count * VEHICLE_BYTES + scene.roads.length + scene.lamps.length);
  new Uint32Array(bytes.buffer, 0, 3).set([count, scene.roads.length, scene.lamps.length]);
  const target = sceneOver(bytes);
  target.slot.set(scene.slot.subarray(0, count));
  target.x.set(scene.x.subarray(0, count));
  target.y.set(scene.y.subarray(0, count));
  target.angle.set(scene.angle.subarray(0, count));
  target.speed.set(scene.speed.subarray(0, count));
  target.length.set(scene.length.subarray(0, count));
  target.kind.set(scene.kind.subarray(0, count));
  target.roads.set(scene.roads);
  target.lamps.set(scene.lamps);
  return bytes;
}

/** Views over the bytes of `encodeScene`. Throws a RangeError when they are not of the length the header says. */
export function decodeScene(bytes: Uint8Array): Scene {
  const [count = 0, roads = 0, lamps = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 3);
  const expected = HEADER_BYTES + count * VEHICLE_BYTES + roads + lamps;
  if (bytes.length !== expected) throw new RangeError(`a scene of ${expected} bytes came with ${bytes.length}`);
  return sceneOver(bytes);
}

function sceneOver(bytes: Uint8Array): Scene {
  const { buffer } = bytes;
  const [count = 0, roads = 0, lamps = 0] = new Uint32Array(buffer, bytes.byteOffset, 3);
  let at = bytes.byteOffset + HEADER_BYTES;
  const skip = (length: number): number => {
    at += length;
    return at - length;
  };
  return {
    count,
    slot: new Uint32Array(buffer, skip(count * 4), count),
    x: new Float32Array(buffer, skip(count * 4), count),
    y: new Float32Array(buffer, skip(count * 4), count),
    angle: new Uint16Array(buffer, skip(count * 2), count),
    speed: new Uint8Array(buffer, skip(count), count),
    length: new Uint8Array(buffer, skip(count), count),
    kind: new Uint8Array(buffer, skip(count), count),
    roads: new Uint8Array(buffer, skip(roads), roads),
    lamps: new Uint8Array(buffer, skip(lamps), lamps),
  };
}

/** The city as the page draws it: metres of its own plane, rounded to centimetres. */
export interface MapDocument {
  readonly name: string;
  readonly version: string;
  readonly controller: string;
  readonly sensors: string;
  readonly seed: number;
  /** West, south, east, north. */
  readonly bounds: readonly [number, number, number, number];
  readonly ground: readonly { readonly kind: 'water' | 'green' | 'bridge'; readonly shape: readonly number[] }[];
  readonly districts: readonly {
    readonly name: string;
    readonly nameZh: string | null;
    readonly shape: readonly number[];
  }[];
  readonly roads: readonly MapRoad[];
  readonly junctions: readonly MapJunction[];
  /** By signal: the stop lines and the links (places in its lamps) that rule them. */
  readonly signals: readonly { readonly id: string; readonly lamps: number; readonly bars: readonly SignalBar[] }[];
}

export interface MapRoad {
  readonly id: string;
  readonly name: string;
  readonly level: number;
  /** Kilometres per hour. */
  readonly limitKmh: number;
  readonly widthM: number;
  /** Middle of the carriageway in its direction of travel. */
  readonly centre: readonly number[];
  /** Kerb lane first. */
  readonly lanes: readonly { readonly widthM: number; readonly shape: readonly number[] }[];
}

export interface MapJunction {
  readonly id: string;
  /** The streets that meet here, or empty. */
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly level: number;
  readonly shape: readonly number[];
  /** Index into `signals` or -1. */
  readonly signal: number;
}

/** One stop line's part for one turn or several that share their lamp: [x0, y0, x1, y1]. */
export interface SignalBar {
  readonly line: readonly [number, number, number, number];
  readonly links: readonly number[];
}

export type Compass = 'n' | 'ne' | 'e' | 'se' | 's' | 'sw' | 'w' | 'nw';
export const COMPASS: readonly Compass[] = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'];

export type TurnName = 'right' | 'straight' | 'left' | 'u-turn';

/** Lamp letters from the one that lets most go to the one that lets nobody go. */
export const LAMP_ORDER = 'Ggsoyur';

/** Of several lamps the one that lets most go. */
export function brightestLamp(letters: readonly string[]): string {
  return [...LAMP_ORDER].find((letter) => letters.includes(letter)) ?? letters[0] ?? 'o';
}

/** A stage in words: which approaches may go where. */
export interface StageWords {
  /** Phase index in the program. */
  readonly stage: number;
  readonly greens: readonly { readonly from: Compass; readonly turns: readonly TurnName[] }[];
}

export interface ApproachState {
  readonly road: string;
  readonly name: string;
  readonly from: Compass;
  /** The lamp of each turn (of several the one that lets most go), from the left to the right of a driver. */
  readonly turns: readonly { readonly turn: TurnName; readonly lamp: string }[];
  /** Vehicles on the last 200 m and those of them that stand. */
  readonly vehicles: number;
  readonly standing: number;
}

/** One movement of a decision: vehicles at the stop line or expected there, and their delay, vehicle-seconds. */
export interface ForecastRow {
  readonly from: Compass;
  readonly turn: TurnName;
  readonly vehicles: number;
  readonly delayS: number;
}

/** A decision, with those that repeated it folded in. */
export interface DecisionRow {
  readonly kind: 'decision';
  /** When it was first made, and last repeated. */
  readonly sinceMs: number;
  readonly timeMs: number;
  readonly stage: number;
  /** The controller's clause when it was first made, and when it was last repeated (null: never). */
  readonly why: string;
  readonly still: string | null;
  readonly alternatives: readonly {
    readonly stage: number;
    readonly score: number;
    /** Vehicles (camera) or occupied loops (loops) seen for the stage. */
    readonly seen: number;
  }[];
  /** What a controller that predicts expects when the stage is carried out, clockwise from north; empty of any other. */
  readonly movements: readonly ForecastRow[];
  /** The guard's last answer, or `accepted` where it accepted in between; and the rule that delays or refuses. */
  readonly result: string;
  readonly rule: string | null;
}

/** Something the guard did of its own accord. */
export interface InterventionRow {
  readonly kind: 'intervention';
  readonly sinceMs: number;
  readonly timeMs: number;
  readonly rule: string;
  readonly sentence: string;
}

/** How far one junction lets the brain go. */
export interface ModeState {
  readonly mode: Mode;
  /** The office that approved it (null in `observe`), and until when (null: for good). */
  readonly by: string | null;
  readonly untilMs: number | null;
  /** Why and when it last fell back by itself or was taken back. */
  readonly fell: { readonly why: string; readonly atMs: number } | null;
  readonly proposal: Proposal | null;
}

export interface JunctionState {
  /** Null in a run without the brain. */
  readonly mode: ModeState | null;
  readonly lamps: string;
  /** Phase index of the stage shown, or -1 between two stages. */
  readonly stage: number;
  readonly approaches: readonly ApproachState[];
  /** Newest first. */
  readonly decisions: readonly (DecisionRow | InterventionRow)[];
}

export interface JunctionDocument {
  readonly id: string;
  readonly signal: string | null;
  readonly timeMs: number;
  readonly stages: readonly StageWords[];
  readonly runs: Readonly<Record<RunName, JunctionState>> | null;
}
