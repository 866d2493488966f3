import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import {
  type HotcellError,
  open,
  SymbolNotFoundError,
  SymbolTypeError,
  TrapError,
} from "../../host/index.ts";
import { examplePath, exampleWasm } from "../support/examples.ts";

const fixed = { clocks: { fixed: "2026-11-22T10:15:02Z" } };

/** Runs something that must throw, and gives what it threw. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

describe("the Go article's program", () => {
  it("opens a plugin, looks a symbol up, asserts its type and calls it", async () => {
    const plugin = await open(examplePath("friendly-time-v1"), { grants: fixed });
    const symbol = plugin.lookup("get-friendly-time");
    const getFriendlyTime = symbol.as<() => string>("func() -> string");
    expect(getFriendlyTime()).toBe("2026-11-22T10:15:02Z");
    await plugin.close();
  });

  it("loads the new version beside the old and sees that they have the same structure", async () => {
    await using running = await open(examplePath("friendly-time-v1"), { grants: fixed });
    await using next = await open(examplePath("friendly-time-v2"), { grants: fixed });
    const name = "get-friendly-time";
    expect(String(next.lookup(name))).toBe(String(running.lookup(name)));
    const replaced = next.lookup(name).as<() => string>(String(running.lookup(name)));
    expect(replaced()).toBe("当前时间:2026-11-22 10:15:02");
  });

  it("reflects the interface as WIT", async () => {
    await using plugin = await open(examplePath("friendly-time-v1"), { grants: fixed });
    expect(String(plugin.world)).toContain("export get-friendly-time: func() -> string;");
    expect(String(plugin.world)).toContain("import wasi:clocks/wall-clock@0.2.0;");
  });
});

describe("open", () => {
  it("takes a path, a file URL or bytes", async () => {
    const path = examplePath("greet");
    for (const source of [path, pathToFileURL(path), new Uint8Array(await readFile(path))]) {
      await using plugin = await open(source);
      expect(plugin.lookup("greet").as<(name: string) => string>("func(string) -> string")("Ada")).toContain(
        "Ada",
      );
    }
  });

  it("gives every opening a cell of its own", async () => {
    await using one = await open(exampleWasm("counter"));
    await using two = await open(exampleWasm("counter"));
    const increment = (plugin: typeof one) =>
      plugin.lookup("increment").as<(by: number) => bigint>("func(by: u32) -> u64");
    increment(one)(5);
    expect(increment(one)(1)).toBe(6n);
    expect(increment(two)(1)).toBe(1n);
  });

  it("keeps nothing between calls in fresh mode", async () => {
    await using plugin = await open(exampleWasm("counter"), { mode: "fresh" });
    const increment = plugin.lookup("increment").as<(by: number) => bigint>("func(by: u32) -> u64");
    expect([increment(3), increment(3)]).toEqual([3n, 3n]);
  });

  it("refuses what is no component, saying how to get one", async () => {
    expect(await thrownBy(() => open(new TextEncoder().encode("hello")))).toMatchObject({ code: "not-wasm" });
    const coreModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const refused = (await thrownBy(() => open(coreModule))) as HotcellError;
    expect(refused).toMatchObject({ code: "core-module" });
    expect(refused.facts.remedy).toContain("asc");
  });

  it("refuses an import that was not granted, naming the import and the grant", async () => {
    const refused = (await thrownBy(() => open(examplePath("friendly-time-v1")))) as HotcellError;
    expect(refused).toMatchObject({ code: "import-not-granted", status: 403 });
    expect(refused.message).toContain("wasi:clocks/wall-clock@0.2.0");
    expect(refused.facts.remedy).toContain("clocks");
  });

  it("refuses a grant that nobody knows", async () => {
    const refused = (await thrownBy(() =>
      open(exampleWasm("greet"), { grants: { clock: true } }),
    )) as HotcellError;
    expect(refused).toMatchObject({ code: "bad-settings" });
    expect(refused.facts.extra?.near).toEqual(["clocks"]);
  });

  it("lets the embedder supply an import itself", async () => {
    const imports = {
      "wasi:clocks/wall-clock": {
        now: () => ({ seconds: 0n, nanoseconds: 0 }),
        resolution: () => ({ seconds: 1n, nanoseconds: 0 }),
      },
    };
    await using plugin = await open(examplePath("friendly-time-v1"), { imports });
    expect(plugin.lookup("get-friendly-time").as<() => string>("func() -> string")()).toBe(
      "1970-01-01T00:00:00Z",
    );
  });

  it("says which file is missing", async () => {
    expect(await thrownBy(() => open(join(tmpdir(), "no-such-plugin.wasm")))).toMatchObject({
      code: "ENOENT",
    });
  });

  it("does not follow later changes of the file", async () => {
    const path = join(tmpdir(), `hotcell-open-${process.pid}.wasm`);
    await writeFile(path, exampleWasm("greet"));
    await using plugin = await open(path);
    await writeFile(path, "gone");
    expect(plugin.lookup("greet").as<(name: string) => string>("func(string) -> string")("Bo")).toContain(
      "Bo",
    );
  });
});

describe("lookup", () => {
  it("lists what exists when it finds nothing", async () => {
    await using plugin = await open(exampleWasm("greet"));
    const missing = (await thrownBy(() => plugin.lookup("great"))) as SymbolNotFoundError;
    expect(missing).toBeInstanceOf(SymbolNotFoundError);
    expect(missing.message).toContain("It exports: greet.");
    expect(missing.facts.remedy).toBe("Did you mean greet?");
  });

  it("finds a function of an interface with and without its version", async () => {
    await using plugin = await open(exampleWasm("text-stats"));
    for (const name of [
      "example:text-stats/stats@1.0.0#words",
      "example:text-stats/stats#words",
      "stats#words",
      "words",
    ]) {
      expect(plugin.lookup(name).name).toBe("example:text-stats/stats@1.0.0#words");
    }
  });
});

describe("as", () => {
  it("tells what was expected and what the symbol is", async () => {
    await using plugin = await open(exampleWasm("greet"));
    const wrong = (await thrownBy(() => plugin.lookup("greet").as("func(u32) -> string"))) as SymbolTypeError;
    expect(wrong).toBeInstanceOf(SymbolTypeError);
    expect(wrong.message).toMatch(
      /^greet: expected func\(.*u32\) -> string, is func\(name: string\) -> string$/,
    );
  });

  it("compares records and enums by structure, names of parameters aside", async () => {
    await using plugin = await open(exampleWasm("text-stats"));
    const analyse = plugin
      .lookup("analyse")
      .as<(text: string, top: number) => { top: { word: string; count: number }[] }>(
        `func(t: string, n: u32) -> record { lines: u32, words: u32, characters: u32, longest-word: string,
        top: list<record { word: string, count: u32 }> }`,
      );
    expect(analyse("a b a", 1).top).toEqual([{ word: "a", count: 2 }]);
  });

  it("checks arguments before the guest sees them", async () => {
    await using plugin = await open(exampleWasm("greet"));
    const greet = plugin.lookup("greet").as<(name: unknown) => string>("func(string) -> string");
    expect(await thrownBy(() => greet(5))).toMatchObject({ code: "bad-argument" });
    expect(greet("Cy")).toContain("Cy");
  });

  it("refuses to call a closed plugin", async () => {
    const plugin = await open(exampleWasm("greet"));
    const greet = plugin.lookup("greet").as<(name: string) => string>("func(string) -> string");
    await plugin.close();
    expect(await thrownBy(() => greet("Di"))).toMatchObject({ code: "closed" });
  });
});

describe("an asynchronous host function", () => {
  const now = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return { seconds: 60n, nanoseconds: 0 };
  };
  const openWith = (mode: "shared" | "fresh") =>
    open(examplePath("friendly-time-v1"), { mode, imports: { "wasi:clocks/wall-clock": { now } } });

  it.each(["shared", "fresh"] as const)(
    "suspends the plugin, whose calls give promises (%s)",
    async (mode) => {
      await using plugin = await openWith(mode);
      const time = plugin.lookup("get-friendly-time").as<() => Promise<string>>("func() -> string");
      expect(await Promise.all([time(), time(), time()])).toEqual(Array(3).fill("1970-01-01T00:01:00Z"));
    },
  );

  it("leaves a call behind when the plugin is closed", async () => {
    const plugin = await openWith("shared");
    const time = plugin.lookup("get-friendly-time").as<() => Promise<string>>("func() -> string");
    const going = thrownBy(time);
    await plugin.close();
    expect(await going).toMatchObject({ code: "closed" });
  });
});

describe("a failing host function", () => {
  it("ends only that cell", async () => {
    let failing = true;
    const now = () => {
      if (failing) throw new TrapError("the clock stopped");
      return { seconds: 60n, nanoseconds: 0 };
    };
    await using plugin = await open(examplePath("friendly-time-v1"), {
      imports: { "wasi:clocks/wall-clock": { now } },
    });
    const time = plugin.lookup("get-friendly-time").as<() => string>("func() -> string");
    expect(await thrownBy(time)).toBeInstanceOf(TrapError);
    failing = false;
    expect(time()).toBe("1970-01-01T00:01:00Z");
  });
});
