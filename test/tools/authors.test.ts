/** Plugins as authors write them, from an empty folder and the packed package (`npm run authors` says what that takes). */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authored } from "../../tools/authors/plugins.ts";
import { AuthorsProject } from "../../tools/authors/project.ts";
import { pack } from "../support/packed.ts";

const sources = fileURLToPath(new URL("../../tools/authors/plugins", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "hotcell-authors-"));
const packed = await mkdtemp(join(tmpdir(), "hotcell-packed-"));
const project = new AuthorsProject(folder);

beforeAll(async () => {
  await project.install(await pack(packed));
  await project.serve();
}, 300_000);

afterAll(async () => {
  await project.close();
  await rm(folder, { recursive: true });
  await rm(packed, { recursive: true });
});

describe.each(authored.map((plugin) => [plugin.name, plugin] as const))("%s", (name, plugin) => {
  it("is a plugin of some size", async () => {
    const files = (await readdir(join(sources, name, "assembly"))).filter(
      (file) => !file.endsWith(".spec.ts"),
    );
    const texts = await Promise.all(
      files.map((file) => readFile(join(sources, name, "assembly", file), "utf8")),
    );
    const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
    expect(lines.length).toBeGreaterThanOrEqual(80);
  });

  it("answers as computed here, from hotcell new to the running host", async () => {
    await project.begin(plugin);
    await project.build(plugin);
    await project.upload(plugin);
    let calls = 0;
    await plugin.use(project.live(plugin, () => calls++));
    expect(calls).toBeGreaterThan(4);
  }, 300_000);

  it("names the author's function and line where it traps, in a release build", async () => {
    const { trap } = plugin;
    const { status, body } = await project.call(name, trap.call, trap.args);
    expect(status).toBe(502);
    const place = await project.placeOfTrap(plugin);
    expect(body).toMatchObject({ code: "trap", stack: expect.arrayContaining([place]) });
  });
});

it("specs of inner functions run beside them", async () => {
  expect(await project.hotcell("test", "markdown")).toContain("2 of 2 specs pass");
}, 300_000);
