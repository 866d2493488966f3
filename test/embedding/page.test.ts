import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../support/packed.ts";
import { buildComponent } from "../support/plugin-build.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const page = await readFile(join(root, "docs/embedding.md"), "utf8");
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
  await symlink(join(root, "node_modules/express"), join(project, "node_modules/express"));
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** What a program says that it prints. */
function promised(program: string): string[] {
  return program
    .split("\n")
    .flatMap((line) => line.split("// → ")[1] ?? [])
    .flatMap((said) => said.split(" → "));
}

describe("the page for embedders", () => {
  it("has programs", () => {
    expect(programs.length).toBeGreaterThan(9);
    expect(blocks.filter(({ language }) => !["sh", "ts", "wit", "typescript"].includes(language))).toEqual(
      [],
    );
  });

  // One after the other, for some go on with what another one has left.
  it("whose programs print what it says, in their order", async () => {
    for (const [i, program] of programs.entries()) {
      const file = join(project, `program-${i}.ts`);
      await writeFile(file, program);
      const { stdout, stderr } = await run(process.execPath, [file], { cwd: project });
      expect({ program: i, stdout: stdout.trimEnd().split("\n"), stderr }).toEqual({
        program: i,
        stdout: promised(program),
        stderr: "",
      });
    }
  });

  it("whose programs a strict TypeScript project accepts", async () => {
    const files = programs
      .map((_, i) => `program-${i}.ts`)
      .filter((_, i) => !programs[i]!.includes("express"));
    for (const name of ["@types/node", "undici-types"])
      await symlink(join(root, "node_modules", name), join(project, "node_modules", name)).catch(async () => {
        await run("mkdir", ["-p", join(project, "node_modules/@types")]);
        await symlink(join(root, "node_modules", name), join(project, "node_modules", name));
      });
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: "nodenext",
      target: "esnext",
      noEmit: true,
      types: ["node"],
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project]).catch(
      ({ stdout }: { stdout: string }) => expect.fail(stdout),
    );
  });
});
