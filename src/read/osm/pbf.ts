import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { UrbaneError } from '../../units/errors.ts';
import type { ByteSource } from '../source.ts';
import type { OsmVisitor } from './elements.ts';
import { visitBlock } from './pbf-block.ts';

/** Limits of the format (OpenStreetMap wiki, PBF Format): header of a blob 64 KiB, a blob 32 MiB when unpacked. */
const MOST_HEADER_BYTES = 64 * 1024;
const MOST_BLOB_BYTES = 32 * 1024 * 1024;
const READABLE: ReadonlySet<string> = new Set(['OsmSchema-V0.6', 'DenseNodes', 'HistoricalInformation']);
const CUT = 'The file is damaged or cut off: fetch it again, whole.';

/** True for bytes that begin as an `.osm.pbf` does: a length, then a header whose type is OSMHeader. */
export function isPbf(start: Uint8Array): boolean {
  const text = String.fromCharCode(...start.subarray(4, 15));
  return text.endsWith('OSMHeader');
}

/** One pass over an `.osm.pbf`, blob by blob: no more than one is in memory at a time. */
export async function visitPbf(source: ByteSource, visitor: OsmVisitor): Promise<void> {
  const bytes = new ByteQueue(source);
  let blobs = 0;
  try {
    for (;;) {
      const length = await bytes.take(4, true);
      if (length === null) break;
      const headerBytes = new DataView(length.buffer, length.byteOffset, 4).getUint32(0);
      if (headerBytes > MOST_HEADER_BYTES) throw fault(source, blobs, `its header claims ${headerBytes} bytes`);
      const header = readBlobHeader((await bytes.take(headerBytes))!);
      if (header.bytes > MOST_BLOB_BYTES) throw fault(source, blobs, `it claims ${header.bytes} bytes`);
      const content = await unpackBlob((await bytes.take(header.bytes))!, source, blobs);
      if (header.type === 'OSMHeader') checkFeatures(content, source);
      else if (header.type === 'OSMData') visitBlock(content, visitor);
      blobs++;
    }
  } catch (error) {
    if (error instanceof UrbaneError) throw error;
    throw fault(source, blobs, error instanceof Error ? error.message.replace(/\.$/, '') : String(error));
  } finally {
    await bytes.close();
  }
}

function fault(source: ByteSource, blob: number, what: string): UrbaneError {
  return new UrbaneError('bad-input', `${source.name}: part ${blob + 1} cannot be read: ${what}.`, CUT);
}

function readBlobHeader(bytes: Uint8Array): { type: string; bytes: number } {
  const reader = new BinaryReader(bytes);
  const header = { type: '', bytes: 0 };
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) header.type = reader.string();
    else if (field === 3) header.bytes = reader.uint32();
    else reader.skip(wire);
  }
  return header;
}

async function unpackBlob(bytes: Uint8Array, source: ByteSource, blob: number): Promise<Uint8Array> {
  const reader = new BinaryReader(bytes);
  let size = 0;
  let packed: Uint8Array | null = null;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) return reader.bytes();
    if (field === 2) size = reader.uint32();
    else if (field === 3) packed = reader.bytes();
    else if (wire === WireType.LengthDelimited) {
      throw new UrbaneError(
        'bad-input',
        `${source.name}: part ${blob + 1} is packed with something other than zlib.`,
        'Write the extract anew with zlib (`osmium cat FILE -o NEW.osm.pbf`).',
      );
    } else reader.skip(wire);
  }
  if (packed === null) throw new Error('it holds nothing');
  if (size > MOST_BLOB_BYTES) throw new Error(`it claims ${size} bytes unpacked`);
  return inflate(packed, size);
}

/** Unpacks zlib into exactly `size` bytes; more or fewer is damage. */
async function inflate(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const content = new Uint8Array(size);
  let filled = 0;
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // A fault of the stream is thrown where it is read.
  const written = writer
    .write(packed as Uint8Array<ArrayBuffer>)
    .then(() => writer.close())
    .catch(() => undefined);
  const parts = stream.readable.getReader();
  for (;;) {
    const { done, value } = await parts.read();
    if (done) break;
    if (filled + value.length > size) {
      await parts.cancel();
      throw new Error(`it unpacks to more than the ${size} bytes it claims`);
    }
    content.set(value, filled);
    filled += value.length;
  }
  await written;
  if (filled !== size) throw new Error(`it unpacks to ${filled} bytes and claims ${size}`);
  return content;
}

function checkFeatures(content: Uint8Array, source: ByteSource): void {
  const reader = new BinaryReader(content);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== 4) {
      reader.skip(wire);
      continue;
    }
    const feature = reader.string();
    if (!READABLE.has(feature)) {
      throw new UrbaneError(
        'bad-input',
        `${source.name} needs the feature "${feature.slice(0, 60)}", which is not read.`,
        'Write the extract anew without it (`osmium cat FILE -o NEW.osm.pbf`).',
      );
    }
  }
}

/** Bytes of a source in pieces of asked-for length. */
class ByteQueue {
  private readonly parts: AsyncIterator<Uint8Array | string>;
  private readonly name: string;
  private held: Uint8Array[] = [];
  private heldBytes = 0;

  constructor(source: ByteSource) {
    this.parts = source.open()[Symbol.asyncIterator]();
    this.name = source.name;
  }

  /** The next `count` bytes; null at the end of the file where `mayEnd`. Throws `bad-input` when the file ends within. */
  async take(count: number, mayEnd = false): Promise<Uint8Array | null> {
    while (this.heldBytes < count) {
      const next = await this.parts.next();
      if (next.done === true) {
        if (mayEnd && this.heldBytes === 0) return null;
        throw new UrbaneError('bad-input', `${this.name} is cut off in the middle of a part.`, CUT);
      }
      const part = typeof next.value === 'string' ? new TextEncoder().encode(next.value) : next.value;
      this.held.push(part);
      this.heldBytes += part.length;
    }
    const taken = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const first = this.held[0]!;
      const piece = first.subarray(0, count - filled);
      taken.set(piece, filled);
      filled += piece.length;
      if (piece.length === first.length) this.held.shift();
      else this.held[0] = first.subarray(piece.length);
    }
    this.heldBytes -= count;
    return taken;
  }

  async close(): Promise<void> {
    await this.parts.return?.();
  }
}
