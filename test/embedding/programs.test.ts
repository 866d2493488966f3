/** Programs that readers are shown, run beside the packed package: the page's, the README's, and those of docblocks. */
import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { typesOf } from "../../host/describe/typescript.ts";
import { projectWithPackage } from "../support/packed.ts";
import { buildComponent } from "../support/plugin-build.ts";
import { docblocksOf, programsOf, promised } from "./shown-programs.ts";
import { complaintsOfTypeScript } from "./strict-typescript.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const page = await readFile(join(root, "docs/embedding.md"), "utf8");
const readme = await readFile(join(root, "README.md"), "utf8");
const observing = await readFile(join(root, "docs/observing.md"), "utf8");
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const only = (language: string) => blocks.find((block) => block.language === language)!.text;
const programs = blocks.filter(({ language }) => language === "ts").map(({ text }) => text);

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
  for (const name of ["express", "fastify", "@types", "undici-types", "@opentelemetry"])
    await symlink(join(root, "node_modules", name), join(project, "node_modules", name));
});
afterAll(() => rm(project, { recursive: true, force: true }));

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
      ...["capabilities/own/host-capability.ts", "observe/spans.ts"],
    ].map(docblocksOf),
  )
).flat();
/** Docblocks whose programs need a server: those run with it, in `test/system`. */
const elsewhere = await docblocksOf("store/nats/nats-store.ts");

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

it("has programs on observing a host that print what they say", async () => {
  await runAll(
    "observing",
    [...observing.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text),
  );
});

describe("docblocks of public functions", () => {
  it("have a program each", async () => {
    const names = await publicFunctions();
    expect(names).toEqual(expect.arrayContaining(["open", "createHost", "pluginRoutes", "suspending"]));
    const without = names.filter((name) => {
      const declared = new RegExp(`\\nexport (?:async )?function ${name}\\b`);
      const docblock = [...docblocks, ...elsewhere].find((text) => declared.test(text));
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

it("readers' programs are accepted by a strict TypeScript project", async () => {
  const files = (await readdir(project)).filter((file) =>
    /^(page|readme|observing|docblock)-\d+\.ts$/.test(file),
  );
  // Express brings no types.
  const typed = files.filter((file) => !programs[Number(/^page-(\d+)/.exec(file)?.[1])]?.includes("express"));
  expect(await complaintsOfTypeScript(project, typed)).toBe("");
});
