import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unnameable } from "./docs/declarations.ts";
import { examplePath } from "./support/examples.ts";
import { anchorsOf, brokenLinks, linksOf, markdownPages } from "./support/markdown-links.ts";
import { pack } from "./support/packed.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
/** Needed only to build plugins; hundreds of MB, so taken from here instead of installed once more. */
const peers = ["assemblyscript", "@bytecodealliance/jco-transpile"];

let project: string;

/** An empty project with the packed package installed, as a user's would be. */
beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "hotcell-package-")));
  const tarball = await pack(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  await run("npm", ["install", tarball, "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: project,
  });
});

afterAll(() => rm(project, { recursive: true, force: true }));

async function linkPeers(): Promise<void> {
  await mkdir(join(project, "node_modules/@bytecodealliance"), { recursive: true });
  for (const peer of peers) {
    await symlink(join(root, "node_modules", peer), join(project, "node_modules", peer)).catch(() => {});
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe("the packed package", () => {
  it("installs small", async () => {
    expect(await sizeOf(join(project, "node_modules"))).toBeLessThan(25e6);
  });

  it("has pages of which every link leads to something in it", () => {
    const installed = join(project, "node_modules/hotcell");
    expect(markdownPages(installed)).toEqual(
      expect.arrayContaining([
        "CHANGELOG.md",
        "README.md",
        "RATIONALE.md",
        "SECURITY.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "deploy/README.md",
        "docs/calling.md",
        "docs/comparison.md",
        "docs/embedding.md",
        "docs/http-api.md",
        "docs/imports.md",
        "docs/limits.md",
        "docs/settings.md",
        "examples/README.md",
        "guest-plugins/README.md",
        "guest-plugins/toolchain/README.md",
      ]),
    );
    expect(brokenLinks(installed)).toEqual([]);
  });

  it("has a list of examples that a reader can build from where they are", async () => {
    const page = await readFile(join(project, "node_modules/hotcell/guest-plugins/README.md"), "utf8");
    const examples = (await readdir(join(root, "guest-plugins"))).filter((name) =>
      existsSync(join(root, "guest-plugins", name, "assembly")),
    );
    expect(linksOf(page)).toEqual(expect.arrayContaining(examples));
  });

  it("opens and calls a plugin", async () => {
    await writeFile(
      join(project, "main.js"),
      `import { open } from "hotcell";
       const plugin = await open(process.argv[2], { engine: process.argv[3] });
       console.log(plugin.lookup("greet").as("func(string) -> string")("Ada"));
       await plugin.close();`,
    );
    const { stdout } = await run(process.execPath, ["main.js", examplePath("greet")], { cwd: project });
    expect(stdout).toBe("Hello, Ada!\n");
  });

  it("says what to install for building plugins", async () => {
    const { peerDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      peerDependencies: Record<string, string>;
    };
    const packages = ["assemblyscript", "@bytecodealliance/jco-transpile"];
    const command = `npm install --save-dev ${packages.map((name) => `${name}@${peerDependencies[name]}`).join(" ")}`;
    const folder = join(project, "unbuilt");
    await cp(join(root, "guest-plugins/greet"), folder, { recursive: true });
    const build = () =>
      run(process.execPath, ["node_modules/hotcell/host/cli/hotcell.mjs", "build", folder], { cwd: project });
    await expect(build()).rejects.toMatchObject({ stderr: expect.stringContaining(command) });
    const link = join(project, "node_modules/assemblyscript");
    await symlink(join(root, "node_modules/assemblyscript"), link);
    await expect(build()).rejects.toMatchObject({ stderr: expect.stringContaining(command) });
    await rm(link);
  });

  it("begins a plugin that says what it needs, and whose pages are there", async () => {
    const hotcell = (...args: string[]) =>
      run(process.execPath, ["node_modules/.bin/hotcell", ...args], { cwd: project });
    const { stdout } = await hotcell("new", "begun", "--template", "state");
    const needed = /^ {2}(npm install --save-dev assemblyscript@\S+ @bytecodealliance\/jco-transpile@\S+)$/m;
    const [, command = expect.fail(stdout)] = needed.exec(stdout) ?? [];
    await expect(hotcell("build", "begun")).rejects.toMatchObject({
      stderr: expect.stringContaining(`${command}\n`),
    });
    expect(brokenLinks(project, ["begun/README.md"])).toEqual([]);
    const link = join(project, "node_modules/assemblyscript");
    await symlink(join(root, "node_modules/assemblyscript"), link);
    const half = await hotcell("new", "half-installed");
    expect(half).toMatchObject({ stderr: "", stdout: expect.stringContaining(`${command}\n`) });
    await rm(link);
    await linkPeers();
    expect((await hotcell("test", "begun")).stdout).toContain("5 of 5 calls as expected");
    for (const peer of peers) await rm(join(project, "node_modules", peer));
  });

  it("says which package the jco engine needs, and uses it where it is there", async () => {
    const withJco = ["main.js", examplePath("greet"), "jco"];
    await expect(run(process.execPath, withJco, { cwd: project })).rejects.toMatchObject({
      stderr: expect.stringContaining("npm install @bytecodealliance/jco-transpile@"),
    });
    await linkPeers();
    expect((await run(process.execPath, withJco, { cwd: project })).stdout).toBe("Hello, Ada!\n");
  });

  it("says with the examples how to build one outside of a checkout", async () => {
    await linkPeers();
    const page = await readFile(join(project, "node_modules/hotcell/guest-plugins/README.md"), "utf8");
    const [, lines = ""] = /```sh\n(cp [\s\S]*?)```/.exec(page) ?? [];
    const script = lines.replaceAll("npx hotcell", `${process.execPath} node_modules/.bin/hotcell`);
    const { stdout } = await run("bash", ["-euc", script], { cwd: project });
    expect(stdout).toMatch(/(\d) of \1 calls as expected/);
  });

  it("exports every type that its signatures name", () => {
    const declarations = join(project, "node_modules/hotcell/dist/host");
    expect(unnameable(declarations, ["index.d.ts", "http/embed.d.ts"])).toEqual([]);
  });

  it("has types that a strict TypeScript project accepts", async () => {
    await writeFile(
      join(project, "main.ts"),
      `import { open, type Plugin, type Symbol as PluginSymbol } from "hotcell";
       import { createHost, type Callable, type Deployment, type Grants, type HostImports } from "hotcell";
       import type { Registry, Settings, SettingsInput, Store } from "hotcell";
       import { pluginRoutes } from "hotcell/hono";
       const plugin: Plugin = await open("x.wasm", { grants: { clocks: true } });
       const symbol: PluginSymbol = plugin.lookup("x");
       export const now: string = symbol.as<() => string>("func() -> string")();
       const host = await createHost();
       export const routes = pluginRoutes(host, { token: "t" });
       export const grants: Grants = { clocks: true };
       export const imports: HostImports = { "acme:mail/send": { sendMail: () => 1 }, log: () => {} };
       export const settings: SettingsInput = {
         grants, mode: null, env: { KEY: { secret: "s" }, OLD: null }, limits: { fuel: 1000, queue: null },
       };
       // @ts-expect-error The name is fuel.
       export const misspelt: SettingsInput = { limits: { fule: 1000 } };
       export const deploy = (registry: Registry, store: Store): Promise<Deployment> =>
         registry.deploy("p", new Uint8Array(), { settings });
       export const held = async (): Promise<Settings["mode"]> =>
         (await host.registry.configure("p", settings)).settings.mode;
       export const call = (callable: Callable): Promise<unknown> => callable.call([]);`,
    );
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: "nodenext",
          target: "esnext",
          noEmit: true,
          types: ["node"],
        },
        files: ["main.ts"],
      }),
    );
    await mkdir(join(project, "node_modules/@types"), { recursive: true });
    await symlink(join(root, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
    await symlink(join(root, "node_modules/undici-types"), join(project, "node_modules/undici-types"));
    const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-p", project];
    await run(process.execPath, tsc);
    // As many projects of Node's have it, without what browsers have.
    await run(process.execPath, [...tsc, "--lib", "esnext"]);
  });

  it("serves a console, and a plugin in a process of its own", async () => {
    const token = "packed-and-unpacked-again";
    const server = spawn(process.execPath, ["node_modules/.bin/hotcell", "serve", "--port", "0"], {
      cwd: project,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, HOTCELL_TOKEN: token },
    });
    try {
      for await (const line of createInterface(server.stdout)) {
        const url = /http:\/\/[^\s/]+/.exec(line)?.[0];
        if (!url) continue;
        expect((await fetch(`${url}/healthz`)).status).toBe(200);
        expect(await (await fetch(`${url}/console/`)).text()).toContain('src="console.js"');
        const program = await fetch(`${url}/console/console.js`, { headers: { "accept-encoding": "br" } });
        expect(program.headers.get("content-encoding")).toBe("br");
        expect(await program.text()).not.toContain("./page/");
        const body = new FormData();
        body.set("plugin", new Blob([await readFile(examplePath("greet"))]), "greet.wasm");
        body.set("settings", JSON.stringify({ placement: "process" }));
        const headers = { authorization: `Bearer ${token}` };
        const deployed = await fetch(`${url}/plugins/greet`, { method: "PUT", body, headers });
        expect(await deployed.json()).toMatchObject({ settings: { placement: "process" } });
        expect(await (await fetch(`${url}/call/greet/greet?name=Ada`)).json()).toBe("Hello, Ada!");
        return;
      }
      expect.fail("the server printed no URL");
    } finally {
      server.kill("SIGTERM");
    }
  });

  it("builds a plugin with asc on Node 20, on which asc runs", async () => {
    await linkPeers();
    // What Node got since, taken from this one: so far as the language goes, that is an older Node.
    await writeFile(
      join(project, "as-node-20.mjs"),
      `for (const name of Object.getOwnPropertyNames(Iterator.prototype)) if (name !== "constructor") delete Iterator.prototype[name];
       delete globalThis.Iterator;
       for (const [owner, names] of [
         [Promise, ["try"]], [Array, ["fromAsync"]], [Object, ["groupBy"]], [Map, ["groupBy"]],
         [RegExp, ["escape"]], [Uint8Array, ["fromBase64", "fromHex"]], [Error, ["isError"]],
         [Uint8Array.prototype, ["toBase64", "toHex"]], [Map.prototype, ["getOrInsert", "getOrInsertComputed"]],
         [Set.prototype, ["union", "intersection", "difference", "symmetricDifference", "isSubsetOf", "isSupersetOf", "isDisjointFrom"]],
       ]) for (const name of names) delete owner[name];`,
    );
    await cp(join(root, "guest-plugins/shapes"), join(project, "shapes"), { recursive: true });
    const { stdout, stderr } = await run(
      process.execPath,
      [
        ...["--import", "./as-node-20.mjs", "--enable-source-maps", "node_modules/assemblyscript/bin/asc.js"],
        ...["assembly/index.ts", "--baseDir", "shapes", "--transform", "hotcell/asc", "-o", "shapes.wasm"],
      ],
      { cwd: project },
    );
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "" });
    expect((await readFile(join(project, "shapes/shapes.wasm"))).length).toBeGreaterThan(1000);
  });

  it("builds a plugin with asc and nothing else", async () => {
    await linkPeers();
    for (const folder of ["wit", "assembly"]) {
      await cp(join(root, "guest-plugins/greet", folder), join(project, folder), { recursive: true });
    }
    const asc = "node_modules/assemblyscript/bin/asc.js";
    await run(
      process.execPath,
      [asc, "assembly/index.ts", "--transform", "hotcell/asc", "-o", "greet.wasm"],
      {
        cwd: project,
      },
    );
    const { stdout } = await run(process.execPath, ["main.js", "greet.wasm"], { cwd: project });
    expect(stdout).toBe("Hello, Ada!\n");
  });
});

describe("the check of links", () => {
  it("finds what leads nowhere: files, anchors, and ways out of the folder", async () => {
    const folder = join(project, "pages");
    await mkdir(join(folder, "deep"), { recursive: true });
    await writeFile(
      join(folder, "a.md"),
      [
        "# One `two`: three",
        "## Same\n## Same",
        "[1](#one-two-three) [2](#same-1) [3](deep/b.md#b) [4](deep) [5](https://example.com/x#y)",
        "[6](#same-2) [7](none.md) [8](deep/b.md#c) [9](../package.json) ![10](none.png) [r]\n\n[r]: gone.md",
        '<a href="lost.md">11</a> `[12](code.md)`\n```md\n# Fenced\n[13](fenced.md)\n```',
        "[14](#fenced)",
      ].join("\n"),
    );
    await writeFile(join(folder, "deep/b.md"), "# B\n[1](../a.md) [2](a.md)");
    expect(brokenLinks(folder)).toEqual([
      "a.md: #same-2",
      "a.md: none.md",
      "a.md: deep/b.md#c",
      "a.md: ../package.json",
      "a.md: none.png",
      "a.md: #fenced",
      "a.md: gone.md",
      "a.md: lost.md",
      "deep/b.md: a.md",
    ]);
    expect([...anchorsOf("# Why `a`, and not b?\n## a_b-c (d)")]).toEqual(["why-a-and-not-b", "a_b-c-d"]);
  });
});
