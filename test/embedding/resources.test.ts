import { describe, expect, it } from "vitest";
import type { Plugin } from "../../host/embedding/plugin-api.ts";
import { open } from "../../host/open.ts";
import { component } from "../guests/small-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { refusal } from "../support/thrown.ts";

/** Every symbol, asserted by what it prints itself. */
function all(plugin: Plugin, names: readonly string[]) {
  return names.map((name) => {
    const symbol = plugin.lookup(name);
    return symbol.as(String(symbol));
  });
}

describe("as", () => {
  it("takes what String(symbol) prints, of functions with resources too", async () => {
    await using plugin = await open(exampleWasm("shapes"));
    const functions = plugin.world.exports.flatMap((item) =>
      item.kind === "interface"
        ? item.interface.items.flatMap((inner) =>
            inner.kind === "function" ? [`${item.name}#${inner.name}`] : [],
          )
        : item.kind === "function"
          ? [item.name]
          : [],
    );
    expect(functions.filter((name) => name.includes("[")).length).toBeGreaterThan(3);
    expect(all(plugin, functions)).toHaveLength(functions.length);
  });

  it("takes a resource by its name, and gives objects that go from call to call", async () => {
    await using plugin = await open(exampleWasm("shapes"));
    const make = plugin
      .lookup("[constructor]sketch")
      .as<(title: string) => object>("func(string) -> own<sketch>");
    const add = plugin
      .lookup("[method]sketch.add")
      .as<(sketch: object, shape: object) => number>(
        "func(borrow<sketch>, variant { empty, circle(f32), polygon(list<record { x: f32, y: f32 }>) }) -> u32",
      );
    const sketch = make("two circles");
    expect([add(sketch, { tag: "circle", val: 1 }), add(sketch, { tag: "circle", val: 2 })]).toEqual([1, 2]);
    expect(refusal(() => add({}, { tag: "empty" })).code).toBe("bad-argument");
    expect(refusal(() => plugin.lookup("sketch.add")).facts.remedy).toContain("[method]sketch.add");
  });

  it("takes what another version prints of its own resources", async () => {
    await using one = await open(exampleWasm("shapes"));
    await using two = await open(exampleWasm("shapes"));
    const name = "[constructor]grid";
    expect(two.lookup(name).as(String(one.lookup(name)))).toBeTypeOf("function");
  });

  it("says what to do about resources that the function does not have", async () => {
    await using plugin = await open(exampleWasm("greet"));
    expect(refusal(() => plugin.lookup("greet").as("func(own<grid>)"))).toMatchObject({
      code: "bad-type-expression",
      message: expect.stringContaining("look at String(symbol)"),
    });
  });

  it("takes what a very large type prints", async () => {
    const fields = Array.from({ length: 1_000 }, (_, i) => `(field "field-number-${i}" u8)`).join(" ");
    await using plugin = await open(
      component(`
        (core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 8)))
        (core instance $i (instantiate $m))
        (type $large' (record ${fields}))
        (export $large "large" (type $large'))
        (func (export "f") (result $large) (canon lift (core func $i "f") (memory (core memory $i "m"))))`),
    );
    const symbol = plugin.lookup("f");
    expect(String(symbol)).not.toContain("…");
    const f = symbol.as<() => Record<string, number>>(String(symbol));
    expect(f().fieldNumber999).toBe(0);
  });
});
