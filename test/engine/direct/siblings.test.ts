import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StringEncoding } from "../../../host/component/component-type.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { TrapError } from "../../../host/errors.ts";
import { allocator, lift, main, options } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();
const encodings = ["utf8", "utf16", "latin1+utf16"] as const;
const pairs = encodings.flatMap((from) => encodings.map((to) => [from, to] as const));

/** A sender that hands its string on to a receiver in another encoding, which notes how it was asked for memory. */
async function sendAndReceive(from: StringEncoding, to: StringEncoding) {
  const compiled = await engine.compile(
    component(`
    (component $Receiver
      (core module $Logged
        (memory (export "memory") 4)
        (global $top (mut i32) (i32.const 65536))
        (global $log (mut i32) (i32.const 1024))
        (func (export "clear") (global.set $log (i32.const 1024)))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (i32.store (global.get $log) (local.get 1))
          (i32.store offset=4 (global.get $log) (local.get 2))
          (i32.store offset=8 (global.get $log) (local.get 3))
          (global.set $log (i32.add (global.get $log) (i32.const 12)))
          (global.set $top (i32.and (i32.add (global.get $top) (i32.const 8)) (i32.const -8)))
          (global.get $top)
          (global.set $top (i32.add (global.get $top) (local.get 3))))
        (func (export "log") (result i32)
          (i32.store (i32.const 8) (i32.const 1024))
          (i32.store (i32.const 12) (i32.div_u (i32.sub (global.get $log) (i32.const 1024)) (i32.const 4)))
          (i32.const 8))
        (func (export "take") (param i32 i32) (result i32)
          (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
      (core instance $main (instantiate $Logged))
      (alias core export $main "memory" (core memory $memory))
      (alias core export $main "realloc" (core func $realloc))
      (func (export "take") (param "s" string) (result string) ${lift("take", to)})
      (func (export "clear") (canon lift (core func $main "clear")))
      (func (export "log") (result (list u32)) ${lift("log")}))
    (instance $receiver (instantiate $Receiver))
    (component $Sender
      (import "take" (func $take (param "s" string) (result string)))
      ${allocator}
      (core func $take' (canon lower (func $take) ${options(from)}))
      ${main(
        `(func (export "send") (param i32 i32) (result i32)
          (call $take (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))
        (data (i32.const 1024) "h\\00\\e9\\00")
        (func (export "send-wide") (call $take (i32.const 1024) (i32.const 0x80000002) (i32.const 8)))`,
        `(import "env" "take" (func $take (param i32 i32 i32)))`,
        `(export "take" (func $take'))`,
      )}
      (func (export "send") (param "s" string) (result string) ${lift("send", from)})
      (func (export "send-wide") ${lift("send-wide", from)}))
    (instance $sender (instantiate $Sender (with "take" (func $receiver "take"))))
    (export "send" (func $sender "send"))
    (export "send-wide" (func $sender "send-wide"))
    (export "clear" (func $receiver "clear"))
    (export "log" (func $receiver "log"))`),
  );
  const cell = compiled.instantiate({});
  const [send, clear, log] = ["send", "clear", "log"].map((name) => cell.function(name));
  return {
    send: send!,
    /** What the receiver's realloc was asked for: old size, alignment, new size of each call. */
    asked(text: string): number[] {
      clear!();
      send!(text);
      return [...(log!() as Uint32Array)];
    },
    /** The same for "hé" that the sender holds as utf16. */
    askedForWide(): number[] {
      clear!();
      cell.function("send-wide")();
      return [...(log!() as Uint32Array)];
    },
  };
}

describe("strings between siblings", () => {
  test.each(pairs)("%s to %s: any string arrives", async (from, to) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary", maxLength: 300 }), { maxLength: 20 }),
        async (texts) => {
          const { send } = await sendAndReceive(from, to);
          for (const text of texts) expect(send(text)).toBe(text);
        },
      ),
      { numRuns: 20 },
    );
  });

  // CanonicalABI.md, store_string_into_range: each way of asking for memory.
  test.each([
    ["utf8", "utf8", "héé", [0, 1, 5]],
    ["utf16", "utf8", "abc", [0, 1, 3]],
    ["utf16", "utf8", "hé", [0, 1, 2, 2, 1, 6, 6, 1, 3]],
    ["utf16", "utf8", "中文", [0, 1, 2, 2, 1, 6]],
    ["latin1+utf16", "utf8", "hé", [0, 1, 2, 2, 1, 4, 4, 1, 3]],
    ["latin1+utf16", "utf8", "éé", [0, 1, 2, 2, 1, 4]],
    ["utf8", "utf16", "abc", [0, 2, 6]],
    ["utf8", "utf16", "hé", [0, 2, 6, 6, 2, 4]],
    ["utf16", "utf16", "hé", [0, 2, 4]],
    ["latin1+utf16", "utf16", "hé", [0, 2, 4]],
    ["utf8", "latin1+utf16", "abc", [0, 2, 3]],
    ["utf8", "latin1+utf16", "hé", [0, 2, 3, 3, 2, 2]],
    ["utf16", "latin1+utf16", "hé", [0, 2, 2]],
    ["utf16", "latin1+utf16", "h中", [0, 2, 2, 2, 2, 4]],
    ["utf8", "latin1+utf16", "h中", [0, 2, 4, 4, 2, 8, 8, 2, 4]],
    ["latin1+utf16", "latin1+utf16", "hé", [0, 2, 2]],
    ["latin1+utf16", "latin1+utf16", "h中", [0, 2, 4]],
  ] as const)("%s to %s: %s asks for memory as it should", async (from, to, text, expected) => {
    expect((await sendAndReceive(from, to)).asked(text)).toEqual(expected);
  });
});

describe("Latin-1 text that latin1+utf16 holds as utf16", () => {
  test.each([
    ["utf8", [0, 1, 2, 2, 1, 6, 6, 1, 3]],
    ["utf16", [0, 2, 4]],
    ["latin1+utf16", [0, 2, 4, 4, 1, 2]],
  ] as const)("goes to %s", async (to, expected) => {
    expect((await sendAndReceive("latin1+utf16", to)).askedForWide()).toEqual(expected);
  });
});

describe("calls between component instances", () => {
  /** The parent calls its child, which calls the parent back, which calls what `again` says. */
  const donut = (again: string) =>
    component(`
    (core module $Shim
      (type $f (func (result i32)))
      (table (export "table") 1 funcref)
      (func (export "back") (result i32) ${again}))
    (core instance $shim (instantiate $Shim))
    (func $back (result u32) (canon lift (core func $shim "back")))
    (component $Child
      (import "back" (func $back (result u32)))
      (core func $back' (canon lower (func $back)))
      (core module $M
        (import "env" "back" (func $back (result i32)))
        (func (export "run") (result i32) (i32.add (i32.const 1) (call $back))))
      (core instance $m (instantiate $M (with "env" (instance (export "back" (func $back'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (instance $child (instantiate $Child (with "back" (func $back))))
    (core func $run (canon lower (func $child "run")))
    (core module $Fill
      (import "env" "table" (table 1 funcref))
      (import "env" "run" (func $run (result i32)))
      (elem (i32.const 0) $run)
      (func (export "run") (result i32) (call $run)))
    (alias core export $shim "table" (core table $table))
    (core instance $fill (instantiate $Fill (with "env" (instance
      (export "table" (table $table)) (export "run" (func $run))))))
    (func (export "run") (result u32) (canon lift (core func $fill "run")))`);

  test("a parent may be called back by its child", async () => {
    const cell = (await engine.compile(donut("(i32.const 41)"))).instantiate({});
    expect(cell.function("run")()).toBe(42);
    expect(cell.function("run")()).toBe(42);
  });

  test("but may not call the child again then", async () => {
    const cell = (await engine.compile(donut("(call_indirect (type $f) (i32.const 0))"))).instantiate({});
    expect(() => cell.function("run")()).toThrow(/cannot enter/);
    expect(cell.alive).toBe(false);
  });

  test("what one traps of, the other can't catch", async () => {
    const cell = (
      await engine.compile(
        component(`
      (component $Trapping
        (core module $M (func (export "f") unreachable))
        (core instance $m (instantiate $M))
        (func (export "f") (canon lift (core func $m "f"))))
      (instance $trapping (instantiate $Trapping))
      (component $Catching
        (import "f" (func $f))
        (core func $f' (canon lower (func $f)))
        (core module $M
          (import "env" "f" (func $f))
          (func (export "run") (result i32)
            (block $caught (try_table (catch_all $caught) (call $f)))
            (loop $forever (br $forever))
            (i32.const 1)))
        (core instance $m (instantiate $M (with "env" (instance (export "f" (func $f'))))))
        (func (export "run") (result u32) (canon lift (core func $m "run"))))
      (instance $catching (instantiate $Catching (with "f" (func $trapping "f"))))
      (export "run" (func $catching "run"))`),
      )
    ).instantiate({});
    expect(() => cell.function("run")()).toThrow(/unreachable/);
  });

  test("a component that instantiates more and more of itself is refused", async () => {
    const nested = (depth: number): string =>
      depth === 0
        ? `(component $c0 (core module $m) (core instance (instantiate $m)))`
        : `(component $c${depth} ${nested(depth - 1)}
            (instance (instantiate $c${depth - 1})) (instance (instantiate $c${depth - 1})))`;
    // Not many instances, but each is long.
    const aliases = Array.from({ length: 2000 }, () => `(alias outer 1 $m (core module))`).join(" ");
    const copies = Array.from({ length: 1000 }, () => `(instance (instantiate $c))`).join(" ");
    // Inspection would refuse both.
    const limits = { instances: 1e9, work: 1e9 };
    const long = component(
      `(component $outer (core module $m) (component $c ${aliases}) ${copies}) (instance (instantiate $outer))`,
      limits,
    );
    await expect(engine.compile(long)).rejects.toMatchObject({ code: "component-limit" });
    const bomb = component(`${nested(12)} (instance (instantiate $c12))`, limits);
    await expect(engine.compile(bomb)).rejects.toMatchObject({ code: "component-limit" });
  });
});

describe("traps of the canonical ABI", () => {
  const cell = async (functions: string, exports: string) =>
    (await engine.compile(component(`${allocator} ${main(functions)} ${exports}`))).instantiate({});

  test.each([
    [
      "a case that is none",
      `(result (option u8))`,
      `(i32.store8 (i32.const 8) (i32.const 2)) (i32.const 8)`,
      /discriminant/,
    ],
    ["a misaligned result", `(result (tuple u32 u32))`, `(i32.const 2)`, /unaligned/],
    ["a result outside the memory", `(result (tuple u32 u32))`, `(i32.const 131068)`, /outside its memory/],
    [
      "a misaligned list",
      `(result (list u16))`,
      `(i32.store (i32.const 8) (i32.const 1)) (i32.const 8)`,
      /unaligned/,
    ],
    [
      "a list outside the memory",
      `(result (list (tuple u8 u8)))`,
      `(i32.store (i32.const 12) (i32.const 70000)) (i32.const 8)`,
      /list.*outside its memory/,
    ],
    [
      "a list of more than 2^28 - 1 bytes",
      `(result (list u64))`,
      `(i32.store (i32.const 12) (i32.const 0x7fffffff)) (i32.const 8)`,
      /longer/,
    ],
  ])("%s", async (_, result, body, message) => {
    const functions = `(func (export "f") (result i32) ${body})`;
    const broken = await cell(functions, `(func (export "f") ${result} ${lift("f")})`);
    expect(() => broken.function("f")()).toThrow(TrapError);
    const again = await cell(functions, `(func (export "f") ${result} ${lift("f")})`);
    expect(() => again.function("f")()).toThrow(message);
  });

  test.each([
    ["misaligned", "(i32.const 3)", /not aligned/],
    ["outside the memory", "(i32.const -8)", /outside its memory/],
  ])("a realloc that returns a pointer %s", async (_, pointer, message) => {
    const broken = (
      await engine.compile(
        component(`
      (core module $Main (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${pointer})
        (func (export "f") (param i32 i32)))
      (core instance $main (instantiate $Main))
      (alias core export $main "memory" (core memory $memory))
      (alias core export $main "realloc" (core func $realloc))
      (func (export "f") (param "l" (list u64)) ${lift("f")})`),
      )
    ).instantiate({});
    expect(() => broken.function("f")(BigUint64Array.of(1n))).toThrow(message);
  });

  test("carries the guest's stack, with the names of its functions", async () => {
    const broken = await cell(
      `(func $inner_part unreachable) (func $outer (export "f") (call $inner_part))`,
      `(func (export "f") ${lift("f")})`,
    );
    let error: unknown;
    try {
      broken.function("f")();
    } catch (thrown) {
      error = thrown;
    }
    const { stack } = (error as TrapError).facts.extra as { stack: string[] };
    expect(stack[0]).toMatch(/inner_part \(wasm-function\[\d+\]:0x[0-9a-f]+\)$/);
    expect(stack[1]).toMatch(/outer/);
    expect(stack).toHaveLength(2);
  });
});
