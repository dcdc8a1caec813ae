import { classBit, type Turn, type VehicleClass } from '../../city/city.ts';
import type { MetresPerSecond } from '../../units/units.ts';
import type { Country } from './countries.ts';
import type { Tags } from './elements.ts';

/** One direction of a street. */
export interface Carriageway {
  readonly laneCount: number;
  /** By sign, otherwise null. */
  readonly speedMps: MetresPerSecond | null;
  /** From the kerb. */
  readonly turnLanes: readonly (readonly Turn[])[] | null;
  /** Lane places from the kerb that are for buses alone. */
  readonly busLanes: readonly number[];
}

/** A street as its tags describe it. `forward` is the direction in which it is drawn. */
export interface Street {
  readonly name: string;
  readonly kind: string;
  readonly isLink: boolean;
  readonly isRoundabout: boolean;
  readonly priority: number;
  readonly level: number;
  readonly allowed: number;
  readonly laneWidthM: number;
  readonly forward: Carriageway | null;
  readonly backward: Carriageway | null;
}

/** Classes of road with their standing at junctions and lanes by direction: of two-way and of one-way streets. */
const KINDS: Readonly<Record<string, { readonly priority: number; readonly lanes: readonly [number, number] }>> = {
  motorway: { priority: 14, lanes: [2, 2] },
  motorway_link: { priority: 9, lanes: [1, 1] },
  trunk: { priority: 12, lanes: [1, 2] },
  trunk_link: { priority: 8, lanes: [1, 1] },
  primary: { priority: 11, lanes: [1, 2] },
  primary_link: { priority: 7, lanes: [1, 1] },
  secondary: { priority: 10, lanes: [1, 2] },
  secondary_link: { priority: 6, lanes: [1, 1] },
  tertiary: { priority: 5, lanes: [1, 1] },
  tertiary_link: { priority: 4, lanes: [1, 1] },
  unclassified: { priority: 3, lanes: [1, 1] },
  road: { priority: 3, lanes: [1, 1] },
  residential: { priority: 2, lanes: [1, 1] },
  living_street: { priority: 1, lanes: [1, 1] },
  busway: { priority: 3, lanes: [1, 1] },
};
/** Whoever is on a roundabout goes first. */
const ROUNDABOUT_PRIORITY = 20;
const MOST_LANES = 8;
const BARRED = /^(?:no|private|agricultural|forestry|emergency|permit|military|official|restricted)$/;

const MOTOR: readonly VehicleClass[] = ['car', 'taxi', 'bus', 'truck', 'delivery', 'motorcycle', 'emergency'];
/** Which tags say whether a class may enter, the most particular first. */
const ACCESS_KEYS: Readonly<Partial<Record<VehicleClass, readonly string[]>>> = {
  car: ['motorcar', 'motor_vehicle', 'vehicle', 'access'],
  taxi: ['psv', 'motorcar', 'motor_vehicle', 'vehicle', 'access'],
  bus: ['bus', 'psv', 'motor_vehicle', 'vehicle', 'access'],
  truck: ['hgv', 'motor_vehicle', 'vehicle', 'access'],
  delivery: ['goods', 'motor_vehicle', 'vehicle', 'access'],
  motorcycle: ['motorcycle', 'motor_vehicle', 'vehicle', 'access'],
  bicycle: ['bicycle', 'vehicle', 'access'],
};
const BUS_CLASSES = classBit('bus') | classBit('taxi') | classBit('emergency') | classBit('bicycle');

/** True for ways of the road network at all, footways and the like aside. */
export function isStreet(tags: Tags): boolean {
  const kind = tags.get('highway') ?? '';
  return kind in KINDS || kind === 'service' || kind === 'track';
}

/** Why a way tagged highway=... does not become a street; null when it does. */
export function whyLeftOut(tags: Tags): string | null {
  const kind = tags.get('highway') ?? '';
  if (kind === 'service' || kind === 'track') return `highway=${kind}: ways to doors and fields are not modelled`;
  if (!(kind in KINDS)) return `highway=${kind} is not for vehicles`;
  if (tags.get('area') === 'yes') return 'it is an area, not a line';
  if ((allowedOn(tags) & (classBit('car') | classBit('bus'))) === 0) return 'neither cars nor buses may use it';
  return null;
}

function allowedOn(tags: Tags): number {
  const kind = tags.get('highway') ?? '';
  let bits = classBit('emergency');
  for (const vehicle of [...MOTOR, 'bicycle'] as const) {
    const keys = ACCESS_KEYS[vehicle];
    if (keys === undefined) continue;
    const said = keys.map((key) => tags.get(key)).find((value) => value !== undefined);
    const usual =
      kind === 'busway'
        ? (BUS_CLASSES & classBit(vehicle)) !== 0
        : vehicle !== 'bicycle' || !/^(?:motorway|trunk)/.test(kind);
    if (said === undefined ? usual : !BARRED.test(said)) bits |= classBit(vehicle);
  }
  return bits;
}

/** What a way's tags make of it; the way must not be one that is left out. */
export function readStreet(tags: Tags, country: Country): Street {
  const kind = tags.get('highway') ?? '';
  const known = KINDS[kind] ?? { priority: 1, lanes: [1, 1] as const };
  const isRoundabout = /^(?:roundabout|circular)$/.test(tags.get('junction') ?? '');
  const oneway = tags.get('oneway') ?? (isRoundabout || kind === 'motorway' ? 'yes' : 'no');
  const isReverse = oneway === '-1' || oneway === 'reverse';
  const isOneWay = isReverse || oneway === 'yes' || oneway === 'true' || oneway === '1';
  const layer = Number(tags.get('layer') ?? (tagged(tags, 'bridge') ? 1 : tagged(tags, 'tunnel') ? -1 : 0));
  const counts = countLanes(tags, isOneWay, known.lanes);
  const direction = (way: 'forward' | 'backward'): Carriageway => ({
    laneCount: counts[way],
    speedMps: readSpeed(tags.get(`maxspeed:${way}`) ?? tags.get('maxspeed') ?? tags.get('maxspeed:type'), country),
    turnLanes: readTurnLanes(turnTag(tags, way, isOneWay), counts[way], country),
    busLanes: listBusLanes(tags, way, isOneWay, counts[way], country),
  });
  return {
    name: tags.get('name') ?? tags.get('ref') ?? '',
    kind,
    isLink: kind.endsWith('_link'),
    isRoundabout,
    priority: isRoundabout ? ROUNDABOUT_PRIORITY : known.priority,
    level: Number.isFinite(layer) ? Math.max(-5, Math.min(5, Math.round(layer))) : 0,
    allowed: allowedOn(tags),
    laneWidthM: kind === 'motorway' || kind === 'trunk' ? 3.5 : known.priority >= 5 ? 3.2 : 3,
    forward: isReverse ? null : direction('forward'),
    backward: isReverse ? direction('backward') : isOneWay ? null : direction('backward'),
  };
}

function tagged(tags: Tags, key: string): boolean {
  const value = tags.get(key);
  return value !== undefined && value !== 'no';
}

function countOf(tags: Tags, key: string): number | null {
  const text = tags.get(key);
  if (text === undefined || !/^\s*\d+(?:\.\d+)?\s*(?:;|$)/.test(text)) return null;
  const count = Math.floor(Number.parseFloat(text));
  return count >= 1 ? Math.min(count, MOST_LANES) : null;
}

function turnTag(tags: Tags, way: 'forward' | 'backward', isOneWay: boolean): string | undefined {
  return tags.get(`turn:lanes:${way}`) ?? (isOneWay ? tags.get('turn:lanes') : undefined);
}

/** Lanes by direction: as tagged, as many as there are turn arrows, or the usual ones. */
function countLanes(
  tags: Tags,
  isOneWay: boolean,
  usual: readonly [number, number],
): { forward: number; backward: number } {
  const arrows = (way: 'forward' | 'backward') => turnTag(tags, way, isOneWay)?.split('|').length ?? null;
  const total = countOf(tags, 'lanes');
  if (isOneWay) {
    const count = total ?? countOf(tags, 'lanes:forward') ?? arrows('forward') ?? usual[1];
    return { forward: Math.min(count, MOST_LANES), backward: Math.min(count, MOST_LANES) };
  }
  const shared = total === null ? null : Math.max(0, total - (countOf(tags, 'lanes:both_ways') ?? 0));
  const forward = countOf(tags, 'lanes:forward') ?? arrows('forward');
  const backward = countOf(tags, 'lanes:backward') ?? arrows('backward');
  const half = shared === null ? usual[0] : Math.max(1, Math.floor(shared / 2));
  const rest = (other: number | null, otherwise: number) =>
    shared !== null && other !== null ? Math.max(1, shared - other) : otherwise;
  return {
    forward: Math.min(MOST_LANES, forward ?? rest(backward, shared === null ? half : Math.max(1, shared - half))),
    backward: Math.min(MOST_LANES, backward ?? rest(forward, half)),
  };
}

const ARROWS: Readonly<Record<string, Turn | null>> = {
  left: 'left',
  sharp_left: 'left',
  slight_left: 'left',
  through: 'straight',
  right: 'right',
  sharp_right: 'right',
  slight_right: 'right',
  reverse: 'u-turn',
  merge_to_left: 'straight',
  merge_to_right: 'straight',
  none: 'straight',
  '': 'straight',
};

/** Turns by lane from the kerb; null where the marks do not fit the lanes. The builder's right is the side one drives on. */
function readTurnLanes(text: string | undefined, laneCount: number, country: Country): (readonly Turn[])[] | null {
  if (text === undefined) return null;
  const lanes = text.split('|').map((lane) =>
    lane.split(';').flatMap((word): Turn[] => {
      const turn = ARROWS[word.trim()] ?? null;
      if (turn === null) return [];
      return [
        country.drivesOnLeft && turn === 'left' ? 'right' : country.drivesOnLeft && turn === 'right' ? 'left' : turn,
      ];
    }),
  );
  if (lanes.length !== laneCount) return null;
  return country.drivesOnLeft ? lanes : lanes.reverse();
}

/** Bus lanes of one direction, as places from the kerb; never all lanes. */
function listBusLanes(
  tags: Tags,
  way: 'forward' | 'backward',
  isOneWay: boolean,
  laneCount: number,
  country: Country,
): number[] {
  if (laneCount < 2) return [];
  const own = (key: string) => tags.get(`${key}:${way}`) ?? (isOneWay ? tags.get(key) : undefined);
  const byLane = own('bus:lanes') ?? own('psv:lanes');
  if (byLane !== undefined) {
    const lanes = byLane.split('|').map((word) => word === 'designated');
    if (lanes.length === laneCount) {
      if (!country.drivesOnLeft) lanes.reverse();
      const found = lanes.flatMap((isBus, place) => (isBus ? [place] : []));
      return found.length < laneCount ? found : [];
    }
  }
  const counted = countOf(tags, `lanes:psv:${way}`) ?? countOf(tags, `lanes:bus:${way}`);
  const all = isOneWay ? (countOf(tags, 'lanes:psv') ?? countOf(tags, 'lanes:bus')) : null;
  const kerb = country.drivesOnLeft === (way === 'forward') ? 'left' : 'right';
  const isKerbLane = tags.get('busway') === 'lane' || tags.get(`busway:${kerb}`) === 'lane';
  return (counted ?? all ?? 0) >= 1 || isKerbLane ? [0] : [];
}

const KMH = 1 / 3.6;

/** A sign's speed: km/h, mph, or the words of national law; null when it says nothing of use. */
function readSpeed(text: string | undefined, country: Country): MetresPerSecond | null {
  if (text === undefined) return null;
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*(mph|km\/h|kmh|kph)?\s*(?:;|$)/.exec(text) ?? [];
  if (amount !== undefined) {
    const kmh = Number(amount) * (unit === 'mph' ? 1.609344 : 1);
    return kmh >= 5 && kmh <= 200 ? kmh * KMH : null;
  }
  const word = /(?:^|:)(motorway|trunk|rural|urban|living_street|bicycle_road|walk|none)$/.exec(text)?.[1];
  if (word === undefined) return null;
  return lawful(word === 'none' ? 'motorway' : word === 'walk' ? 'living_street' : word, country);
}

/** The limit by law, for a kind of road or of surroundings. */
function lawful(kind: string, country: Country): MetresPerSecond {
  if (kind === 'motorway') return country.motorwayKmh * KMH;
  if (kind === 'trunk') return country.trunkKmh * KMH;
  if (kind === 'rural') return country.ruralKmh * KMH;
  if (kind === 'living_street') return Math.max(10, country.livingKmh) * KMH;
  return country.urbanKmh * KMH;
}

/** The limit of a street without a sign. `isRural`: few junctions, so probably out of town. */
export function usualSpeed(street: Street, isRural: boolean, country: Country): MetresPerSecond {
  const { kind, isLink, isRoundabout } = street;
  const town = country.urbanKmh * KMH;
  if (isRoundabout) return Math.min(town, 35 * KMH);
  if (kind === 'living_street') return lawful('living_street', country);
  if (kind === 'residential') return Math.min(town, 50 * KMH);
  if (isLink) return kind === 'motorway_link' ? Math.max(town, 70 * KMH) : town;
  if (kind === 'motorway') return lawful('motorway', country);
  if (!isRural) return town;
  return lawful(kind === 'trunk' ? 'trunk' : 'rural', country);
}
