/** Small components that cost much to look at, for whoever looks at them carelessly. */
import type { ComponentLimits } from "../../host/component/structure-limits.ts";

const componentPreamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
export const modulePreamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}

/** A type index: a signed LEB128. */
function index(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...index(Math.floor(value / 0x80))];
}

export function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length)].concat(content);
}

/** A section with so many entries. */
export function vector(id: number, entries: readonly (readonly number[])[]): number[] {
  return section(id, leb(entries.length).concat(entries.flat()));
}

export function component(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(componentPreamble.concat(sections.flat()));
}

export function name(text: string): number[] {
  return [...leb(text.length), ...new TextEncoder().encode(text)];
}

export const times = <T>(count: number, entry: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => entry(i));

/** Components, each in the one before. */
export function nested(levels: number): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from(componentPreamble)];
  let length = componentPreamble.length;
  for (let i = 0; i < levels; i++) {
    const head = [...componentPreamble, 4, ...leb(length)];
    parts.push(Uint8Array.from(head));
    length += head.length;
  }
  return new Uint8Array(Buffer.concat(parts.reverse()));
}

/** The same bytes so often. */
function repeated(unit: readonly number[], count: number): number[] {
  return [...Buffer.alloc(unit.length * count, Uint8Array.from(unit))];
}

/** Bytes after a preamble. */
function large(length: number, fill: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.alloc(length, fill));
  bytes.set(componentPreamble);
  return bytes;
}

interface Bomb {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  /** The limit that refuses it, or the code of the error. */
  readonly refused: keyof ComponentLimits | "malformed-component" | "invalid-component";
}

const MiB = 1024 * 1024;
const emptyModule = section(1, modulePreamble);
const emptyComponent = section(4, componentPreamble);
const custom = section(0, [0]);

/** Refused by their structure. */
export const structureBombs: readonly Bomb[] = [
  { name: "100,000 components inside one another", bytes: () => nested(100_000), refused: "nesting" },
  {
    name: "100,000 components side by side",
    bytes: () => component(repeated(emptyComponent, 100_000)),
    refused: "components",
  },
  {
    name: "100,000 core modules",
    bytes: () => component(repeated(emptyModule, 100_000)),
    refused: "coreModules",
  },
  {
    name: "1,000,000 empty sections",
    bytes: () => component(repeated([7, 1, 0], 1_000_000)),
    refused: "sections",
  },
  {
    name: "1,000,000 custom sections",
    bytes: () => component(repeated(custom, 1_000_000)),
    refused: "customSections",
  },
  {
    name: "1,000,000 custom sections in a core module",
    bytes: () => component(section(1, modulePreamble.concat(repeated(custom, 1_000_000)))),
    refused: "customSections",
  },
  {
    name: "1,000,000 core instances",
    bytes: () => component(section(2, leb(1_000_000).concat(repeated([1, 0], 1_000_000)))),
    refused: "instances",
  },
  {
    name: "1,000,000 types",
    bytes: () => component(section(7, leb(1_000_000).concat(repeated([0x7d], 1_000_000)))),
    refused: "definitions",
  },
  {
    name: "1,000,000 functions in a core module",
    bytes: () => {
      const functions = section(3, leb(1_000_000).concat(repeated([0], 1_000_000)));
      return component(section(1, modulePreamble.concat(vector(1, [[0x60, 0, 0]]), functions)));
    },
    refused: "coreDefinitions",
  },
  {
    name: "5 MB of one type",
    bytes: () => component(section(7, [1, 0x6d, ...leb(1_250_000), ...repeated(name("abc"), 1_250_000)])),
    refused: "definitionBytes",
  },
  { name: "64 MiB of zeros", bytes: () => large(64 * MiB, "\0"), refused: "componentBytes" },
  { name: "31 MiB of zeros", bytes: () => large(31 * MiB, "\0"), refused: "customSections" },
  { name: "31 MiB of letters", bytes: () => large(31 * MiB, "garbage"), refused: "malformed-component" },
  {
    name: "a count beyond the bytes there are",
    bytes: () => component(section(7, [0xff, 0xff, 0xff, 0xff, 0x0f])),
    refused: "malformed-component",
  },
  {
    name: "90,000 imports of a core module",
    bytes: () =>
      component(
        section(
          1,
          modulePreamble.concat(
            vector(1, [[0x60, 0, 0]]),
            vector(
              2,
              times(90_000, (i) => [0, ...name(`${i}`), 0x00, 0x00]),
            ),
          ),
        ),
      ),
    refused: "exports",
  },
];

const withMemory = modulePreamble.concat(vector(5, [[0, 1]]), vector(7, [[...name("m"), 2, 0]]));
const func = (...parameters: readonly number[][]) => [0x40, ...leb(parameters.length), ...parameters.flat()];
const wide = (count: number, type: readonly number[]) =>
  [0x6f, ...leb(count)].concat(times(count, () => type).flat());
/** Imports or exports `i0`, `i1`, … */
const externs = (count: number, rest: readonly number[], prefix = "i") =>
  times(count, (i) => [0x00, ...name(prefix + i), ...rest]);
const parameters = (count: number) => times(count, (i) => [...name(`p${i}`), 0x7d]);

/** A core module's `count` imports of functions that take `width` numbers, and the same in a module that has them. */
function wideModules(count: number, width: number): { exporter: number[]; importer: number[] } {
  const type = [0x60, ...leb(width), ...times(width, () => 0x7f), 0];
  const names = times(count, (i) => name(`f${i}`));
  return {
    exporter: modulePreamble.concat(
      vector(1, [type]),
      vector(3, [[0]]),
      vector(
        7,
        names.map((text) => [...text, 0, 0]),
      ),
      vector(10, [[2, 0, 0x0b]]),
    ),
    importer: modulePreamble.concat(
      vector(1, [[0x60, 0, 0], type]),
      vector(
        2,
        names.map((text) => [1, 0x6d, ...text, 0, 1]),
      ),
    ),
  };
}

/** Decoded before they are refused. Each is under a million bytes. */
export const decodingBombs: readonly Bomb[] = [
  {
    name: "a name that takes a backtracking matcher for ever",
    bytes: () =>
      component(
        vector(7, [func().concat(1, 0)]),
        vector(10, [[0, ...name(`a${"-1".repeat(4_000)}!`), 1, 0]]),
      ),
    refused: "invalid-component",
  },
  {
    name: "component types inside one another",
    bytes: () => component(section(7, [1, ...repeated([0x41, 1, 1], 100_000)])),
    refused: "nesting",
  },
  {
    // Lists in between, whose size in memory does not grow: only the type does.
    name: "types that double with every line",
    bytes: () =>
      component(
        vector(
          7,
          times(60, (i) =>
            i === 0
              ? [0x70, 0x7d]
              : i % 2
                ? [0x6f, 2, ...index(i - 1), ...index(i - 1)]
                : [0x70, ...index(i - 1)],
          ),
        ),
      ),
    refused: "typeSize",
  },
  {
    name: "core types whose many fields are far below those of their supertype",
    bytes: () => {
      const chain = times(60, (i) => [0x50, ...(i === 0 ? [0] : [1, i - 1]), 0x5f, 0]);
      const wide = (of: readonly number[], field: number, fields = 9_000) => [
        ...[0x50, ...of, 0x5f, ...leb(fields)],
        ...repeated([0x63, field, 0x00], fields),
      ];
      const all = [...chain, wide([0], 0), ...times(12, (i) => wide([1, 60], 59, 9_001 + i))];
      return component(section(1, [...modulePreamble, ...vector(1, all)]));
    },
    refused: "work",
  },
  {
    name: "a recursion group of more types than a module may have",
    bytes: () =>
      component(
        section(1, [
          ...modulePreamble,
          ...section(1, [1, 0x4e, ...leb(310_000), ...repeated([0x60, 0, 0], 310_000)]),
        ]),
      ),
    refused: "coreDefinitions",
  },
  {
    name: "lists of lists of lists",
    bytes: () => component(vector(7, [[0x70, 0x7d], ...times(10_000, (i) => [0x70, ...index(i)])])),
    refused: "typeNesting",
  },
  {
    name: "instance types that double with every line",
    bytes: () => {
      const twice = (i: number) => [
        0x42,
        4,
        ...[0x02, 0x03, 0x02, 1, ...leb(i)],
        ...[0x01, 0x42, 0x00],
        ...[0x04, 0x00, ...name("a"), 0x05, 0],
        ...[0x04, 0x00, ...name("b"), 0x05, 0],
      ];
      return component(vector(7, [[0x42, 1, 0x04, 0x00, ...name("r"), 0x03, 0x01], ...times(60, twice)]));
    },
    refused: "work",
  },
  {
    name: "a large instance type imported again and again",
    bytes: () => {
      const exports = externs(2_000, [0x03, 0x01]).map((entry) => [0x04, ...entry]);
      const type = [0x42, ...leb(exports.length), ...exports.flat()];
      return component(vector(7, [type]), vector(10, externs(5_000, [0x05, 0x00])));
    },
    refused: "work",
  },
  {
    name: "an instance type with one wide type imported again and again",
    bytes: () => {
      const type = [
        ...[0x42, 4, 0x04, 0x00, ...name("r"), 0x03, 0x01],
        ...[0x01, 0x69, 0x00, 0x01],
        ...wide(9_000, index(1)),
        ...[0x04, 0x00, ...name("t"), 0x03, 0x00, 0x02],
      ];
      return component(vector(7, [type]), vector(10, externs(9_000, [0x05, 0x00])));
    },
    refused: "work",
  },
  {
    name: "a large component instantiated again and again",
    bytes: () => {
      const inner = componentPreamble.concat(
        vector(7, [[0x3f, 0x7f, 0x00]]),
        vector(11, externs(2_000, [0x03, 0x00, 0x00], "r")),
      );
      return component(
        section(4, inner),
        vector(
          5,
          times(500, () => [0x00, 0x00, 0x00]),
        ),
      );
    },
    refused: "work",
  },
  {
    name: "components that each instantiate the one inside ten times",
    bytes: () => {
      const ten = vector(
        5,
        times(10, () => [0x00, 0x00, 0x00]),
      );
      let inner = componentPreamble;
      for (let i = 0; i < 10; i++) inner = componentPreamble.concat(section(4, inner), ten);
      return Uint8Array.from(inner);
    },
    refused: "instances",
  },
  {
    name: "functions that all take a wide type",
    bytes: () =>
      component(
        vector(7, [wide(9_000, [0x7d]), func([...name("p"), 0x00]).concat(1, 0)]),
        vector(10, externs(9_900, [0x01, 0x01])),
      ),
    refused: "typeSize",
  },
  {
    name: "functions of a thousand parameters imported and lowered again and again",
    bytes: () =>
      component(
        section(1, withMemory),
        vector(2, [[0, 0, 0]]),
        vector(6, [[0x00, 0x02, 0x01, 0x00, ...name("m")]]),
        vector(7, [func(...parameters(1_000)).concat(1, 0)]),
        vector(10, externs(1, [0x01, 0x00])),
        vector(
          8,
          times(20_000, () => [0x01, 0x00, 0x00, 0x01, 0x03, 0x00]),
        ),
      ),
    refused: "work",
  },
  {
    name: "core modules instantiated with wide functions",
    bytes: () => {
      const { exporter, importer } = wideModules(9_000, 1_000);
      return component(
        section(1, exporter),
        section(1, importer),
        vector(2, [[0, 0, 0], ...times(900, () => [0x00, 0x01, 1, 1, 0x6d, 0x12, 0x00])]),
      );
    },
    refused: "work",
  },
  {
    name: "resources whose destructor has a wide type",
    bytes: () => {
      const { exporter } = wideModules(1, 1_000);
      return component(
        section(1, exporter),
        vector(2, [[0, 0, 0]]),
        vector(6, [[0x00, 0x00, 0x01, 0x00, ...name("f0")]]),
        vector(
          7,
          times(20_000, () => [0x3f, 0x7f, 0x01, 0x00]),
        ),
      );
    },
    refused: "invalid-component",
  },
  {
    name: "a fixed-length list of most that fit",
    bytes: () =>
      component(
        section(1, withMemory),
        vector(2, [[0, 0, 0]]),
        vector(6, [[0x00, 0x02, 0x01, 0x00, ...name("m")]]),
        vector(7, [[0x67, 0x7d, ...leb(2 ** 27)], func([...name("p"), 0x00]).concat(1, 0)]),
        vector(10, externs(1, [0x01, 0x01])),
        vector(8, [...times(20_000, () => [0x01, 0x00, 0x00, 0x01, 0x03, 0x00]), [0xff]]),
      ),
    refused: "malformed-component",
  },
  {
    name: "component types that each look at one wide type",
    bytes: () =>
      component(
        vector(7, [
          wide(9_000, [0x7d]),
          ...times(20_000, () => [0x41, 2, 0x02, 0x03, 0x02, 1, 0, 0x03, 0x00, ...name("t"), 0x03, 0, 0]),
        ]),
      ),
    refused: "work",
  },
  {
    name: "many small definitions",
    bytes: () =>
      component(
        vector(
          7,
          times(29_000, () => [0x70, 0x7d]),
        ),
        vector(7, [[0x00]]),
      ),
    refused: "malformed-component",
  },
  {
    name: "many labels",
    bytes: () => {
      const labels = times(9_000, (i) => name(`l${i}`)).flat();
      return component(
        vector(
          7,
          times(14, () => [0x6d, ...leb(9_000), ...labels]),
        ),
      );
    },
    refused: "work",
  },
  {
    name: "many functions in a core module",
    bytes: () =>
      component(
        section(
          1,
          modulePreamble.concat(
            vector(1, [[0x60, 0, 0]]),
            section(3, leb(290_000).concat(repeated([0], 290_000))),
            vector(7, [[...name("f"), 0x00, 0xff, 0xff, 0x7f]]),
          ),
        ),
      ),
    refused: "invalid-component",
  },
];
