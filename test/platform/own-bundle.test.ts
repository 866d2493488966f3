/** Programs of our own as one file each: which there are, what they import, and when the sources are taken instead. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { bundle, programs } from "../../tools/bundle/bundle.ts";

const host = fileURLToPath(new URL("../../host/", import.meta.url));

describe("a program that runs in a thread or a process of its own", () => {
  it("is bundled, but jco's, most of whose start is jco itself", async () => {
    const files = (await readdir(host, { recursive: true })).filter((file) => file.endsWith(".ts"));
    const texts = await Promise.all(files.map((file) => readFile(join(host, file), "utf8")));
    const starts = /(?:ownFile\(import\.meta\.url, |startThread\()"([a-z-]+)"/g;
    const started = texts.flatMap((text) => [...text.matchAll(starts)].map(([, name]) => name));
    const bundled = programs.map((program) => basename(program));
    expect(started.sort()).toEqual([...bundled, "transpiler-process"].sort());
  });

  it("imports Node's modules and valibot only in a plugin's process, which may read nothing else", async () => {
    const { imports } = await bundle(join(host, "placement/process/child.ts"));
    expect(imports.filter((name) => !isBuiltin(name))).toEqual(["valibot"]);
  });
});

describe("the bundle of a checkout", async () => {
  const root = await mkdtemp(join(tmpdir(), "hotcell-bundle-"));
  afterAll(() => rm(root, { recursive: true }));
  const platform = join(root, "host/platform");
  const bundled = join(root, "build/programs/program.mjs");
  const source = join(root, "host/source.ts");
  await mkdir(platform, { recursive: true });
  await cp(join(host, "platform/own-bundle.ts"), join(platform, "own-bundle.ts"));
  let processes = 0;
  /** As a process says that starts now. */
  const found = async () => {
    const url = `${pathToFileURL(join(platform, "own-bundle.ts"))}?${processes++}`;
    const { ownBundle } = (await import(
      /* @vite-ignore */ url
    )) as typeof import("../../host/platform/own-bundle.ts");
    return ownBundle("program");
  };
  const make = async (seconds: number) => {
    await mkdir(join(root, "build/programs"), { recursive: true });
    await writeFile(bundled, "");
    await utimes(bundled, seconds, seconds);
  };
  const now = () => Date.now() / 1000;

  it("is taken where it is younger than all sources", async () => {
    expect(await found()).toBeUndefined();
    await make(now() + 60);
    expect(await found()).toBe(bundled);
  });

  it.each([
    ["changed", () => utimes(join(platform, "own-bundle.ts"), now(), now())],
    ["added", () => writeFile(source, "")],
    ["removed", () => unlink(source)],
  ])("is not where a source was %s since", async (_, change) => {
    await make(now() - 60);
    await change();
    expect(await found()).toBeUndefined();
    await make(now() + 60);
    expect(await found()).toBe(bundled);
  });
});
