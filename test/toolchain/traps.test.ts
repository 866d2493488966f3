/** Traps as authors and callers are told of them: with the author's function and line, in release builds too. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../host/open.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";
import { startTestHost } from "../support/test-host.ts";
import { refusal } from "../support/thrown.ts";

const host = await startTestHost();
afterAll(async () => {
  await host.close();
  await removeTemporaryFolders();
});

const files = {
  "wit/world.wit": `package demo:trap;
world trap {
  record item { name: string, price: u32 }
  export run: func(what: string, at: s32) -> s32;
  export names: func(items: list<item>, at: s32) -> list<string>;
}`,
  "assembly/cart.ts": `export class Cart {
  items: i32[] = [];
  lines: Map<string, i32> = new Map();

  add(n: i32): void { this.items.push(n); }

  total(at: i32): i32 {
    let sum = this.items[0];
    sum += this.items[1];
    sum += this.items[at];
    return sum;
  }

  line(key: string): i32 {
    return this.lines.get(key);
  }

  static half(n: i32, by: i32): i32 {
    const half = n / by;
    return half * 2;
  }
}

export function pick<T>(list: T[], at: i32): T {
  return list[at];
}
`,
  "assembly/index.ts": `import { Item } from "wit-world";
import { Cart, pick } from "./cart";

const table: i32[] = [1, 2, 3];

export function run(what: string, at: i32): i32 {
  const cart = new Cart();
  cart.add(1);
  cart.add(2);
  if (what == "array in a method") return cart.total(at);
  if (what == "map") return cart.line("x");
  if (what == "static method") return Cart.half(3, at);
  if (what == "generic") return pick<i32>([1, 2], at);
  if (what == "thrown") {
    if (at > 3) throw new RangeError("too far");
    return 1;
  }
  if (what == "asserted") assert(at < 0);
  if (what == "recursion") return deep(at);
  if (what == "callback") {
    return [4, 5].map<i32>((n: i32): i32 => [1, 2, 3][n])[0];
  }
  if (what == "typed array") {
    const bytes = new Uint8Array(4);
    bytes[0] = 1;
    bytes[at] = 2;
    return bytes[1];
  }
  if (what == "memory") return load<i32>(at);
  if (what == "unreachable") unreachable();
  if (what == "static array") return new StaticArray<i32>(2)[at];
  if (what == "string") return words("a".repeat(at));
  if (what == "global") return table[at];
  if (what == "null") return node(at).next!.value;
  if (what == "two of a kind") {
    const first = table[0];
    const second = table[at];
    return first + second;
  }
  if (what == "loop") loop(at);
  return 0;
}

class Node { value: i32 = 1; next: Node | null = null; }

function node(at: i32): Node { return new Node(); }

function loop(at: i32): void {
  let n = 0;
  while (at > n) {
    n = at > 1000 ? 0 : n + 1;
  }
}

function deep(n: i32): i32 {
  return deep(n + 1) + 1;
}

function words(s: string): i32 {
  const all = s.split(",");
  return all[3].length;
}

export function names(items: Array<Item>, at: i32): Array<string> {
  const all = new Array<string>();
  for (let i = 0; i <= at; i++) {
    all.push(items[i].name.toUpperCase());
  }
  return all;
}
`,
};

/** How the message ends: the function, and its place unless that is said before. */
const traps: readonly (readonly [what: string, at: number, reason: RegExp, where: string])[] = [
  ["array in a method", 7, /Index out of range/, "in Cart#total (assembly/cart.ts:10)"],
  ["map", 1, /Key does not exist/, "in Cart#line (assembly/cart.ts:15)"],
  ["static method", 0, /divide by zero/, "in Cart.half (assembly/cart.ts:19)"],
  ["generic", 5, /Index out of range/, "in pick (assembly/cart.ts:25)"],
  ["thrown", 4, /too far \(assembly\/index\.ts:15:17\)/, "in run"],
  ["asserted", 4, /it aborted at assembly\/index\.ts:18:27/, "in run (assembly/index.ts:18)"],
  ["recursion", 1, /call stack is exhausted/, "in deep (assembly/index.ts:56)"],
  ["callback", 1, /Index out of range/, "in run.<anonymous> (assembly/index.ts:21)"],
  ["typed array", 4, /Index out of range/, "in run (assembly/index.ts:26)"],
  ["memory", -8, /memory access out of bounds/, "in run (assembly/index.ts:29)"],
  ["unreachable", 0, /unreachable/, "in run (assembly/index.ts:30)"],
  ["static array", 2, /Index out of range/, "in run (assembly/index.ts:31)"],
  ["string", 2, /Index out of range/, "in words (assembly/index.ts:61)"],
  ["global", 9, /Index out of range/, "in run (assembly/index.ts:33)"],
  ["null", 9, /Unexpected 'null'.*\(assembly\/index\.ts:34:/, "in run"],
  ["two of a kind", 9, /Index out of range/, "in run (assembly/index.ts:37)"],
];

/** Where the optimizer has put a function of one call into its caller, that is told. */
const merged: Readonly<Record<string, string>> = { "small map": "in run (assembly/index.ts:11)" };

const ways: Readonly<Record<string, readonly string[]>> = {
  release: ["-O3", "--converge"],
  small: ["-Oz", "--runtime", "minimal"],
  debug: ["--debug"],
  "with a source map": ["-O3", "--sourceMap"],
};

describe.each(Object.entries(ways))("a trap names the author's function and line, %s", (way, options) => {
  let component: Uint8Array;
  beforeAll(async () => {
    component = await buildComponent({ files, options });
  });

  test.each(traps)("%s", async (what, at, reason, where) => {
    await using plugin = await open(component);
    const call = plugin
      .lookup("run")
      .as<(what: string, at: number) => number>("func(what: string, at: s32) -> s32");
    const error = refusal(() => call(what, at));
    expect(error).toMatchObject({ code: "trap" });
    expect(error.message).toMatch(reason);
    const told = merged[`${way} ${what}`] ?? where;
    expect(error.message.endsWith(`, ${told}.`), error.message).toBe(true);
  });
});

test("fuel that is spent in a loop is told with its place", async () => {
  const component = await buildComponent({ files, options: ["-O3", "--converge"] });
  await using plugin = await open(component);
  const call = plugin
    .lookup("run")
    .as<(what: string, at: number) => number>("func(what: string, at: s32) -> s32");
  const error = refusal(() => call("loop", 1001));
  expect(error.code).toBe("out-of-fuel");
  expect(error.message).toMatch(/, last in loop \(assembly\/index\.ts:(4[89]|5[012])\)\.$/);
});

describe("where it is read", () => {
  let component: Uint8Array;
  beforeAll(async () => {
    component = await buildComponent({ files, options: ["-O3", "--converge"] });
  });
  const items = [{ name: "a", price: 1 }];
  const where = "in names (assembly/index.ts:67).";

  test.each(["inline", "process"])("over HTTP, placement %s", async (placement) => {
    const name = `traps-${placement}`;
    expect((await host.put(name, component)).status).toBe(201);
    const settings = JSON.stringify({ placement });
    const headers = { "content-type": "application/json" };
    expect((await host.send("PATCH", `/plugins/${name}`, { body: settings, headers })).status).toBe(200);
    const { status, json } = await host.call(`${name}/names`, [items, 1]);
    expect(status).toBe(502);
    expect(json.detail).toContain(where);
    expect(json.stack).toContain("names (assembly/index.ts:67)");
    expect(json.stack.join()).not.toMatch(/wit-glue|wit-exports|wasm-function/);
    expect((await host.call(`${name}/names`, [items, 0])).json).toEqual(["A"]);
    // Inline it is the embedder's process, which says how many functions its errors tell.
    const most = placement === "process" ? 20 : 5;
    const { stack } = (await host.call(`${name}/run`, ["recursion", 1])).json as { stack: string[] };
    expect(stack.filter((frame) => frame === "deep (assembly/index.ts:56)").length).toBeGreaterThan(most);
  });

  test("on jco's engine", async () => {
    expect((await host.put("traps-jco", component)).status).toBe(201);
    const body = JSON.stringify({ placement: "process", engine: "jco" });
    const headers = { "content-type": "application/json" };
    expect((await host.send("PATCH", "/plugins/traps-jco", { body, headers })).status).toBe(200);
    expect((await host.call("traps-jco/names", [items, 1])).json.detail).toContain(where);
  });

  test("without the table where the author wants none", async () => {
    const bare = await buildComponent({
      files,
      options: ["-O3", "--converge", "--use", "hotcell.lines=none"],
    });
    expect(bare.length).toBeLessThan(component.length);
    expect(Buffer.from(bare).includes("hotcell:lines")).toBe(false);
    expect((await host.put("traps-bare", bare)).status).toBe(201);
    const { json } = await host.call("traps-bare/names", [items, 1]);
    expect(json.stack[0]).toMatch(/^wasm-function/);
  });
});
