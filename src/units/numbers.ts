/**
 * Numbers in functions that are compiled to WebAssembly (`src/field/sim/wasm`): whole ones of 32 bits, and all others. To TypeScript both are
 * numbers; the compiler to WebAssembly checks them.
 */
export type i32 = number;
export type f64 = number;
