import fc from "fast-check";

/** One WIT type: how the author's AssemblyScript spells it, and values of it in JavaScript. */
export interface TypeCase {
  /** Kebab-case, as part of function names. */
  readonly name: string;
  readonly wit: string;
  readonly assemblyScript: string;
  readonly values: fc.Arbitrary<unknown>;
}

const bits = (count: number) => Array.from({ length: count }, (_, i) => `bit-${i}`).join(", ");

/** More flat values than a function takes: passed in memory, both ways. */
const wideFields = Array.from({ length: 12 }, (_, i): readonly [name: string, wit: string] => [
  `field-${i}`,
  ["u8", "string", "option<u64>", "list<s16>", "char", "f64"][i % 6]!,
]);

/** The declarations that the cases use, for an interface. */
export const declarations = `
  enum color { red, dark-green, blue }
  flags permissions { read, write, execute-all }
  flags many { ${Array.from({ length: 32 }, (_, i) => `flag-${i}`).join(", ")} }
  record point { x: f32, y: f64 }
  record person { name: string, age: u8, tags: list<string>, home: option<point>, %type: color, small: tuple<u8, u64> }
  flags eight { ${bits(8)} }
  flags nine { ${bits(9)} }
  flags seventeen { ${bits(17)} }
  enum hundreds { ${Array.from({ length: 300 }, (_, i) => `case-${i}`).join(", ")} }
  record tiny { only: u16 }
  record wide { ${wideFields.map(([name, wit]) => `${name}: ${wit}`).join(", ")} }
  variant shape { none, circle(point), label(string), scale(f32), big(u64), nested(option<person>) }
  variant odd { small(s8), large(u64), real(f32), wide(f64), word(u32) }
  type names = list<string>;
  type me = person;
`;

export const declaredNames = [
  "Color",
  "Eight",
  "Hundreds",
  "Many",
  "Me",
  "Names",
  "Nine",
  "Odd",
  "Permissions",
  "Person",
  "Point",
  "Seventeen",
  "Shape",
  "Tiny",
  "Wide",
];

// The reference implementation drops a leading U+FEFF and replaces lone surrogates; its strings are tested elsewhere.
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((s) => !s.startsWith("\uFEFF"));
const int = (min: number, max: number) => fc.integer({ min, max });
const u8 = int(0, 0xff);
const u16 = int(0, 0xffff);
const u32 = int(0, 0xffff_ffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const s64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const f32 = fc.float();
const f64 = fc.double();
const color = fc.constantFrom("red", "dark-green", "blue");
const point = fc.record({ x: f32, y: f64 });
const maybe = (values: fc.Arbitrary<unknown>) => fc.option(values, { nil: undefined });
const wrapped = (values: fc.Arbitrary<unknown>) =>
  fc.oneof(
    fc.constant({ tag: "none" }),
    values.map((val) => ({ tag: "some", val })),
  );
const person = fc.record({
  name: text,
  age: u8,
  tags: fc.array(text, { maxLength: 3 }),
  home: maybe(point),
  type: color,
  small: fc.tuple(u8, u64),
});
const shape = fc.oneof(
  fc.constant({ tag: "none" }),
  point.map((val) => ({ tag: "circle", val })),
  text.map((val) => ({ tag: "label", val })),
  f32.map((val) => ({ tag: "scale", val })),
  u64.map((val) => ({ tag: "big", val })),
  maybe(person).map((val) => ({ tag: "nested", val })),
);
const odd = fc.oneof(
  int(-128, 127).map((val) => ({ tag: "small", val })),
  u64.map((val) => ({ tag: "large", val })),
  f32.map((val) => ({ tag: "real", val })),
  f64.map((val) => ({ tag: "wide", val })),
  u32.map((val) => ({ tag: "word", val })),
);
const result = (ok: fc.Arbitrary<unknown> | undefined, err: fc.Arbitrary<unknown> | undefined) =>
  fc.oneof(
    (ok ?? fc.constant(undefined)).map((val) => ({ tag: "ok", val })),
    (err ?? fc.constant(undefined)).map((val) => ({ tag: "err", val })),
  );
const char = fc.string({ unit: "binary", minLength: 1, maxLength: 1 });
const list = (values: fc.Arbitrary<unknown>) => fc.array(values, { maxLength: 5 });
const flags = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((n) => [n, fc.boolean()])));
const typed = <T>(make: (values: readonly T[]) => unknown, values: fc.Arbitrary<T>) =>
  fc.array(values, { maxLength: 9 }).map(make);

const permissions = flags(["read", "write", "executeAll"]);
const wide = fc.record(
  Object.fromEntries(
    wideFields.map(([name], i) => [
      name.replace("-", ""),
      [u8, text, maybe(u64), typed((v) => Int16Array.from(v), int(-32768, 32767)), char, f64][i % 6]!,
    ]),
  ),
);
const camelBits = (count: number) => Array.from({ length: count }, (_, i) => `bit${i}`);

function type(name: string, wit: string, assemblyScript: string, values: fc.Arbitrary<unknown>): TypeCase {
  return { name, wit, assemblyScript, values };
}

export const typeCases: readonly TypeCase[] = [
  type("bool", "bool", "bool", fc.boolean()),
  type("byte", "u8", "u8", u8),
  type("sbyte", "s8", "i8", int(-128, 127)),
  type("short", "u16", "u16", u16),
  type("sshort", "s16", "i16", int(-32768, 32767)),
  type("word", "u32", "u32", u32),
  type("sword", "s32", "i32", int(-(2 ** 31), 2 ** 31 - 1)),
  type("long", "u64", "u64", u64),
  type("slong", "s64", "i64", s64),
  type("float", "f32", "f32", f32),
  type("double", "f64", "f64", f64),
  type("char", "char", "i32", char),
  type("text", "string", "string", text),
  type("enumeration", "color", "Color", color),
  type("flagged", "permissions", "Permissions", permissions),
  type("eight-flags", "eight", "Eight", flags(camelBits(8))),
  type("nine-flags", "nine", "Nine", flags(camelBits(9))),
  type("seventeen-flags", "seventeen", "Seventeen", flags(camelBits(17))),
  type(
    "hundreds",
    "hundreds",
    "Hundreds",
    int(0, 299).map((i) => `case-${i}`),
  ),
  type("many-flags", "many", "Many", flags(Array.from({ length: 32 }, (_, i) => `flag${i}`))),
  type(
    "bytes",
    "list<u8>",
    "Uint8Array",
    typed((v) => Uint8Array.from(v), u8),
  ),
  type(
    "sbytes",
    "list<s8>",
    "Int8Array",
    typed((v) => Int8Array.from(v), int(-128, 127)),
  ),
  type(
    "shorts",
    "list<u16>",
    "Uint16Array",
    typed((v) => Uint16Array.from(v), u16),
  ),
  type(
    "words",
    "list<u32>",
    "Uint32Array",
    typed((v) => Uint32Array.from(v), u32),
  ),
  type(
    "slongs",
    "list<s64>",
    "Int64Array",
    typed((v) => BigInt64Array.from(v), s64),
  ),
  type(
    "longs",
    "list<u64>",
    "Uint64Array",
    typed((v) => BigUint64Array.from(v), u64),
  ),
  type(
    "floats",
    "list<f32>",
    "Float32Array",
    typed((v) => Float32Array.from(v), f32),
  ),
  type(
    "doubles",
    "list<f64>",
    "Float64Array",
    typed((v) => Float64Array.from(v), f64),
  ),
  type("bools", "list<bool>", "Array<bool>", list(fc.boolean())),
  type("chars", "list<char>", "Array<i32>", list(char)),
  type("texts", "list<string>", "Array<string>", list(text)),
  type("alias-of-list", "names", "Names", list(text)),
  type("colors", "list<color>", "Array<Color>", list(color)),
  type("matrix", "list<list<u16>>", "Array<Uint16Array>", list(typed((v) => Uint16Array.from(v), u16))),
  type("maybes", "list<option<string>>", "Array<string | null>", list(maybe(text))),
  type("pair", "tuple<string, s16>", "Tuple2<string, i16>", fc.tuple(text, int(-32768, 32767))),
  type("pairs", "list<tuple<u8, u64>>", "Array<Tuple2<u8, u64>>", list(fc.tuple(u8, u64))),
  type("point", "point", "Point", point),
  type("tiny", "tiny", "Tiny", fc.record({ only: u16 })),
  type("person", "person", "Person", person),
  type("alias-of-record", "me", "Me", person),
  type("people", "list<person>", "Array<Person>", list(person)),
  type("maybe-word", "option<u32>", "Option<u32>", maybe(u32)),
  type("maybe-bool", "option<bool>", "Option<bool>", maybe(fc.boolean())),
  type("maybe-text", "option<string>", "string | null", maybe(text)),
  type("maybe-person", "option<person>", "Person | null", maybe(person)),
  type("maybe-color", "option<color>", "Option<Color>", maybe(color)),
  type("maybe-maybe", "option<option<u32>>", "Option<u32> | null", wrapped(maybe(u32)).map(flatOption)),
  type(
    "maybe-maybe-text",
    "option<option<string>>",
    "Option<string | null>",
    wrapped(maybe(text)).map(flatOption),
  ),
  type(
    "maybe-maybe-maybe",
    "option<option<option<bool>>>",
    "Option<Option<bool> | null>",
    maybe(wrapped(maybe(fc.boolean())).map(flatOption)),
  ),
  type("maybe-char", "option<char>", "Option<i32>", maybe(char)),
  type("maybe-bytes", "option<list<u8>>", "Uint8Array | null", maybe(typed((v) => Uint8Array.from(v), u8))),
  type("maybe-flags", "option<permissions>", "Option<Permissions>", maybe(permissions)),
  type("maybe-either", "option<result<u8, string>>", "Result<u8, string> | null", maybe(result(u8, text))),
  type("eithers", "list<result<u64, color>>", "Array<Result<u64, Color>>", list(result(u64, color))),
  type(
    "either-either",
    "tuple<result<result<u8, string>, result<_, f32>>>",
    "Tuple1<Result<Result<u8, string>, Result<Unit, f32>>>",
    fc.tuple(result(result(u8, text), result(undefined, f32))),
  ),
  type(
    "tuples",
    "tuple<tuple<u8, string>, tuple<f32, tuple<u64>>>",
    "Tuple2<Tuple2<u8, string>, Tuple2<f32, Tuple1<u64>>>",
    fc.tuple(fc.tuple(u8, text), fc.tuple(f32, fc.tuple(u64))),
  ),
  type("flag-list", "list<permissions>", "Array<Permissions>", list(permissions)),
  type("wide", "wide", "Wide", wide),
  type("wides", "list<wide>", "Array<Wide>", list(wide)),
  type("either", "tuple<result<u32, string>>", "Tuple1<Result<u32, string>>", fc.tuple(result(u32, text))),
  type("done", "tuple<result<_, color>>", "Tuple1<Result<Unit, Color>>", fc.tuple(result(undefined, color))),
  type("found", "tuple<result<person>>", "Tuple1<Result<Person, Unit>>", fc.tuple(result(person, undefined))),
  type("bare", "tuple<result>", "Tuple1<Result<Unit, Unit>>", fc.tuple(result(undefined, undefined))),
  type("mixed", "tuple<result<f32, f64>>", "Tuple1<Result<f32, f64>>", fc.tuple(result(f32, f64))),
  type("shape", "shape", "Shape", shape),
  // Negative and large values in a flat i64 that is wider than they are.
  type("odd", "odd", "Odd", odd),
  type("shapes", "list<shape>", "Array<Shape>", list(shape)),
];

/** The reference implementation passes an outer none as undefined, an outer some as it is when it wraps an option. */
function flatOption(value: { tag: string } & { val?: unknown }): unknown {
  if (value.tag === "none") return { tag: "none" };
  return { tag: "some", val: value.val };
}
