import { deflateSync } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { SaxesParser } from 'saxes';

/** Elements of an `.osm`, for writing them anew. */
export interface OsmElement {
  readonly kind: 'node' | 'way' | 'relation';
  readonly id: number;
  readonly lat: number;
  readonly lon: number;
  readonly refs: number[];
  readonly members: { readonly type: string; readonly ref: number; readonly role: string }[];
  readonly tags: [string, string][];
}

export function parseOsm(text: string): OsmElement[] {
  const elements: OsmElement[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes: at }) => {
    const last = elements.at(-1);
    if (name === 'node' || name === 'way' || name === 'relation')
      elements.push({
        kind: name,
        id: Number(at.id),
        lat: Number(at.lat ?? 0),
        lon: Number(at.lon ?? 0),
        refs: [],
        members: [],
        tags: [],
      });
    else if (name === 'nd') last?.refs.push(Number(at.ref));
    else if (name === 'tag') last?.tags.push([String(at.k), String(at.v)]);
    else if (name === 'member')
      last?.members.push({ type: String(at.type), ref: Number(at.ref), role: String(at.role) });
  });
  parser.write(text).close();
  return elements;
}

export interface PbfOptions {
  /** Elements in one block. */
  readonly perBlock: number;
  readonly isDense: boolean;
  readonly isPacked: boolean;
}

/** An `.osm.pbf` of the elements, after the format's description; our own reader's counterpart in tests and benchmarks. */
export function writePbf(elements: readonly OsmElement[], options: PbfOptions): Uint8Array {
  const header = new BinaryWriter().tag(4, WireType.LengthDelimited).string('OsmSchema-V0.6');
  header.tag(4, WireType.LengthDelimited).string('DenseNodes');
  const blobs = [blob('OSMHeader', header.finish(), options)];
  for (const kind of ['node', 'way', 'relation'] as const) {
    const own = elements.filter((element) => element.kind === kind);
    for (let i = 0; i < own.length; i += options.perBlock)
      blobs.push(blob('OSMData', writeBlock(own.slice(i, i + options.perBlock), options), options));
  }
  return Buffer.concat(blobs);
}

function blob(type: string, content: Uint8Array, { isPacked }: PbfOptions): Uint8Array {
  const body = new BinaryWriter();
  if (isPacked) {
    body.tag(2, WireType.Varint).uint32(content.length);
    body.tag(3, WireType.LengthDelimited).bytes(deflateSync(content));
  } else body.tag(1, WireType.LengthDelimited).bytes(content);
  const bytes = body.finish();
  const header = new BinaryWriter().tag(1, WireType.LengthDelimited).string(type);
  const head = header.tag(3, WireType.Varint).uint32(bytes.length).finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, bytes]);
}

function writeBlock(elements: readonly OsmElement[], options: PbfOptions): Uint8Array {
  const strings = new Map<string, number>([['', 0]]);
  const index = (text: string): number => {
    const known = strings.get(text);
    if (known !== undefined) return known;
    strings.set(text, strings.size);
    return strings.size - 1;
  };
  const group = new BinaryWriter();
  if (options.isDense && elements[0]?.kind === 'node')
    group.tag(2, WireType.LengthDelimited).bytes(writeDense(elements, index));
  else
    for (const element of elements) {
      const field = { node: 1, way: 3, relation: 4 }[element.kind];
      group.tag(field, WireType.LengthDelimited).bytes(writeElement(element, index));
    }
  const table = new BinaryWriter();
  for (const text of strings.keys()) table.tag(1, WireType.LengthDelimited).string(text);
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(table.finish())
    .tag(2, WireType.LengthDelimited)
    .bytes(group.finish())
    .finish();
}

const units = (degrees: number): number => Math.round(degrees * 1e7);

function packed(values: readonly number[], write: (writer: BinaryWriter, value: number) => void): Uint8Array {
  const writer = new BinaryWriter();
  for (const value of values) write(writer, value);
  return writer.finish();
}

const unsigned = (values: readonly number[]): Uint8Array => packed(values, (writer, value) => writer.uint32(value));

function deltas(values: readonly number[]): Uint8Array {
  return packed(
    values.map((value, i) => value - (values[i - 1] ?? 0)),
    (writer, value) => writer.sint64(value),
  );
}

function writeDense(nodes: readonly OsmElement[], index: (text: string) => number): Uint8Array {
  const pairs = nodes.flatMap(({ tags }) => [...tags.flatMap(([k, v]) => [index(k), index(v)]), 0]);
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(deltas(nodes.map(({ id }) => id)))
    .tag(8, WireType.LengthDelimited)
    .bytes(deltas(nodes.map(({ lat }) => units(lat))))
    .tag(9, WireType.LengthDelimited)
    .bytes(deltas(nodes.map(({ lon }) => units(lon))))
    .tag(10, WireType.LengthDelimited)
    .bytes(unsigned(pairs))
    .finish();
}

function writeElement(element: OsmElement, index: (text: string) => number): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint);
  if (element.kind === 'node') writer.sint64(element.id);
  else writer.int64(element.id);
  writer.tag(2, WireType.LengthDelimited).bytes(unsigned(element.tags.map(([k]) => index(k))));
  writer.tag(3, WireType.LengthDelimited).bytes(unsigned(element.tags.map(([, v]) => index(v))));
  if (element.kind === 'node') {
    writer.tag(8, WireType.Varint).sint64(units(element.lat));
    writer.tag(9, WireType.Varint).sint64(units(element.lon));
  } else if (element.kind === 'way') writer.tag(8, WireType.LengthDelimited).bytes(deltas(element.refs));
  else {
    const kinds = ['node', 'way', 'relation'];
    writer.tag(8, WireType.LengthDelimited).bytes(unsigned(element.members.map(({ role }) => index(role))));
    writer.tag(9, WireType.LengthDelimited).bytes(deltas(element.members.map(({ ref }) => ref)));
    const types = element.members.map(({ type }) => kinds.indexOf(type));
    writer.tag(10, WireType.LengthDelimited).bytes(unsigned(types));
  }
  return writer.finish();
}
