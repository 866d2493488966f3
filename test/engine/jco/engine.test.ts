import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { Component } from "../../../host/component/component.ts";
import { transpiled } from "../../../host/engine/jco/compile-transpiled.ts";
import { createJcoEngine } from "../../../host/engine/jco/jco-engine.ts";
import { component, named, numbered, values } from "../../guests/engine-components.ts";
import { testEngine } from "../contract.ts";

const engine = createJcoEngine();
testEngine(engine);

describe("names that would be written into code", () => {
  test.for([
    "'",
    '"',
    "`",
    "\\",
    "\n",
    "\r",
    "\u2028",
    "é",
    `$${"{x=1}"}`,
    "*/",
    "__proto__",
    "a".repeat(201),
  ])("%j is refused as a core name", async (name) => {
    await expect(engine.compile(named(["f"], name))).rejects.toMatchObject({ code: "unsafe-name" });
  });

  test("also where only the core module tells", async () => {
    const hostile = named(["f"], "'");
    const lying: Component = {
      ...hostile,
      coreModules: hostile.coreModules.map(({ bytes }) => ({ bytes, names: [] })),
    };
    await expect(engine.compile(lying)).rejects.toMatchObject({ code: "unsafe-name" });
  });

  test("the modules jco emits are gated again", () => {
    const plain = named(["f"]);
    const emitted = (module: Uint8Array) =>
      new Map([
        ["x.js", new Uint8Array()],
        ["x.core.wasm", module],
      ]);
    const [hostile] = named(["f"], "'").coreModules;
    const [other] = named(["f"], "g").coreModules;
    expect(() => transpiled(plain, emitted(hostile!.bytes))).toThrow(
      expect.objectContaining({ code: "unsafe-name" }),
    );
    const { own, added } = transpiled(plain, emitted(other!.bytes));
    expect([own, added]).toEqual([[], [["x.core.wasm", expect.any(String)]]]);
  });

  test.for(["\0hotcell", "\0cells"])("what hardening adds can't be asked for: %j", async (module) => {
    const forging = component(`
      (core module $a (global (export "fuel") (mut i64) (i64.const 1)))
      (core instance $a (instantiate $a))
      (core module $b (import "${module.replace("\0", "\\00")}" "fuel" (global (mut i64))))
      (core instance (instantiate $b (with "${module.replace("\0", "\\00")}" (instance $a))))`);
    await expect(engine.compile(forging)).rejects.toMatchObject({ code: "unsafe-name" });
  });

  test("core imports too", async () => {
    const hostile = component(`
      (core module $a (func (export "f")))
      (core instance $a (instantiate $a))
      (alias core export $a "f" (core func $f))
      (core module $b (import "env" "' + x + '" (func)))
      (core instance (instantiate $b (with "env" (instance (export "' + x + '" (func $f))))))`);
    await expect(engine.compile(hostile)).rejects.toMatchObject({
      code: "unsafe-name",
      facts: { actual: 9 },
    });
  });

  test.for(["then", "constructor", "toString", "a b", "$imports", "cabi_post_x:y/z@1.0.0#[method]r.m", "//"])(
    "%j is harmless",
    async (name) => {
      const cell = (await engine.compile(named(["f"], name))).instantiate({});
      expect(cell.function("f")()).toBeUndefined();
    },
  );
});

describe("what jco can't do is refused, not run", () => {
  test.for(["HTTP-get", "arguments"])("an export named %s", async (name) => {
    await expect(engine.compile(named([name]))).rejects.toMatchObject({ code: "unsupported-feature" });
    expect((await engine.compile(named(["f"]))).instantiate({}).function("f")()).toBeUndefined();
  });

  test("a core module that does not validate", async () => {
    const broken =
      component(`(core module $m (func (export "f") (result i32) i32.const 7)) (core instance $i (instantiate $m))
      (func (export "f") (result u32) (canon lift (core func $i "f")))`);
    const at = broken.bytes.findLastIndex((byte, i) => byte === 0x41 && broken.bytes[i + 1] === 7);
    const bytes = broken.bytes.with(at, 0x45);
    const [module] = broken.coreModules;
    const inner = module!.bytes.with(
      module!.bytes.findLastIndex((byte, i) => byte === 0x41 && module!.bytes[i + 1] === 7),
      0x45,
    );
    const invalid = {
      ...broken,
      bytes,
      digest: "sha256:invalid",
      coreModules: [{ ...module!, bytes: inner }],
    };
    await expect(engine.compile(invalid)).rejects.toMatchObject({
      code: expect.stringMatching(/^(invalid|malformed)-component$/),
    });
  });

  test("a component that makes it emit too much", async () => {
    const small = createJcoEngine({ maxOutput: 10_000 });
    await expect(small.compile(numbered(1))).rejects.toMatchObject({
      code: "component-limit",
      facts: { limit: expect.stringContaining("bytes"), actual: expect.stringContaining("bytes") },
    });
    await small.close();
  });
});

describe("known defects of jco's strings", () => {
  test("a leading U+FEFF is lost on the way out of the guest", async () => {
    const cell = (await engine.compile(values)).instantiate({});
    expect(cell.function("echo")("\ufefftext")).toBe("text");
    expect(cell.function("echo-utf8")("\ufefftext")).toBe("text");
  });

  test("a lone surrogate reaches a utf16 guest as it is and comes back as U+FFFD", async () => {
    const cell = (await engine.compile(values)).instantiate({});
    expect(cell.function("echo")("a\ud800b")).toBe("a\ufffdb");
    expect(cell.function("echo")("\udc00")).toBe("\ufffd");
  });
});

test("a resource that nobody holds any more does not run its guest's destructor outside of a call", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const compiled = await engine.compile(
    component(`
      (core module $d (func (export "drop") (param i32) unreachable))
      (core instance $d (instantiate $d))
      (type $thing' (resource (rep i32) (dtor (core func $d "drop"))))
      (core func $new (canon resource.new $thing'))
      (core module $m (import "env" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 1))))
      (core instance $m (instantiate $m (with "env" (instance (export "new" (func $new))))))
      (func $make (result (own $thing')) (canon lift (core func $m "make")))
      (component $names
        (import "thing" (type $hidden (sub resource)))
        (import "make" (func $make (result (own $hidden))))
        (export $thing "thing" (type $hidden))
        (export "make" (func $make) (func (result (own $thing)))))
      (instance $things (instantiate $names (with "thing" (type $thing')) (with "make" (func $make))))
      (export "demo:thing/things" (instance $things))`),
  );
  const cell = compiled.instantiate({});
  const gone = (() => new WeakRef(cell.function("demo:thing/things#make")() as object))();
  for (let turn = 0; turn < 100 && gone.deref(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  expect(gone.deref()).toBeUndefined();
  // A trap in a finalizer would be an uncaught exception about now.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(cell.function("demo:thing/things#make")()).toBeTypeOf("object");
});

test("a version that nobody holds any more is collected, code and all", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const compiled = await (async () => {
    const held = await engine.compile(numbered(77));
    expect(held.instantiate({}).function("number")()).toBe(77);
    return new WeakRef(held);
  })();
  for (let turn = 0; turn < 100 && compiled.deref(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  expect(compiled.deref()).toBeUndefined();
});
