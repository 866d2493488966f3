import { describe, expect, test } from "vitest";
import type { StringEncoding } from "../../../host/component/component-type.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { allocator, lift, main } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();
const encodings = ["utf8", "utf16", "latin1+utf16"] as const;

/** `echo`, and `read`, which returns the string at a pointer with a length, as the guest would have it. */
async function start(encoding: StringEncoding) {
  const compiled = await engine.compile(
    component(`
    ${allocator}
    ${main(`
      (func (export "pair") (param i32 i32) (result i32)
        (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
      (func (export "write") (param i32 i32 i32)
        (memory.copy (local.get 2) (local.get 0) (local.get 1)))`)}
    (func (export "echo") (param "s" string) (result string) ${lift("pair", encoding)})
    (func (export "read") (param "pointer" u32) (param "length" u32) (result string) ${lift("pair", encoding)})
    (func (export "write") (param "bytes" (list u8)) (param "to" u32) ${lift("write", encoding)})`),
  );
  const cell = compiled.instantiate({});
  return {
    echo: cell.function("echo"),
    /** What the guest's bytes, put into its memory at 1024 (and `skew`), are as a string of so many code units. */
    read(bytes: readonly number[], length = bytes.length, skew = 0) {
      cell.function("write")(Uint8Array.from(bytes), 1024 + skew);
      return cell.function("read")(1024 + skew, length);
    },
    at: cell.function("read"),
  };
}

describe.each(encodings)("strings in %s", (encoding) => {
  test.each([
    ["nothing", ""],
    ["NUL", "a\0b\0"],
    ["a leading U+FEFF", "\ufeffbom"],
    ["U+FEFF alone", "\ufeff"],
    ["U+FFFD itself", "\ufffd"],
    ["Latin-1", "naïve café ÿ"],
    ["the last of Latin-1 and the first after it", "\u00ff\u0100"],
    ["three bytes in UTF-8", "中文字"],
    ["surrogate pairs", "👋🏽 \u{10ffff}"],
    ["noncharacters", "\uffff\ufffe"],
  ])("%s", async (_, text) => {
    const { echo } = await start(encoding);
    // Around the lengths where another way of copying takes over.
    for (const times of [1, 2, 3, 5, 10, 25, 200, 20_000]) {
      const long = text.repeat(times);
      expect(echo(long) === long, `${times} times`).toBe(true);
    }
  });

  test("every length up to 100, and 1 MiB", async () => {
    const { echo } = await start(encoding);
    for (const unit of ["a", "é", "中"]) {
      for (let length = 0; length <= 100; length++)
        expect(echo(unit.repeat(length))).toBe(unit.repeat(length));
      const mebi = unit.repeat(1 << 20);
      expect(echo(mebi) === mebi).toBe(true);
    }
  });

  test("memory that grows while a string is allocated is no problem", async () => {
    const { echo } = await start(encoding);
    for (let i = 0; i < 40; i++) expect((echo("x".repeat(50_000)) as string).length).toBe(50_000);
  });

  test.each([
    ["beyond the end", [0xfffffff0, 100]],
    ["ends beyond the end", [131_072 - 2, 4]],
    ["longer than 2^28 - 1 bytes", [0, 0x1000_0000]],
    ["longest", [0, 0x7fff_ffff]],
  ] as const)("a string that lies %s traps", async (_, [pointer, length]) => {
    const { at } = await start(encoding);
    expect(() => at(pointer, length)).toThrow(/string/);
  });
});

describe("what is no text traps", () => {
  test.each([
    ["a byte that starts nothing", [0xff]],
    ["a continuation alone", [0x80]],
    ["cut in the middle", [0xe4, 0xb8]],
    ["overlong", [0xc0, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("utf8: %s", async (_, bytes) => {
    for (const before of [0, 3, 60]) {
      const { read } = await start("utf8");
      expect(() => read([...new Array(before).fill(0x61), ...bytes])).toThrow(/invalid utf-8/);
    }
  });

  test.each([
    ["a high surrogate alone", [0x3c, 0xd8]],
    ["a low surrogate alone", [0x3c, 0xdc]],
    ["a pair the wrong way round", [0x3c, 0xdc, 0x3c, 0xd8]],
  ])("utf16: %s", async (_, bytes) => {
    for (const before of [0, 3, 60]) {
      const all = [...new Array(before * 2).fill(0x20), ...bytes];
      for (const [encoding, tag] of [
        ["utf16", 0],
        ["latin1+utf16", 0x8000_0000],
      ] as const) {
        const { read } = await start(encoding);
        expect(() => read(all, all.length / 2 + tag)).toThrow(/unpaired surrogate/);
      }
    }
  });

  test("a misaligned pointer", async () => {
    for (const encoding of ["utf16", "latin1+utf16"] as const) {
      const { read } = await start(encoding);
      expect(() => read([0x61, 0], 1, 1)).toThrow(/unaligned/);
    }
    const { read } = await start("utf8");
    expect(read([0x61], 1, 1)).toBe("a");
  });

  test("bytes that mean U+FFFD, and latin1's upper half, are text", async () => {
    expect((await start("utf8")).read([0xef, 0xbf, 0xbd])).toBe("\ufffd");
    expect((await start("latin1+utf16")).read([0x80, 0x9f, 0xff])).toBe("\x80\x9f\xff");
    expect((await start("latin1+utf16")).read([0x80, 0, 0x9f, 0], 0x8000_0002)).toBe("\x80\x9f");
  });
});
