/** Files that are followed by `open(…, { watch: true })`: built over, saved as editors do, half written, behind links. */
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plugin, PluginEvents } from "../../host/embedding/plugin-api.ts";
import { HotcellError, open } from "../../host/index.ts";
import { sample } from "../guests/small-plugins.ts";
import { refusalOf } from "../support/thrown.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-watch-"));
  file = join(folder, "p.wasm");
  await writeFile(file, sample({ version: 1 }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The next event of that name. */
function next<Name extends keyof PluginEvents>(plugin: Plugin, name: Name): Promise<PluginEvents[Name]> {
  return new Promise((resolve) => {
    const listening = plugin.on(name, (event) => {
      listening[Symbol.dispose]();
      resolve(event);
    });
  });
}

const versionOf = (plugin: Plugin) => plugin.lookup("version").as<() => number>("func() -> u32");

describe("a file that is watched", () => {
  it("replaces the plugin when it is built over, and what does not fit is refused and told", async () => {
    await using plugin = await open(pathToFileURL(file), { watch: true });
    const version = versionOf(plugin);
    const swapped = next(plugin, "swap");
    await writeFile(file, sample({ version: 2 }));
    await swapped;
    expect(version()).toBe(2);
    const refused = next(plugin, "refused");
    await writeFile(file, sample({ version: 3, without: ["echo"] }));
    const error = await refused;
    expect(error instanceof HotcellError && error.code).toBe("incompatible");
    expect(version()).toBe(2);
  });

  it("is followed when another is renamed over it, and when an editor moves the old one away first", async () => {
    await using plugin = await open(file, { watch: true });
    const version = versionOf(plugin);
    const renamed = next(plugin, "swap");
    await writeFile(join(folder, "p.wasm.tmp"), sample({ version: 2 }));
    await rename(join(folder, "p.wasm.tmp"), file);
    await renamed;
    expect(version()).toBe(2);
    const saved = next(plugin, "swap");
    await rename(file, `${file}~`);
    await writeFile(file, sample({ version: 3 }));
    await saved;
    expect(version()).toBe(3);
  });

  it("is not taken half written, nor missed when it is gone for a while", async () => {
    await using plugin = await open(file, { watch: true });
    const version = versionOf(plugin);
    const bytes = sample({ version: 2 });
    const refused = next(plugin, "refused");
    const swapped = next(plugin, "swap");
    await writeFile(file, bytes.subarray(0, 300));
    await refused;
    expect(version()).toBe(1);
    await appendFile(file, bytes.subarray(300));
    await swapped;
    expect(version()).toBe(2);
    await unlink(file);
    const back = next(plugin, "swap");
    await writeFile(file, sample({ version: 3 }));
    await back;
    expect(version()).toBe(3);
  });

  it("may be a link, which is turned or whose file is built over", async () => {
    const builds = join(folder, "builds");
    await mkdir(builds);
    for (const n of [1, 2]) await writeFile(join(builds, `${n}.wasm`), sample({ version: n }));
    const link = join(folder, "link.wasm");
    await symlink(join(builds, "1.wasm"), link);
    await using plugin = await open(link, { watch: true });
    const version = versionOf(plugin);
    const turned = next(plugin, "swap");
    await symlink(join(builds, "2.wasm"), join(folder, "new"));
    await rename(join(folder, "new"), link);
    await turned;
    expect(version()).toBe(2);
    const built = next(plugin, "swap");
    await writeFile(join(builds, "2.wasm"), sample({ version: 4 }));
    await built;
    expect(version()).toBe(4);
  });

  it("is a file: bytes can't be watched", async () => {
    const { code, facts } = await refusalOf(open(sample(), { watch: true }));
    expect([code, facts.subject]).toEqual(["bad-settings", "watch"]);
  });
});
