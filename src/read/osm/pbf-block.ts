import { BinaryReader } from '@bufbuild/protobuf/wire';
import { type OsmMember, type OsmVisitor, type Tags, WANTED_KEYS } from './elements.ts';

const NANO = 1e-9;
const MEMBER_TYPES = ['node', 'way', 'relation'] as const;
const NO_TAGS: Tags = new Map();

/** What the elements of a block share: its strings and the scale of its coordinates. */
interface Block {
  readonly strings: readonly Uint8Array[];
  /** By string: 1 when it is a wanted key. */
  readonly wanted: Uint8Array;
  readonly granularity: number;
  readonly latOffset: number;
  readonly lonOffset: number;
  readonly visitor: OsmVisitor;
}

/** Tells `visitor` of the elements of one PrimitiveBlock, in the file's order. Throws Error on damage. */
export function visitBlock(bytes: Uint8Array, visitor: OsmVisitor): void {
  const groups: Uint8Array[] = [];
  let strings: Uint8Array[] = [];
  const scale = { granularity: 100, latOffset: 0, lonOffset: 0 };
  eachField(bytes, (field, reader) => {
    if (field === 1) strings = readStrings(reader.bytes());
    else if (field === 2) groups.push(reader.bytes());
    else if (field === 17) scale.granularity = reader.int32();
    else if (field === 19) scale.latOffset = Number(reader.int64());
    else if (field === 20) scale.lonOffset = Number(reader.int64());
    else return false;
    return true;
  });
  const decoder = new TextDecoder();
  const wanted = Uint8Array.from(strings, (text) => (WANTED_KEYS.has(decoder.decode(text)) ? 1 : 0));
  const block: Block = { strings, wanted, ...scale, visitor };
  for (const group of groups) visitGroup(group, block);
}

/** Calls `read` at every field of a message; where it answers false, the field is skipped. */
function eachField(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (!read(field, reader)) reader.skip(wire, field);
  }
}

function readStrings(bytes: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  eachField(bytes, (field, reader) => {
    if (field !== 1) return false;
    strings.push(reader.bytes());
    return true;
  });
  return strings;
}

function visitGroup(bytes: Uint8Array, block: Block): void {
  const { visitor } = block;
  eachField(bytes, (field, reader) => {
    if (field === 1 && visitor.node) visitNode(reader.bytes(), block);
    else if (field === 2 && visitor.node) visitDense(reader.bytes(), block);
    else if (field === 3 && visitor.way) visitWay(reader.bytes(), block);
    else if (field === 4 && visitor.relation) visitRelation(reader.bytes(), block);
    else return false;
    return true;
  });
}

function textOf(block: Block, index: number): string {
  const text = block.strings[index];
  if (text === undefined) throw new Error(`it names string ${index} of ${block.strings.length}`);
  return new TextDecoder().decode(text);
}

function tagsOf(block: Block, keys: readonly number[], values: readonly number[]): Tags {
  let tags: Map<string, string> | null = null;
  for (let i = 0; i < keys.length; i++) {
    if (block.wanted[keys[i]!] !== 1) continue;
    tags ??= new Map();
    tags.set(textOf(block, keys[i]!), textOf(block, values[i] ?? -1));
  }
  return tags ?? NO_TAGS;
}

function visitNode(bytes: Uint8Array, block: Block): void {
  let id = 0;
  let lat = 0;
  let lon = 0;
  let keys: number[] = [];
  let values: number[] = [];
  eachField(bytes, (field, reader) => {
    if (field === 1) id = Number(reader.sint64());
    else if (field === 2) keys = readVarints(reader.bytes());
    else if (field === 3) values = readVarints(reader.bytes());
    else if (field === 8) lat = Number(reader.sint64());
    else if (field === 9) lon = Number(reader.sint64());
    else return false;
    return true;
  });
  block.visitor.node?.(
    id,
    degrees(lat, block, 'latOffset'),
    degrees(lon, block, 'lonOffset'),
    tagsOf(block, keys, values),
  );
}

function degrees(value: number, block: Block, offset: 'latOffset' | 'lonOffset'): number {
  return NANO * (block[offset] + block.granularity * value);
}

function visitDense(bytes: Uint8Array, block: Block): void {
  let ids: number[] = [];
  let lats: number[] = [];
  let lons: number[] = [];
  let pairs: number[] = [];
  eachField(bytes, (field, reader) => {
    if (field === 1) ids = readDeltas(reader.bytes());
    else if (field === 8) lats = readDeltas(reader.bytes());
    else if (field === 9) lons = readDeltas(reader.bytes());
    else if (field === 10) pairs = readVarints(reader.bytes());
    else return false;
    return true;
  });
  if (lats.length !== ids.length || lons.length !== ids.length) throw new Error('its nodes lack coordinates');
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    let tags: Map<string, string> | null = null;
    for (; at < pairs.length && pairs[at] !== 0; at += 2) {
      if (block.wanted[pairs[at]!] !== 1) continue;
      tags ??= new Map();
      tags.set(textOf(block, pairs[at]!), textOf(block, pairs[at + 1] ?? -1));
    }
    at++;
    const [lat, lon] = [degrees(lats[i]!, block, 'latOffset'), degrees(lons[i]!, block, 'lonOffset')];
    block.visitor.node?.(ids[i]!, lat, lon, tags ?? NO_TAGS);
  }
}

function visitWay(bytes: Uint8Array, block: Block): void {
  let id = 0;
  let keys: number[] = [];
  let values: number[] = [];
  let refs: Uint8Array | null = null;
  eachField(bytes, (field, reader) => {
    if (field === 1) id = Number(reader.int64());
    else if (field === 2) keys = readVarints(reader.bytes());
    else if (field === 3) values = readVarints(reader.bytes());
    else if (field === 8) refs = reader.bytes();
    else return false;
    return true;
  });
  const tags = tagsOf(block, keys, values);
  if (tags.size > 0 && refs !== null) block.visitor.way?.(id, readDeltas(refs), tags);
}

function visitRelation(bytes: Uint8Array, block: Block): void {
  let id = 0;
  let keys: number[] = [];
  let values: number[] = [];
  let roles: number[] = [];
  let refs: number[] = [];
  let types: number[] = [];
  eachField(bytes, (field, reader) => {
    if (field === 1) id = Number(reader.int64());
    else if (field === 2) keys = readVarints(reader.bytes());
    else if (field === 3) values = readVarints(reader.bytes());
    else if (field === 8) roles = readVarints(reader.bytes());
    else if (field === 9) refs = readDeltas(reader.bytes());
    else if (field === 10) types = readVarints(reader.bytes());
    else return false;
    return true;
  });
  const tags = tagsOf(block, keys, values);
  if (tags.size === 0) return;
  const members = refs.map((ref, i): OsmMember => {
    const type = MEMBER_TYPES[types[i] ?? -1];
    if (type === undefined) throw new Error(`relation ${id} has a member of unknown kind`);
    return { type, ref, role: textOf(block, roles[i] ?? -1) };
  });
  block.visitor.relation?.(id, members, tags);
}

/** Packed unsigned varints. */
function readVarints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      values.push(value);
      value = 0;
      scale = 1;
    } else {
      scale *= 128;
      if (scale > 2 ** 63) throw new Error('a number is too long');
    }
  }
  return values;
}

/** Packed zigzag varints, each the difference to the one before: their running sums, exact up to 2^53. */
function readDeltas(bytes: Uint8Array): number[] {
  const sums: number[] = [];
  let sum = 0;
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      sum += value % 2 === 1 ? -(value + 1) / 2 : value / 2;
      sums.push(sum);
      value = 0;
      scale = 1;
    } else {
      scale *= 128;
      if (scale > 2 ** 63) throw new Error('a number is too long');
    }
  }
  return sums;
}
