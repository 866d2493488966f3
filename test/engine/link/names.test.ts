import { expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();

test.each(["__proto__", "constructor", "toString", "'", "`", "$" + "{x}", "\u2028", "then", ""])(
  "core names mean nothing: %j",
  async (name) => {
    const quoted = JSON.stringify(name);
    const linked = component(`
    (core module $a (func (export ${quoted}) (result i32) (i32.const 7)))
    (core instance $a (instantiate $a))
    (alias core export $a ${quoted} (core func $f))
    (core module $b (import ${quoted} ${quoted} (func $f (result i32))) (export ${quoted} (func $f)))
    (core instance $b (instantiate $b (with ${quoted} (instance (export ${quoted} (func $f))))))
    (func (export "f") (result u32) (canon lift (core func $b ${quoted})))`);
    expect((await engine.compile(linked)).instantiate({}).function("f")()).toBe(7);
  },
);

test("a type that doubles at every level costs no more than its definition", async () => {
  // Every level doubles what the level before flattens to.
  const levels = Array.from({ length: 12 }, (_, i) => `(type $t${i + 1} (tuple $t${i} $t${i}))`).join(" ");
  const wide = component(`
    (type $t0 u8) ${levels}
    (core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 16)))
    (core instance $m (instantiate $m))
    (func (export "f") (result $t12) (canon lift (core func $m "f") (memory (core memory $m "m"))))`);
  const value = (await engine.compile(wide)).instantiate({}).function("f")();
  expect((value as unknown[]).flat(12)).toHaveLength(2 ** 12);
});
