import Type, { type Static } from 'typebox';
import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';
import { type City, VEHICLE_CLASSES } from '../../city/city.ts';
import { intergreenOf } from '../../city/clearance.ts';
import { getOwnProgram } from '../../city/greens.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { Seconds } from '../../units/units.ts';
import { MovementWords } from '../plans/book.ts';
import { checkOverlay, DetectorValues, LaneValues, type Overlay, StopLine, valuesOfDetector } from './overlay.ts';

const closed = { additionalProperties: false };
const Id = Type.String({ minLength: 1, maxLength: 400 });

/** What an engineer sets on one signal and its approach lanes; a value like the map's own takes a correction back. */
export const SiteEdit = Type.Object(
  {
    lanes: Type.Optional(Type.Array(Type.Object({ lane: Id, ...LaneValues, ...StopLine }, closed), { maxItems: 100 })),
    groups: Type.Optional(Type.Record(Id, Type.Array(Type.Integer({ minimum: 0 })))),
    intergreens: Type.Optional(
      Type.Array(Type.Object({ from: Id, to: Id, s: Type.Number({ minimum: 0, maximum: 60 }) }, closed), {
        maxItems: 1000,
      }),
    ),
    detectors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            channel: Type.Integer({ minimum: 0, maximum: 10_000 }),
            lane: Id,
            ...DetectorValues,
            remove: Type.Optional(Type.Literal(true)),
          },
          closed,
        ),
        { maxItems: 200 },
      ),
    ),
  },
  closed,
);
export type SiteEdit = Static<typeof SiteEdit>;

/** Who corrects, as an office, and why. */
export interface Reason {
  readonly by: string;
  readonly why?: string;
}

const EMPTY = 'format: urbane-overlay\nversion: 1\n';

/**
 * The text of an overlay with what was set on a signal (its index, in the city without corrections), its comments kept: each thing
 * is one entry, with what the map says of it under `was`. Throws UrbaneError `bad-input` on what the city does not have.
 */
export function editOverlay(
  text: string | null,
  city: City,
  signal: number,
  edit: SiteEdit,
  reason: Reason,
): { text: string; overlay: Overlay } {
  const document = parseDocument(text ?? EMPTY);
  const id = city.signals[signal]?.id ?? '';
  for (const lane of edit.lanes ?? []) editLane(document, city, signal, lane, reason);
  if (edit.groups !== undefined || edit.intergreens !== undefined) editSignal(document, city, signal, edit, reason);
  for (const detector of edit.detectors ?? []) editDetector(document, city, { signal: id, ...detector }, reason);
  return { text: String(document), overlay: checkOverlay(document.toJS(), 'the overlay') };
}

type Entry = Record<string, unknown>;

function find(document: Document, section: string, key: Entry): YAMLMap | null {
  const list = document.get(section);
  if (!isSeq(list)) return null;
  const isSame = (item: unknown): item is YAMLMap =>
    isMap(item) && Object.entries(key).every(([name, value]) => item.get(name) === value);
  return list.items.find(isSame) ?? null;
}

/** Puts an entry in the place of the one with the same key, or at the end; without values the entry goes. */
function put(document: Document, section: string, key: Entry, values: Entry, rest: Entry): void {
  const old = find(document, section, key);
  const list = document.get(section);
  if (Object.keys(values).length === 0) {
    if (!isSeq(list) || old === null) return;
    list.items.splice(list.items.indexOf(old), 1);
    if (list.items.length === 0) document.delete(section);
    return;
  }
  const entry = document.createNode({ ...key, ...values, ...rest });
  if (isSeq(list) && old !== null) list.items[list.items.indexOf(old)] = entry;
  else if (isSeq(list)) list.add(entry);
  else document.set(section, document.createNode([entry]));
}

/** The corrected values of an entry once `set` are set; those that are the map's own are none. */
function correct(old: Entry, set: Entry, own: Entry): Entry {
  const values = { ...old, ...set };
  const isOwn = (name: string) => JSON.stringify(values[name]) === JSON.stringify(own[name]);
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in own && !isOwn(name)));
}

function entryOf(old: YAMLMap | null): Entry {
  return (old?.toJSON() as Entry | undefined) ?? {};
}

function sorted<T extends string>(list: readonly T[], order: readonly T[]): T[] {
  return order.filter((one) => list.includes(one));
}

const TURNS = ['left', 'right', 'straight', 'u-turn'] as const;

/** What the map says of a lane, by the names of the overlay. */
export function valuesOfLane(city: City, lane: number) {
  const { allowed = 0, speedMps = 0, out = [] } = city.lanes[lane] ?? {};
  return {
    allowed: VEHICLE_CLASSES.filter((_, bit) => ((allowed >> bit) & 1) === 1),
    speed_mps: speedMps,
    turns: sorted(
      out.flatMap((m) => city.movements[m]?.turn ?? []),
      TURNS,
    ),
    stop_line_m: 0,
  };
}

function editLane(
  document: Document,
  city: City,
  signal: number,
  { lane: id, ...set }: NonNullable<SiteEdit['lanes']>[number],
  reason: Reason,
): void {
  const index = city.lanes.findIndex((lane) => lane.id === id);
  const lane = city.lanes[index];
  if (!lane?.out.some((m) => city.movements[m]?.signal === signal))
    throw new UrbaneError(
      'bad-input',
      `Lane "${id.slice(0, 80)}" does not lead to signal ${city.signals[signal]?.id}.`,
    );
  const own = valuesOfLane(city, index);
  const tidy = {
    ...set,
    ...(set.allowed === undefined ? {} : { allowed: sorted(set.allowed, VEHICLE_CLASSES) }),
    ...(set.turns === undefined ? {} : { turns: sorted(set.turns, TURNS) }),
  };
  const old = entryOf(find(document, 'lanes', { lane: id }));
  const values = correct(old, tidy, own);
  const { stop_line_m: _, ...ownWas } = own;
  const known: Entry = { ...ownWas, length_m: lane.lengthM };
  const names = Object.keys(values).map((name) => (name === 'stop_line_m' ? 'length_m' : name));
  put(document, 'lanes', { lane: id }, values, { was: wasOf(names, old, known), ...reason });
}

/** What the map said when each value was first corrected. */
function wasOf(names: readonly string[], old: Entry, known: Entry): Entry {
  const before = (old.was as Entry | undefined) ?? {};
  return Object.fromEntries(names.map((name) => [name, before[name] ?? known[name]]));
}

function editSignal(
  document: Document,
  city: City,
  signal: number,
  { groups, intergreens }: SiteEdit,
  reason: Reason,
): void {
  const found = city.signals[signal];
  if (found === undefined) throw new RangeError(`no signal ${signal}`);
  const key = { signal: found.id };
  const old = entryOf(find(document, 'signals', key)) as NonNullable<Overlay['signals']>[number];
  const asked = new Map((old.intergreens ?? []).map((one) => [`${one.from} ${one.to}`, one]));
  for (const one of intergreens ?? []) {
    const ownS = ownIntergreen(city, signal, one.from, one.to);
    if (ownS === null || one.s < ownS)
      throw new UrbaneError(
        'bad-input',
        ownS === null
          ? `The program of signal ${found.id} never changes from ${one.from} to ${one.to}.`
          : `From ${one.from} to ${one.to} the program of signal ${found.id} leaves ${ownS} s; a correction does not shorten it to ${one.s} s.`,
        'Ask for as much or more, or give the signal another plan (`--plans`).',
      );
    if (one.s === ownS) asked.delete(`${one.from} ${one.to}`);
    else asked.set(`${one.from} ${one.to}`, one);
  }
  const own = Object.fromEntries(found.groups.map((group) => [group.id, group.links]));
  const values = correct(old as unknown as Entry, groups === undefined ? {} : { groups }, { groups: own });
  put(
    document,
    'signals',
    key,
    { ...values, ...(asked.size === 0 ? {} : { intergreens: [...asked.values()] }) },
    { was: old.was ?? { links: found.links.length }, ...reason },
  );
}

/** The shortest intergreen of the own program between two movements by their words; null for none. Throws on unknown words. */
export function ownIntergreen(city: City, signal: number, from: string, to: string): Seconds | null {
  const found = city.signals[signal];
  if (found === undefined) return null;
  const words = new MovementWords(city, signal, `Signal ${found.id}`);
  const program = getOwnProgram(found);
  let least: Seconds | null = null;
  for (const a of words.find(from)) {
    for (const b of words.find(to)) {
      const s = intergreenOf(program, a, b);
      if (s !== null && (least === null || s < least)) least = s;
    }
  }
  return least;
}

function editDetector(
  document: Document,
  city: City,
  { signal, channel, lane, remove, ...set }: { signal: string } & NonNullable<SiteEdit['detectors']>[number],
  reason: Reason,
): void {
  const key = { signal, channel, lane };
  const own = city.detectors.find(
    (one) => city.signals[one.signal]?.id === signal && one.channel === channel && city.lanes[one.lane]?.id === lane,
  );
  const old = entryOf(find(document, 'detectors', key));
  const known: Entry =
    own === undefined ? { distance_m: null, length_m: null, phase: null, kind: null } : valuesOfDetector(own);
  // One that was added by a correction goes with it; one of the list is left out by a correction.
  const values =
    remove === true ? (own === undefined ? {} : { remove }) : correct({ ...old, remove: undefined }, set, known);
  const was = own === undefined ? {} : { was: wasOf(remove ? Object.keys(known) : Object.keys(values), old, known) };
  put(document, 'detectors', key, values, { ...was, ...reason });
}
