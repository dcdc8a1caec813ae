import Type, { type Static } from 'typebox';
import { parseDocument } from 'yaml';
import { partOf } from '../../city/build-line.ts';
import { checkCity } from '../../city/check.ts';
import { type City, classBit, type Lane, type Phase, type Signal, VEHICLE_CLASSES } from '../../city/city.ts';
import { compareDetectors, DETECTOR_KINDS, type Detector, kindByPlace } from '../../city/control.ts';
import { isGreen, listGreens } from '../../city/greens.ts';
import { withVersion } from '../../city/version.ts';
import { withoutMovements } from '../../city/without.ts';
import { UrbaneError } from '../../units/errors.ts';
import { createJsonCheck, readText } from '../json.ts';
import { placeDetectors } from '../plans/apply.ts';
import { MovementWords } from '../plans/book.ts';
import { type ImportReport, ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';

const closed = { additionalProperties: false };
/** An office or an authority: lower case and digits, so that nobody's name is asked for. */
export const OFFICE = '^[a-z][a-z0-9-]{1,39}$';
const Text = Type.String({ minLength: 1 });
export const LaneValues = {
  allowed: Type.Optional(Type.Array(Type.Enum([...VEHICLE_CLASSES]), { minItems: 1 })),
  speed_mps: Type.Optional(Type.Number({ minimum: 0.5, maximum: 60 })),
  turns: Type.Optional(Type.Array(Type.Enum(['right', 'straight', 'left', 'u-turn']))),
};
/** How far the stop line lies before the end the map gives the lane, metres. */
export const StopLine = { stop_line_m: Type.Optional(Type.Number({ minimum: 0, maximum: 50 })) };
export const DetectorValues = {
  distance_m: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
  length_m: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  phase: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  kind: Type.Optional(Type.Enum([...DETECTOR_KINDS])),
};
/** Why a correction was made, and the office that made it. */
const Reason = {
  by: Type.Optional(Type.String({ pattern: OFFICE })),
  why: Type.Optional(Type.String({ maxLength: 300 })),
};
const DetectorCorrection = Type.Object(
  {
    signal: Text,
    channel: Type.Integer({ minimum: 0, maximum: 10_000 }),
    /** The lane that ends at the stop line. */
    lane: Text,
    ...DetectorValues,
    remove: Type.Optional(Type.Literal(true)),
    was: Type.Optional(Type.Object(DetectorValues, closed)),
    ...Reason,
  },
  closed,
);
const OverlaySchema = Type.Object(
  {
    format: Type.Literal('urbane-overlay'),
    version: Type.Literal(1),
    lanes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            lane: Text,
            ...LaneValues,
            ...StopLine,
            was: Type.Optional(Type.Object({ ...LaneValues, length_m: Type.Optional(Type.Number()) }, closed)),
            ...Reason,
          },
          closed,
        ),
      ),
    ),
    signals: Type.Optional(
      Type.Array(
        Type.Object(
          {
            signal: Text,
            /** Links by signal group; together they name each link once. */
            groups: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Integer({ minimum: 0 })))),
            intergreens: Type.Optional(
              Type.Array(Type.Object({ from: Text, to: Text, s: Type.Number({ minimum: 0, maximum: 60 }) }, closed)),
            ),
            was: Type.Optional(Type.Object({ links: Type.Integer() }, closed)),
            ...Reason,
          },
          closed,
        ),
      ),
    ),
    detectors: Type.Optional(Type.Array(DetectorCorrection)),
  },
  closed,
);
/** What an engineer corrected in a city, kept apart from the map it was made on (docs/operator/formats.md). */
export type Overlay = Static<typeof OverlaySchema>;
export const checkOverlay = createJsonCheck(OverlaySchema, 'overlay of corrections');

const SHORTEST_LANE_M = 5;
const LEAST_GREEN_S = 5;

/** Reads an overlay (YAML). Throws UrbaneError `bad-input` with the line or the place. */
export async function readOverlay(source: ByteSource): Promise<Overlay> {
  const document = parseDocument(await readText(source));
  const [fault] = document.errors;
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line;
    throw new UrbaneError(
      'bad-input',
      `${source.name}${line === undefined ? '' : `:${line}`}: ${fault.message.split('\n')[0]}.`,
      'Correct the YAML.',
    );
  }
  try {
    return checkOverlay(document.toJS(), source.name);
  } catch (caught) {
    if (caught instanceof UrbaneError) throw caught;
    throw new UrbaneError('bad-input', `${source.name}: too many aliases to unfold.`, 'Write the values out.');
  }
}

/**
 * The city with its corrections. A correction whose `was` no longer fits the map is made all the same and reported as a
 * conflict; one whose lane or signal is gone, or that cannot be made, is left out and reported.
 */
export function applyOverlay(city: City, overlay: Overlay, file: string): { city: City; report: ImportReport } {
  const report = new ReportBuilder();
  let result = city;
  let made = 0;
  const refuse = (element: string, why: string) => report.drop({ what: 'correction', element, file, why });
  for (const correction of overlay.lanes ?? []) {
    const index = result.lanes.findIndex(({ id }) => id === correction.lane);
    const lane = result.lanes[index];
    if (lane === undefined) {
      refuse(correction.lane, 'the map has no such lane any more');
      continue;
    }
    for (const sentence of compareLane(result, lane, correction)) report.warn(`conflict: lane ${lane.id} ${sentence}`);
    const stopM = correction.stop_line_m ?? 0;
    if (lane.lengthM - stopM < SHORTEST_LANE_M) {
      refuse(lane.id, `a stop line ${stopM} m before its end leaves ${Math.round(lane.lengthM - stopM)} m of it`);
      continue;
    }
    const next = correctLane(result, index, correction);
    const [unsound] = checkCity(next);
    if (unsound !== undefined) {
      refuse(lane.id, unsound);
      continue;
    }
    result = next;
    made++;
  }
  for (const correction of overlay.signals ?? []) {
    const index = result.signals.findIndex(({ id }) => id === correction.signal);
    const signal = result.signals[index];
    if (signal === undefined) {
      refuse(correction.signal, 'the map has no such signal any more');
      continue;
    }
    const { was } = correction;
    if (was !== undefined && was.links !== signal.links.length)
      report.warn(
        `conflict: signal ${signal.id} had ${was.links} links when it was corrected and has ${signal.links.length} now`,
      );
    const faults: string[] = [];
    const corrected = correctSignal(result, index, correction, faults);
    const next = withVersion({ ...result, signals: result.signals.map((one, s) => (s === index ? corrected : one)) });
    const [unsound] = checkCity(next);
    if (unsound !== undefined) faults.push(unsound);
    for (const why of faults) refuse(signal.id, why);
    if (unsound !== undefined) continue;
    result = next;
    made++;
  }
  for (const correction of overlay.detectors ?? []) {
    const element = `detector ${correction.channel} of ${correction.signal} on ${correction.lane}`;
    const corrected = correctDetector(result, correction);
    if (typeof corrected === 'string') refuse(element, corrected);
    else {
      for (const sentence of compareDetector(result, correction)) report.warn(`conflict: ${element} ${sentence}`);
      result = { ...result, detectors: corrected };
      made++;
    }
  }
  report.counts.corrections = made;
  return { city: made === 0 ? city : withVersion(result), report: report.build() };
}

type LaneCorrection = NonNullable<Overlay['lanes']>[number];

function allowedOf(classes: readonly (typeof VEHICLE_CLASSES)[number][]): number {
  return classes.reduce((bits, kind) => bits | classBit(kind), 0);
}

function turnsOf(city: City, lane: Lane): string {
  return [...new Set(lane.out.map((m) => city.movements[m]?.turn))].sort().join(', ');
}

function compareLane(city: City, lane: Lane, { was }: LaneCorrection): string[] {
  if (was === undefined) return [];
  const found: string[] = [];
  const names = VEHICLE_CLASSES.filter((kind) => (lane.allowed & classBit(kind)) !== 0).join(', ');
  if (was.allowed !== undefined && allowedOf(was.allowed) !== lane.allowed)
    found.push(`was for ${was.allowed.join(', ')} when it was corrected and is for ${names} now`);
  if (was.speed_mps !== undefined && Math.abs(was.speed_mps - lane.speedMps) > 0.01)
    found.push(`had ${was.speed_mps} m/s when it was corrected and has ${lane.speedMps} now`);
  if (was.length_m !== undefined && Math.abs(was.length_m - lane.lengthM) > 1)
    found.push(`was ${was.length_m} m long when it was corrected and is ${lane.lengthM} m now`);
  if (was.turns !== undefined && [...was.turns].sort().join(', ') !== turnsOf(city, lane))
    found.push(`led ${[...was.turns].sort().join(', ')} when it was corrected and leads ${turnsOf(city, lane)} now`);
  return found;
}

function correctLane(city: City, index: number, correction: LaneCorrection): City {
  const { allowed, speed_mps: speedMps, stop_line_m: stopM = 0, turns } = correction;
  const lanes = city.lanes.map((lane, l) => {
    if (l !== index) return lane;
    const lengthM = Math.round((lane.lengthM - stopM) * 100) / 100;
    return {
      ...lane,
      ...(allowed === undefined ? {} : { allowed: allowedOf(allowed) }),
      ...(speedMps === undefined ? {} : { speedMps }),
      ...(stopM === 0 ? {} : { lengthM, shape: partOf(lane.shape, 0, lengthM) }),
    };
  });
  const end = lanes[index]?.shape.slice(-2) ?? [];
  const movements = city.movements.map((movement) => {
    if (stopM === 0 || movement.fromLane !== index) return movement;
    const { lengthM, waitAtM, shape } = movement;
    return {
      ...movement,
      lengthM: lengthM + stopM,
      waitAtM: waitAtM < 0 ? waitAtM : waitAtM + stopM,
      shape: [...end, ...shape],
    };
  });
  const changed = { ...city, lanes, movements };
  if (turns === undefined) return changed;
  const closedWays = (lanes[index]?.out ?? []).filter((m) => !turns.some((turn) => turn === city.movements[m]?.turn));
  return withoutMovements(changed, new Set(closedWays));
}

function correctSignal(
  city: City,
  index: number,
  { groups, intergreens }: NonNullable<Overlay['signals']>[number],
  faults: string[],
): Signal {
  const signal = city.signals[index];
  if (signal === undefined) throw new RangeError(`no signal ${index}`);
  const words = new MovementWords(city, index, `The correction of signal ${signal.id}`);
  const programs = signal.programs.map((program) => {
    let phases = program.phases;
    for (const { from, to, s } of intergreens ?? []) {
      const missing = [from, to].find((word) => !words.has(word));
      if (missing !== undefined) {
        faults.push(`it has no movement "${missing}" any more`);
        continue;
      }
      for (const a of words.find(from)) {
        for (const b of words.find(to)) phases = lengthen(phases, a, b, s, listGreens({ ...program, phases }), faults);
      }
    }
    if (phases === program.phases) return program;
    const { rings: _, ...rest } = program;
    return { ...rest, phases };
  });
  const named = groups === undefined ? signal.groups : Object.entries(groups).map(([id, links]) => ({ id, links }));
  return { ...signal, programs, groups: named };
}

/** Phases in which at least `s` lie between green on link `a` and on `b`; the longest stage gives the time, the cycle stays. */
function lengthen(
  phases: readonly Phase[],
  a: number,
  b: number,
  s: number,
  stages: readonly number[],
  faults: string[],
): readonly Phase[] {
  const count = phases.length;
  const at = (k: number) => phases[((k % count) + count) % count];
  const result = [...phases];
  for (let i = 0; i < count; i++) {
    if (
      !isGreen(at(i)?.state.charAt(a) ?? '') ||
      isGreen(at(i + 1)?.state.charAt(a) ?? '') ||
      isGreen(at(i)?.state.charAt(b) ?? '')
    )
      continue;
    let betweenS = 0;
    let k = i + 1;
    while (k < i + count && !isGreen(at(k)?.state.charAt(b) ?? '')) betweenS += at(k++)?.durationS ?? 0;
    const missingS = Math.round((s - betweenS) * 1000) / 1000;
    if (missingS <= 0 || k >= i + count) continue;
    const last = (k - 1) % count;
    const [longest] = [...stages].sort((x, y) => (result[y]?.durationS ?? 0) - (result[x]?.durationS ?? 0));
    const [clearance, giver] = [result[last], result[longest ?? -1]];
    if (
      stages.includes(last) ||
      clearance === undefined ||
      giver === undefined ||
      longest === undefined ||
      giver.durationS - missingS < LEAST_GREEN_S
    ) {
      faults.push(
        `an intergreen of ${s} s does not fit into a program: no clearance to lengthen, or no stage to take ${missingS} s from`,
      );
      return phases;
    }
    result[last] = { ...clearance, durationS: clearance.durationS + missingS };
    result[longest] = {
      ...giver,
      durationS: giver.durationS - missingS,
      ...(giver.minS === undefined ? {} : { minS: Math.min(giver.minS, giver.durationS - missingS) }),
    };
  }
  return result;
}

type Correction = Static<typeof DetectorCorrection>;

function isOf(city: City, { signal, channel, lane }: Correction): (detector: Detector) => boolean {
  return (detector) =>
    city.signals[detector.signal]?.id === signal &&
    detector.channel === channel &&
    city.lanes[detector.lane]?.id === lane;
}

/** The detectors with one moved, added or removed; or the sentence that says why not. */
function correctDetector(city: City, correction: Correction): Detector[] | string {
  const { signal, channel, lane, distance_m, length_m, phase, kind, remove } = correction;
  const own = city.detectors.find(isOf(city, correction));
  const others = city.detectors.filter((detector) => detector !== own);
  if (remove === true) return own === undefined ? 'there is no such detector any more' : others;
  const distanceM = distance_m ?? own?.distanceM;
  if (distanceM === undefined) return 'there is no such detector any more, and no distance_m for a new one';
  const { detectors, lost } = placeDetectors(city, [
    {
      signal,
      channel,
      lane,
      distanceM,
      lengthM: length_m ?? own?.lengthM ?? 0,
      phase: phase ?? own?.phase ?? 0,
      kind: kind ?? own?.kind ?? kindByPlace(distanceM),
    },
  ]);
  return lost[0]?.fault.message.replace(/\.$/, '') ?? [...others, ...detectors].sort(compareDetectors);
}

function compareDetector(city: City, correction: Correction): string[] {
  const { was } = correction;
  const own = city.detectors.find(isOf(city, correction));
  if (was === undefined) return [];
  if (own === undefined) return ['is not listed any more'];
  const now = valuesOfDetector(own);
  return Object.entries(was).flatMap(([name, value]) => {
    const current = now[name as keyof typeof now];
    return current === value ? [] : [`had ${name} ${value} when it was corrected and has ${current} now`];
  });
}

/** A detector's values by the names of the overlay. */
export function valuesOfDetector({ distanceM, lengthM, phase, kind }: Detector) {
  return { distance_m: distanceM, length_m: lengthM, phase, kind };
}
