import { describe, expect, it } from "vitest";
import { loadWasmTools } from "../../../guest-plugins/toolchain/wasm-tools.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";

const { parse } = await loadWasmTools();
const host = await hostOfFile();

const runaways: Record<string, string> = {
  "a tight loop": `(loop (br 0))`,
  "filling memory": `(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))`,
  "a loop of tail calls": `(return_call $go)`,
  "growing a table": `(loop (drop (table.grow $t (ref.null func) (i32.const 1))) (br 0))`,
};

function plugin(body: string): Uint8Array {
  return new Uint8Array(
    parse(`(component
      (core module $m (memory 1) (table $t 1 funcref) (func $go (export "go") ${body}))
      (core instance $i (instantiate $m))
      (func (export "go") (canon lift (core func $i "go"))))`),
  );
}

describe("a plugin that never ends", () => {
  it.each(Object.entries(runaways))("by %s costs only its own call, at every budget", async (_, body) => {
    await host.put("greet", exampleWasm("greet"));
    for (const fuel of [1e5, 1e6, 1e7]) {
      await host.put("spinner", plugin(body));
      await host.send("PATCH", "/plugins/spinner", {
        body: JSON.stringify({ limits: { fuel } }),
        headers: { "content-type": "application/json" },
      });
      const [stopped, other] = await Promise.all([
        host.call("spinner/go", []),
        host.call("greet/greet", ["Ada"]),
      ]);
      expect(stopped.status).toBe(504);
      expect(stopped.json).toMatchObject({ code: "out-of-fuel", limit: fuel });
      expect(other.json).toBe("Hello, Ada!");
    }
    expect(host.faults).toEqual([]);
  });

  it("or ends soon has what each call used in the answer, and the sum in its details", async () => {
    await host.put("greet", exampleWasm("greet"));
    const before = (await host.send("GET", "/plugins/greet")).json.counters.fuel;
    const { headers } = await host.call("greet/greet", ["Ada"]);
    const used = Number(headers.get("hotcell-fuel"));
    expect(used).toBeGreaterThan(0);
    expect((await host.send("GET", "/plugins/greet")).json.counters.fuel).toBe(before + used);
  });
});
