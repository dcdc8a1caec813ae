import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readText } from '../read/json.ts';
import { UrbaneError } from '../units/errors.ts';
import { loadGtfs } from './load-gtfs.ts';
import { loadOsm } from './load-osm.ts';
import { openZip } from './zip.ts';

const VALID = fileURLToPath(new URL('../../fixtures/valid/', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'urbane-zip-'));
afterAll(() => rm(folder, { recursive: true }));

interface Packed {
  readonly name: string;
  readonly text: string;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory says in place of the truth. */
  readonly unpacked?: number;
}

/** A zip by APPNOTE.TXT 4.3. */
function pack(files: readonly Packed[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, text, method = 8, flags = 0, unpacked } of files) {
    const plain = Buffer.from(text);
    const body = method === 8 ? deflateRawSync(plain) : plain;
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(plain), 0);
    sizes.writeUInt32LE(body.length, 4);
    sizes.writeUInt32LE(unpacked ?? plain.length, 8);
    const common = Buffer.alloc(10);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(Buffer.byteLength(name), 0);
    const local = Buffer.concat([
      Buffer.from('PK\u0003\u0004', 'latin1'),
      common,
      sizes,
      lengths,
      Buffer.from(name),
      body,
    ]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'),
        common,
        sizes,
        lengths,
        place,
        Buffer.from(name),
      ]),
    );
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

async function open(bytes: Uint8Array) {
  const path = join(folder, 'made.zip');
  await writeFile(path, bytes);
  return openZip(path);
}

const feed = await Promise.all(
  (await readdir(`${VALID}gtfs`)).map(async (name) => ({
    name,
    text: await readFile(join(VALID, 'gtfs', name), 'utf8'),
  })),
);

describe('openZip', () => {
  it('gives the files, stored or deflated', async () => {
    const files = await open(
      pack([
        { name: 'a.txt', text: 'plain', method: 0 },
        { name: 'in/b.txt', text: 'b'.repeat(1e5) },
      ]),
    );
    expect([...files.keys()]).toEqual(['a.txt', 'in/b.txt']);
    expect(await readText(files.get('a.txt')!)).toBe('plain');
    expect(await readText(files.get('in/b.txt')!)).toBe('b'.repeat(1e5));
  });

  it('holds a feed as a folder does', async () => {
    const { city } = await loadOsm(`${VALID}osm/town.osm`);
    const path = join(folder, 'feed.zip');
    await writeFile(path, pack(feed.map(({ name, text }) => ({ name: `feed/${name}`, text }))));
    const zipped = await loadGtfs(path, city, null);
    expect(zipped.city.version).toBe((await loadGtfs(`${VALID}gtfs`, city, null)).city.version);
  });

  it.each<[string, Buffer, RegExp]>([
    ['no zip', Buffer.from('hello'), /is cut off or none/],
    ['a zip cut in half', pack(feed).subarray(0, 900), /is cut off or none/],
    [
      'a bomb',
      pack([{ name: 'a.txt', text: '0'.repeat(1e6), unpacked: 10 }]),
      /unpacks a\.txt to more than the 10 bytes/,
    ],
    ['a short file', pack([{ name: 'a.txt', text: 'abc', unpacked: 9 }]), /a damaged a\.txt: its size or checksum/],
    ['a secret', pack([{ name: 'a.txt', text: 'abc', flags: 1 }]), /has a\.txt encrypted/],
    ['another method', pack([{ name: 'a.txt', text: 'abc', method: 14 }]), /packed by method 14/],
  ])('refuses %s with one sentence', async (_, bytes, sentence) => {
    const reading = open(bytes).then(async (files) => {
      for (const source of files.values()) await readText(source);
    });
    await expect(reading).rejects.toThrow(sentence);
    await expect(reading).rejects.toBeInstanceOf(UrbaneError);
  });

  it('ends well or with one sentence whatever byte is damaged', async () => {
    const whole = pack(feed.slice(0, 3));
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 5 }),
        fc.nat(whole.length),
        async (changes, length) => {
          const bytes = Buffer.from(length % 3 === 0 ? whole.subarray(0, length) : whole);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            for (const source of (await open(bytes)).values()) await readText(source);
          } catch (fault) {
            if (!(fault instanceof UrbaneError)) throw fault;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
