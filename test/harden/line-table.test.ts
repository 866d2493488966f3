import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineTable } from "../../host/harden/line-table.ts";
import { leb } from "../guests/core-bytes.ts";

const text = (value: string) => [...leb(Buffer.byteLength(value)), ...Buffer.from(value)];
const vector = (...items: readonly (readonly number[])[]) => [...leb(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...leb(bytes.length), ...bytes];

const files = vector(text("a.ts"), text("b.ts"));
const names = vector([...text("first"), 1], [...text("~lib/x"), 0], [...text("second"), 2]);
const table = (...functions: readonly (readonly number[])[]) =>
  new LineTable(Uint8Array.from([1, ...files, ...names, ...vector(...functions.map(sized))]));

describe("a table of lines", () => {
  const read = table(
    // Line 10 from byte 2, then 8 from byte 7, the other file's 300 from byte 8, and nothing from byte 9.
    [1, 2, 1, 20, 5, 1, 3, 1, 3, ...leb(584), 1, 0],
    [2],
    [0, 4, 1, 6, 4, 0],
  );

  it("tells a function's place by its last change before", () => {
    const told = [0, 1, 2, 6, 7, 8, 9, 1e9].map((offset) => read.at(0, offset));
    const first = (line: number) => ({ name: "first", file: "a.ts", line });
    const own = { name: "first" };
    const second = { name: "second", file: "b.ts", line: 300 };
    expect(told).toEqual([own, own, first(10), first(10), first(8), second, own, own]);
  });

  it("tells code of a library by its name, and nothing of what is generated", () => {
    expect(read.at(1, 5)).toEqual({ name: "~lib/x" });
    expect([0, 4, 7, 8].map((offset) => read.at(2, offset))).toEqual([
      undefined,
      { name: "first", file: "a.ts", line: 3 },
      { name: "first", file: "a.ts", line: 3 },
      undefined,
    ]);
  });

  it("tells nothing of functions that are not there, or numbers of nothing", () => {
    const nothing = { name: "" };
    expect(read.at(3, 0)).toEqual(nothing);
    expect(table([9]).at(0, 0)).toEqual(nothing);
    expect(table([1, 0, 9, 2]).at(0, 0)).toEqual(nothing);
    const missing = new LineTable(
      Uint8Array.from([1, 0, ...vector([...text("f"), 7]), ...vector([2, 1, 1])]),
    );
    expect(missing.at(0, 0)).toEqual({ name: "f" });
  });

  it("gives lines that can't be as none", () => {
    expect(table([1, 0, 1, 5]).at(0, 0)).toEqual({ name: "first" });
  });

  it("reads so much of one function only", () => {
    const many = table([1, ...Array.from({ length: 10_000 }, () => [1, 1, 2]).flat()]);
    expect(many.at(0, 100)).toEqual({ name: "first", file: "a.ts", line: 100 });
    expect(many.at(0, 9_000)).toEqual({ name: "first" });
  });

  it("cuts what is long", () => {
    const long = text("é".repeat(5_000));
    const bytes = Uint8Array.from([1, ...vector(long), ...vector([...long, 1]), ...vector([4, 1, 0, 1, 2])]);
    const { name, file } = new LineTable(bytes).at(0, 0)!;
    expect([name.length, file!.length].every((length) => length <= 200)).toBe(true);
  });

  it.each([
    ["nothing", []],
    ["another version", [2, 0, 0, 0]],
    ["more files than bytes", [1, ...leb(2 ** 31)]],
    ["more names than bytes", [1, 0, ...leb(2 ** 31)]],
    ["more functions than bytes", [1, 0, 0, ...leb(2 ** 31)]],
    ["a text beyond the end", [1, 1, ...leb(2 ** 31)]],
    ["a function beyond the end", [1, 0, 0, 1, 100, 0]],
    ["an endless integer", [1, ...Array(100).fill(0xff)]],
    ["places cut off", [1, 0, 0, 1, 1, 0x80]],
  ])("tells nothing where it can't be read: %s", (_, bytes) => {
    expect(new LineTable(Uint8Array.from(bytes)).at(0, 0)).toEqual({ name: "" });
  });

  it("never fails, whatever it holds", () => {
    const small = fc.uint8Array({ maxLength: 60, max: 6 });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 60 }), small),
        fc.nat(5),
        fc.nat(100),
        (bytes, index, offset) => {
          const told = new LineTable(Uint8Array.from([1, ...bytes])).at(index, offset);
          if (told?.line !== undefined) expect(told.line).toBeGreaterThan(0);
        },
      ),
    );
  });
});
