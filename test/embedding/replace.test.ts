/** Open plugins that are replaced while they are called: symbols that were looked up before go on. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { PluginSwap } from "../../host/embedding/plugin-api.ts";
import { open, SymbolNotFoundError, SymbolTypeError, suspending } from "../../host/index.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { examplePath } from "../support/examples.ts";
import { refusalOf, thrownBy } from "../support/thrown.ts";

const fixed = { clocks: { fixed: "2026-11-22T10:15:02Z" } };
const version = "func() -> u32";

/** Component whose `ask` returns what it imports, plus so much. */
function asking(plus: number): Uint8Array {
  return component(`
    (import "wait" (func $wait (result u32)))
    (core func $lowered (canon lower (func $wait)))
    (core module $m
      (import "" "wait" (func $wait (result i32)))
      (func (export "ask") (result i32) (i32.add (call $wait) (i32.const ${plus}))))
    (core instance $i (instantiate $m (with "" (instance (export "wait" (func $lowered))))))
    (func (export "ask") (result u32) (canon lift (core func $i "ask")))`);
}

/** Component whose `of` takes a number of another width. */
const other = (type: "u32" | "u64") =>
  component(`
    (core module $m (func (export "of") (param ${type === "u32" ? "i32" : "i64"}) (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "of") (param "n" ${type}) (result u32) (canon lift (core func $i "of")))`);

interface Tally {
  readonly add: (by: number) => bigint;
  readonly total: () => bigint;
  readonly lifecycle: { readonly init: (config: readonly (readonly [string, string])[]) => void };
  readonly state: {
    readonly save: () => Uint8Array;
    readonly restore: (from: string, state: Uint8Array) => void;
  };
}

/** The same component but for its digest: with a custom section at its end. */
const another = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.from([0, 2, 1, 0x78])]);

describe("a plugin that is replaced", () => {
  it("goes on for whoever looked a symbol up before, and tells who listens", async () => {
    await using plugin = await open(examplePath("friendly-time-v1"), { grants: fixed });
    const symbol = plugin.lookup("get-friendly-time");
    const now = symbol.as<() => string>("func() -> string");
    const swaps: PluginSwap[] = [];
    const listening = plugin.on("swap", (swap) => swaps.push(swap));
    const before = plugin.digest;
    expect(now()).toBe("2026-11-22T10:15:02Z");
    const swap = await plugin.replace(await readFile(examplePath("friendly-time-v2")));
    expect(now()).toContain("2026-11-22 10:15:02");
    expect(await symbol.callJson()).toBe(now());
    expect(swaps).toEqual([swap]);
    expect(swap).toMatchObject({ before, digest: plugin.digest });
    listening[Symbol.dispose]();
    expect(await plugin.replace(await readFile(examplePath("friendly-time-v2")))).toBeUndefined();
    await plugin.replace(await readFile(examplePath("friendly-time-v1")));
    expect(swaps).toHaveLength(1);
    expect(now()).toBe("2026-11-22T10:15:02Z");
  });

  it("stays as it was where callers would notice, where imports are missing, and where bytes are no component", async () => {
    await using plugin = await open(sample({ version: 1 }));
    const live = plugin.lookup("version").as<() => number>(version);
    const refusals = [
      await refusalOf(plugin.replace(sample({ version: 2, without: ["echo"] }))),
      await refusalOf(plugin.replace(asking(1), { allowBreaking: true })),
      await refusalOf(plugin.replace(sample({ version: 2 }).subarray(0, 200))),
      await refusalOf(plugin.replace("version.wasm" as never)),
    ];
    expect(refusals.map(({ code }) => code)).toEqual([
      "incompatible",
      "unknown-import",
      "malformed-component",
      "bad-settings",
    ]);
    expect(refusals[0]!.facts.remedy).toContain("allowBreaking");
    expect(live()).toBe(1);
    await plugin.replace(sample({ version: 2, without: ["echo"] }), { allowBreaking: true });
    expect(live()).toBe(2);
  });

  it("never calls a function by another type than the one that was asserted", async () => {
    await using plugin = await open(other("u32"));
    const symbol = plugin.lookup("of");
    const of = symbol.as<(n: number) => number>("func(n: u32) -> u32");
    expect(of(1)).toBe(7);
    await plugin.replace(other("u64"), { allowBreaking: true });
    expect(thrownBy(() => of(1))).toBeInstanceOf(SymbolTypeError);
    expect(String(symbol)).toBe("func(n: u64) -> u32");
    expect(symbol.as<(n: bigint) => number>(String(symbol))(1n)).toBe(7);
    await plugin.replace(sample(), { allowBreaking: true });
    expect(thrownBy(() => of(1))).toBeInstanceOf(SymbolNotFoundError);
    await plugin.replace(other("u32"), { allowBreaking: true });
    expect(of(1)).toBe(7);
  });

  it("lets calls that are under way, and that wait for their turn, end where they began", async () => {
    const waits: ((value: number) => void)[] = [];
    const imports = { wait: suspending(() => new Promise<number>((resolve) => waits.push(resolve))) };
    await using plugin = await open(asking(10), { imports });
    const ask = plugin.lookup("ask").as<() => Promise<number>>(version);
    const [first, second] = [ask(), ask()];
    await plugin.replace(asking(20), { allowBreaking: false });
    const third = ask();
    while (waits.length < 2) await new Promise(setImmediate);
    for (const resolve of waits.splice(0)) resolve(1);
    expect(await Promise.all([first, third])).toEqual([11, 21]);
    while (waits.length < 1) await new Promise(setImmediate);
    waits[0]!(2);
    expect(await second).toBe(12);
  });

  it("is called by 32 at a time while it is swapped, and nobody fails", async () => {
    await using plugin = await open(sample({ version: 1 }));
    const symbol = plugin.lookup("version");
    const call = symbol.as<() => number>(version);
    const versions = [sample({ version: 1 }), sample({ version: 2 })];
    let ended = false;
    let calls = 0;
    const caller = async () => {
      while (!ended) {
        const direct = call();
        expect([1, 2]).toContain(direct);
        expect([1, 2]).toContain(await symbol.callJson());
        calls += 2;
        await new Promise(setImmediate);
      }
    };
    const callers = Array.from({ length: 32 }, caller);
    for (let swap = 1; swap <= 50; swap++) await plugin.replace(versions[swap % 2]!);
    ended = true;
    await Promise.all(callers);
    expect(calls).toBeGreaterThan(50);
  });

  it("ends calls of versions before it too when it is closed", async () => {
    const plugin = await open(asking(1), { imports: { wait: suspending(() => new Promise(() => {})) } });
    const call = plugin.lookup("ask").as<() => Promise<number>>(version)();
    await plugin.replace(asking(2));
    await plugin.close();
    expect((await refusalOf(call)).code).toBe("closed");
  });

  it("begins anew with its state, and has in its own hands what a host would drive", async () => {
    const bytes = await readFile(examplePath("tally"));
    await using plugin = await open<Tally>(bytes);
    const { exports } = plugin;
    // Nobody has called `init`: a host would have, with the `env` of its settings.
    exports.lifecycle.init([["start", "40"]]);
    expect(exports.add(2)).toBe(42n);
    const saved = exports.state.save();
    await plugin.replace(another(bytes));
    expect(exports.total()).toBe(0n);
    exports.state.restore("the one before", saved);
    expect(exports.total()).toBe(42n);
  });

  it("is replaced by one after the other, and by what could not start not at all", async () => {
    await using plugin = await open(sample({ version: 1 }));
    const call = plugin.lookup("version").as<() => number>(version);
    const swaps: PluginSwap[] = [];
    plugin.on("swap", (swap) => swaps.push(swap));
    const trapping = component(`
      (core module $m (func $f unreachable) (start $f)
        (func (export "version") (result i32) (i32.const 9)))
      (core instance $i (instantiate $m))
      (func (export "version") (result u32) (canon lift (core func $i "version")))`);
    const outcomes = await Promise.allSettled([
      plugin.replace(sample({ version: 2 })),
      plugin.replace(trapping, { allowBreaking: true }),
      plugin.replace(sample({ version: 3 })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(swaps.map(({ before }) => before)).toEqual([expect.any(String), swaps[0]!.digest]);
    expect(call()).toBe(3);
  });

  it("takes no replacement any more once it is closed, of those too that wait for their turn", async () => {
    const plugin = await open(sample({ version: 1 }));
    const replacing = [2, 3, 4].map((n) => plugin.replace(sample({ version: n })));
    await plugin.close();
    for (const each of replacing) expect((await refusalOf(each)).code).toBe("closed");
    await plugin.close();
  });

  it("throws closed only once it is closed", async () => {
    const plugin = await open(sample());
    const call = plugin.lookup("version").as<() => number>(version);
    const replacing = plugin.replace(sample({ version: 2 }));
    await plugin.close();
    expect((await refusalOf(replacing)).code).toBe("closed");
    expect(thrownBy(call)).toMatchObject({ code: "closed" });
  });
});
