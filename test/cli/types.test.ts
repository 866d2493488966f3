/** `hotcell types`: what it writes, where, and what it is given instead of a component. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { typesOf } from "../../host/describe/typescript.ts";
import { sample } from "../guests/small-plugins.ts";
import { finished, startHotcell } from "../support/cli.ts";
import { examplePath } from "../support/examples.ts";

const cwd = await mkdtemp(join(tmpdir(), "hotcell-types-cli-"));
afterAll(() => rm(cwd, { recursive: true }));
const types = (...args: string[]) => finished(startHotcell(["types", ...args], { cwd }));

it("hotcell types writes to standard output, or to a file and says so", async () => {
  const file = examplePath("greet");
  const { world } = inspectComponent(await readFile(file));
  const [shown, written] = await Promise.all([types(file), types(file, "--async", "-o", "greet.d.ts")]);
  expect(shown).toMatchObject({ code: 0, stderr: "", stdout: typesOf(world, "greet.wasm") });
  expect(written).toMatchObject({ code: 0, stderr: "", stdout: "Wrote greet.d.ts.\n" });
  const wanted = typesOf(world, "greet.wasm", { async: true });
  expect(await readFile(join(cwd, "greet.d.ts"), "utf8")).toBe(wanted);
});

it("hotcell types says what is wrong with what it is given, and leaves a file as it was", async () => {
  await writeFile(join(cwd, "core.wasm"), Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  await writeFile(join(cwd, "kept.d.ts"), "kept");
  const [none, gone, core, away] = await Promise.all([
    types(),
    types("none.wasm"),
    types("core.wasm", "-o", "kept.d.ts"),
    types(examplePath("greet"), "-o", "nowhere/greet.d.ts"),
  ]);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("FILE.wasm is missing") });
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("none.wasm can't be read") });
  expect(core.code).toBe(1);
  expect(core.stderr).toContain("component");
  expect(await readFile(join(cwd, "kept.d.ts"), "utf8")).toBe("kept");
  expect(away).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("nowhere/greet.d.ts") });
  expect(away.stderr).not.toContain("    at ");
});

it("hotcell types writes nothing that acts on a terminal, whatever a file is called", async () => {
  const name = "a\u001b[31m\nb.wasm";
  await writeFile(join(cwd, name), sample());
  const { code, stdout } = await types(name);
  expect(code).toBe(0);
  expect(stdout).not.toContain("\u001b");
  expect(stdout).toMatch(/^\/\*\*\s+\*? ?Types of what /);
});
