import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { inflateSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { openFile } from '../src/field/files.ts';
import { loadScenario } from '../src/field/load.ts';
import { visitOsm } from '../src/read/osm/elements.ts';
import { readOsm } from '../src/read/osm/read.ts';
import type { ByteSource } from '../src/read/source.ts';
import { readSumoNet } from '../src/read/sumo/read.ts';

const LARGE_BYTES = 50e6;
interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly note: string;
}

/**
 * Speed and memory of the readers, each in a process of its own: a made grid of 100 MB of SUMO's XML with sidewalks and
 * crossings and one without (netgenerate, or NETGENERATE_BINARY), an `.osm.pbf` repeated to 50 MB, decoded and read as a
 * city, and the Nanchang network with its demand.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { only: { type: 'string' } } });
  const data = process.env.URBANE_DATA ?? '../shared/data';
  const pbf = `${data}/osm/andorra.osm.pbf`;
  if (values.only !== undefined) {
    process.stdout.write(`${JSON.stringify(await measure(values.only, pbf, data))}\n`);
    return;
  }
  const made = await mkdtemp(join(tmpdir(), 'urbane-bench-read-'));
  try {
    await compare(pbf, made);
  } finally {
    await rm(made, { recursive: true });
  }
}

/** Grids of junctions with signals; more arguments of netgenerate. */
const GRIDS = {
  streets: ['--grid.number=84'],
  sidewalks: ['--grid.number=68', '--sidewalks.guess', '--crossings.guess'],
} as const;

async function compare(pbf: string, made: string): Promise<void> {
  const grids: (readonly [string, number])[] = [];
  for (const [name, more] of Object.entries(GRIDS)) {
    const file = join(made, `${name}.net.xml`);
    const shape = ['--grid', '--grid.length=200', '-L', '3', '-j', 'traffic_light', '--no-turnarounds'];
    await promisify(execFile)(process.env.NETGENERATE_BINARY ?? 'netgenerate', [...shape, ...more, '-o', file]);
    grids.push([file, (await stat(file)).size / 1e6]);
  }
  const packed = (await repeated(pbf)).bytes / 1e6;
  const unpacked = await unpackedMb(pbf, packed);
  const rows: readonly (readonly [string, number])[] = [
    ...grids,
    ['decode', unpacked],
    ['town', unpacked],
    ['nanchang', 0],
  ];
  for (const [name, mb] of rows) {
    const file = fileURLToPath(new URL('./main.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, file, 'read', '--only', name]);
    const { seconds, peakMb, note }: Measured = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    const speed = mb === 0 ? '' : `, ${(mb / seconds).toFixed(0)} MB/s of ${mb.toFixed(0)} MB`;
    process.stdout.write(`${note}: ${seconds.toFixed(2)} s of processor time${speed}, peak ${peakMb.toFixed(0)} MB\n`);
  }
}

async function measure(name: string, pbf: string, data: string): Promise<Measured> {
  const started = process.cpuUsage();
  const note = await work(name, pbf, data);
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, peakMb: process.resourceUsage().maxRSS / 1e3, note };
}

async function work(name: string, pbf: string, data: string): Promise<string> {
  if (name === 'nanchang') {
    const { scenario } = await loadScenario(`${data}/scenarios/nanchang_kdd2021`);
    return `Nanchang, ${scenario.city.lanes.length} lanes and ${scenario.demand.trips.length} trips`;
  }
  if (name.endsWith('.net.xml')) {
    const { city } = await readSumoNet(openFile(name), { name: 'grid' });
    return `SUMO's XML (${basename(name)}), ${city.lanes.length} lanes and ${city.movements.length} movements`;
  }
  const { source } = await repeated(pbf);
  if (name === 'town') {
    const { city } = await readOsm(source, { name });
    return `pbf as a city (unpacked bytes), ${city.roads.length} roads`;
  }
  let elements = 0;
  const count = () => {
    elements++;
  };
  await visitOsm(source, { node: count, way: count, relation: count });
  return `pbf decoded (unpacked bytes), ${elements} elements`;
}

/** The file's blobs again and again until they come to 50 MB. */
async function repeated(file: string): Promise<{ source: ByteSource; bytes: number }> {
  const whole = await readFile(file);
  const header = 4 + whole.readUInt32BE(0);
  const first = header + blobBytes(whole.subarray(4, header));
  const body = whole.subarray(first);
  const times = Math.ceil(LARGE_BYTES / body.length);
  return {
    bytes: first + times * body.length,
    source: {
      name: basename(file),
      async *open() {
        yield whole.subarray(0, first);
        for (let i = 0; i < times; i++) yield body;
      },
    },
  };
}

function blobBytes(header: Uint8Array): number {
  return Number(fieldsOf(header).get(3) ?? 0);
}

function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array | number> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array | number>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    fields.set(field, wire === 2 ? reader.bytes() : reader.uint32());
  }
  return fields;
}

/** What so many MB of the file's blobs come to when unpacked. */
async function unpackedMb(file: string, packedMb: number): Promise<number> {
  const whole = await readFile(file);
  let unpacked = 0;
  for (let at = 0; at < whole.length; ) {
    const end = at + 4 + whole.readUInt32BE(at);
    const size = blobBytes(whole.subarray(at + 4, end));
    const packed = fieldsOf(whole.subarray(end, end + size)).get(3);
    unpacked += packed instanceof Uint8Array ? inflateSync(packed).length : size;
    at = end + size;
  }
  return (packedMb * unpacked) / whole.length;
}
