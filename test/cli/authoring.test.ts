/** A plugin's way from `hotcell new` to an inspected and compared component, as its author goes it. */

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { verbs } from "../../host/cli/verbs/verbs.ts";
import { open } from "../../host/open.ts";
import { sample } from "../guests/small-plugins.ts";
import { finished, killRunning, root, startHotcell, startNode } from "../support/cli.ts";
import { examplePath } from "../support/examples.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-authoring-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

const hotcell = (...args: string[]) => finished(startHotcell(args, { cwd: scratch }));

async function edit(file: string, change: (text: string) => string): Promise<void> {
  const path = join(scratch, file);
  await writeFile(path, change(await readFile(path, "utf8")));
}

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(scratch, file), "utf8"));
}

/** As an editor sees the plugin, in a project where everything is installed. */
function typeCheck(folder: string) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return finished(startNode([tsc, "-p", join(folder, "assembly")], { cwd: join(scratch, "installed") }));
}

beforeAll(async () => {
  await mkdir(join(scratch, "installed"));
  await symlink(join(root, "node_modules"), join(scratch, "installed/node_modules"));
});

describe("hotcell new", () => {
  it.each(["function", "clock", "interface", "state", "http", "fetch", "kv"])(
    "makes a plugin from the template %s that passes its checks and that editors understand",
    async (template) => {
      const folder = `installed/my-${template}`;
      expect(await hotcell("new", folder, "--template", template, "--no-build")).toMatchObject({ code: 0 });
      expect(await hotcell("test", folder)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^ok .*\n(ok .*\n)*(\d) of \2 (?:calls|requests) as expected\n$/),
      });
      expect(await typeCheck(`my-${template}`)).toEqual({ code: 0, stdout: "", stderr: "" });
    },
  );

  it("says how to grant what takes settings", async () => {
    await hotcell("new", "installed/asks", "--template", "fetch", "--no-build");
    const page = await readFile(join(scratch, "installed/asks/README.md"), "utf8");
    expect(page).toContain("It needs the grant `http` from its host.");
    expect(page).toContain(`-F 'settings={"grants":{"http":{"allow":["https://example.com"]}}}'`);
  });

  it("makes a plugin whose handlers editors understand", async () => {
    const index = "installed/routes/assembly/index.ts";
    await hotcell("new", "installed/routes", "--template", "http", "--no-build");
    await edit(index, (text) => text.replace("c.req.param", "c.req.parameter"));
    expect(await typeCheck("routes")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Property 'parameter' does not exist on type 'Request'"),
    });
  });

  it.each(["function", "clock", "interface", "state", "http", "fetch", "kv"])(
    "writes the JSON of the template %s as a formatter leaves it",
    async (template) => {
      const folder = `installed/formatted-${template}`;
      await hotcell("new", folder, "--template", template, "--no-build");
      const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
      const checks = template === "http" ? "requests.json" : "calls.json";
      const files = [checks, "asconfig.json", "assembly/tsconfig.json"].map((file) => join(folder, file));
      for (const width of [80, 110]) {
        const style = ["--indent-style=space", `--line-width=${width}`];
        const formatted = await finished(startNode([biome, "format", ...style, ...files], { cwd: scratch }));
        expect(formatted).toMatchObject({ code: 0, stderr: expect.stringContaining("Checked 3 files") });
      }
    },
  );

  it("pins the tools where hotcell is not installed, and only there", async () => {
    await hotcell("new", "alone", "--no-build");
    const { peerDependencies, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      peerDependencies: object;
      version: string;
    };
    expect(await json("alone/package.json")).toMatchObject({
      name: "alone",
      private: true,
      devDependencies: { ...peerDependencies, hotcell: version },
    });
    expect((await json("alone/package.json")) as object).toMatchObject({
      devDependencies: { node: process.versions.node },
    });
    await hotcell("new", "installed/inside", "--no-build");
    await expect(json("installed/inside/package.json")).rejects.toThrow("ENOENT");
  });

  it("takes the names of world and package, also those that WIT keeps for itself", async () => {
    const made = await hotcell(
      "new",
      "list",
      "--template",
      "interface",
      "--package",
      "acme:use@2.0.0",
      "--world",
      "import",
    );
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("Built it") });
    const inspected = await hotcell("inspect", "list/build/list.wasm");
    expect(inspected.stdout).toContain("acme:use/shop@2.0.0/add-up");
  });

  it("refuses folders that are not empty, names that won't do, and says what would", async () => {
    await mkdir(join(scratch, "full"));
    await writeFile(join(scratch, "full/notes.txt"), "");
    expect(await hotcell("new", "full")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("notes.txt"),
    });
    expect(await readFile(join(scratch, "full/notes.txt"), "utf8")).toBe("");
    for (const [args, said] of [
      [["new", "MyPlugin"], "hotcell new my-plugin"],
      [["new", "a", "--template", "fucntion"], "Did you mean function?"],
      [["new", "a", "--world", "A B"], "--world"],
      [["new", "a", "--package", "a"], "example:greet@0.1.0"],
    ] as const) {
      expect(await hotcell(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(said) });
    }
    expect(await hotcell("new")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("hotcell new --help"),
    });
  });
});

describe("with a plugin", () => {
  beforeAll(async () => {
    await hotcell("new", "installed/tick", "--template", "clock", "--no-build");
  });

  it("hotcell build says what came out, and what the host has to grant", async () => {
    const { code, stdout } = await hotcell("build", "installed/tick", "--out", "tick.wasm");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Built tick\.wasm in \d+ ms$/m);
    expect(stdout).toMatch(/^ {2}size {4}[\d,]+ bytes$/m);
    expect(stdout).toMatch(/^ {2}digest {2}sha256:[0-9a-f]{64}$/m);
    expect(stdout).toContain("wasi:clocks/wall-clock@0.2.0  grant: clocks");
    await using plugin = await open(join(scratch, "tick.wasm"), { grants: { clocks: true } });
    expect(plugin.lookup("get-time").as<() => string>("func() -> string")()).toMatch(/^\d{4}-/);
  });

  it("hotcell build --debug builds the target debug, with a source map", async () => {
    expect(await hotcell("build", "installed/tick", "--debug")).toMatchObject({ code: 0 });
    expect(await json("installed/tick/build/tick.wasm.map")).toMatchObject({
      sources: expect.arrayContaining(["assembly/index.ts"]),
    });
  });

  it("writes bindings that editors check calls against, and that follow the world", async () => {
    await edit("installed/tick/assembly/index.ts", (text) => `${text}export const wrong: string = now();\n`);
    expect(await hotcell("build", "installed/tick", "--debug")).toMatchObject({ code: 1 });
    expect((await typeCheck("tick")).stdout).toMatch(/index\.ts\(7,14\): error TS2322.*Datetime/);
    const bindings = join(scratch, "installed/tick/build/bindings/index.d.ts");
    expect(await readFile(bindings, "utf8")).toMatch(
      /^\/\/ Generated .*\n[\s\S]*"wasi:clocks\/wall-clock@0\.2\.0"/,
    );

    await edit("installed/tick/wit/world.wit", (text) => text.replace(/.*import.*\n/, ""));
    await writeFile(
      join(scratch, "installed/tick/assembly/index.ts"),
      'export function getTime(): string {\n  const hour: u32 = 5;\n  return hour.toString() + " o\'clock";\n}\n',
    );
    expect(await hotcell("build", "installed/tick", "--debug")).toMatchObject({ code: 0 });
    expect(await readFile(bindings, "utf8")).not.toContain("wasi:clocks");
    expect(await typeCheck("tick")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("hotcell test shows what was expected and what came, and ends with 1", async () => {
    await edit("installed/tick/calls.json", (text) =>
      text.replace('"calls": [', '"calls": [{ "call": "get-tiem" },'),
    );
    const { code, stdout } = await hotcell("test", "installed/tick", "--debug");
    expect(code).toBe(1);
    expect(stdout).toContain("Did you mean get-time?");
    expect(stdout).toContain(`FAIL  get-time([]): expected "2026-11-22T10:15:02Z", got "5 o'clock"`);
    expect(stdout).toContain("2 of 2 calls failed");
  });

  it("hotcell test says where a grant goes", async () => {
    const file = "installed/my-clock/calls.json";
    const before = await readFile(join(scratch, file), "utf8");
    await edit(file, (text) => JSON.stringify({ calls: (JSON.parse(text) as { calls: unknown }).calls }));
    const { code, stderr } = await hotcell("test", "installed/my-clock", "--debug");
    expect(code).toBe(1);
    const remedy = /Grant it in .*calls\.json: (\{.*), "calls"/.exec(stderr)?.[1];
    expect(stderr).not.toContain("?grant=");
    // As it is told.
    await edit(file, (text) => text.replace("{", `${remedy},`));
    const after = await hotcell("test", "installed/my-clock", "--debug");
    expect(after.stderr).not.toContain("not granted");
    await edit(file, () => before);
  });

  it("hotcell test takes a component that is built already", async () => {
    const pricing = join(root, "guest-plugins/pricing");
    expect(await hotcell("test", pricing, "--wasm", examplePath("pricing"))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("calls as expected"),
    });
  });

  it("hotcell test cuts what it shows between characters", async () => {
    const plugin = join(scratch, "echoing");
    await mkdir(join(plugin, "assembly"), { recursive: true });
    await writeFile(join(plugin, "assembly/index.ts"), "");
    const texts = ["", "a"].map((start) => start + "😀".repeat(60));
    const calls = texts.map((text) => ({ call: "echo", args: [text], returns: text }));
    await writeFile(join(plugin, "calls.json"), JSON.stringify({ calls }));
    await writeFile(join(plugin, "echo.wasm"), sample());
    const { stdout } = await hotcell("test", plugin, "--wasm", join(plugin, "echo.wasm"));
    expect(stdout).toContain("2 of 2 calls as expected");
    expect(stdout).toContain('ok    echo(["😀');
    expect(stdout).not.toContain("\ufffd");
  });

  it("hotcell build passes on what asc says, with the place in the source", async () => {
    await edit("installed/tick/assembly/index.ts", (text) => text.replace("(): string", "(): u32"));
    const { code, stderr } = await hotcell("build", "installed/tick");
    expect(code).toBe(1);
    expect(stderr).toContain("expected: export function getTime(): string");
    expect(stderr).toContain("installed/tick/assembly/index.ts(1,17)");
    expect(stderr).not.toContain("    at ");
  });

  it("says when a folder is no plugin, or has nothing to test", async () => {
    expect(await hotcell("build")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("assembly/index.ts"),
    });
    expect(await hotcell("test", "installed/tick", "--calls", "none.json")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("none.json"),
    });
  });
});

describe("hotcell inspect", () => {
  it("shows size, digest, core modules, needs, exports and WIT", async () => {
    const { code, stdout } = await hotcell("inspect", examplePath("friendly-time-v1"));
    expect(code).toBe(0);
    for (const part of [
      /^size {5}[\d,]+ bytes$/m,
      /^digest {3}sha256:[0-9a-f]{64}$/m,
      /^core {5}\d+ modules: /m,
      /^needs {4}wasi:clocks\/wall-clock@0\.2\.0 {2}grant: clocks$/m,
      /^exports {2}get-friendly-time: func\(\) -> string$/m,
      /^ {2}export get-friendly-time: func\(\) -> string;$/m,
    ]) {
      expect(stdout).toMatch(part);
    }
  });

  it("shows what another plugin supplies, by a link", async () => {
    const id = "example:tax/rates@1.0.0";
    const { stdout } = await hotcell("inspect", examplePath("checkout"));
    expect(stdout).toContain(
      `${id}  by a link to the plugin that exports it, grant: plugins {"${id}":"NAME"}`,
    );
    expect(stdout).not.toContain("not supplied");
    const { stdout: told } = await hotcell("inspect", examplePath("checkout"), "--json");
    expect(JSON.parse(told).imports).toContainEqual({ import: id, grant: "plugins" });
  });

  it("shows that a handler answers requests", async () => {
    const { stdout } = await hotcell("inspect", examplePath("router"));
    expect(stdout).toMatch(
      /^exports {2}wasi:http\/incoming-handler@0\.2\.\d+\/handle: .* {2}\(answers requests for \/http\/NAME\/\)$/m,
    );
  });

  it("says the same to programs", async () => {
    const { stdout } = await hotcell("inspect", examplePath("friendly-time-v1"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      size: expect.any(Number),
      digest: expect.stringMatching(/^sha256:/),
      imports: [{ import: "wasi:clocks/wall-clock@0.2.0", grant: "clocks" }],
      exports: [{ path: "get-friendly-time", type: "func() -> string", callable: true }],
      wit: expect.stringContaining("world"),
    });
  });

  it.each([
    ["text", Buffer.from("no wasm"), "not WebAssembly"],
    ["a core module", Buffer.from("\0asm\x01\0\0\0", "latin1"), "core WebAssembly module"],
    ["half a component", Buffer.from("\0asm\x0d\0\x01\0\x01\xff", "latin1"), "byte"],
  ])("refuses %s with the reason", async (_, bytes, reason) => {
    await writeFile(join(scratch, "bad.wasm"), bytes);
    const { code, stderr } = await hotcell("inspect", "bad.wasm");
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("    at ");
  });

  it("says that a file is not there", async () => {
    expect(await hotcell("inspect", "none.wasm")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("none.wasm"),
    });
    expect(await hotcell("inspect")).toMatchObject({ code: 2 });
  });
});

describe("hotcell diff", () => {
  const [v1, v2] = [examplePath("friendly-time-v1"), examplePath("friendly-time-v2")];

  it("ends with 0 when callers notice nothing", async () => {
    expect(await hotcell("diff", v1, v2)).toMatchObject({ code: 0, stderr: "" });
  });

  it("ends with 1 when something breaks, and says what", async () => {
    const { code, stdout } = await hotcell("diff", v1, examplePath("greet"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Breaking \(1\).*\n\n {2}get-friendly-time\n {4}- func\(\) -> string$/m);
    const { changes } = JSON.parse((await hotcell("diff", v1, examplePath("greet"), "--json")).stdout);
    expect(changes).toContainEqual(
      expect.objectContaining({ path: "get-friendly-time", verdict: "breaking" }),
    );
  });

  it("ends with 2 when it can't tell", async () => {
    expect(await hotcell("diff", v1, "none.wasm")).toMatchObject({ code: 2 });
    expect(await hotcell("diff", v1)).toMatchObject({ code: 2 });
  });
});

describe("every verb", () => {
  it.each([...verbs.keys()])("hotcell %s --help shows how it is called, and an example", async (verb) => {
    const { code, stdout } = await hotcell(verb, "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: hotcell ${verb}`));
    expect(stdout).toMatch(/^Example: (.* & )?hotcell /m);
  });

  it("gives near misses for options", async () => {
    expect(await hotcell("build", "--dbug")).toMatchObject({
      code: 2,
      stderr: "There is no option --dbug. Did you mean --debug?\nSee: hotcell build --help\n",
    });
  });
});
