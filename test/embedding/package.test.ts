import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type OutputOptions, rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplePath } from "../support/examples.ts";
import { projectWithPackage } from "../support/packed.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const greet = examplePath("greet");

/** A project with the packed package installed, and a folder beside it where nothing is. */
let project: string;
let bare: string;

beforeAll(async () => {
  project = await projectWithPackage();
  bare = await realpath(await mkdtemp(join(tmpdir(), "hotcell-bare-")));
});
afterAll(async () => {
  await rm(project, { recursive: true, force: true });
  await rm(bare, { recursive: true, force: true });
});

/** Runs a file with this Node; what it prints, and what it says when it fails. */
async function node(file: string, args: readonly string[] = [], flags: readonly string[] = []) {
  const cwd = join(file, "..");
  return run(process.execPath, [...flags, file, ...args], { cwd }).then(
    ({ stdout }) => ({ stdout, stderr: "" }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ stdout, stderr }),
  );
}

async function write(name: string, text: string): Promise<string> {
  const file = join(project, name);
  await writeFile(file, text);
  return file;
}

/** With everything in one file that a bundler takes in. */
async function bundled(input: string, output: OutputOptions & { file: string }): Promise<string> {
  const bundle = await rolldown({ input, platform: "node", onLog: () => {} });
  await bundle.write({ codeSplitting: false, ...output } as OutputOptions);
  await bundle.close();
  return output.file;
}

/** As `process.versions` has it where the program runs. */
const olderNode = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })",
)}`;

describe("the package's entries", () => {
  it("give what the sources export, by import and by require", async () => {
    const names = await write(
      "names.mjs",
      `import { createRequire } from "node:module";
       const require = createRequire(import.meta.url);
       const files = { hotcell: "index.js", "hotcell/hono": "http/embed.js" };
       for (const [name, file] of Object.entries(files)) {
         const source = await import(new URL("./node_modules/hotcell/dist/host/" + file, import.meta.url));
         const imported = await import(name);
         const same = Object.keys(source).filter((each) => imported[each] === source[each] && require(name)[each] === source[each]);
         console.log(name, same.length > 0, Object.keys(source).length === same.length);
       }`,
    );
    expect(await node(names)).toEqual({ stdout: "hotcell true true\nhotcell/hono true true\n", stderr: "" });
  });

  it("work beside a program's own Hono, whichever is imported first", async () => {
    for (const order of ["hotcell first", "hono first"]) {
      const lines = [
        `import { createHost } from "hotcell"; import { pluginRoutes } from "hotcell/hono";`,
        `import { Hono } from "hono";`,
      ];
      const program = await write(
        "mounted.mjs",
        `${(order === "hono first" ? lines.toReversed() : lines).join("\n")}
         const host = await createHost();
         const app = new Hono();
         app.route("/plugins-api", pluginRoutes(host));
         console.log((await app.request("/plugins-api/healthz")).status);
         await host.close();`,
      );
      expect(await node(program)).toEqual({ stdout: "200\n", stderr: "" });
    }
  });

  it.each([
    ["import", "old.mjs", `import { open } from "hotcell"; console.log(open);`],
    [
      "import of hotcell/hono",
      "old-hono.mjs",
      `import { pluginRoutes } from "hotcell/hono"; console.log(pluginRoutes);`,
    ],
    ["require", "old.cjs", `console.log(require("hotcell"));`],
  ])("say which Node is needed, where it is older: %s", async (_, name, text) => {
    const { stdout, stderr } = await node(await write(name, text), [], ["--import", olderNode]);
    expect(stdout).toBe("");
    expect(stderr).toContain("Error: Hotcell needs Node 24 or newer; this is Node 20.19.0 (");
    expect(stderr).toContain("npm install node");
  });

  it("say so in the command too", async () => {
    const command = join(project, "node_modules/hotcell/host/cli/hotcell.mjs");
    expect((await node(command, ["--version"], ["--import", olderNode])).stderr).toContain(
      "Hotcell needs Node 24 or newer; this is Node 20.19.0 (",
    );
  });

  it("import nothing, before they have looked, that an older Node can't read", async () => {
    const folder = join(project, "node_modules/hotcell/host/entry");
    for (const file of await readdir(folder)) {
      const text = await readFile(join(folder, file), "utf8");
      for (const [, from] of text.matchAll(/^import .* from "(.*)";$/gm))
        expect(from).toMatch(/^(?:node:(?:process|fs|module)|\.\/[a-z-]+\.mjs)$/);
      // What Node 12 has not, in so far as it would be used here.
      expect(text).not.toMatch(/\bawait\b|\?\?=|\|\|=|&&=|\busing\b|static \{/);
    }
  });
});

const program = `
  import { createHost, open } from "hotcell";
  import { pluginRoutes } from "hotcell/hono";
  import { Hono } from "hono";
  import { readFileSync } from "node:fs";
  async function main() {
    const [file, data] = process.argv.slice(2);
    const plugin = await open(file);
    console.log(await plugin.callJson("greet", ["Ada"]));
    await plugin.close();
    const host = await createHost({ data });
    await host.registry.deploy("greet", readFileSync(file), { settings: { placement: "process" } });
    const app = new Hono();
    app.route("/api", pluginRoutes(host));
    console.log(await (await app.request("/api/call/greet/greet?name=Bo")).json());
    await host.close();
  }
  main();`;

/** What to tell each bundler: whichever part of Hotcell finds itself in a bundle says the same. */
const asExternal =
  "esbuild --external:hotcell; Rollup, Rolldown and Vite external: [/^hotcell/]; webpack externals; Next.js serverExternalPackages";

describe("a program that is bundled whole", () => {
  it.each([
    ["esm", "whole.mjs"],
    ["cjs", "whole.cjs"],
  ] as const)("takes the installed package, its threads and processes with it: %s", async (format, name) => {
    const source = await write("program.mjs", program);
    for (const minify of [false, true]) {
      const file = await bundled(source, { file: join(project, name), format, minify });
      const data = join(project, `data-${format}-${minify}`);
      expect(await node(file, [greet, data])).toEqual({ stdout: "Hello, Ada!\nHello, Bo!\n", stderr: "" });
    }
  });

  it.each([
    ["esm", "alone.mjs"],
    ["cjs", "alone.cjs"],
  ] as const)("says what to do where the package is not installed: %s", async (format, name) => {
    const source = await write("program.mjs", program);
    await cp(await bundled(source, { file: join(project, name), format }), join(bare, name));
    const { stdout, stderr } = await node(join(bare, name), [greet]);
    expect(stdout).toBe("");
    expect(stderr).toContain("Hotcell was bundled into ");
    expect(stderr).toContain("and is not installed where that runs");
    expect(stderr).toContain(asExternal);
  });
});

describe("Hotcell's sources in a bundle", () => {
  /** What fails, each with what it says. */
  const inside = `
    import { createHost } from ${JSON.stringify(join(root, "host/host.ts"))};
    import { open } from ${JSON.stringify(join(root, "host/open.ts"))};
    import { readFileSync } from "node:fs";
    async function main() {
      const bytes = readFileSync(${JSON.stringify(greet)});
      const plugin = await open(bytes);
      console.log(await plugin.callJson("greet", ["Ada"]));
      const tell = (what) => ({ code, message, facts }) => console.log(what, code, message, facts?.remedy);
      await createHost({ data: "data" }).catch(tell("data"));
      const host = await createHost();
      await host.registry.deploy("greet", bytes, { settings: { placement: "process" } }).catch(tell("process"));
      await host.close();
    }
    main();`;

  it.each([
    ["esm", "inside.mjs"],
    ["cjs", "inside.cjs"],
  ] as const)("say what is missing at the moment it is needed: %s", async (format, name) => {
    const source = await write("inside-source.mjs", inside);
    const file = await bundled(source, { file: join(bare, name), format });
    const { stdout, stderr } = await node(file);
    expect(stderr).toBe("");
    expect(stdout).toContain("Hello, Ada!");
    for (const [what, missing] of [
      ["data", "sqlite-worker"],
      ["process", "child"],
    ])
      expect(stdout).toMatch(
        new RegExp(
          `^${what} bundled Hotcell's own file .*${missing}.* is not there, for Hotcell was bundled\\..*${RegExp.escape(asExternal)}`,
          "m",
        ),
      );
  });
});
