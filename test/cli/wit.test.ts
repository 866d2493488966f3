/** WIT of what the host offers, from `hotcell wit add` to a component that runs. */

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { offeredPackages } from "../../host/capabilities/offered-wit.ts";
import { open } from "../../host/open.ts";
import { everything, refusalOf } from "../support/capability-probe.ts";
import { finished, killRunning, root, startHotcell, startNode } from "../support/cli.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-wit-"));
await symlink(join(root, "node_modules"), join(scratch, "node_modules"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

let made = 0;

/** A plugin's folder with these files, and the command line in it. */
async function plugin(files: Readonly<Record<string, string>>) {
  const folder = join(scratch, `p${made++}`);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return {
    folder,
    run: (...args: string[]) => finished(startHotcell(args, { cwd: folder })),
    read: (path: string) => readFile(join(folder, path), "utf8"),
    deps: async () => (await readdir(join(folder, "wit/deps"), { recursive: true })).sort(),
  };
}

const world = (lines = "") => `package t:t@1.0.0;\nworld t {\n${lines}\nexport run: func() -> string;\n}\n`;

describe("hotcell wit add", () => {
  it("writes the packages that were asked for, and those they refer to", async () => {
    const { run, deps, read } = await plugin({ "wit/world.wit": world() });
    const { code, stdout } = await run("wit", "add", "wasi:random", "wasi:clocks@0.2.3");
    expect(code).toBe(0);
    expect(await deps()).toEqual([
      "wasi-clocks-0.2.3",
      "wasi-clocks-0.2.3/package.wit",
      "wasi-io-0.2.3",
      "wasi-io-0.2.3/package.wit",
      "wasi-random-0.2.3",
      "wasi-random-0.2.3/package.wit",
    ]);
    expect(stdout).toContain("import wasi:clocks/wall-clock@0.2.3;       // grant: clocks");
    expect(stdout).toContain("import wasi:random/insecure@0.2.3;\n");
    expect(await read("wit/deps/wasi-clocks-0.2.3/package.wit")).toMatch(
      /^\/\/ Written by: hotcell wit add wasi:clocks@0\.2\.3\npackage wasi:clocks@0\.2\.3;\n/,
    );
  });

  it.each(["0.2.0", "0.2.3", "0.2.12", "0.2.40"])(
    "writes all that the host offers in %s, and the host takes every interface of it",
    async (version) => {
      const offered = offeredPackages().filter(({ supports }) => supports(version));
      const imports = offered.flatMap(({ name, interfaces }) =>
        interfaces.map((own) => `${own.exported ? "export" : "import"} ${name}/${own.name}@${version};`),
      );
      const { folder, run } = await plugin({ "wit/world.wit": world(imports.join("\n")) });
      expect(await run("wit", "add")).toMatchObject({ code: 0, stderr: "" });
      const tools = await loadWasmTools();
      const wasm = tools.componentNew(tools.componentEmbed({ witPath: join(folder, "wit") }));
      expect(refusalOf(wasm, { grants: everything })).toBeUndefined();
      expect(imports.length).toBeGreaterThan(25);
      expect(imports).toContain(`export wasi:http/incoming-handler@${version};`);
    },
  );

  it("writes drafts in the versions that other hosts have them in", async () => {
    const { folder, run, deps } = await plugin({
      "wit/world.wit": world(
        "import wasi:config/store@0.2.0-draft;\nimport wasi:logging/logging@0.1.0-draft2;\n" +
          "import wasi:config/store@0.2.0-rc.1;",
      ),
    });
    await run("wit", "add");
    expect((await deps()).filter((name) => !name.includes("/"))).toEqual([
      "wasi-config-0.2.0-draft",
      "wasi-config-0.2.0-rc.1",
      "wasi-logging-0.1.0-draft2",
    ]);
    const tools = await loadWasmTools();
    const wasm = tools.componentNew(tools.componentEmbed({ witPath: join(folder, "wit") }));
    expect(refusalOf(wasm, { grants: everything })).toBeUndefined();
  });

  it("is what asc's errors say, after which asc alone builds a plugin that runs", async () => {
    const { folder, run } = await plugin({
      "wit/world.wit": world(
        "import wasi:random/random@0.2.3;\nimport wasi:clocks/monotonic-clock@0.2.0;\nexport hotcell:plugin/lifecycle@0.1.0;",
      ),
      "asconfig.json": '{ "extends": "hotcell/asconfig.json" }',
      "assembly/index.ts": `import { Result, Tuple2, Unit } from "wit-types";
import { getRandomBytes } from "wasi:random/random@0.2.3";
import { subscribeDuration } from "wasi:clocks/monotonic-clock@0.2.0";
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> { return Result.ok<Unit, string>(); }
export function health(): Result<Unit, string> { return Result.ok<Unit, string>(); }
export function run(): string {
  const soon = subscribeDuration(1000);
  soon.block();
  soon.drop();
  return "slept, " + getRandomBytes(3).length.toString() + ", " + (Date.now() > 1 ? "woke" : "");
}`,
    });
    const asc = () =>
      finished(
        startNode(
          [join(root, "node_modules/assemblyscript/bin/asc.js"), "assembly/index.ts", "-o", "plugin.wasm"],
          { cwd: folder },
        ),
      );
    const followed: string[] = [];
    for (;;) {
      const { code, stderr } = await asc();
      if (code === 0) break;
      const args = /npx hotcell (wit add .*)$/m.exec(stderr)?.[1];
      const line = /Add to world t in wit\/world\.wit: (.*)$/m.exec(stderr)?.[1];
      if (line) {
        const path = join(folder, "wit/world.wit");
        await writeFile(path, (await readFile(path, "utf8")).replace("world t {", `world t {\n${line}`));
      }
      followed.push(line ?? args ?? expect.fail(stderr));
      if (args) expect(await run(...args.split(" "))).toMatchObject({ code: 0 });
    }
    expect(followed).toEqual([
      "wit add wasi:random@0.2.3",
      "wit add wasi:clocks@0.2.0",
      "wit add hotcell:plugin@0.1.0",
      "import wasi:clocks/wall-clock@0.2.0;",
    ]);
    const grants = { clocks: true, random: true };
    await using opened = await open(join(folder, "plugin.wasm"), { grants });
    expect(await opened.lookup("run").as<() => Promise<string>>("func() -> string")()).toBe("slept, 3, woke");
  });

  it("leaves what is there as it is, and says what it has not", async () => {
    const partial = "package wasi:clocks@0.2.0; interface wall-clock { now: func() -> u64; }";
    const { run, read, deps } = await plugin({
      "wit/world.wit": world("import wasi:clocks/wall-clock@0.2.0;"),
      "wit/deps/clocks/time.wit": partial,
    });
    const refused = await run("wit", "add", "wasi:random", "wasi:clocks");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "wit/deps/clocks has wasi:clocks@0.2.0 already, without monotonic-clock, timezone.\n" +
        "To put the host's in its place: hotcell wit add wasi:clocks@0.2.0 --replace\n",
    );
    expect(await deps()).toEqual(["clocks", "clocks/time.wit"]);
    expect(await read("wit/deps/clocks/time.wit")).toBe(partial);

    const replaced = await run("wit", "add", "wasi:clocks@0.2.0", "--replace");
    expect(replaced.stdout).toContain("instead of wit/deps/clocks/time.wit");
    expect(await deps()).toContain("wasi-clocks-0.2.0/package.wit");
    expect(await deps()).not.toContain("clocks/time.wit");
    expect((await run("wit", "add", "wasi:clocks", "wasi:io@0.2.0")).stdout).toMatch(/^(there {4}.*\n){2}/);
  });

  it("takes a package with other comments for the same, and one with more in it for good enough", async () => {
    const { run } = await plugin({ "wit/world.wit": world() });
    await run("wit", "add", "wasi:random@0.2.0", "wasi:io@0.2.0");
    const path = "wit/deps/wasi-random-0.2.0/package.wit";
    const random = offeredPackages().find(({ name }) => name === "wasi:random")!;
    const other = await plugin({
      "wit/world.wit": world(),
      [path]: `/// Chance.\n${random.wit("0.2.0").replaceAll("\n", "\n // so \n")}`,
      "wit/deps/io.wit": "package wasi:io@0.2.0; interface error {} interface poll {} interface streams {} ",
    });
    const { stdout } = await other.run("wit", "add", "wasi:random@0.2.0", "wasi:io@0.2.0");
    expect(stdout).toContain("there    wit/deps/wasi-random-0.2.0: wasi:random@0.2.0");
    expect(stdout).toContain("there    wit/deps/io.wit: wasi:io@0.2.0");
  });

  it("refuses what a package refers to where that is there without it", async () => {
    const { run, deps } = await plugin({
      "wit/world.wit": world(),
      "wit/deps/io/streams.wit": "package wasi:io@0.2.0; interface streams {}",
    });
    expect(await run("wit", "add", "wasi:clocks@0.2.0")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("hotcell wit add wasi:io@0.2.0 --replace"),
    });
    expect(await deps()).not.toContain("wasi-clocks-0.2.0");
    expect(await run("wit", "add", "wasi:io@0.2.0", "--replace")).toMatchObject({ code: 0 });
    expect(await run("wit", "add", "wasi:clocks@0.2.0")).toMatchObject({ code: 0 });
  });

  it("says what it does not offer, and what is meant", async () => {
    const { run, folder } = await plugin({ "wit/world.wit": world("import wasi:keyvalue/store@0.2.0;") });
    for (const [args, said] of [
      [["add", "wasi:rnadom"], "Did you mean wasi:random?"],
      [["add", "clocks"], "Did you mean wasi:clocks?"],
      [["add", "wasi:nope"], "It offers wasi:blobstore, wasi:cli, "],
      [["add", "hotcell:state"], "It offers wasi:blobstore, wasi:cli, "],
      [["add", "wasi:random@0.3.0"], "It offers every 0.2.x: hotcell wit add wasi:random@0.2.12"],
      [["add", "wasi:random@../../x"], "does not offer wasi:random in version ../../x"],
      [["add", "wasi:logging@../../x"], "does not offer wasi:logging in version ../../x"],
      [["add", "hotcell:plugin@0.2.0"], "hotcell wit add hotcell:plugin@0.1.0"],
      [["wasi:random"], "Did you mean hotcell wit add wasi:random?"],
      [[], "add, ls or export"],
      [["add", "wasi:io", "--in", "none"], "none is no plugin: it has no wit folder."],
    ] as const) {
      const { code, stderr } = await run("wit", ...args);
      expect(code).not.toBe(0);
      expect(stderr).toContain(said);
    }
    expect((await run("wit", "add")).stdout).toContain(
      "left     wasi:keyvalue@0.2.0, which the host does not offer",
    );
    expect(await readdir(join(folder, "wit"))).toEqual(["world.wit"]);
  });

  it("takes an interface for its package, and the plugin's folder from elsewhere", async () => {
    const { folder } = await plugin({ "wit/world.wit": world() });
    const { stdout } = await finished(
      startHotcell(["wit", "add", "wasi:random/insecure@0.2.1", "--in", folder], { cwd: scratch }),
    );
    expect(stdout).toContain("wasi-random-0.2.1/package.wit");
  });
});

it("hotcell wit ls lists every interface with what it needs", async () => {
  const { stdout } = await finished(startHotcell(["wit", "ls"]));
  expect(stdout).toContain("wasi:clocks  0.2.12, every 0.2.x\n  wall-clock  grant: clocks\n");
  expect(stdout).toContain("hotcell:plugin  0.1.0\n  lifecycle  the plugin exports it\n");
  for (const { name, interfaces } of offeredPackages()) {
    expect(stdout).toContain(name);
    for (const own of interfaces) expect(stdout).toContain(`\n  ${own.name}`);
  }
});
