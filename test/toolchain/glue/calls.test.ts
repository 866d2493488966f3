import { afterAll, describe, expect, test } from "vitest";
import { buildComponent, type Running, removeTemporaryFolders, run } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

/** Builds once for the tests of a group. */
function lazily(wit: string, source: string, imports?: Record<string, unknown>, options = ["-O1"]) {
  let running: Promise<Running> | undefined;
  return () => {
    running ??= buildComponent({
      files: { "wit/world.wit": wit, "assembly/index.ts": source },
      options,
    }).then((component) => run(component, imports));
    return running;
  };
}

describe("strings", () => {
  const heard: unknown[] = [];
  const plugin = lazily(
    `package t:strings;
     world strings {
       import hear: func(text: string) -> string;
       export echo: func(text: string) -> string;
       export units: func(text: string) -> u32;
       export relay: func(text: string) -> string;
       export repeat: func(text: string, times: u32) -> string;
       export unicode: func() -> list<string>;
     }`,
    `import { hear } from "wit-world";
     export function echo(text: string): string { return text; }
     export function units(text: string): u32 { return text.length; }
     export function relay(text: string): string { return hear(text + "!") + "?"; }
     export function repeat(text: string, times: u32): string { return text.repeat(times); }
     export function unicode(): string[] { return ["", "\\0", "🌍", "e\\u0301", "a\\0b"]; }`,
    {
      hear: {
        default(text: string) {
          heard.push(text);
          return text;
        },
      },
    },
  );

  test.each(["", "a", "Grüße", "👩‍🚀🌍", "\0", "a\0b\0", "e\u0301 é", "当前时间", "\u{10FFFF}", "\r\n\t"])(
    "%j survives both directions",
    async (text) => {
      const { call } = await plugin();
      expect(call("echo", text)).toBe(text);
      expect(call("units", text)).toBe(text.length);
      expect(call("relay", text)).toBe(`${text}!?`);
      expect(heard.at(-1)).toBe(`${text}!`);
    },
  );

  test("1 MiB survives both directions", async () => {
    const { call } = await plugin();
    const text = "0123456789abcd🌍".repeat(1 << 16);
    // Compared here, because a failure would print both.
    expect(call("echo", text) === text).toBe(true);
    expect(call("relay", text) === `${text}!?`).toBe(true);
    expect(call("repeat", "x🌍", 1 << 18) === "x🌍".repeat(1 << 18)).toBe(true);
  });

  test("strings that the plugin makes come out as they are", async () => {
    expect((await plugin()).call("unicode")).toEqual(["", "\0", "🌍", "e\u0301", "a\0b"]);
  });
});

describe("results", () => {
  const fail = (payload?: unknown) => Object.assign(new Error("host"), { payload });
  const plugin = lazily(
    `package t:results;
     interface host { both: func(good: bool) -> result<u32, string>; neither: func(good: bool) -> result; }
     world results {
       import host;
       export both: func(good: bool) -> result<u32, string>;
       export only-ok: func(good: bool) -> result<string>;
       export only-err: func(good: bool) -> result<_, string>;
       export neither: func(good: bool) -> result;
       export relay-both: func(good: bool) -> result<u32, string>;
       export relay-neither: func(good: bool) -> result;
       export or-seven: func(good: bool) -> u32;
       export careless: func(good: bool) -> u32;
     }`,
    `import * as host from "t:results/host";
     import { Result, Unit } from "wit-types";
     export function both(good: bool): Result<u32, string> {
       return good ? Result.ok<u32, string>(42) : Result.err<u32, string>("bad");
     }
     export function onlyOk(good: bool): Result<string, Unit> {
       return good ? Result.ok<string, Unit>("fine") : Result.err<string, Unit>();
     }
     export function onlyErr(good: bool): Result<Unit, string> {
       return good ? Result.ok<Unit, string>() : Result.err<Unit, string>("bad");
     }
     export function neither(good: bool): Result<Unit, Unit> {
       return good ? Result.ok<Unit, Unit>() : Result.err<Unit, Unit>();
     }
     export function relayBoth(good: bool): Result<u32, string> { return host.both(good); }
     export function relayNeither(good: bool): Result<Unit, Unit> { return host.neither(good); }
     export function orSeven(good: bool): u32 { return both(good).unwrapOr(7); }
     export function careless(good: bool): u32 { return both(good).unwrap(); }`,
    {
      "t:results/host": {
        both(good: boolean) {
          if (!good) throw fail("no");
          return 1;
        },
        neither(good: boolean) {
          if (!good) throw fail();
        },
      },
    },
  );

  test("ok and err in all four forms, both directions", async () => {
    const { call } = await plugin();
    expect(call("both", true)).toBe(42);
    expect(call("onlyOk", true)).toBe("fine");
    expect(call("onlyErr", true)).toBeUndefined();
    expect(call("neither", true)).toBeUndefined();
    expect(call("relayBoth", true)).toBe(1);
    expect(call("relayNeither", true)).toBeUndefined();
    expect(() => call("both", false)).toThrow(expect.objectContaining({ payload: "bad" }));
    expect(() => call("onlyOk", false)).toThrow(expect.objectContaining({ payload: undefined }));
    expect(() => call("onlyErr", false)).toThrow(expect.objectContaining({ payload: "bad" }));
    expect(() => call("neither", false)).toThrow(expect.objectContaining({ payload: undefined }));
    expect(() => call("relayBoth", false)).toThrow(expect.objectContaining({ payload: "no" }));
    expect(() => call("relayNeither", false)).toThrow(expect.objectContaining({ payload: undefined }));
  });

  test("unwrapOr gives the fallback, unwrap of an error traps", async () => {
    const { call } = await plugin();
    expect(call("orSeven", true)).toBe(42);
    expect(call("orSeven", false)).toBe(7);
    expect(call("careless", true)).toBe(42);
    expect(() => call("careless", false)).toThrow(WebAssembly.RuntimeError);
  });
});

describe("parameters and results that do not fit", () => {
  const names = Array.from({ length: 12 }, (_, i) => `p${i}-x`);
  const wit = names.map((name, i) => `${name}: ${i % 2 ? "string" : "u8"}`).join(", ");
  const camel = names.map((name) => name.replace("-x", "X"));
  const parameters = camel.map((name, i) => `${name}: ${i % 2 ? "string" : "u8"}`).join(", ");
  const values = names.map((_, i) => (i % 2 ? `s${i}🌍` : i));
  const plugin = lazily(
    `package t:wide;
     interface host { join: func(${wit}) -> string; split: func() -> tuple<${"u8, string, ".repeat(9)}u64>; }
     world wide {
       import host;
       export join: func(${wit}) -> string;
       export relay: func(${wit}) -> string;
       export split: func() -> tuple<${"u8, string, ".repeat(9)}u64>;
       export fixed: func(a: list<u16, 3>, b: list<string, 2>) -> tuple<list<string, 2>, list<u16, 3>>;
     }`,
    `import * as host from "t:wide/host";
     import { Tuple2, Tuple19 } from "wit-types";
     export function join(${parameters}): string { return [${camel.map((n, i) => (i % 2 ? n : `${n}.toString()`)).join(", ")}].join(); }
     export function relay(${parameters}): string { return host.join(${camel.join(", ")}); }
     export function split(): Tuple19<${"u8, string, ".repeat(9)}u64> { return host.split(); }
     export function fixed(a: Uint16Array, b: Array<string>): Tuple2<Array<string>, Uint16Array> { return new Tuple2(b, a); }`,
    {
      "t:wide/host": {
        join: (...parts: unknown[]) => parts.join("+"),
        split: () => [...Array.from({ length: 18 }, (_, i) => (i % 2 ? `s${i}` : i)), 19n],
      },
    },
  );

  test("more than 16 flat parameters", async () => {
    const { call } = await plugin();
    expect(call("join", ...values)).toBe(values.join());
    expect(call("relay", ...values)).toBe(values.join("+"));
  });

  test("a large tuple as result", async () => {
    const { call } = await plugin();
    const split = call("split") as unknown[];
    expect(split).toHaveLength(19);
    expect(split.slice(-3)).toEqual([16, "s17", 19n]);
  });

  test("lists of fixed length", async () => {
    const { call } = await plugin();
    expect(call("fixed", [1, 2, 3], ["a", "b"])).toEqual([
      ["a", "b"],
      [1, 2, 3],
    ]);
  });
});

describe("an interface imported and exported", () => {
  const plugin = lazily(
    `package t:chain@2.1.0;
     interface stage {
       record packet { text: string, hops: u32 }
       enum verdict { pass, block }
       handle: func(p: packet) -> packet;
       judge: func(p: option<packet>) -> verdict;
     }
     world filter { import stage; export stage; }`,
    `import * as next from "t:chain/stage@2.1.0";
     import { Packet as Outgoing } from "t:chain/stage@2.1.0";
     import { Packet, Verdict } from "export:t:chain/stage@2.1.0";
     export function handle(p: Packet): Packet {
       const answer = next.handle(new Outgoing(p.text + ">", p.hops + 1));
       return new Packet("<" + answer.text, answer.hops);
     }
     export function judge(p: Packet | null): Verdict { return p ? Verdict.Block : Verdict.Pass; }`,
    {
      "t:chain/stage": {
        handle: ({ text, hops }: { text: string; hops: number }) => ({
          text: text.toUpperCase(),
          hops: hops * 10,
        }),
        judge: () => "pass",
      },
    },
  );

  test("has a type of its own for each direction", async () => {
    const { callIn } = await plugin();
    expect(callIn("t:chain/stage@2.1.0", "handle", { text: "a", hops: 1 })).toEqual({
      text: "<A>",
      hops: 20,
    });
    expect(callIn("t:chain/stage@2.1.0", "judge", { text: "a", hops: 1 })).toBe("block");
    expect(callIn("t:chain/stage@2.1.0", "judge", undefined)).toBe("pass");
  });
});

describe("names", () => {
  const plugin = lazily(
    `package t:names;
     interface first { run: func() -> string; get-html5-url: func(class: string, %type: u8) -> string; }
     interface second { run: func() -> string; }
     interface third { only-here: func() -> string; }
     world names {
       record %string { %default: u8, new-value: string }
       type %list = list<%string>;
       variant area { round(f32), none }
       record area-tag { area: area }
       export measure: func(t: area-tag) -> f32;
       import delete: func(%import: %string) -> %list;
       import clock: interface { record tick { at: u64 } now: func() -> tick; }
       export first;
       export second;
       export third;
       export function: func(%list: %list) -> %string;
       export watch: interface { read: func() -> u64; }
     }`,
    `import { AreaTag, AreaTag_, delete_, List, String } from "wit-world";
     import { now, Tick } from "wit-world/clock";
     export namespace first {
       export function run(): string { return "first"; }
       export function getHtml5Url(class_: string, type: u8): string { return class_ + type.toString(); }
     }
     export namespace second { export function run(): string { return "second"; } }
     export function onlyHere(): string { return "third"; }
     export function function_(list: List): String {
       const all = delete_(list[0]);
       return new String(all[1].default, all[1].newValue + list.length.toString());
     }
     export function measure(t: AreaTag): f32 {
       return t.area.tag == AreaTag_.Round ? t.area.asRound() : t.area.isNone ? -1 : -2;
     }
     export function read(): u64 { const t: Tick = now(); return t.at; }`,
    {
      delete: { default: (value: unknown) => [value, { default: 9, newValue: "nine" }] },
      clock: { now: () => ({ at: 77n }) },
    },
  );

  test("of interfaces that share function names are namespaces", async () => {
    const { callIn } = await plugin();
    expect(callIn("t:names/first", "run")).toBe("first");
    expect(callIn("t:names/second", "run")).toBe("second");
    expect(callIn("t:names/first", "getHtml5Url", "a", 5)).toBe("a5");
    expect(callIn("t:names/third", "onlyHere")).toBe("third");
  });

  test("that AssemblyScript reserves have an underscore at the end", async () => {
    const { call, callIn } = await plugin();
    expect(call("function", [{ default: 1, newValue: "x" }])).toEqual({ default: 9, newValue: "nine1" });
    expect(callIn("watch", "read")).toBe(77n);
    expect(call("measure", { area: { tag: "round", val: 1.5 } })).toBe(1.5);
    expect(call("measure", { area: { tag: "none" } })).toBe(-1);
  });
});

describe.each(["incremental", "minimal"])("state and memory, runtime %s", (runtime) => {
  const log: string[] = [];
  const options = ["-O3", "--runtime", runtime];
  const plugin = lazily(
    `package t:state;
     world state {
       import log: func(text: string);
       export add: func(text: string) -> u32;
       export work: func(lines: list<string>, sizes: list<u64>, note: option<string>) -> list<tuple<string, u64>>;
       export log-all: func(lines: list<list<string>>);
     }`,
    `import { log } from "wit-world";
     import { Tuple2 } from "wit-types";
     const kept: string[] = [];
     log("started");
     export function add(text: string): u32 { kept.push(text); return kept.length; }
     export function work(lines: string[], sizes: Uint64Array, note: string | null): Tuple2<string, u64>[] {
       const all: Tuple2<string, u64>[] = [];
       for (let i = 0; i < lines.length; i++) all.push(new Tuple2(lines[i] + (note ? note : ""), sizes[i]));
       return all;
     }
     export function logAll(lines: string[][]): void { for (let i = 0; i < lines.length; i++) log(lines[i].join()); }`,
    { log: { default: (text: string) => log.push(text) } },
    options,
  );

  test("top-level code runs once, at the start, and may call imports", async () => {
    const { call } = await plugin();
    expect(log).toEqual(["started"]);
    call("logAll", [["a", "b"], ["🌍"], []]);
    expect(log.splice(1)).toEqual(["a,b", "🌍", ""]);
  });

  test("module variables live from call to call", async () => {
    const { call } = await plugin();
    expect([call("add", "a"), call("add", "b"), call("add", "c")]).toEqual([1, 2, 3]);
  });

  test("memory does not grow with the number of calls", async () => {
    const { call, memorySize } = await plugin();
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i} 🌍`);
    const sizes = BigUint64Array.from(lines, (_, i) => BigInt(i));
    const nested = [lines, lines];
    const calls = (count: number) => {
      for (let i = 0; i < count; i++) {
        call("work", lines, sizes, i % 2 ? "note" : undefined);
        call("logAll", nested);
        log.length = 0;
      }
    };
    calls(1000);
    const before = memorySize();
    calls(20_000);
    expect(memorySize()).toBe(before);
  });
});
