/** Components of few bytes whose cells are dear to start, for whoever starts them without counting. */
import { leb, name, vector } from "./component-bombs.ts";

/** What a core module is to have; nothing by default but the function `go`, which does nothing. */
interface Parts {
  /** Functions, all of them empty. */
  readonly functions?: number;
  /** Of them, exported as `f0`, `f1`, … */
  readonly exports?: number;
  /** Functions to import, from `e`, by the same names. */
  readonly imports?: number;
  /** Mutable ones. */
  readonly globals?: number;
  /** Of them, exported as `g0`, … */
  readonly exportedGlobals?: number;
  readonly types?: number;
  /** Tables of so many elements, of functions. The first is exported as `t`. */
  readonly tables?: readonly number[];
  readonly importedTable?: boolean;
  /** Segments of so many elements each, written to the first table. */
  readonly elements?: readonly [segments: number, elements: number];
  /** The first memory is exported as `m`. */
  readonly memories?: readonly number[];
  readonly importedMemory?: boolean;
  /** Segments of so many bytes each, written to the first memory. */
  readonly data?: readonly [segments: number, bytes: number];
}

type Bytes = Uint8Array | readonly number[];

const joined = (...parts: readonly Bytes[]) => Buffer.concat(parts.map((part) => Uint8Array.from(part)));
const section = (id: number, ...content: readonly Bytes[]) => {
  const all = joined(...content);
  return joined([id], leb(all.length), all);
};
const repeated = (count: number, part: Bytes) => {
  const unit = Uint8Array.from(part);
  return joined(leb(count), Buffer.alloc(unit.length * count, unit));
};
const listed = (count: number, entry: (i: number) => readonly number[]) =>
  joined(leb(count), Array.from({ length: count }, (_, i) => entry(i)).flat());

export function coreModule(parts: Parts = {}): Buffer {
  const { functions = 1, exports = 0, imports = 0, globals = 0, exportedGlobals = 0, types = 0 } = parts;
  const { tables = [], memories = [], elements, data } = parts;
  const imported = [
    ...Array.from({ length: imports }, (_, i) => [...name("e"), ...name(`f${i}`), 0, 0]),
    ...(parts.importedTable ? [[...name("e"), ...name("t"), 1, 0x70, 0, 0]] : []),
    ...(parts.importedMemory ? [[...name("e"), ...name("m"), 2, 0, 0]] : []),
  ];
  const exported = [
    [...name("go"), 0, ...leb(imports)],
    ...Array.from({ length: exports }, (_, i) => [...name(`f${i}`), 0, ...leb(i % (imports + functions))]),
    ...Array.from({ length: exportedGlobals }, (_, i) => [...name(`g${i}`), 3, ...leb(i)]),
    ...(tables.length > 0 ? [[...name("t"), 1, 0]] : []),
    ...(memories.length > 0 ? [[...name("m"), 2, 0]] : []),
  ];
  const zero = [0, 0x41, 0, 0x0b];
  return joined(
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, repeated(types + 1, [0x60, 0, 0])),
    section(
      2,
      listed(imported.length, (i) => imported[i]!),
    ),
    section(3, repeated(functions, [0])),
    section(
      4,
      listed(tables.length, (i) => [0x70, 0, ...leb(tables[i]!)]),
    ),
    section(
      5,
      listed(memories.length, (i) => [0, ...leb(memories[i]!)]),
    ),
    section(6, repeated(globals, [0x7f, 1, 0x41, 0, 0x0b])),
    section(
      7,
      listed(exported.length, (i) => exported[i]!),
    ),
    elements ? section(9, repeated(elements[0], joined(zero, repeated(elements[1], [imports])))) : [],
    section(10, repeated(functions, [2, 0, 0x0b])),
    data ? section(11, repeated(data[0], joined(zero, repeated(data[1], [7])))) : [],
  );
}

/** Instances of core modules, by index: each is given the exports of one before, as `e`, or nothing. */
interface Instantiation {
  readonly module: number;
  readonly from?: number;
  readonly times: number;
}

const componentPreamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/** Lifts `go` of the first core instance, and exports it. */
const exportsGo = joined(
  vector(6, [[0x00, 0x00, 0x01, 0x00, ...name("go")]]),
  vector(7, [[0x40, 0, 1, 0]]),
  vector(8, [[0x00, 0x00, 0x00, 0x00, 0x00]]),
  vector(11, [[0x00, ...name("go"), 0x01, 0x00, 0x00]]),
);

export function starting(
  modules: readonly Buffer[],
  instances: readonly Instantiation[],
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    joined(
      componentPreamble,
      ...modules.map((module) => section(1, module)),
      ...instances.map(({ module, from, times }) =>
        section(
          2,
          repeated(
            times,
            from === undefined ? [0, module, 0] : [0, module, 1, ...name("e"), 0x12, ...leb(from)],
          ),
        ),
      ),
      exportsGo,
    ),
  );
}

/** So many instances of a component that holds these, which are in nothing that inspection counts. */
export function unfolded(
  modules: readonly Buffer[],
  instances: readonly Instantiation[],
  times: number,
): Uint8Array<ArrayBuffer> {
  const inner = starting(modules, instances);
  return new Uint8Array(
    joined(
      componentPreamble,
      section(4, inner),
      section(5, repeated(times, [0, 0, 0])),
      vector(6, [[0x01, 0x00, 0x00, ...name("go")]]),
      vector(11, [[0x00, ...name("go"), 0x01, 0x00, 0x00]]),
    ),
  );
}

export interface StartBomb {
  readonly name: string;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
  /** What a start by default comes to: too dear, or refused when it is linked; absent: it starts. */
  readonly refused?: "out-of-fuel" | "component-limit";
}

const plain = (parts: Parts, times: number) => () => starting([coreModule(parts)], [{ module: 0, times }]);
const nested = (parts: Parts, times: number) => () =>
  unfolded([coreModule(parts)], [{ module: 0, times: 1 }], times);
/** One instance that has what `times` others, of another module, import. */
const sharing = (owner: Parts, user: Parts, times: number) => () =>
  starting(
    [coreModule(owner), coreModule(user)],
    [
      { module: 0, times: 1 },
      { module: 1, from: 0, times },
    ],
  );
/** Nested components whose instances import functions from one another. */
const importing = (functions: number, times: number) => () =>
  unfolded(
    [coreModule({ functions, exports: functions }), coreModule({ imports: functions })],
    [
      { module: 0, times: 1 },
      { module: 1, from: 0, times: 1 },
    ],
    times,
  );
const dear = { refused: "out-of-fuel" } as const;

/** Each is within the default limits of structure, memory and tables. */
export const startBombs: readonly StartBomb[] = [
  {
    name: "998 instances that write 300,000 elements to one table",
    bytes: sharing({ tables: [30_000] }, { importedTable: true, elements: [10, 30_000] }, 998),
    ...dear,
  },
  {
    name: "998 instances that write 50,000 segments of one element to one table",
    bytes: sharing({ tables: [1] }, { importedTable: true, elements: [50_000, 1] }, 998),
    ...dear,
  },
  {
    name: "998 instances that write 6 MB to one memory",
    bytes: sharing({ memories: [96] }, { importedMemory: true, data: [1, 6_000_000] }, 998),
    ...dear,
  },
  {
    name: "998 instances that write 90,000 segments of a byte to one memory",
    bytes: sharing({ memories: [96] }, { importedMemory: true, data: [90_000, 1] }, 998),
    ...dear,
  },
  { name: "999 instances of 40,000 globals", bytes: plain({ globals: 40_000 }, 999), ...dear },
  { name: "999 instances of 90,000 functions", bytes: plain({ functions: 90_000 }, 999), ...dear },
  { name: "999 instances of 9,000 types", bytes: plain({ types: 9_000 }, 999) },
  {
    name: "490 nested instances of 9,000 exports",
    bytes: nested({ functions: 9_000, exports: 9_000 }, 490),
    ...dear,
  },
  {
    name: "490 nested instances of 9,000 exports of one function",
    bytes: nested({ exports: 9_000 }, 490),
    ...dear,
  },
  {
    name: "490 nested instances of 9,000 exported globals",
    bytes: nested({ globals: 9_000, exportedGlobals: 9_000 }, 490),
    ...dear,
  },
  { name: "999 instances of 64 tables", bytes: plain({ tables: Array(64).fill(1) }, 999) },
  { name: "a table of 65,536 elements", bytes: plain({ tables: [65_536] }, 1) },
  {
    name: "300 nested instances that import 9,000 functions each",
    bytes: importing(9_000, 300),
    refused: "component-limit",
  },
  { name: "300 nested instances that import 900 functions each", bytes: importing(900, 300), ...dear },
  { name: "996 nested instances", bytes: nested({}, 498) },
];
