/** Plugins of a host that are followed: `host.plugin(name)`, while versions are deployed under their callers. */
import { describe, expect, it, vi } from "vitest";
import { createHost, SymbolTypeError } from "../../host/index.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { refusalOf } from "../support/thrown.ts";

const version = "func() -> u32";

/** Component whose `version` is of another width. */
const wide = component(`
  (core module $m (func (export "version") (result i64) (i64.const 3)))
  (core instance $i (instantiate $m))
  (func (export "version") (result u64) (canon lift (core func $i "version")))`);

describe.each(["inline", "process"] as const)("a plugin of a host that is followed (%s)", (placement) => {
  const settings = { placement };

  it("is called in whichever version is live, and never by another type", async () => {
    await using host = await createHost();
    const { registry } = host;
    await registry.deploy("p", sample({ version: 1 }), { settings });
    const plugin = await host.plugin<{ version: () => Promise<number> }>("p");
    const symbol = await plugin.lookup("version");
    const call = symbol.as<() => Promise<number>>(version);
    expect([String(symbol), await call(), await plugin.exports.version()]).toEqual([version, 1, 1]);
    await registry.deploy("p", sample({ version: 2 }));
    expect([await call(), await symbol.callJson(), await plugin.exports.version()]).toEqual([2, 2, 2]);
    await registry.deploy("p", wide, { allowBreaking: true });
    await expect(call()).rejects.toBeInstanceOf(SymbolTypeError);
    expect(await (await plugin.lookup("version")).as<() => Promise<bigint>>(String(symbol))()).toBe(3n);
    await registry.remove("p");
    expect((await refusalOf(call())).code).toBe("plugin-not-found");
    await registry.deploy("p", sample({ version: 4 }), { settings });
    expect(await call()).toBe(4);
  });
});

describe("a plugin of a host that is followed", () => {
  it("is called by many while it is swapped, and nobody fails", async () => {
    await using host = await createHost();
    const versions = [sample({ version: 1 }), sample({ version: 2 })];
    await host.registry.deploy("p", versions[0]!);
    const call = (await (await host.plugin("p")).lookup("version")).as<() => Promise<number>>(version);
    let ended = false;
    const callers = Array.from({ length: 32 }, async () => {
      while (!ended) {
        expect([1, 2]).toContain(await call());
        await new Promise(setImmediate);
      }
    });
    for (let swap = 1; swap <= 20; swap++) await host.registry.deploy("p", versions[swap % 2]!);
    ended = true;
    await Promise.all(callers);
  });

  it("tells of swaps, and of nothing else", async () => {
    await using host = await createHost();
    const { registry } = host;
    const first = await registry.deploy("p", sample({ version: 1 }));
    const plugin = await host.plugin("p");
    const swaps: unknown[] = [];
    const listening = plugin.on("swap", (swap) => {
      swaps.push(swap);
      throw new Error("a listener's own");
    });
    const said = vi.spyOn(console, "error").mockImplementation(() => {});
    const second = await registry.deploy("p", sample({ version: 2 }));
    await registry.configure("p", { mode: "fresh" });
    await registry.deploy("q", sample({ version: 3 }));
    await registry.rollback("p");
    expect(said).toHaveBeenCalledTimes(2);
    said.mockRestore();
    listening[Symbol.dispose]();
    await registry.deploy("p", sample({ version: 4 }));
    const [one, two] = [first.version, second.version];
    expect(swaps).toEqual([
      { plugin: "p", version: two, before: one },
      { plugin: "p", version: one, before: two },
    ]);
  });

  it("is one that there is, and has the functions that it has", async () => {
    await using host = await createHost();
    expect((await refusalOf(host.plugin("greeet"))).code).toBe("plugin-not-found");
    await host.registry.deploy("p", sample());
    const plugin = await host.plugin("p");
    expect((await refusalOf(plugin.lookup("versoin"))).code).toBe("function-not-found");
    const symbol = await plugin.lookup("version");
    expect(() => symbol.as("func() -> string")).toThrow(SymbolTypeError);
  });
});
