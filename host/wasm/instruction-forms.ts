/**
 * Instructions by what follows their opcode, and what they do to the height of the operand stack (Core spec, Binary
 * Format / Instructions). What is in no table is unknown and refused.
 */

/** Forms of what follows an opcode. Everything else is read one by one in `body-scanner.ts`. */
export const unknown = 0;
export const plain = 1;
export const memoryArgument = 2;
export const memoryArgumentAndLane = 3;
export const lane = 4;
export const sixteenBytes = 5;

export interface Table {
  readonly form: Uint8Array;
  readonly delta: Int8Array;
}

function table(size: number): Table {
  return { form: new Uint8Array(size), delta: new Int8Array(size) };
}

type Range = readonly [first: number, last: number];

function define(into: Table, form: number, delta: number, ranges: readonly (number | Range)[]): void {
  for (const range of ranges) {
    const [first, last] = typeof range === "number" ? [range, range] : range;
    into.form.fill(form, first, last + 1);
    into.delta.fill(delta, first, last + 1);
  }
}

/** One-byte opcodes that have no immediates of their own kind. */
export const core: Table = table(256);
define(core, memoryArgument, 0, [[0x28, 0x35]]); // loads
define(core, memoryArgument, -2, [[0x36, 0x3e]]); // stores
define(core, plain, 0, [0x45, 0x50]); // eqz
define(core, plain, -1, [
  [0x46, 0x4f],
  [0x51, 0x66],
]); // comparisons
define(core, plain, 0, [
  [0x67, 0x69],
  [0x79, 0x7b],
  [0x8b, 0x91],
  [0x99, 0x9f],
]); // unary
define(core, plain, -1, [
  [0x6a, 0x78],
  [0x7c, 0x8a],
  [0x92, 0x98],
  [0xa0, 0xa6],
]); // binary
define(core, plain, 0, [[0xa7, 0xc4]]); // conversions and sign extension
define(core, plain, 0, [0x01]); // nop
define(core, plain, -1, [0x1a]); // drop
define(core, plain, -2, [0x1b]); // select
define(core, plain, 0, [0xd1, 0xd4]); // ref.is_null, ref.as_non_null

/** Saturating truncation, after 0xfc. The bulk operations are read one by one. */
export const saturating: Table = table(8);
define(saturating, plain, 0, [[0, 7]]);

/** SIMD and relaxed SIMD, after 0xfd. */
export const simd: Table = table(0x114);
define(simd, memoryArgument, 0, [[0x00, 0x0a], 0x5c, 0x5d]); // loads
define(simd, memoryArgument, -2, [0x0b]); // store
define(simd, sixteenBytes, 1, [0x0c]); // const
define(simd, sixteenBytes, -1, [0x0d]); // shuffle
define(simd, plain, -1, [0x0e]); // swizzle
define(simd, plain, 0, [[0x0f, 0x14]]); // splat
define(simd, lane, 0, [0x15, 0x16, 0x18, 0x19, 0x1b, 0x1d, 0x1f, 0x21]); // extract
define(simd, lane, -1, [0x17, 0x1a, 0x1c, 0x1e, 0x20, 0x22]); // replace
define(simd, plain, -1, [
  [0x23, 0x4c],
  [0x4e, 0x51],
]); // comparisons, bitwise
define(simd, plain, 0, [0x4d, 0x53]); // not, any_true
define(simd, plain, -2, [0x52]); // bitselect
define(simd, memoryArgumentAndLane, -1, [[0x54, 0x57]]); // load lane
define(simd, memoryArgumentAndLane, -2, [[0x58, 0x5b]]); // store lane
define(simd, plain, 0, [
  [0x5e, 0x64],
  [0x67, 0x6a],
  [0x74, 0x75],
  0x7a,
  [0x7c, 0x81],
  [0x83, 0x84],
  [0x87, 0x8a],
  0x94,
  [0xa0, 0xa1],
  [0xa3, 0xa4],
  [0xa7, 0xaa],
  [0xc0, 0xc1],
  [0xc3, 0xc4],
  [0xc7, 0xca],
  [0xe0, 0xe1],
  0xe3,
  [0xec, 0xed],
  0xef,
  [0xf8, 0xff],
]); // unary
define(simd, plain, -1, [
  [0x65, 0x66],
  [0x6b, 0x73],
  [0x76, 0x79],
  0x7b,
  0x82,
  [0x85, 0x86],
  [0x8b, 0x93],
  [0x95, 0x99],
  [0x9b, 0x9f],
  [0xab, 0xae],
  0xb1,
  [0xb5, 0xba],
  [0xbc, 0xbf],
  [0xcb, 0xce],
  0xd1,
  [0xd5, 0xda],
  [0xdb, 0xdf],
  [0xe4, 0xeb],
  [0xf0, 0xf7],
]); // binary and shifts
define(simd, plain, -1, [0x100]); // relaxed swizzle
define(simd, plain, 0, [[0x101, 0x104]]); // relaxed truncation
define(simd, plain, -2, [[0x105, 0x10c], 0x113]); // relaxed multiply-add, lane select, dot product with add
define(simd, plain, -1, [[0x10d, 0x112]]); // relaxed minimum, maximum, q15 multiplication, dot product
