// Writes the engine's phases as WebAssembly to standard output: `src/sim` by way of AssemblyScript.
import asc from 'assemblyscript/asc';
import { PLAIN } from '../../src/sim/machine.ts';
import { createWorld } from '../../src/sim/world.ts';
import { type Shape, Translation } from './translate.ts';

/** What is called from outside, by file. */
const PHASES = {
  plan: ['planSegments'],
  yield: ['decidePending'],
  move: ['moveAll'],
  pass: ['passFromLanes', 'passFromMovements', 'endPassing'],
  lanechange: ['noteChanges', 'applyChanges', 'passAdvice'],
  ways: ['noteSpeeds'],
  insertion: ['insertDue'],
  renumber: ['collectRecords', 'placeRecords'],
};
/** A city without anything, for the names and kinds of what hangs on a world. */
const NONE = { roads: [], lanes: [], movements: [], signals: [], crossings: [], junctions: [] };
const EMPTY = { city: NONE, demand: { types: [], trips: [], walks: [] }, beginMs: 0, endMs: 0 };
/** Numbers of a world that need not be whole. */
const FLOATS = new Set(['longest', 'beginMs']);
const KINDS = { Float64Array: 'f64', Float32Array: 'f32', Int32Array: 'i32', Uint32Array: 'u32', Uint8Array: 'u8' };
const OPTIONS =
  '-O3 --noAssert --runtime stub --importMemory --initialMemory 1 --maximumMemory 65536 --sharedMemory --enable threads --enable simd';

/**
 * The lesser and greater of two numbers by one instruction without a branch. Not as in JavaScript, min(0, -0) is 0, and where one is no
 * number the first is taken: neither is met, or the property tests would find other bytes.
 */
const PRELUDE = ['min', 'max']
  .map((name) => {
    const both = 'f64x2.splat(a), f64x2.splat(b)';
    return `@inline function ${name}(a: f64, b: f64): f64 { return f64x2.extract_lane(f64x2.p${name}(${both}), 0); }`;
  })
  .join('\n')
  .concat(
    '\nfunction within(at: i32, end: i32, bytes: u32): usize { if (at + end < 0 || <u32>(at + end) > bytes) unreachable(); return <usize>at; }',
  );

function shapeOf(object: object): Shape {
  const shape: Record<string, Shape[string]> = {};
  for (const [name, value] of Object.entries(object)) {
    if (ArrayBuffer.isView(value)) shape[name] = KINDS[value.constructor.name as keyof typeof KINDS] as 'f64';
    else if (typeof value === 'number') shape[name] = FLOATS.has(name) ? 'float' : 'int';
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) shape[name] = shapeOf(value);
  }
  return shape;
}

/** The module's binary; throws what the compiler says. */
async function assemble(text: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['phases.ts', '--outFile', 'phases.wasm', ...OPTIONS.split(' ')], {
    readFile: (name) => (name === 'phases.ts' ? text : null),
    writeFile: (_, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw new Error(`${error?.message ?? 'nothing written'}\n${stderr}`);
  return binary;
}

/** Number in the variable-length coding of WebAssembly. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

/** A custom section of a module. */
function section(name: string, contents: string): Uint8Array {
  const [title, body] = [name, contents].map((part) => new TextEncoder().encode(part)) as [Uint8Array, Uint8Array];
  const size = leb(title.length);
  return Uint8Array.from([0, ...leb(size.length + title.length + body.length), ...size, ...title, ...body]);
}

/** The phases in AssemblyScript. */
export async function translatePhases(isChecked: boolean): Promise<Translation> {
  const { scenario, ...world } = createWorld(EMPTY as never, 1, PLAIN);
  const translation = new Translation(shapeOf({ ...world, scenario: { beginMs: scenario.beginMs } }), isChecked);
  for (const [file, names] of Object.entries(PHASES)) {
    for (const name of names) await translation.add(new URL(`../../src/sim/${file}.ts`, import.meta.url).href, name);
  }
  return translation;
}

/** @param isChecked to stop at a read or write beyond the end of a table, which is otherwise one of what lies there */
export async function compilePhases(isChecked: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const translation = await translatePhases(isChecked);
  const binary = await assemble(`${PRELUDE}\n${translation.text}`);
  return Uint8Array.from([...binary, ...section('parts', translation.parts.join('\n'))]);
}

if (import.meta.main) process.stdout.write(await compilePhases(false));
