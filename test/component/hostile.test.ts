import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { defaultLimits } from "../../host/component/limits.ts";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}

/** A type index: a signed LEB128. */
function index(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...index(Math.floor(value / 0x80))];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

/** A section with so many entries. */
function vector(id: number, entries: readonly (readonly number[])[]): number[] {
  return section(id, [...leb(entries.length), ...entries.flat()]);
}

function component(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...preamble, ...sections.flat()]);
}

function name(text: string): number[] {
  return [...leb(text.length), ...new TextEncoder().encode(text)];
}

const times = <T>(count: number, entry: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => entry(i));
const exceeds = (limit: keyof typeof defaultLimits) =>
  expect.objectContaining({
    code: "component-limit",
    facts: expect.objectContaining({ limit: defaultLimits[limit], actual: expect.any(Number) }),
  });

describe("hostile components cost little", () => {
  it("components nested in one another", () => {
    let bytes = [...preamble];
    for (let i = 0; i < 2_000; i++) bytes = [...preamble, ...section(4, bytes)];
    expect(() => inspectComponent(Uint8Array.from(bytes))).toThrow(exceeds("nesting"));
  });

  it("component types nested in one another", () => {
    const nested = times(100_000, () => [0x41, 0x01, 0x01]).flat();
    expect(() => inspectComponent(component(section(7, [0x01, ...nested])))).toThrow(exceeds("nesting"));
  });

  it("counts beyond the bytes there are", () => {
    for (const id of [2, 3, 5, 6, 7, 8, 10, 11]) {
      expect(() => inspectComponent(component(section(id, [0xff, 0xff, 0xff, 0xff, 0x0f])))).toThrow(
        expect.objectContaining({ code: "malformed-component" }),
      );
    }
  });

  it("sections and names beyond the bytes there are", () => {
    expect(() => inspectComponent(component([7, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toThrow(
      expect.objectContaining({ code: "malformed-component" }),
    );
    expect(() => inspectComponent(component(section(0, [0xff, 0xff, 0xff, 0xff, 0x0f])))).toThrow(
      expect.objectContaining({ code: "malformed-component" }),
    );
  });

  it("types that double with every line", () => {
    // Lists in between, whose size in memory does not grow: only the type does.
    const doubled = times(60, (i) =>
      i === 0 ? [0x70, 0x7d] : i % 2 ? [0x6f, 2, ...index(i - 1), ...index(i - 1)] : [0x70, ...index(i - 1)],
    );
    expect(() => inspectComponent(component(vector(7, doubled)))).toThrow(exceeds("typeSize"));
  });

  it("lists of lists of lists", () => {
    const types = [[0x70, 0x7d], ...times(10_000, (i) => [0x70, ...index(i)])];
    expect(() => inspectComponent(component(vector(7, types)))).toThrow(exceeds("typeDepth"));
  });

  it("instance types that double with every line", () => {
    const twice = (i: number) => [
      0x42,
      4,
      ...[0x02, 0x03, 0x02, 1, ...leb(i)],
      ...[0x01, 0x42, 0x00],
      ...[0x04, 0x00, ...name("a"), 0x05, 0],
      ...[0x04, 0x00, ...name("b"), 0x05, 0],
    ];
    const types = [[0x42, 1, 0x04, 0x00, ...name("r"), 0x03, 0x01], ...times(60, twice)];
    expect(() => inspectComponent(component(vector(7, types)))).toThrow(
      expect.objectContaining({ code: "component-limit" }),
    );
  });

  it("a large instance type imported again and again", () => {
    const exports = times(2_000, (i) => [0x04, 0x00, ...name(`r${i}`), 0x03, 0x01]);
    const type = [0x42, ...leb(exports.length), ...exports.flat()];
    const imports = times(5_000, (i) => [0x00, ...name(`i${i}`), 0x05, 0x00]);
    expect(() => inspectComponent(component(vector(7, [type]), vector(10, imports)))).toThrow(
      exceeds("work"),
    );
  });

  it("a large component instantiated again and again", () => {
    const nested = [
      ...preamble,
      ...vector(7, [[0x3f, 0x7f, 0x00]]),
      ...vector(
        11,
        times(2_000, (i) => [0x00, ...name(`r${i}`), 0x03, 0x00, 0x00]),
      ),
    ];
    const instances = times(5_000, () => [0x00, 0x00, 0x00]);
    expect(() => inspectComponent(component(section(4, nested), vector(5, instances)))).toThrow(
      exceeds("work"),
    );
  });

  it("more definitions, instances or core modules than anybody needs", () => {
    const many = times(defaultLimits.definitions + 1, () => [0x7d]);
    expect(() => inspectComponent(component(vector(7, many)))).toThrow(exceeds("definitions"));
    const empty = times(defaultLimits.instances + 1, () => [0x01, 0x00]);
    expect(() => inspectComponent(component(vector(2, empty)))).toThrow(exceeds("instances"));
    const module = section(1, [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    expect(() => inspectComponent(component(...times(defaultLimits.coreModules + 1, () => module)))).toThrow(
      exceeds("coreModules"),
    );
  });

  it("records with more fields, and functions with more parameters, than anybody needs", () => {
    const fields = times(20_000, (i) => [...name(`f${i}`), 0x7d]).flat();
    expect(() => inspectComponent(component(vector(7, [[0x72, ...leb(20_000), ...fields]])))).toThrow(
      exceeds("parts"),
    );
    const parameters = times(2_000, (i) => [...name(`p${i}`), 0x7d]).flat();
    expect(() =>
      inspectComponent(component(vector(7, [[0x40, ...leb(2_000), ...parameters, 0x01, 0x00]]))),
    ).toThrow(exceeds("parameters"));
  });

  it("names longer than anybody needs", () => {
    const long = name("a".repeat(20_000));
    const sections = [vector(7, [[0x40, 0x00, 0x01, 0x00]]), vector(10, [[0x00, ...long, 0x01, 0x00]])];
    expect(() => inspectComponent(component(...sections))).toThrow(exceeds("nameBytes"));
  });

  it("binaries beyond the limit on bytes", () => {
    expect(() => inspectComponent(component(), { ...defaultLimits, bytes: 7 })).toThrow(
      expect.objectContaining({
        code: "component-limit",
        facts: expect.objectContaining({ limit: 7, actual: 8 }),
      }),
    );
  });
});
