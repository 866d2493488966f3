/** Descriptions of plugins whose worlds and docs are as large as they may be: bounded, paid for, and made in between other work. */
import { describe, expect, it } from "vitest";
import { describeBounds } from "../../host/bounds/describe-bounds.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";

const names = Array.from({ length: 60 }, (_, i) => `"${"n".repeat(20)}${i}"`).join(" ");
const functions = Array.from({ length: 1_500 }, (_, i) => `f${i}`);
/** A component with as many functions as it can have of a type that is large, and docs that are markup. */
const huge = withSections(
  component(`
    (type $e' (enum ${names})) (export $e "e" (type $e'))
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    ${functions.map((name) => `(func (export "${name}") (param "v" $e) (result $e) (canon lift (core func $i "f")))`).join("\n")}`),
  [
    [
      "package-docs",
      packageDocs({
        worlds: {
          root: {
            func_exports: Object.fromEntries(
              functions.slice(0, 800).map((name) => [name, "<&\n".repeat(60)]),
            ),
          },
        },
      }),
    ],
  ],
);

const heap = new HeapAccount(256 * 2 ** 20);
const host = await hostOfFile({ heap });
await host.registry.deploy("calc", sample());
for (let i = 0; i < 12; i++) await host.registry.deploy(`huge-${i}`, huge);
const atRest = heap.inUse;

describe.each(["/openapi.json", "/docs"])("GET %s of plugins with huge worlds", (path) => {
  it("has a bound, and says what it leaves out", async () => {
    const { status, text } = await host.send("GET", path);
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(3 * describeBounds.documentSchemas.value);
    expect(text).toMatch(/[1-9]\d? more plugins are left out/);
    expect(text).toContain("500 more");
  });

  it("lets calls of others through while it is made", async () => {
    const order: string[] = [];
    const described = host.send("GET", path).then(() => order.push("described"));
    const call = host.call("calc/add", [1, 2]).then(({ text }) => order.push(text));
    await Promise.all([described, call]);
    expect(order).toEqual(["3", "described"]);
  });

  it("is refused where the host has no memory left for it, which is all given back", async () => {
    // Descriptions that are kept make room first.
    const most = heap.limit - atRest - 2 ** 20;
    heap.take(most, "a test");
    expect(heap.left).toBeLessThanOrEqual(2 ** 20);
    const refused = await host.send("GET", path);
    heap.give(most);
    expect([refused.status, refused.json.code]).toEqual([503, "no-capacity"]);
    expect((await host.send("GET", `${path}?plugin=calc`)).status).toBe(200);
    heap.take(heap.limit - atRest, "a test");
    heap.give(heap.limit - atRest);
    expect(heap.inUse).toBe(atRest);
  });
});
