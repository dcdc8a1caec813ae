/** How many of what: the type and length of one array of a state. */
export interface Field {
  readonly type: 'f64' | 'f32' | 'i32' | 'u32' | 'u8' | 'i8';
  readonly length: number;
}

/** Records of equal size that lie one after the other: their number and, in order, their fields. */
export interface Records {
  readonly count: number;
  readonly fields: Readonly<Record<string, 'f64' | 'f32' | 'i32'>>;
}

type ArrayOf<T extends Field['type']> = T extends 'f64'
  ? Float64Array
  : T extends 'f32'
    ? Float32Array
    : T extends 'i32'
      ? Int32Array
      : T extends 'u32'
        ? Uint32Array
        : T extends 'u8'
          ? Uint8Array
          : Int8Array;

export type Arrays<S extends Record<string, Field>> = { readonly [K in keyof S]: ArrayOf<S[K]['type']> };

/**
 * A whole buffer seen as numbers of each width: one array for all records in it, since every array that a function touches costs
 * it a check and two loads. The record at `r` (in units of 8 bytes) has its fields (`placesOf`) at f64[r + place], and at
 * f32[2 r + place] and i32[2 r + place].
 */
export interface Views {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
}

const BYTES = { f64: 8, f32: 4, i32: 4, u32: 4, u8: 1, i8: 1 } as const;
const LINE_BYTES = 64;
/** Large blocks begin 16 bytes after a page's start (glibc), so that a record there begins on a line of the cache. */
const ON_LINE_BYTES = 48;

/** Bytes of a buffer from byte `at` on, all zero. */
export interface Room {
  readonly buffer: ArrayBufferLike;
  readonly at: number;
}

/** Finds room for so many bytes. It may be used again when nothing made of it, nor the room itself, is left. */
export type Allocate = (bytes: number) => Room;

export const ownRoom: Allocate = (bytes) => ({ buffer: new ArrayBuffer(bytes), at: 0 });
export const sharedRoom: Allocate = (bytes) => ({ buffer: new SharedArrayBuffer(bytes), at: 0 });

/** An array keeps the room in which it lies. */
const ROOM_OF = new WeakMap<object, Room>();

function view({ buffer, at }: Room, from: number, field: Field) {
  const offset = at + from;
  switch (field.type) {
    case 'f64':
      return new Float64Array(buffer, offset, field.length);
    case 'f32':
      return new Float32Array(buffer, offset, field.length);
    case 'i32':
      return new Int32Array(buffer, offset, field.length);
    case 'u32':
      return new Uint32Array(buffer, offset, field.length);
    case 'u8':
      return new Uint8Array(buffer, offset, field.length);
    case 'i8':
      return new Int8Array(buffer, offset, field.length);
  }
}

function bytesOf({ fields }: Records): number {
  return Object.values(fields).reduce((sum, type) => sum + BYTES[type], 0);
}

/** Where the first records of a buffer begin, in units of 8 bytes. */
export const FIRST = ON_LINE_BYTES / 8;

/**
 * Places of the fields in a record, in units of the field's own size. An f64 field must stand at a multiple of 8 bytes.
 * @param base added to the record's place, in units of 8 bytes
 */
export function placesOf<F extends Records['fields']>(fields: F, base = 0): { readonly [K in keyof F]: number } {
  let at = base * 8;
  const places = Object.entries(fields).map(([name, type]) => {
    const place = at / BYTES[type];
    if (!Number.isInteger(place)) throw new Error(`field ${name} stands at byte ${at} of its record`);
    at += BYTES[type];
    return [name, place];
  });
  return Object.fromEntries(places);
}

/** Size of a record in units of 8 bytes: whole lines of the cache, or a power of two below one. */
export function strideOf(records: Records): number {
  const bytes = bytesOf(records);
  if (bytes > LINE_BYTES) return (Math.ceil(bytes / LINE_BYTES) * LINE_BYTES) / 8;
  let stride = 8;
  while (stride < bytes) stride *= 2;
  return stride / 8;
}

/**
 * Lays tables of records and then arrays one after the other in one buffer: a copy of the buffer is a copy of the state.
 * `recordsAt`: where each table begins, in units of 8 bytes; the first one at `FIRST`.
 */
export function layOut<S extends Record<string, Field>, R extends Record<string, Records>>(
  records: R,
  spec: S,
  allocate: Allocate,
): Views & { bytes: Uint8Array; arrays: Arrays<S>; recordsAt: { readonly [K in keyof R]: number } } {
  let size = 0;
  const recordsAt = Object.entries(records).map(([name, table]) => {
    size = Math.max(0, Math.ceil((size - ON_LINE_BYTES) / LINE_BYTES)) * LINE_BYTES + ON_LINE_BYTES;
    const at = size / 8;
    size += table.count * strideOf(table) * 8;
    return [name, at];
  });
  const arrayAt = Object.values(spec).map((field) => {
    const offset = size;
    size += Math.ceil((field.length * BYTES[field.type]) / 8) * 8;
    return offset;
  });
  const room = allocate(size);
  const place = <F extends Field>(offset: number, field: F): ArrayOf<F['type']> => {
    const array = view(room, offset, field) as ArrayOf<F['type']>;
    ROOM_OF.set(array, room);
    return array;
  };
  const arrays = Object.entries(spec).map(([name, field], i) => [name, place(arrayAt[i] ?? 0, field)]);
  return {
    bytes: place(0, { type: 'u8', length: size }),
    arrays: Object.fromEntries(arrays) as Arrays<S>,
    recordsAt: Object.fromEntries(recordsAt) as { readonly [K in keyof R]: number },
    f64: place(0, { type: 'f64', length: size / 8 }),
    f32: place(0, { type: 'f32', length: size / 4 }),
    i32: place(0, { type: 'i32', length: size / 4 }),
  };
}

/** FNV-1a over 32-bit words, as eight hexadecimal digits. */
export function hashWords(words: Int32Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
