/** Binaries that no compiler makes: to exhaust, confuse or crash whoever reads them. */
import { leb, preamble, section, times } from "../../guests/core-bytes.ts";
import { componentPreamble, many, name, sections, text, vector, wrapped } from "../../guests/hostile-text.ts";
import { exampleWasm } from "../../support/examples.ts";
import { type Attack, calling, harmless, refusing } from "../attack.ts";

/** A type index: a signed LEB128. */
const index = (value: number): number[] =>
  value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...index(value >> 7)];

const bytes =
  (...parts: readonly (readonly number[])[]) =>
  () =>
    Uint8Array.from(parts.flat());
const valid = () => exampleWasm("greet");
const func = [0x40, 0x00, 0x01, 0x00];

function nested(depth: number): number[] {
  let inner = [...componentPreamble];
  for (let i = 0; i < depth; i++) inner = [...componentPreamble, ...section(4, inner)];
  return inner;
}

/** Instance types of which each holds the one before twice. */
const doubling = vector(7, [
  [0x42, 1, 0x04, 0x00, ...name("r"), 0x03, 0x01],
  ...many(60, (i) => [
    ...[0x42, 4, 0x02, 0x03, 0x02, 1, ...leb(i), 0x01, 0x42, 0x00],
    ...[0x04, 0x00, ...name("a"), 0x05, 0, 0x04, 0x00, ...name("b"), 0x05, 0],
  ]),
]);

/** A component whose core module is this, instantiated, so that nothing of it goes unread. */
const core = (...contents: readonly (readonly number[])[]) =>
  wrapped(Uint8Array.from([...preamble, ...contents.flat()]));

const seven =
  text(`(core module $M (func (export "f") (result i32) (i32.const 7))) (core instance $m (instantiate $M))
  (func (export "go") (result u32) (canon lift (core func $m "f")))`);

/** Instances inside one another, and an alias to the one within at each level, down to the first. */
const aliases = (count: number) =>
  text(`(import "a" (instance $a0 (export "f" (func))))
    ${many(count, (i) => `(instance $a${i + 1} (export "i" (instance $a${i})))`).join("\n")}
    ${many(count, (i) => `(alias export $${i === 0 ? `a${count}` : `b${i - 1}`} "i" (instance $b${i}))`).join("\n")}`);

const malformed = "malformed-component";
const limit = "component-limit";

export const binary: readonly Attack[] = [
  refusing("nothing", bytes([]), "not-wasm"),
  refusing("text", () => new TextEncoder().encode("<script>alert(1)</script>"), "not-wasm"),
  refusing("half of the magic number", bytes([0x00, 0x61]), "not-wasm"),
  refusing("another magic number", bytes([0x00, 0x61, 0x73, 0x6e, 0x0d, 0x00, 0x01, 0x00]), "not-wasm"),
  refusing("another version", bytes([0x00, 0x61, 0x73, 0x6d, 0x63, 0x00, 0x01, 0x00]), [
    malformed,
    "unsupported-feature",
  ]),
  refusing("another layer", bytes([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x02, 0x00]), [
    malformed,
    "unsupported-feature",
    "core-module",
  ]),
  refusing("a core module", bytes(preamble), "core-module"),
  refusing("the end cut off", () => valid().slice(0, -1), malformed),
  refusing("one byte more", () => Uint8Array.from([...valid(), 0x00]), malformed),
  refusing("garbage behind the end", () => Uint8Array.from([...valid(), ...times(100, [0xff])]), malformed),
  refusing("two components in one file", () => Uint8Array.from([...valid(), ...valid()]), malformed),
  refusing("components nested 2,000 deep", bytes(nested(2_000)), limit),
  refusing(
    "component types nested 100,000 deep",
    sections(section(7, [0x01, ...times(100_000, [0x41, 0x01, 0x01])])),
    limit,
  ),
  refusing(
    "lists of lists, 10,000 deep",
    sections(vector(7, [[0x70, 0x7d], ...many(10_000, (i) => [0x70, ...index(i)])])),
    limit,
  ),
  refusing(
    "a tuple that doubles 60 times",
    sections(vector(7, [[0x6f, 2, 0x7d, 0x7d], ...many(60, (i) => [0x6f, 2, ...index(i), ...index(i)])])),
    limit,
  ),
  refusing("instance types that double 60 times", sections(doubling), limit),
  refusing("a type that contains itself", sections(vector(7, [[0x70, 0x00]])), [
    "invalid-component",
    malformed,
  ]),
  refusing("a type of a later index", sections(vector(7, [[0x70, 0x05], [0x7d]])), [
    "invalid-component",
    malformed,
  ]),
  refusing(
    "an index of 2^32 - 1",
    sections(section(11, [0x01, 0x00, ...name("f"), 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00])),
    ["invalid-component", malformed],
  ),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 10, 11].map((id) =>
    refusing(
      `section ${id} with 2^32 - 1 entries`,
      sections(section(id, [0xff, 0xff, 0xff, 0xff, 0x0f])),
      malformed,
    ),
  ),
  refusing("a section longer than the file", sections([7, 0xff, 0xff, 0xff, 0xff, 0x0f]), malformed),
  refusing("a section that ends within an entry", sections(section(7, [0x02, ...func])), malformed),
  refusing("bytes left over in a section", sections(section(7, [0x01, ...func, 0x00])), malformed),
  refusing("a section that does not exist", sections(section(99, [0x00])), [
    malformed,
    "unsupported-feature",
  ]),
  refusing("a value section", sections(section(12, [0x01, 0x7d, 0x01, 0x00])), [
    malformed,
    "unsupported-feature",
  ]),
  refusing("a start section", sections(section(9, [0x00, 0x00, 0x00])), [
    malformed,
    "unsupported-feature",
    "invalid-component",
  ]),
  refusing("a count in six bytes", sections(section(7, [0x80, 0x80, 0x80, 0x80, 0x80, 0x00])), malformed),
  refusing("a count of more than 32 bits", sections(section(7, [0xff, 0xff, 0xff, 0xff, 0x7f])), malformed),
  refusing("a size that never ends", sections([7, ...times(1000, [0x80])]), malformed),
  calling(
    "a count written in five bytes where one would do",
    () => Uint8Array.from([...seven(), 0x07, 0x05, 0x80, 0x80, 0x80, 0x80, 0x00]),
    harmless(7),
  ),
  refusing(
    "one export twice",
    sections(
      vector(7, [func]),
      vector(10, [[0x00, ...name("f"), 0x01, 0x00]]),
      vector(
        11,
        many(2, () => [0x00, ...name("g"), 0x01, 0x00, 0x00]),
      ),
    ),
    "invalid-component",
  ),
  refusing(
    "one import twice",
    sections(
      vector(7, [func]),
      vector(
        10,
        many(2, () => [0x00, ...name("f"), 0x01, 0x00]),
      ),
    ),
    "invalid-component",
  ),
  refusing(
    "one core export twice",
    core(
      section(1, [1, 0x60, 0, 0]),
      section(3, [1, 0]),
      section(7, [2, 1, 0x66, 0, 0, 1, 0x66, 0, 0]),
      section(10, [1, 2, 0, 0x0b]),
    ),
    [malformed, "invalid-component"],
  ),
  refusing(
    "200,001 definitions",
    sections(
      vector(
        7,
        many(200_001, () => [0x7d]),
      ),
    ),
    limit,
  ),
  refusing(
    "10,001 instances",
    sections(
      vector(
        2,
        many(10_001, () => [0x01, 0x00]),
      ),
    ),
    limit,
  ),
  refusing("1,001 core modules", sections(...many(1_001, () => section(1, preamble))), limit),
  refusing(
    "a record of 20,000 fields",
    sections(vector(7, [[0x72, ...leb(20_000), ...many(20_000, (i) => [...name(`f${i}`), 0x7d]).flat()]])),
    limit,
  ),
  refusing(
    "a function of 2,000 parameters",
    sections(
      vector(7, [[0x40, ...leb(2_000), ...many(2_000, (i) => [...name(`p${i}`), 0x7d]).flat(), 0x01, 0x00]]),
    ),
    limit,
  ),
  refusing("flags of 33 names", sections(vector(7, [[0x6e, 33, ...many(33, (i) => name(`f${i}`)).flat()]])), [
    "invalid-component",
    malformed,
    "unsupported-feature",
  ]),
  refusing("an empty record", sections(vector(7, [[0x72, 0]])), ["invalid-component", malformed]),
  refusing("an empty variant", sections(vector(7, [[0x71, 0]])), ["invalid-component", malformed]),
  refusing(
    "100,000 exports",
    sections(
      vector(7, [func]),
      vector(10, [[0x00, ...name("host"), 0x01, 0x00]]),
      vector(
        11,
        many(100_000, (i) => [0x00, ...name(`f${i}`), 0x01, 0x00, 0x00]),
      ),
    ),
    ["unknown-import", limit],
  ),
  refusing("5,000 instances inside one another, and aliases all the way in", aliases(5_000), [
    limit,
    "unknown-import",
  ]),
  refusing("an alias beyond the outermost component", sections(vector(6, [[0x03, 0x02, 0x05, 0x00]])), [
    "invalid-component",
    malformed,
  ]),
  refusing("100,000 custom sections", sections(times(100_000, [0x00, 0x01, 0x00])), limit),
  refusing("a custom section whose name is longer than it", sections([0x00, 0x02, 0x7f, 0x61]), malformed),
  calling(
    "1,000 custom sections around a plugin",
    () => Uint8Array.from([...seven(), ...times(1_000, [0x00, 0x01, 0x00])]),
    harmless(7),
  ),
  refusing("a core module of sections in the wrong order", core(section(3, [0]), section(1, [0])), malformed),
  refusing("a core function without code", core(section(1, [1, 0x60, 0, 0]), section(3, [1, 0])), [
    malformed,
    "invalid-component",
  ]),
  refusing(
    "an unknown instruction",
    core(section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(10, [1, 3, 0, 0x27, 0x0b])),
    [malformed, "unsupported-feature"],
  ),
  refusing(
    "2^32 - 1 locals",
    core(
      section(1, [1, 0x60, 0, 0]),
      section(3, [1, 0]),
      section(10, [1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]),
    ),
    [limit, malformed],
  ),
  refusing(
    "operands of the wrong type",
    core(section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(10, [1, 5, 0, 0x42, 0x00, 0x45, 0x0b])),
    ["invalid-component", malformed],
  ),
  refusing("shared memory", text("(core module (memory 1 1 shared))"), "unsupported-feature"),
  refusing("64-bit memory", text("(core module (memory i64 1))"), "unsupported-feature"),
  refusing(
    "objects that are collected",
    text("(core module (type (struct (field i32))))"),
    "unsupported-feature",
  ),
  refusing("an asynchronous function", text('(type $f (func async)) (import "f" (func (type $f)))'), [
    "unsupported-feature",
    "unknown-import",
  ]),
];
