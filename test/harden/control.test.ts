import { describe, expect, it } from "vitest";
import { harden } from "../../host/harden/harden.ts";
import { assemble, outcome, start, startHardened } from "../support/hardened.ts";
import { importsFor, samples } from "./control.ts";

describe("a hardened module", () => {
  it.each(samples)("does the same: $name", ({ text, calls }) => {
    const bytes = assemble(text);
    const plain = start(bytes, importsFor());
    const { exports } = startHardened(bytes, importsFor());
    for (const [name, ...operands] of calls) {
      expect(
        outcome(() => exports[name](...operands)),
        name,
      ).toEqual(outcome(() => plain[name](...operands)));
    }
  });

  it.each(samples)("exports what it did, and nothing else but reserved names: $name", ({ text }) => {
    const bytes = assemble(text);
    const names = (module: WebAssembly.Module) => WebAssembly.Module.exports(module);
    const hardened = names(new WebAssembly.Module(harden(bytes).bytes));
    expect(hardened.filter(({ name }) => !name.startsWith("\0"))).toEqual(
      names(new WebAssembly.Module(bytes)),
    );
  });

  it("keeps the names of functions for stack traces and drops what would be wrong", () => {
    const bytes = assemble(
      `(module (@custom "sourceMappingURL" "x") (func $inside (export "f") unreachable))`,
    );
    const { bytes: hardened } = harden(bytes);
    const module = new WebAssembly.Module(hardened);
    expect(WebAssembly.Module.customSections(module, "name")).toHaveLength(1);
    expect(WebAssembly.Module.customSections(module, "sourceMappingURL")).toHaveLength(0);
    const { exports } = startHardened(bytes);
    let stack = "";
    try {
      exports.f();
    } catch (error) {
      stack = (error as Error).stack!;
    }
    expect(stack).toContain("inside");
  });
});

describe("saving and restoring", () => {
  it("brings every global back", () => {
    const { text } = samples.find(({ name }) => name.startsWith("globals"))!;
    const { exports } = startHardened(assemble(text), importsFor());
    const pristine = exports.read();
    exports["\0state"](1);
    for (let round = 0; round < 3; round++) {
      exports.write();
      expect(exports.read()).not.toEqual(pristine);
      expect(exports["\0state"](0)).toBe(0);
      expect(exports.read()).toEqual(pristine);
    }
  });

  it("takes what a start function did as pristine", () => {
    const text = `(module
      (global $n (mut i32) (i32.const 1)) (table 2 funcref)
      (func $start (global.set $n (i32.const 5)) (table.set (i32.const 0) (ref.func $start)))
      (start $start) (elem declare func $start)
      (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))`;
    const { exports } = startHardened(assemble(text));
    exports["\0state"](1);
    expect([exports.next(), exports.next()]).toEqual([6, 7]);
    expect(exports["\0state"](0)).toBe(0);
    expect(exports.next()).toBe(6);
  });

  it.each([
    ["table.set", "(table.set (i32.const 0) (ref.null func))"],
    ["table.fill", "(table.fill (i32.const 0) (ref.null func) (i32.const 1))"],
    ["table.copy", "(table.copy (i32.const 0) (i32.const 0) (i32.const 0))"],
    ["table.init", "(table.init 0 (i32.const 0) (i32.const 0) (i32.const 0))"],
    ["table.grow", "(drop (table.grow (ref.null func) (i32.const 1)))"],
    ["memory.grow", "(drop (memory.grow (i32.const 1)))"],
    ["data.drop", "(data.drop 0)"],
    ["elem.drop", "(elem.drop 0)"],
  ])("says that it can't undo %s, once it was run", (name, code) => {
    const text = `(module (memory 1) (table 4 funcref) (elem func 0) (data "a")
      (func (export "run") (param i32) (if (local.get 0) (then ${code}))))`;
    const bytes = assemble(text);
    expect(harden(bytes).info.reset).toEqual({ state: true, globals: 0, irreversible: [name] });
    const { exports } = startHardened(bytes);
    exports["\0state"](1);
    exports.run(0);
    expect(exports["\0state"](0)).toBe(0);
    exports.run(1);
    expect(exports["\0state"](0)).not.toBe(0);
    exports["\0state"](1);
    expect(exports["\0state"](0)).toBe(0);
  });

  it("needs no functions where there is nothing but memory", () => {
    const bytes = assemble(`(module (memory 2) (func (export "f") (i32.store (i32.const 0) (i32.const 1))))`);
    const { info } = harden(bytes);
    expect(info.reset.state).toBe(false);
    expect(info.memories).toEqual([{ export: "\0memory:0", min: 2, max: 1024 }]);
    expect(startHardened(bytes).exports["\0memory:0"].buffer.byteLength).toBe(131_072);
  });
});
