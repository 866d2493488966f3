import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findCases, worldsOf } from "../../tools/corpus/cases.ts";
import { runCases } from "../../tools/corpus/run.ts";
import { finished, root, startNode } from "../support/cli.ts";

const corpus = fileURLToPath(new URL("../../tools/corpus/wit", import.meta.url));

test("a stub of every world builds, and has that world", async () => {
  const cases = findCases(corpus);
  expect(cases.length).toBeGreaterThan(90);
  const reports = await runCases(cases);
  expect(reports.filter(({ status }) => status !== "pass" && status !== "refused")).toEqual([]);
  const refused = reports.filter(({ status }) => status === "refused").map(({ name }) => name);
  expect(refused).toEqual([
    "asynchronous.wit: has-stream",
    "asynchronous.wit: has-future",
    "asynchronous.wit: has-async",
  ]);
});

test("what does not parse is reported, and the next case is run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-corpus-"));
  await writeFile(join(folder, "a.wit"), "package t:a; world broken { import nowhere; }");
  await writeFile(join(folder, "b.wit"), "package t:b; world whole { export f: func(); }");
  const reports = await runCases(findCases(folder), { workers: 1 });
  expect(reports.map(({ name, status }) => `${name}: ${status}`)).toEqual([
    "a.wit: broken: invalid",
    "b.wit: whole: pass",
  ]);
  await rm(folder, { recursive: true });
});

test("worlds are found whatever comments say", () => {
  const text = `package a:b@1.0.0; // world not-this {
    /* world nor /* this */ { */ world one {} interface i { resource world2; }
    package c:d@2.0.0 { world two { } } world %world { export f: interface { } }`;
  expect(worldsOf(text)).toEqual(["one", "c:d/two@2.0.0", "world"]);
});

test.each(["corpus", "conformance"])("%s says of a folder that is not there just that", async (tool) => {
  const run = (folder: string) => finished(startNode([join(root, "tools", tool, "main.ts"), folder]));
  const missing = { code: 2, stdout: "", stderr: "There is no folder /no/such-folder.\n" };
  expect(await run("/no/such-folder")).toEqual(missing);
  const file = join(root, "package.json");
  expect(await run(file)).toEqual({ ...missing, stderr: `${file} is no folder.\n` });
});
