import { UrbaneError } from '../../units/errors.ts';
import type { ByteSource } from '../source.ts';
import { isPbf, visitPbf } from './pbf.ts';
import { visitXml } from './xml.ts';

/** Tags of one element, those of `WANTED_KEYS` alone. */
export type Tags = ReadonlyMap<string, string>;

/** Element ids grow past 32 bits; a double holds them exactly up to 2^53. */
export interface OsmMember {
  readonly type: 'node' | 'way' | 'relation';
  readonly ref: number;
  readonly role: string;
}

/** What a pass over an extract wants to hear of; what it leaves out is skipped as cheaply as the format allows. */
export interface OsmVisitor {
  /** Degrees, WGS 84. */
  node?(id: number, lat: number, lon: number, tags: Tags): void;
  way?(id: number, refs: readonly number[], tags: Tags): void;
  relation?(id: number, members: readonly OsmMember[], tags: Tags): void;
}

const ROADS = [
  ...['highway', 'name', 'ref', 'oneway', 'junction', 'area', 'service', 'layer', 'bridge', 'tunnel', 'construction'],
  ...['lanes', 'lanes:forward', 'lanes:backward', 'lanes:both_ways', 'lanes:bus', 'lanes:psv', 'busway', 'bus:lanes'],
  ...[
    'lanes:bus:forward',
    'lanes:bus:backward',
    'lanes:psv:forward',
    'lanes:psv:backward',
    'busway:right',
    'busway:left',
  ],
  ...[
    'turn:lanes',
    'turn:lanes:forward',
    'turn:lanes:backward',
    'bus:lanes:forward',
    'bus:lanes:backward',
    'psv:lanes',
  ],
  ...['access', 'vehicle', 'motor_vehicle', 'motorcar', 'bus', 'psv', 'hgv', 'goods', 'bicycle', 'motorcycle'],
  ...['maxspeed', 'maxspeed:forward', 'maxspeed:backward', 'maxspeed:type', 'source:maxspeed', 'zone:traffic', 'width'],
];
const PLACES = ['crossing', 'traffic_signals', 'traffic_signals:direction', 'direction', 'stop', 'place', 'name:zh'];
const AREAS = ['landuse', 'natural', 'water', 'waterway', 'leisure', 'amenity', 'shop', 'office', 'building', 'type'];
const COUNTRY = ['addr:country', 'driving_side', 'ISO3166-1', 'ISO3166-1:alpha2', 'is_in:country_code'];
const TURNS = ['restriction', 'restriction:motorcar', 'except'];

/** The keys that mean something to us; all others are left out while reading. */
export const WANTED_KEYS: ReadonlySet<string> = new Set([...ROADS, ...PLACES, ...AREAS, ...COUNTRY, ...TURNS]);

/**
 * One pass over an OpenStreetMap extract, `.osm` or `.osm.pbf`, told apart by its first bytes.
 * Throws UrbaneError `bad-xml` or `bad-input` with one sentence on damage.
 */
export async function visitOsm(source: ByteSource, visitor: OsmVisitor): Promise<void> {
  for await (const first of source.open()) {
    if (typeof first !== 'string' && isPbf(first)) return visitPbf(source, visitor);
    return visitXml(source, visitor);
  }
  throw new UrbaneError('bad-input', `${source.name} is empty.`, 'Fetch the extract again.');
}
