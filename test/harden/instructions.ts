/** Every instruction without control flow, with its operand and result types, straight from the specification. */

export type Type = "i32" | "i64" | "f32" | "f64" | "v128";

export interface Instruction {
  readonly code: readonly number[];
  readonly takes: readonly Type[];
  readonly gives: readonly Type[];
  /** Only the order of bits in a NaN may differ, or what relaxed instructions leave open. */
  readonly name: string;
}

const hex = (code: readonly number[]) => code.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

const all: Instruction[] = [];
function add(
  prefix: readonly number[],
  first: number,
  last: number,
  takes: Type[],
  gives: Type[],
  after: number[] = [],
) {
  for (let code = first; code <= last; code++) {
    const bytes = [...prefix, ...(prefix.length > 0 ? leb(code) : [code])];
    all.push({ code: [...bytes, ...after], takes, gives, name: hex(bytes) });
  }
}
const one = (first: number, last: number, takes: Type[], gives: Type[], after: number[] = []) =>
  add([], first, last, takes, gives, after);
const fd = (first: number, last: number, takes: Type[], gives: Type[], after: number[] = []) =>
  add([0xfd], first, last, takes, gives, after);

// Loads and stores with alignment 0 and an offset of two bytes' LEB.
const at = [0x00, 0x80, 0x01];
for (const [code, type] of [
  [0x28, "i32"],
  [0x29, "i64"],
  [0x2a, "f32"],
  [0x2b, "f64"],
] as const)
  one(code, code, ["i32"], [type], at);
one(0x2c, 0x2f, ["i32"], ["i32"], at);
one(0x30, 0x35, ["i32"], ["i64"], at);
one(0x36, 0x36, ["i32", "i32"], [], at);
one(0x37, 0x37, ["i32", "i64"], [], at);
one(0x38, 0x38, ["i32", "f32"], [], at);
one(0x39, 0x39, ["i32", "f64"], [], at);
one(0x3a, 0x3b, ["i32", "i32"], [], at);
one(0x3c, 0x3e, ["i32", "i64"], [], at);
one(0x3f, 0x3f, [], ["i32"], [0x00]);
one(0x40, 0x40, ["i32"], ["i32"], [0x00]);
one(0x41, 0x41, [], ["i32"], [0xff, 0xff, 0xff, 0xff, 0x07]);
one(0x42, 0x42, [], ["i64"], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]);
one(0x43, 0x43, [], ["f32"], [0, 0, 0x80, 0x3f]);
one(0x44, 0x44, [], ["f64"], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
one(0x45, 0x45, ["i32"], ["i32"]);
one(0x46, 0x4f, ["i32", "i32"], ["i32"]);
one(0x50, 0x50, ["i64"], ["i32"]);
one(0x51, 0x5a, ["i64", "i64"], ["i32"]);
one(0x5b, 0x60, ["f32", "f32"], ["i32"]);
one(0x61, 0x66, ["f64", "f64"], ["i32"]);
one(0x67, 0x69, ["i32"], ["i32"]);
one(0x6a, 0x78, ["i32", "i32"], ["i32"]);
one(0x79, 0x7b, ["i64"], ["i64"]);
one(0x7c, 0x8a, ["i64", "i64"], ["i64"]);
one(0x8b, 0x91, ["f32"], ["f32"]);
one(0x92, 0x98, ["f32", "f32"], ["f32"]);
one(0x99, 0x9f, ["f64"], ["f64"]);
one(0xa0, 0xa6, ["f64", "f64"], ["f64"]);
one(0xa7, 0xa7, ["i64"], ["i32"]);
one(0xa8, 0xa9, ["f32"], ["i32"]);
one(0xaa, 0xab, ["f64"], ["i32"]);
one(0xac, 0xad, ["i32"], ["i64"]);
one(0xae, 0xaf, ["f32"], ["i64"]);
one(0xb0, 0xb1, ["f64"], ["i64"]);
one(0xb2, 0xb3, ["i32"], ["f32"]);
one(0xb4, 0xb5, ["i64"], ["f32"]);
one(0xb6, 0xb6, ["f64"], ["f32"]);
one(0xb7, 0xb8, ["i32"], ["f64"]);
one(0xb9, 0xba, ["i64"], ["f64"]);
one(0xbb, 0xbb, ["f32"], ["f64"]);
one(0xbc, 0xbc, ["f32"], ["i32"]);
one(0xbd, 0xbd, ["f64"], ["i64"]);
one(0xbe, 0xbe, ["i32"], ["f32"]);
one(0xbf, 0xbf, ["i64"], ["f64"]);
one(0xc0, 0xc1, ["i32"], ["i32"]);
one(0xc2, 0xc4, ["i64"], ["i64"]);
one(0x1b, 0x1b, ["i64", "i64", "i32"], ["i64"]); // select
one(0x1c, 0x1c, ["f64", "f64", "i32"], ["f64"], [0x01, 0x7c]); // select with types

add([0xfc], 0, 1, ["f32"], ["i32"]);
add([0xfc], 2, 3, ["f64"], ["i32"]);
add([0xfc], 4, 5, ["f32"], ["i64"]);
add([0xfc], 6, 7, ["f64"], ["i64"]);
add([0xfc], 8, 8, ["i32", "i32", "i32"], [], [0x00, 0x00]); // memory.init
add([0xfc], 9, 9, [], [], [0x00]); // data.drop
add([0xfc], 10, 10, ["i32", "i32", "i32"], [], [0x00, 0x00]); // memory.copy
add([0xfc], 11, 11, ["i32", "i32", "i32"], [], [0x00]); // memory.fill
add([0xfc], 12, 12, ["i32", "i32", "i32"], [], [0x00, 0x00]); // table.init
add([0xfc], 13, 13, [], [], [0x00]); // elem.drop
add([0xfc], 14, 14, ["i32", "i32", "i32"], [], [0x00, 0x00]); // table.copy
add([0xfc], 16, 16, [], ["i32"], [0x00]); // table.size

const v: Type = "v128";
fd(0x00, 0x0a, ["i32"], [v], at);
fd(0x0b, 0x0b, ["i32", v], [], at);
fd(0x0c, 0x0c, [], [v], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
fd(0x0d, 0x0d, [v, v], [v], [31, 0, 29, 2, 27, 4, 25, 6, 23, 8, 21, 10, 19, 12, 17, 14]);
fd(0x0e, 0x0e, [v, v], [v]);
fd(0x0f, 0x11, ["i32"], [v]);
fd(0x12, 0x12, ["i64"], [v]);
fd(0x13, 0x13, ["f32"], [v]);
fd(0x14, 0x14, ["f64"], [v]);
fd(0x15, 0x16, [v], ["i32"], [0x0f]);
fd(0x17, 0x17, [v, "i32"], [v], [0x0f]);
fd(0x18, 0x19, [v], ["i32"], [0x07]);
fd(0x1a, 0x1a, [v, "i32"], [v], [0x07]);
fd(0x1b, 0x1b, [v], ["i32"], [0x03]);
fd(0x1c, 0x1c, [v, "i32"], [v], [0x03]);
fd(0x1d, 0x1d, [v], ["i64"], [0x01]);
fd(0x1e, 0x1e, [v, "i64"], [v], [0x01]);
fd(0x1f, 0x1f, [v], ["f32"], [0x03]);
fd(0x20, 0x20, [v, "f32"], [v], [0x03]);
fd(0x21, 0x21, [v], ["f64"], [0x01]);
fd(0x22, 0x22, [v, "f64"], [v], [0x01]);
fd(0x23, 0x4c, [v, v], [v]);
fd(0x4d, 0x4d, [v], [v]);
fd(0x4e, 0x51, [v, v], [v]);
fd(0x52, 0x52, [v, v, v], [v]);
fd(0x53, 0x53, [v], ["i32"]);
for (const i of [0, 1, 2, 3]) fd(0x54 + i, 0x54 + i, ["i32", v], [v], [...at, 0x01]);
for (const i of [0, 1, 2, 3]) fd(0x58 + i, 0x58 + i, ["i32", v], [], [...at, 0x01]);
fd(0x5c, 0x5d, ["i32"], [v], at);
const unary: readonly (readonly [number, number])[] = [
  [0x5e, 0x62],
  [0x67, 0x6a],
  [0x74, 0x75],
  [0x7a, 0x7a],
  [0x7c, 0x81],
  [0x87, 0x8a],
  [0x94, 0x94],
  [0xa0, 0xa1],
  [0xa7, 0xaa],
  [0xc0, 0xc1],
  [0xc7, 0xca],
  [0xe0, 0xe1],
  [0xe3, 0xe3],
  [0xec, 0xed],
  [0xef, 0xef],
  [0xf8, 0xff],
];
for (const [first, last] of unary) fd(first, last, [v], [v]);
for (const tests of [0x63, 0x83, 0xa3, 0xc3]) fd(tests, tests + 1, [v], ["i32"]);
for (const shifts of [0x6b, 0x8b, 0xab, 0xcb]) fd(shifts, shifts + 2, [v, "i32"], [v]);
const binary: readonly (readonly [number, number])[] = [
  [0x65, 0x66],
  [0x6e, 0x73],
  [0x76, 0x79],
  [0x7b, 0x7b],
  [0x82, 0x82],
  [0x85, 0x86],
  [0x8e, 0x93],
  [0x95, 0x99],
  [0x9b, 0x9f],
  [0xae, 0xae],
  [0xb1, 0xb1],
  [0xb5, 0xba],
  [0xbc, 0xbf],
  [0xce, 0xce],
  [0xd1, 0xd1],
  [0xd5, 0xdf],
  [0xe4, 0xeb],
  [0xf0, 0xf7],
];
for (const [first, last] of binary) fd(first, last, [v, v], [v]);
fd(0x100, 0x100, [v, v], [v]);
fd(0x101, 0x104, [v], [v]);
fd(0x105, 0x10c, [v, v, v], [v]);
fd(0x10d, 0x112, [v, v], [v]);
fd(0x113, 0x113, [v, v, v], [v]);

export const instructions: readonly Instruction[] = all;

/** Read by hand-written modules in `control.ts`; everything else in neither list has to be refused. */
export const controlOpcodes: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11,
  0x12, 0x13, 0x14, 0x15, 0x18, 0x19, 0x1a, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0xd0, 0xd1, 0xd2,
  0xd4, 0xd5, 0xd6,
]);
export const controlPrefixed: ReadonlySet<number> = new Set([15, 17]);
