/** `hotcell new --contract`: plugins that satisfy a contract from their first build on. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finished, killRunning, Lines, root, startHotcell, startNode } from "../support/cli.ts";
import { examplePath } from "../support/examples.ts";

const cwd = await mkdtemp(join(tmpdir(), "hotcell-contract-plugin-"));
afterAll(async () => {
  await killRunning();
  await rm(cwd, { recursive: true });
});

const hotcell = (...args: string[]) => finished(startHotcell(args, { cwd }));
const read = (file: string) => readFile(join(cwd, file), "utf8");
const bad = (code: number, words: string) => ({ code, stderr: expect.stringContaining(words) });
/** As an editor sees the plugin. */
const typeCheck = (folder: string) =>
  finished(
    startNode([join(root, "node_modules/typescript/bin/tsc"), "-p", join(folder, "assembly")], { cwd }),
  );

let url = "";
let authorization = "";
beforeAll(async () => {
  await symlink(join(root, "node_modules"), join(cwd, "node_modules"));
  const lines = await new Lines(startHotcell(["serve", "--port", "0"], { cwd })).until(/Admin token/);
  url = /http:\S+/.exec(lines.join("\n"))![0];
  authorization = `Bearer ${/Admin token: (\S+)/.exec(lines.join("\n"))![1]}`;
});

const rich = `package acme:shop@1.2.0;

interface parts {
  /// What is paid.
  record money { amount: s64, %type: string }
  variant code { none, percent(f32), gift(tuple<u32, char>) }
  flags options { taxed, in-a-box }
  enum colour { dark-red, %use }
  resource basket { constructor(name: string); add: func(sku: string) -> result<u32, colour>; }
}

interface %export {
  use parts.{money, code, options, colour};
  record line { price: money, codes: list<code>, colour: option<colour>, maybe: option<option<u8>> }
  /// The price of it all.
  price: func(lines: list<line>, options: options) -> result<money, string>;
  bytes: func(data: list<u8>, four: list<u8, 4>, names: list<string>) -> list<u8>;
  colours: func() -> tuple<colour, options, code, char, f64>;
  %list: func(default: bool, %import: s8) -> result<_, colour>;
  fail: func() -> result<list<list<line>>>;
}

interface stock {
  use parts.{colour};
  resource shelf { constructor(size: u32); take: func(n: u32) -> option<colour>; open: static func() -> shelf; }
  largest: func(of: list<borrow<shelf>>) -> shelf;
}

world shop {
  import wasi:clocks/wall-clock@0.2.0;
  use parts.{money};
  export %export;
  export stock;
  export wrap: interface { use parts.{money}; twice: func(m: money) -> money; }
  /// All is quiet.
  export quiet: func();
  export total: func(money: list<money>) -> money;
}

package wasi:clocks@0.2.0 {
  interface wall-clock { record datetime { seconds: u64, nanoseconds: u32 } now: func() -> datetime; }
}`;

it("makes a plugin that builds, passes its calls and is taken under the contract of a host", async () => {
  await writeFile(join(cwd, "rich.wit"), rich);
  expect(await hotcell("contract", "put", "shop", "rich.wit", "--plugin", "shop-*")).toMatchObject({
    code: 0,
  });
  const made = await hotcell("new", "shop-one", "--contract", `${url}/contracts/shop?version=1`);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toContain("exports what shop@1 asks for");
  expect(made.stdout).toContain("Built it");
  const tested = await hotcell("test", "shop-one", "--wasm", "shop-one/build/shop-one.wasm");
  expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining("8 of 8 calls as expected")]);
  expect(await typeCheck("shop-one")).toEqual({ code: 0, stdout: "", stderr: "" });
  // Docs go with the contract.
  expect(await read("shop-one/wit/world.wit")).toContain("  /// All is quiet.\n  export quiet: func();");
  expect(await read("shop-one/wit/deps/acme-shop-1.2.0/package.wit")).toContain(
    "  /// The price of it all.\n",
  );
  expect((await hotcell("contract", "show", "shop")).stdout).toContain("/// What is paid.");
  // The host's own WIT of what it offers is all of it.
  expect(await read("shop-one/wit/deps/wasi-clocks-0.2.0/package.wit")).toContain("monotonic-clock");
  const headers = { authorization };
  const form = new FormData();
  form.set("plugin", new Blob([await readFile(join(cwd, "shop-one/build/shop-one.wasm"))]));
  form.set("settings", JSON.stringify({ contract: "shop@1" }));
  const placed = await fetch(`${url}/plugins/shop-one`, { method: "PUT", headers, body: form });
  expect(placed.status).toBe(201);
  const calls = JSON.parse(await read("shop-one/calls.json")).calls as {
    call: string;
    args: object;
    returns: unknown;
  }[];
  const priced = calls.find(({ call }) => call.endsWith("price"))!;
  const called = await fetch(`${url}/call/shop-one/${priced.call}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(priced.args),
  });
  expect(await called.json()).toEqual({ amount: 0, type: "" });
  expect(await read("shop-one/README.md")).toContain(`'settings={"contract":"shop@1"}'`);
}, 120_000);

it("makes one of a component that serves HTTP, with routes", async () => {
  expect(await hotcell("new", "routes", "--contract", examplePath("router"))).toMatchObject({
    code: 0,
    stderr: "",
  });
  const tested = await hotcell("test", "routes", "--wasm", "routes/build/routes.wasm");
  expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining("1 of 1 requests as expected")]);
}, 60_000);

it("makes one whose functions throw where a value would be without end", async () => {
  const levels = Array.from({ length: 10 }, (_, i) => `record r${i} { a: r${i + 1}, b: r${i + 1} }`);
  const wit = `package a:b; interface deep { ${levels.join(" ")} record r10 { x: u8 }
    one: func(large: r0) -> u8; two: func() -> result<r0>; three: func() -> list<list<string, 1000>, 1000>; }
    world w { export deep; }`;
  await writeFile(join(cwd, "deep.wit"), wit);
  expect(await hotcell("new", "deep", "--contract", "deep.wit")).toMatchObject({ code: 0, stderr: "" });
  expect(await read("deep/assembly/index.ts")).toContain('throw new Error("two is still to be written");');
  expect(await read("deep/assembly/index.ts")).toContain('throw new Error("three is still to be written");');
}, 60_000);

it("says what is wrong with a contract that it can't read", async () => {
  await mkdir(join(cwd, "two"));
  await writeFile(
    join(cwd, "two/worlds.wit"),
    "package a:b; world one { export a: func(); } world two { export b: func(); }",
  );
  await writeFile(
    join(cwd, "lone.wit"),
    "package a:c; world c { import wasi:clocks/wall-clock@0.2.0; export a: func(); }",
  );
  await writeFile(
    join(cwd, "same.wit"),
    "package a:d@0.1.0; interface same { a: func(); } world d { export same; }",
  );
  for (const [args, code, said] of [
    [["--contract", "nothing"], 6, 'There is no contract "nothing"'],
    [["--contract", `${url}/contracts/nothing`], 6, 'There is no contract "nothing"'],
    [["--contract", `${url}/plugins/shop`], 2, "/contracts/NAME"],
    [["--contract", `${url}/contracts/shop?version=x`], 2, "/contracts/NAME"],
    [["--contract", "nothing@0"], 1, "nothing@0 can't be read"],
    [["--contract", "./nothing"], 1, "./nothing can't be read"],
    [["--contract", "nothing.wit"], 1, "nothing.wit can't be read"],
    [["--contract", "two"], 1, "--world NAME"],
    [["--contract", "lone.wit"], 1, "Name the folder of lone.wit instead"],
    [["--contract", "package.json"], 1, "package.json can't be read"],
    [["--contract", "same.wit", "--package", "a:d@0.1.0"], 1, "--world"],
    [["--contract", "two", "--template", "http"], 2, "Leave out --template"],
  ] as const)
    expect([args, await hotcell("new", "same", ...args)]).toMatchObject([args, bad(code, said)]);
  expect(await hotcell("new", "second", "--contract", "two", "--world", "two", "--no-build")).toMatchObject({
    code: 0,
  });
  expect(await read("second/wit/world.wit")).toContain("export b: func();");
}, 60_000);
