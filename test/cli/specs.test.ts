/** `hotcell test` beyond the calls it is given: answers it writes down, and specs of inner functions. */

import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { finished, killRunning, root, startHotcell, startNode } from "../support/cli.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-specs-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);
beforeAll(() => symlink(join(root, "node_modules"), join(scratch, "node_modules")));

// Most build the target debug, as specs do: optimizing takes most of the time.
const hotcell = (...args: string[]) => finished(startHotcell(args, { cwd: scratch }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(scratch, path)), { recursive: true });
    await writeFile(join(scratch, path), text);
  }
}

const world = `package t:t@1.0.0;
world t {
  import wasi:clocks/wall-clock@0.2.0;
  export count: func(text: string) -> result<u32, string>;
  export note: func(text: string);
  export crash: func();
}
`;

const plugin = {
  "wit/world.wit": world,
  "asconfig.json": '{ "extends": "hotcell/asconfig.json" }',
  "assembly/words.ts": `let calls = 0;
export function words(text: string): string[] {
  calls++;
  if (text == "!") throw new Error("no words");
  const found = text.split(" ");
  const kept = new Array<string>();
  for (let i = 0; i < found.length; i++) if (found[i] != "") kept.push(found[i]);
  return kept;
}
export function callsSoFar(): i32 { return calls; }
`,
  "assembly/index.ts": `import { Result } from "wit-types";
import { words } from "./words";
export function count(text: string): Result<u32, string> {
  if (text == "") return Result.err<u32, string>("empty");
  return Result.ok<u32, string>(words(text).length);
}
export function note(text: string): void {}
export function crash(): void { words("!"); }
`,
};

async function make(name: string, more: Readonly<Record<string, string>>): Promise<void> {
  const files = Object.entries({ ...plugin, ...more });
  await put(Object.fromEntries(files.map(([path, text]) => [`${name}/${path}`, text])));
  expect(await hotcell("wit", "add", "--in", name)).toMatchObject({ code: 0 });
}

describe("hotcell test --update", () => {
  const calls = `{
  "settings": { "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } },
  "calls": [
    { "call": "count", "args": ["a b"] },
    { "call": "count", "args": { "text": "" }, "returns": 1 },
    { "call": "count", "args": ["a"], "returns": 1 },
    { "call": "note", "args": ["x"] }
  ]
}
`;

  it("writes down what came, and nothing else", async () => {
    await make("told", { "calls.json": calls });
    expect(await hotcell("test", "told", "--debug")).toMatchObject({ code: 1 });
    expect(await readFile(join(scratch, "told/calls.json"), "utf8")).toBe(calls);

    const updated = await hotcell("test", "told", "--update");
    expect(updated.stdout.split("\n")).toEqual([
      'new   count(["a b"]): 2',
      'new   count({"text":""}): err "empty"',
      'ok    count(["a"])',
      'ok    note(["x"])',
      "4 of 4 calls as expected, 2 written into told/calls.json",
      "",
    ]);
    expect(updated.code).toBe(0);
    expect(await readFile(join(scratch, "told/calls.json"), "utf8")).toBe(
      calls.replace('["a b"] }', '["a b"], "returns": 2 }').replace('"returns": 1 }', '"err": "empty" }'),
    );
    expect((await hotcell("test", "told", "--debug")).stdout).toContain("4 of 4 calls as expected\n");
  });

  it("writes down no trap, and no call that can't be made", async () => {
    const wrong = '{ "calls": [{ "call": "crash" }, { "call": "cuont" }, { "call": "count", "args": [1] }] }';
    await make("wrong", {
      "calls.json": wrong.replace("{ ", '{ "settings": { "grants": { "clocks": true } }, '),
    });
    const before = await readFile(join(scratch, "wrong/calls.json"), "utf8");
    const { code, stdout } = await hotcell("test", "wrong", "--update", "--debug");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAIL {2}crash\(\[\]\): expected null, got a trap \(.*no words \(.*words\.ts:4:20\)/,
    );
    expect(stdout).toContain("Did you mean count?");
    expect(stdout).toContain("3 of 3 calls failed\n");
    expect(await readFile(join(scratch, "wrong/calls.json"), "utf8")).toBe(before);
  });
});

describe("specs", () => {
  it("are what the page on plugins shows", async () => {
    const page = await readFile(join(root, "guest-plugins/README.md"), "utf8");
    const [, shown = ""] = /```ts\n\/\/ assembly\/words\.spec\.ts\n([\s\S]*?)```/.exec(page) ?? [];
    const statements = shown.split("\n\n").filter((part) => part.trim() !== "");
    expect(statements.length).toBe(3);
    const withoutState = spec.replace("callsSoFar, ", "");
    for (const statement of statements) expect(withoutState).toContain(statement.trim());
  });

  const spec = `import { equal, test, traps } from "hotcell/spec";
import { callsSoFar, words } from "./words";

test("splits", () => {
  equal(words(" a  b"), ["a", "b"]);
  equal(words("").length, 0);
});

test("starts anew", () => {
  equal(callsSoFar(), 0);
});

traps("refuses what has none", () => {
  words("!");
});

test("knows the time that calls.json sets", () => {
  equal(new Date(Date.now()).toISOString(), "2026-11-22T10:15:02.000Z");
});
`;
  const calls =
    '{ "settings": { "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } }, "calls": [] }';

  it("test inner functions, each in a cell of its own, under the settings of the calls", async () => {
    await make("good", { "assembly/words.spec.ts": spec, "calls.json": calls });
    const { code, stdout, stderr } = await hotcell("test", "good");
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      "ok    good/assembly/words.spec.ts:4:1 splits",
      "ok    good/assembly/words.spec.ts:9:1 starts anew",
      "ok    good/assembly/words.spec.ts:13:1 refuses what has none",
      "ok    good/assembly/words.spec.ts:17:1 knows the time that calls.json sets",
      "4 of 4 specs pass",
      "",
    ]);
    expect(code).toBe(0);
    expect(await readFile(join(scratch, "good/wit/world.wit"), "utf8")).toBe(world);
  });

  it("are seen by editors with the types of what they call", async () => {
    await hotcell("new", "edited", "--no-build");
    await put({
      "edited/assembly/a.spec.ts":
        'import { equal, test, traps } from "hotcell/spec";\nimport { greet } from "./index";\n' +
        'test("greets", () => {\n  equal(greet("A"), "Hello, A!");\n});\ntraps("no", () => {\n  assert(false);\n});\n',
    });
    expect(await hotcell("test", "edited", "--debug")).toMatchObject({ code: 0 });
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const checked = () => finished(startNode([tsc, "-p", "edited/assembly"], { cwd: scratch }));
    expect(await checked()).toEqual({ code: 0, stdout: "", stderr: "" });
    const path = join(scratch, "edited/assembly/a.spec.ts");
    await writeFile(path, (await readFile(path, "utf8")).replace('"Hello, A!"', "1"));
    expect((await checked()).stdout).toMatch(/a\.spec\.ts\(4,21\): error TS2345/);
  });

  it("that fail say what was expected, what came, and the line that says so", async () => {
    await make("bad", {
      "calls.json": calls,
      "assembly/deep/more.spec.ts": `import { equal, test, traps } from "hotcell/spec";
import { words } from "../words";
test("strings", () => { equal(words("a b")[1], "a\\"\\n"); });
test("lists", () => {
  equal(words("a b"), ["a"]);
});
test("nothing", () => { equal<string | null>(null, "x"); });
test("numbers", () => { equal<f64>(NaN, NaN); equal(1.5, 2.5); });
test("bytes", () => { equal(new Uint8Array(2), new Uint8Array(3)); });
test("inside", () => { words("!"); });
test("assert", () => { assert(words("").length == 5, "five words"); });
test("runs on", () => { for (;;) {} });
traps("runs on in vain", () => { for (;;) {} });
traps("returns", () => {});
test("in the library", () => { words("a")[3]; });
`,
    });
    const { code, stdout } = await hotcell("test", "bad", "--debug");
    const at = "bad/assembly/deep/more.spec.ts";
    expect(code).toBe(1);
    for (const said of [
      `FAIL  ${at}:3:1 strings\n      expected "a\\"\\n", got "b" (${at}:3:25)`,
      `FAIL  ${at}:4:1 lists\n      expected ["a"], got ["a", "b"] (${at}:5:3)`,
      `expected "x", got null (${at}:7:25)`,
      `expected 2.5, got 1.5 (${at}:8:47)`,
      `expected [0, 0, 0], got [0, 0] (${at}:9:23)`,
      "no words (bad/assembly/words.ts:4:20)",
      `five words (${at}:11:24)`,
      "runs on\n      bad spent all",
      "runs on in vain\n      bad spent all",
      "returns\n      expected a trap, and there was none",
      `in the library\n      Index out of range (~lib/array.ts:`,
      `(${at}:15)`,
      "11 of 11 specs failed",
    ])
      expect(stdout).toContain(said);
  });

  it("that do not compile say where", async () => {
    await make("wrong-spec", {
      "calls.json": calls,
      "assembly/words.spec.ts":
        'import { equal, test } from "hotcell/spec";\nimport { words } from "./words";\ntest("a", () => { equal(words("a"), 1); });\n',
    });
    const { code, stderr } = await hotcell("test", "wrong-spec", "--debug");
    expect(code).toBe(1);
    expect(stderr).toContain("wrong-spec/assembly/words.spec.ts(3,");
    expect(stderr).toContain("did not build");
  });

  it("go with a plugin whose functions are methods of its default export", async () => {
    await make("object", {
      "calls.json": calls,
      "assembly/index.ts": `import { Result } from "wit-types";
import { words } from "./words";
class Counter {
  count(text: string): Result<u32, string> { return Result.ok<u32, string>(words(text).length); }
  note(text: string): void {}
  crash(): void {}
}
const counter = new Counter();
export default counter;
`,
      "assembly/a.spec.ts": 'import { test } from "hotcell/spec";\ntest("a", () => {});\n',
    });
    expect((await hotcell("test", "object", "--debug")).stdout).toContain("1 of 1 specs pass");
  });

  it("go with the world that is named, and with every kind of export", async () => {
    for (const name of ["shapes", "tally"]) {
      await cp(join(root, "guest-plugins", name), join(scratch, name), { recursive: true });
      await put({
        [`${name}/assembly/a.spec.ts`]: 'import { test } from "hotcell/spec";\ntest("a", () => {});\n',
      });
    }
    await writeFile(join(scratch, "tally/wit/other.wit"), "world other { export nothing: func(); }");
    expect((await hotcell("test", "shapes", "--debug")).stdout).toContain("1 of 1 specs pass");
    expect(await hotcell("test", "tally")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("world"),
    });
    expect((await hotcell("test", "tally", "--world", "tally")).stdout).toContain("1 of 1 specs pass");
  });
});
