import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteSource } from '../read/source.ts';
import { UrbaneError } from '../units/errors.ts';

/** Of one zip: files, bytes of its directory, bytes of a file unpacked. */
const MOST_FILES = 10_000;
const LARGEST_DIRECTORY = 16 * 1024 * 1024;
const LARGEST_FILE = 4 * 1024 ** 3 - 2;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly unpacked: number;
  readonly headerAt: number;
}

/**
 * The files of a zip by name (APPNOTE.TXT 4.3: central directory; stored or deflated), unpacked as they are read. Each is checked
 * against the size and CRC-32 that the directory names, so that a bomb ends as soon as it is larger than it says.
 * Throws UrbaneError `bad-input` when the zip is damaged, cut off, encrypted, packed by another method or of the 64-bit kind.
 */
export async function openZip(path: string): Promise<Map<string, ByteSource>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const entries = await readDirectory(file, size, path);
    const sources = new Map<string, ByteSource>();
    for (const entry of entries) {
      if (entry.name.endsWith('/') || sources.has(entry.name)) continue;
      const startAt = await findStart(file, entry, size, path);
      sources.set(entry.name, { name: `${path}/${entry.name}`, open: () => unpack(path, entry, startAt) });
    }
    return sources;
  } finally {
    await file.close();
  }
}

function damaged(path: string, why: string): UrbaneError {
  return new UrbaneError('bad-input', `${path}: the zip ${why}.`, 'Fetch it again, or unpack it and name the folder.');
}

async function readAt(file: FileHandle, at: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return new DataView(bytes.buffer, 0, bytesRead);
}

async function readDirectory(file: FileHandle, size: number, path: string): Promise<Entry[]> {
  const tail = await readAt(file, Math.max(0, size - END_BYTES - LONGEST_COMMENT), END_BYTES + LONGEST_COMMENT);
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw damaged(path, 'is cut off or none: it has no directory');
  const count = tail.getUint16(end + 10, true);
  const length = tail.getUint32(end + 12, true);
  const at = tail.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw damaged(path, 'is of the 64-bit kind');
  if (at + length > size) throw damaged(path, `names a directory up to byte ${at + length} of ${size}`);
  if (count > MOST_FILES || length > LARGEST_DIRECTORY)
    throw damaged(path, `holds ${count} files, more than a feed has`);
  const directory = await readAt(file, at, length);
  const entries: Entry[] = [];
  for (let next = 0; entries.length < count; ) {
    if (next + 46 > directory.byteLength || directory.getUint32(next, true) !== 0x02014b50)
      throw damaged(path, `has a damaged directory after ${entries.length} of ${count} files`);
    const nameBytes = directory.getUint16(next + 28, true);
    const following =
      next + 46 + nameBytes + directory.getUint16(next + 30, true) + directory.getUint16(next + 32, true);
    if (following > directory.byteLength) throw damaged(path, 'has a directory that is cut off');
    const entry = {
      name: new TextDecoder().decode(new Uint8Array(directory.buffer, next + 46, nameBytes)),
      method: directory.getUint16(next + 10, true),
      checksum: directory.getUint32(next + 16, true),
      packed: directory.getUint32(next + 20, true),
      unpacked: directory.getUint32(next + 24, true),
      headerAt: directory.getUint32(next + 42, true),
    };
    if ((directory.getUint16(next + 8, true) & 1) === 1) throw damaged(path, `has ${clip(entry.name)} encrypted`);
    if (entry.method !== 0 && entry.method !== 8)
      throw damaged(path, `has ${clip(entry.name)} packed by method ${entry.method}, which is not read here`);
    if (entry.unpacked > LARGEST_FILE) throw damaged(path, `has ${clip(entry.name)} of more than 4 GB`);
    entries.push(entry);
    next = following;
  }
  return entries;
}

function clip(name: string): string {
  return name.length <= 60 ? name : `${name.slice(0, 57)}...`;
}

async function findStart(file: FileHandle, entry: Entry, size: number, path: string): Promise<number> {
  const header = await readAt(file, entry.headerAt, 30);
  if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50)
    throw damaged(path, `has no ${clip(entry.name)} where its directory says`);
  const startAt = entry.headerAt + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (startAt + entry.packed > size) throw damaged(path, `is cut off within ${clip(entry.name)}`);
  return startAt;
}

async function* unpack(path: string, entry: Entry, startAt: number): AsyncIterable<Uint8Array> {
  if (entry.packed === 0) return;
  const input = createReadStream(path, { start: startAt, end: startAt + entry.packed - 1 });
  const unpacked = entry.method === 0 ? input : input.pipe(createInflateRaw());
  input.on('error', (fault) => unpacked.destroy(fault));
  let [bytes, checksum] = [0, 0];
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > entry.unpacked)
        throw damaged(path, `unpacks ${clip(entry.name)} to more than the ${entry.unpacked} bytes it names`);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && String(fault.code).startsWith('Z_'))
      throw damaged(path, `has a damaged ${clip(entry.name)} (${fault.message})`);
    throw fault;
  } finally {
    input.destroy();
  }
  if (bytes !== entry.unpacked || checksum !== entry.checksum)
    throw damaged(path, `has a damaged ${clip(entry.name)}: its size or checksum is another`);
}
