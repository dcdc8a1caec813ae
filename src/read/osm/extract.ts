import { UrbaneError } from '../../units/errors.ts';
import type { ReportBuilder } from '../report.ts';
import type { ByteSource } from '../source.ts';
import { type OsmMember, type Tags, visitOsm } from './elements.ts';
import { isStreet, whyLeftOut } from './streets.ts';

/** A way with its nodes as places in `Extract.lat` and `lon`; those the extract lacks are left out. */
export interface Way {
  readonly id: number;
  readonly tags: Tags;
  readonly nodes: readonly number[];
}

/** A turn that is forbidden, or the only one allowed. */
export interface Restriction {
  readonly isOnly: boolean;
  /** The tag's last part: left_turn, right_turn, straight_on, u_turn. */
  readonly turn: string;
  readonly from: number;
  readonly to: number;
  /** Node place, or -1 where it leads over ways. */
  readonly viaNode: number;
  readonly viaWays: readonly number[];
}

export interface Place {
  readonly name: string;
  readonly nameZh: string | null;
  readonly kind: string;
  readonly lat: number;
  readonly lon: number;
}

/** What an extract holds of streets and of the ground beside them. */
export interface Extract {
  readonly streets: readonly Way[];
  /** Closed ways of land use, water and green. */
  readonly areas: readonly Way[];
  readonly restrictions: readonly Restriction[];
  readonly places: readonly Place[];
  readonly nodeTags: ReadonlyMap<number, Tags>;
  /** OpenStreetMap's ids by node place. */
  readonly ids: Float64Array;
  /** Degrees by node place. */
  readonly lat: Float64Array;
  readonly lon: Float64Array;
  /** How often a country's code stands in the tags. */
  readonly countryVotes: ReadonlyMap<string, number>;
}

interface RawWay {
  readonly id: number;
  readonly tags: Tags;
  readonly refs: readonly number[];
}

const SETTLEMENTS = /^(?:city|town|village|hamlet|suburb|quarter|neighbourhood|borough)$/;
const GREEN =
  /^(?:forest|grass|meadow|park|recreation_ground|village_green|cemetery|allotments|garden|golf_course|wood)$/;

/** Land that gives or draws trips, or is drawn as ground; null for what does not matter. */
export function landKind(tags: Tags): 'homes' | 'work' | 'shops' | 'water' | 'green' | null {
  const use = tags.get('landuse');
  if (use === 'residential') return 'homes';
  if (use === 'retail' || tags.get('shop') === 'mall') return 'shops';
  if (use === 'commercial' || use === 'industrial' || use === 'port' || use === 'railway') return 'work';
  if (/^(?:university|college|school|hospital)$/.test(tags.get('amenity') ?? '')) return 'work';
  if (tags.get('natural') === 'water' || use === 'reservoir' || tags.get('waterway') === 'riverbank') return 'water';
  if (GREEN.test(use ?? tags.get('leisure') ?? tags.get('natural') ?? '')) return 'green';
  return null;
}

/** West, south, east and north in degrees. */
export type Box = readonly [number, number, number, number];

/**
 * Reads an extract in two passes: ways and relations, then the nodes they need. What is kept is the streets, not the file.
 * Of a `box`, streets end where they leave it.
 * Throws UrbaneError `bad-input` or `bad-xml` with one sentence on damage and when there is no street in it.
 */
export async function readExtract(source: ByteSource, report: ReportBuilder, box: Box | null): Promise<Extract> {
  const isOutside = (lat: number, lon: number) =>
    box !== null && (lon < box[0] || lat < box[1] || lon > box[2] || lat > box[3]);
  const streets: RawWay[] = [];
  const areas: RawWay[] = [];
  const turns: { tags: Tags; members: readonly OsmMember[] }[] = [];
  const votes = new Map<string, number>();
  // extracts put together from several hold the ways at their seams twice
  const met = new Set<number>();
  await visitOsm(source, {
    way(id, refs, tags) {
      vote(votes, tags);
      if (tags.has('highway')) {
        const why = whyLeftOut(tags);
        if (why !== null) {
          if (isStreet(tags)) report.tally('way', why, source.name);
        } else if (!met.has(id)) {
          met.add(id);
          streets.push({ id, refs, tags });
        }
      } else if (refs.length > 3 && refs[0] === refs[refs.length - 1] && landKind(tags) !== null && !met.has(id)) {
        met.add(id);
        areas.push({ id, refs, tags });
      }
    },
    relation(_id, members, tags) {
      vote(votes, tags);
      if (tags.has('restriction') || tags.has('restriction:motorcar')) turns.push({ tags, members });
    },
  });
  if (streets.length === 0) {
    throw new UrbaneError(
      'bad-input',
      `${source.name} holds no street that cars may use.`,
      'Name an extract with the ways tagged highway=..., as OpenStreetMap has them.',
    );
  }
  const nodes = new NodeTable([...streets, ...areas]);
  const nodeTags = new Map<number, Tags>();
  const places: Place[] = [];
  await visitOsm(source, {
    node(id, lat, lon, tags) {
      if (tags.size > 0) vote(votes, tags);
      const settlement = SETTLEMENTS.test(tags.get('place') ?? '');
      const at = nodes.find(id);
      if (at < 0 && !settlement) return;
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
        throw new UrbaneError(
          'bad-input',
          `${source.name}: node ${id} lies at latitude ${lat}, longitude ${lon}, which is nowhere on Earth.`,
          'Correct its coordinates (latitude -90 to 90, longitude -180 to 180), or fetch the extract again.',
        );
      }
      if (isOutside(lat, lon)) return;
      const name = tags.get('name');
      if (settlement && name !== undefined)
        places.push({ name, nameZh: tags.get('name:zh') ?? null, kind: tags.get('place') ?? '', lat, lon });
      if (at < 0) return;
      nodes.set(at, lat, lon);
      if (tags.has('highway') || tags.has('crossing')) nodeTags.set(at, tags);
    },
  });
  checkSpread(nodes, source, box !== null);
  const bind = (way: RawWay): Way => ({ id: way.id, tags: way.tags, nodes: nodes.bind(way.refs) });
  return {
    streets: bindStreets(streets, nodes, report, source),
    areas: areas.map(bind).filter((area) => area.nodes.length > 3),
    restrictions: turns.flatMap(({ tags, members }) => bindRestriction(tags, members, nodes, report, source)),
    places,
    nodeTags,
    ids: nodes.ids,
    lat: nodes.lat,
    lon: nodes.lon,
    countryVotes: votes,
  };
}

function vote(votes: Map<string, number>, tags: Tags): void {
  const code =
    tags.get('addr:country') ??
    tags.get('is_in:country_code') ??
    /^([A-Z]{2}):/.exec(tags.get('source:maxspeed') ?? tags.get('maxspeed:type') ?? tags.get('maxspeed') ?? '')?.[1];
  if (code !== undefined && /^[A-Za-z]{2}$/.test(code)) {
    const known = code.toUpperCase();
    votes.set(known, (votes.get(known) ?? 0) + 1);
  }
}

/** The nodes ways need: sorted ids with coordinates, NaN until met. */
class NodeTable {
  readonly lat: Float64Array;
  readonly lon: Float64Array;
  readonly ids: Float64Array;

  constructor(ways: readonly RawWay[]) {
    const all = new Float64Array(ways.reduce((sum, way) => sum + way.refs.length, 0));
    let filled = 0;
    for (const { refs } of ways) for (const ref of refs) all[filled++] = ref;
    all.sort();
    let unique = 0;
    for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[unique++] = all[i]!;
    this.ids = all.slice(0, unique);
    this.lat = new Float64Array(unique).fill(Number.NaN);
    this.lon = new Float64Array(unique).fill(Number.NaN);
  }

  /** The node's place, or -1. */
  find(id: number): number {
    let low = 0;
    let high = this.ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = this.ids[middle]!;
      if (there === id) return middle;
      if (there < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  set(at: number, lat: number, lon: number): void {
    this.lat[at] = lat;
    this.lon[at] = lon;
  }

  isMet(at: number): boolean {
    return at >= 0 && !Number.isNaN(this.lat[at]!);
  }

  /** Places of those nodes that the extract holds, each once in a row. */
  bind(refs: readonly number[]): number[] {
    const places = refs.map((ref) => this.find(ref)).filter((at) => this.isMet(at));
    return places.filter((at, i) => i === 0 || at !== places[i - 1]);
  }
}

/** Streets cut where nodes are missing: what leaves the extract ends there. */
function bindStreets(ways: readonly RawWay[], nodes: NodeTable, report: ReportBuilder, source: ByteSource): Way[] {
  return ways.flatMap(({ id, tags, refs }) => {
    const runs: number[][] = [[]];
    for (const ref of refs) {
      const at = nodes.find(ref);
      const run = runs[runs.length - 1]!;
      if (!nodes.isMet(at)) {
        if (run.length > 0) runs.push([]);
      } else if (run[run.length - 1] !== at) run.push(at);
    }
    const whole = runs.filter((run) => run.length > 1);
    if (whole.length === 0) report.tally('way', 'its nodes are not in the extract', source.name);
    return whole.map((run): Way => ({ id, tags, nodes: run }));
  });
}

function bindRestriction(
  tags: Tags,
  members: readonly OsmMember[],
  nodes: NodeTable,
  report: ReportBuilder,
  source: ByteSource,
): Restriction[] {
  const kind = tags.get('restriction:motorcar') ?? tags.get('restriction') ?? '';
  const [, rule, turn] = /^(no|only)_(\w+)$/.exec(kind) ?? [];
  const exceptCars = /(?:^|;)\s*(?:motorcar|motor_vehicle|vehicle)\s*(?:;|$)/.test(tags.get('except') ?? '');
  if (exceptCars) return [];
  const of = (role: string, type: OsmMember['type']) =>
    members.filter((member) => member.role === role && member.type === type).map(({ ref }) => ref);
  const [from] = of('from', 'way');
  const [to] = of('to', 'way');
  const [via] = of('via', 'node');
  const viaWays = of('via', 'way');
  const viaNode = via === undefined ? -1 : nodes.find(via);
  if (rule === undefined || turn === undefined || from === undefined || to === undefined) {
    report.tally('restriction', 'its kind or its ways are not understood', source.name);
    return [];
  }
  if (viaNode < 0 && viaWays.length === 0) {
    report.tally('restriction', 'the place where it holds is not on a street of ours', source.name);
    return [];
  }
  return [{ isOnly: rule === 'only', turn, from, to, viaNode, viaWays }];
}

/** An extract of a city or a small country; more is a node on the wrong side of the world, or too much for one city. */
const WIDEST_DEGREES = 8;

function checkSpread(nodes: NodeTable, source: ByteSource, isBoxed: boolean): void {
  const met: number[] = [];
  for (let at = 0; at < nodes.ids.length; at++) if (nodes.isMet(at)) met.push(at);
  if (met.length === 0) {
    throw new UrbaneError(
      'bad-input',
      `${source.name} holds streets, but none of their nodes${isBoxed ? ' within the box' : ''}.`,
      isBoxed
        ? 'Name a box within the extract as west,south,east,north in degrees.'
        : 'Fetch the extract with the nodes of its ways (osmium extract, Overpass with `>`).',
    );
  }
  const middleOf = (values: Float64Array) => {
    const sorted = Float64Array.from(met, (at) => values[at]!).sort();
    return sorted[sorted.length >> 1]!;
  };
  const [lat, lon] = [middleOf(nodes.lat), middleOf(nodes.lon)];
  const away = (at: number) => Math.max(Math.abs(nodes.lat[at]! - lat), Math.abs(nodes.lon[at]! - lon));
  const farthest = met.reduce((a, b) => (away(b) > away(a) ? b : a));
  if (away(farthest) <= WIDEST_DEGREES) return;
  throw new UrbaneError(
    'bad-input',
    `${source.name}: node ${nodes.ids[farthest]} lies at ${nodes.lat[farthest]!.toFixed(4)}, ${nodes.lon[farthest]!.toFixed(4)}, far from the middle of the extract at ${lat.toFixed(4)}, ${lon.toFixed(4)}.`,
    'Correct its coordinates, or cut the extract to one city (`osmium extract --bbox`).',
  );
}
