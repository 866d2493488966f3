/** Programs that readers are shown, run beside the packed package: the page's, the examples, and those of docblocks. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { typesOf } from "../../host/describe/typescript.ts";
import { projectWithPackage } from "../support/packed.ts";
import { buildComponent } from "../support/plugin-build.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const page = await readFile(join(root, "docs/embedding.md"), "utf8");
const readme = await readFile(join(root, "README.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const only = (language: string) => blocks.find((block) => block.language === language)!.text;
const programs = blocks.filter(({ language }) => language === "ts").map(({ text }) => text);
const examples = (await readdir(join(root, "examples"))).filter((file) => file.endsWith(".ts"));

let project: string;
beforeAll(async () => {
  project = await projectWithPackage();
  for (const file of await readdir(join(root, "build")))
    if (file.endsWith(".wasm")) await copyFile(join(root, "build", file), join(project, file));
  const files = { "wit/world.wit": only("wit"), "assembly/index.ts": only("typescript") };
  await writeFile(join(project, "mailer.wasm"), await buildComponent({ files }));
  const greet = inspectComponent(await readFile(join(project, "greet.wasm")));
  await writeFile(join(project, "greet.d.ts"), typesOf(greet.world, "greet.wasm"));
  await copyFile(join(root, "guest-plugins/merchant/wit/deps/shop/shop.wit"), join(project, "shop.wit"));
  for (const name of ["express", "fastify", "@types", "undici-types"])
    await symlink(join(root, "node_modules", name), join(project, "node_modules", name));
  for (const file of examples)
    await copyFile(join(project, "node_modules/hotcell/examples", file), join(project, file));
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** Lines that a program says it prints. */
function promised(program: string): string[] {
  return program
    .split("\n")
    .flatMap((line) => line.split("// → ")[1] ?? [])
    .flatMap((said) => said.split(" → "));
}

/** Runs programs, each in a file of its own, and holds what they print against what they say. One after the other, for some go on with what another one has left. */
async function runAll(name: string, texts: readonly string[]): Promise<void> {
  for (const [i, program] of texts.entries()) {
    const file = join(project, `${name}-${i}.ts`);
    await writeFile(file, program);
    const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
    expect({ program, stdout: stdout.trimEnd().split("\n"), stderr }).toEqual({
      program,
      stdout: promised(program),
      stderr: "",
    });
  }
}

/** Docblocks of the sources that public functions and their methods are in. */
const docblocks = (
  await Promise.all(
    [
      ...["open.ts", "host.ts", "engine/engine.ts", "http/embed.ts", "registry/api.ts"],
      "capabilities/own/host-capability.ts",
    ].map((file) => readFile(join(root, "host", file), "utf8")),
  )
).flatMap((source) =>
  [...source.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n.*/g)].map(([docblock]) => docblock),
);

/** Programs of a docblock. */
function programsOf(docblock: string): string[] {
  const shown = docblock.matchAll(/@example\n *\* ```ts\n([\s\S]*?) *\* ```/g);
  return [...shown].map(([, text = ""]) => text.replace(/^ *\* ?/gm, ""));
}

/** Names of the functions that the package exports. */
async function publicFunctions(): Promise<string[]> {
  const entries = await Promise.all([import("../../host/index.ts"), import("../../host/http/embed.ts")]);
  return entries
    .flatMap((entry) => Object.entries(entry))
    .filter(([, value]) => typeof value === "function" && !/^class\b/.test(String(value)))
    .map(([name]) => name);
}

describe("the page for embedders", () => {
  it("has programs", () => {
    expect(programs.length).toBeGreaterThan(9);
    expect(blocks.filter(({ language }) => !["sh", "ts", "wit", "typescript"].includes(language))).toEqual(
      [],
    );
  });

  it("has programs that print what it says, in their order", () => runAll("page", programs));
});

describe("the README", () => {
  it("has programs that print what it says", async () => {
    const shown = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    expect(shown.length).toBeGreaterThan(1);
    await runAll("readme", shown);
  });
});

describe("docblocks of public functions", () => {
  it("have a program each", async () => {
    const names = await publicFunctions();
    expect(names).toEqual(expect.arrayContaining(["open", "createHost", "pluginRoutes", "suspending"]));
    const without = names.filter((name) => {
      const declared = new RegExp(`\\nexport (?:async )?function ${name}\\b`);
      const docblock = docblocks.find((text) => declared.test(text));
      return docblock === undefined || programsOf(docblock).length === 0;
    });
    expect(without).toEqual([]);
  });

  it("have programs that print what they say", async () => {
    const shown = docblocks.flatMap(programsOf);
    expect(shown.length).toBeGreaterThan(7);
    await runAll("docblock", shown);
  });
});

describe("the examples", () => {
  it("are listed on their page", async () => {
    const listed = await readFile(join(root, "examples/README.md"), "utf8");
    expect(examples.length).toBeGreaterThan(1);
    for (const file of examples) expect(listed).toContain(`](${file})`);
  });

  it("open a plugin and call it", async () => {
    const args = ["open-and-call.ts", "greet.wasm", "Bo"];
    const { stdout } = await run(process.execPath, args, { cwd: project });
    expect(stdout).toContain("export greet: func(name: string) -> string;");
    expect(stdout.split("\n").filter((line) => line === "Hello, Bo!")).toHaveLength(2);
  });

  it("let plugins of merchants call functions of a shop's", async () => {
    const args = ["shop.ts", "merchant.wasm", "shop.wit"];
    const { stdout } = await run(process.execPath, args, { cwd: project });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "teahouse reserved 2 tea for ada",
      "2 tea for 500 cents",
      "teahouse reserved 10 tea for ada",
      "10 tea for 2250 cents",
      "coffee is sold out",
      "gold is not known",
      "{ 'shop-db': { calls: 6 } }",
    ]);
  });

  it("serve a plugin behind a route of a Hono app, replace it, and end", async () => {
    const token = "a-token-for-the-example";
    const env = { ...process.env, TOKEN: token, PORT: "0" };
    const app = spawn(process.execPath, ["hono-app.ts", "greet.wasm"], {
      cwd: project,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(app, "exit");
    const url = await firstLine(app);
    const hello = (body: string) => fetch(`${url}/hello`, { method: "POST", body });
    expect(await (await hello('["Ada"]')).json()).toBe("Hello, Ada!");
    const refused = await hello("[7]");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "bad-argument", expected: "string" });
    const noJson = await hello("Ada");
    expect(noJson.status).toBe(400);
    expect(await noJson.json()).toMatchObject({ code: "bad-json", remedy: expect.any(String) });
    const upload = await fetch(`${url}/plugins-api/plugins/greet`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/wasm" },
      body: await readFile(join(project, "greet.wasm")),
    });
    expect(await upload.json()).toMatchObject({ outcome: "unchanged", revision: 1 });
    app.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });

  it("follow a plugin's file, and go on with what is built over it", async () => {
    const file = join(project, "followed.wasm");
    await copyFile(join(project, "greet.wasm"), file);
    const app = spawn(process.execPath, ["hot-reload.ts", file], {
      cwd: project,
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(app, "exit");
    const lines = createInterface(app.stdout)[Symbol.asyncIterator]();
    const url = (await lines.next()).value;
    const ask = async () => (await fetch(`${url}/Bo`)).text();
    expect(await ask()).toBe("Hello, Bo!");
    await copyFile(join(project, "counter.wasm"), file);
    expect((await lines.next()).value).toBe("refused: incompatible");
    expect(await ask()).toBe("Hello, Bo!");
    const source = 'export function greet(name: string): string { return "Hi, " + name; }';
    const wit = "package acme:hi@1.0.0;\nworld hi { export greet: func(name: string) -> string; }\n";
    await writeFile(
      file,
      await buildComponent({ files: { "wit/world.wit": wit, "assembly/index.ts": source } }),
    );
    expect((await lines.next()).value).toMatch(/^swapped to sha256:/);
    expect(await ask()).toBe("Hi, Bo");
    app.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });

  it("make a token where none is set, and say it", async () => {
    const { TOKEN: _, ...env } = process.env;
    const app = spawn(process.execPath, ["hono-app.ts", "greet.wasm"], {
      cwd: project,
      env: { ...env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(app, "exit");
    const lines = createInterface(app.stdout)[Symbol.asyncIterator]();
    const url = (await lines.next()).value;
    const [, token] = /^TOKEN=(\w{64})$/.exec((await lines.next()).value ?? "") ?? [];
    const list = (key: string) =>
      fetch(`${url}/plugins-api/tokens`, { headers: { authorization: `Bearer ${key}` } });
    expect((await list(token!)).status).toBe(200);
    expect((await list("another")).status).toBe(401);
    app.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});

it("readers' programs are accepted by a strict TypeScript project", async () => {
  const files = (await readdir(project)).filter(
    (file) => /^(page|readme|docblock)-\d+\.ts$/.test(file) || examples.includes(file),
  );
  // Express brings no types.
  const typed = files.filter((file) => !programs[Number(/^page-(\d+)/.exec(file)?.[1])]?.includes("express"));
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: "nodenext",
    target: "esnext",
    noEmit: true,
    types: ["node"],
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: typed }));
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project]).catch(
    ({ stdout }: { stdout: string }) => expect.fail(stdout),
  );
});

async function firstLine(program: ChildProcess): Promise<string> {
  for await (const line of createInterface(program.stdout!)) return line;
  return expect.fail("it printed nothing");
}
