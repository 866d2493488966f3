import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { createJcoEngine } from "../../../host/engine/jco/jco-engine.ts";
import { component as binary } from "../../guests/small-plugins.ts";

const component = (body: string) => inspectComponent(binary(body));

const answering = `
  (core module $m (func (export "answer") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func $answer (result u32) (canon lift (core func $i "answer")))`;

describe("what WIT has no words for", () => {
  const exporting = component(`
    ${answering}
    (instance $inner (export "answer" (func $answer)))
    (instance $outer (export "inner" (instance $inner)))
    (export "outer" (instance $outer))
    (export "module" (core module $m))
    (export "answer" (func $answer))`);

  it("is exported beside what can be called", async () => {
    const cell = (await createDirectEngine().compile(exporting)).instantiate({});
    expect(cell.function("answer")()).toBe(42);
    expect(() => cell.function("outer#inner")).toThrow(TypeError);
  });

  it("is refused by the jco engine, whose name gate goes by the world", async () => {
    await expect(createJcoEngine().compile(exporting)).rejects.toMatchObject({
      code: "unsupported-feature",
      facts: { subject: "outer#inner" },
    });
  });

  it.each([
    ["a core module", `(import "m" (core module))`, "m"],
    ["a component", `(import "c" (component))`, "c"],
    [
      "an instance in an instance that has functions",
      `(import "i" (instance (export "inner" (instance (export "f" (func))))))`,
      "i#inner",
    ],
    [
      "a core module in an instance in an instance",
      `(import "i" (instance (export "inner" (instance (export "m" (core module))))))`,
      "i#inner",
    ],
  ])("is refused as an import when a cell starts: %s", async (_, imported, subject) => {
    const compiled = await createDirectEngine().compile(component(imported));
    expect(() => compiled.instantiate({})).toThrow(
      expect.objectContaining({ code: "unknown-import", facts: expect.objectContaining({ subject }) }),
    );
  });

  it.each([
    ["an empty instance", `(import "i" (instance))`],
    ["an empty instance in an instance", `(import "i" (instance (export "inner" (instance))))`],
    [
      "an instance in an instance that has types alone",
      `(import "i" (instance $i (export "inner" (instance (export "r" (type (sub resource)))
         (type (record (field "x" u8))) (export "t" (type (eq 1)))))))
       (alias export $i "inner" (instance $j)) (alias export $j "r" (type $r)) (core func (canon resource.drop $r))`,
    ],
  ])("needs nobody behind it where there is nothing to call: %s", async (_, imported) => {
    const compiled = await createDirectEngine().compile(
      component(`${imported} ${answering} (export "a" (func $answer))`),
    );
    expect(compiled.instantiate({}).function("a")()).toBe(42);
  });
});
