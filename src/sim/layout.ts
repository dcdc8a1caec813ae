/** How many of what: the type and length of one array of a state. */
export interface Field {
  readonly type: 'f64' | 'i32' | 'u32' | 'u8' | 'i8';
  readonly length: number;
}

type ArrayOf<T extends Field['type']> = T extends 'f64'
  ? Float64Array
  : T extends 'i32'
    ? Int32Array
    : T extends 'u32'
      ? Uint32Array
      : T extends 'u8'
        ? Uint8Array
        : Int8Array;

export type Arrays<S extends Record<string, Field>> = { readonly [K in keyof S]: ArrayOf<S[K]['type']> };

const BYTES = { f64: 8, i32: 4, u32: 4, u8: 1, i8: 1 } as const;

function view(buffer: ArrayBuffer, offset: number, field: Field) {
  switch (field.type) {
    case 'f64':
      return new Float64Array(buffer, offset, field.length);
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

/** Lays named arrays one after the other, on 8-byte bounds, in one buffer: a copy of the buffer is a copy of the state. */
export function layOut<S extends Record<string, Field>>(spec: S): { buffer: ArrayBuffer; arrays: Arrays<S> } {
  const names = Object.keys(spec);
  let size = 0;
  const offsets = names.map((name) => {
    const field = spec[name];
    if (field === undefined) throw new Error(`no field ${name}`);
    const offset = size;
    size += Math.ceil((field.length * BYTES[field.type]) / 8) * 8;
    return { name, field, offset };
  });
  const buffer = new ArrayBuffer(size);
  const arrays = Object.fromEntries(offsets.map(({ name, field, offset }) => [name, view(buffer, offset, field)]));
  return { buffer, arrays: arrays as unknown as Arrays<S> };
}

/** FNV-1a over the 32-bit words of a buffer, as eight hexadecimal digits. */
export function hashBuffer(buffer: ArrayBuffer): string {
  const words = new Int32Array(buffer);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
