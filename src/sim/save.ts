import { crc32c } from '../city/checksum.ts';
import { UrbaneError } from '../units/errors.ts';

/** "URBR" as the file's first four bytes. */
const MAGIC = 0x52425255;
const FORMAT = 1;
/** magic, format, length of the body, CRC-32C of the body: 32-bit little-endian each. */
const HEADER_BYTES = 16;

/** A running city as it lies in a file: what it belongs to, and its state as blocks of bytes. */
export interface SavedRun {
  /** What must be the same for the state to have a meaning: city version, demand hash, seed, layout. */
  readonly belongsTo: Readonly<Record<string, string>>;
  readonly blocks: readonly Uint8Array[];
}

const align = (length: number): number => Math.ceil(length / 8) * 8;

/** Header, then a JSON line that says what the run belongs to and how long its blocks are, then the blocks on 8-byte bounds. */
export function packRun({ belongsTo, blocks }: SavedRun): Uint8Array {
  const index = new TextEncoder().encode(JSON.stringify({ belongsTo, lengths: blocks.map((block) => block.length) }));
  const body = 8 + align(index.length) + blocks.reduce((sum, block) => sum + align(block.length), 0);
  const file = new Uint8Array(HEADER_BYTES + body);
  const view = new DataView(file.buffer);
  view.setUint32(HEADER_BYTES, index.length, true);
  file.set(index, HEADER_BYTES + 8);
  let at = HEADER_BYTES + 8 + align(index.length);
  for (const block of blocks) {
    file.set(block, at);
    at += align(block.length);
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT, true);
  view.setUint32(8, body, true);
  view.setUint32(12, crc32c(file.subarray(HEADER_BYTES)), true);
  return file;
}

const fault = (sentence: string): UrbaneError => new UrbaneError('bad-saved-run', sentence);

/** Reads what `packRun` wrote; throws an UrbaneError when the bytes are none, of another format, cut off or damaged. */
export function unpackRun(file: Uint8Array): SavedRun {
  if (file.length < HEADER_BYTES + 8) {
    throw fault(`the saved run ends after ${file.length} bytes, expected ${HEADER_BYTES + 8} or more.`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw fault('this is no saved run: it does not begin with URBR.');
  const format = view.getUint32(4, true);
  if (format !== FORMAT) throw fault(`the saved run has format ${format}, expected ${FORMAT}.`);
  const body = view.getUint32(8, true);
  if (body !== file.length - HEADER_BYTES) {
    throw fault(`the saved run holds ${file.length - HEADER_BYTES} bytes, its header says ${body}.`);
  }
  const crc = crc32c(file.subarray(HEADER_BYTES));
  if (crc !== view.getUint32(12, true)) {
    throw fault(`the saved run is damaged: checksum ${hex(crc)}, its header says ${hex(view.getUint32(12, true))}.`);
  }
  return readBody(file, view.getUint32(HEADER_BYTES, true));
}

function readBody(file: Uint8Array, indexLength: number): SavedRun {
  const from = HEADER_BYTES + 8;
  const text = new TextDecoder().decode(file.subarray(from, from + indexLength));
  const { belongsTo, lengths } = JSON.parse(text) as { belongsTo: Record<string, string>; lengths: number[] };
  let at = from + align(indexLength);
  const blocks = lengths.map((length) => {
    const block = file.subarray(at, at + length);
    at += align(length);
    return block;
  });
  return { belongsTo, blocks };
}

/** Throws an UrbaneError that names the first thing in which the two differ. */
export function checkBelongs(saved: SavedRun['belongsTo'], expected: SavedRun['belongsTo']): void {
  for (const [what, value] of Object.entries(expected)) {
    if (saved[what] !== value) throw fault(`the saved run is of ${what} ${saved[what]}, expected ${value}.`);
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
