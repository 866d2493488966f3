/** Folder of plugins that a host follows: the workflow of Go's plugins, and what lies in folders besides. */
import { copyFile, link, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost, type Host, type HostOptions } from "../../host/index.ts";
import { sample } from "../guests/small-plugins.ts";
import { examplePath } from "../support/examples.ts";
import { refusalOf } from "../support/thrown.ts";

let folder: string;
let plugins: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-folder-"));
  plugins = join(folder, "plugins");
  await mkdir(plugins);
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const put = (name: string, content: Uint8Array | string) => writeFile(join(plugins, name), content);
const following = (options: HostOptions = {}) => createHost({ plugins, ...options });
const versionOf = (host: Host, name = "p") => host.registry.callJson(name, "version");

/** Resolves at the next event of that kind, which has happened by the time it does. */
function next(host: Host, kind: string): Promise<unknown> {
  return new Promise((resolve) => {
    const end = host.store.watch((event) => {
      if (event.kind !== kind) return;
      end();
      // The commit that an event tells of goes live in the same turn.
      setImmediate(resolve, event.data);
    });
  });
}

/** What the host has printed about the folder. */
const said = () => vi.mocked(console.error).mock.calls.flat().join("\n");

describe("a folder of plugins", () => {
  it("is the workflow of Go's articles: v1 lies there, v2 is built over it, a v3 that does not fit is refused", async () => {
    await copyFile(examplePath("friendly-time-v1"), join(plugins, "friendly-time.wasm"));
    await put("friendly-time.json", '{ "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } }');
    await using host = await following();
    const now = () => host.registry.callJson("friendly-time", "get-friendly-time");
    expect(await now()).toBe("2026-11-22T10:15:02Z");
    const swapped = next(host, "deployed");
    await copyFile(examplePath("friendly-time-v2"), join(plugins, "friendly-time.wasm"));
    await swapped;
    expect(await now()).toContain("2026-11-22 10:15:02");
    const refused = next(host, "refused");
    await copyFile(examplePath("greet"), join(plugins, "friendly-time.wasm"));
    expect(await refused).toMatchObject({ code: "incompatible" });
    expect(await now()).toContain("2026-11-22 10:15:02");
    expect(said()).toContain("friendly-time.wasm was not deployed: ");
    const [latest] = await host.registry.deployments("friendly-time");
    expect(latest).toMatchObject({ who: "folder", revision: 2 });
  });

  it("takes files that are renamed over, saved as editors do, links, and new ones", async () => {
    await put("p.wasm", sample({ version: 1 }));
    await using host = await following();
    const steps: (() => Promise<unknown>)[] = [
      async () => {
        await put(".p.wasm.swp", sample({ version: 2 }));
        await rename(join(plugins, ".p.wasm.swp"), join(plugins, "p.wasm"));
      },
      async () => {
        await rename(join(plugins, "p.wasm"), join(plugins, "p.wasm~"));
        await put("p.wasm", sample({ version: 3 }));
      },
      async () => {
        await writeFile(join(folder, "built.wasm"), sample({ version: 4 }));
        await symlink(join(folder, "built.wasm"), join(plugins, ".new"));
        await rename(join(plugins, ".new"), join(plugins, "p.wasm"));
      },
      () => writeFile(join(folder, "built.wasm"), sample({ version: 5 })),
      async () => {
        await unlink(join(plugins, "p.wasm"));
        await writeFile(join(folder, "other.wasm"), sample({ version: 6 }));
        await link(join(folder, "other.wasm"), join(plugins, "p.wasm"));
      },
    ];
    for (const [i, step] of steps.entries()) {
      const deployed = next(host, "deployed");
      await step();
      await deployed;
      expect(await versionOf(host)).toBe(i + 2);
    }
    const created = next(host, "deployed");
    await put("q.wasm", sample({ version: 9 }));
    await created;
    expect(await versionOf(host, "q")).toBe(9);
    expect(said()).toBe("");
  });

  it("never takes what is half written, and says what can't be taken", async () => {
    const bytes = sample({ version: 1 });
    await put("p.wasm", bytes.subarray(0, 300));
    await put("Not A Name.wasm", bytes);
    await put("r.wasm", bytes);
    await put("r.json", "{ broken");
    await put("s.json", "{}");
    await put("README.md", "");
    await mkdir(join(plugins, "folder.wasm"));
    await using host = await following();
    expect(host.registry.list()).toEqual([]);
    for (const named of ["p.wasm", "Not A Name.wasm", "r.json"]) expect(said()).toContain(named);
    expect(said().split("\n")).toHaveLength(3);
    expect(said()).not.toContain("broken");
    const deployed = next(host, "deployed");
    await put("p.wasm", bytes);
    await deployed;
    expect(await versionOf(host)).toBe(1);
  });

  it("has the settings in the file beside it: what that does not have is as if nobody had asked", async () => {
    const fuel = () => host.registry.details("p").asked;
    await put("p.wasm", sample());
    await put("p.json", '{ "mode": "fresh", "limits": { "queue": 7, "fuel": 1000000 } }');
    await using host = await following();
    expect(fuel()).toEqual({ mode: "fresh", limits: { queue: 7, fuel: 1_000_000 } });
    const changed = next(host, "deployed");
    await put("p.json", '{ "limits": { "queue": 8 } }');
    await changed;
    expect(fuel()).toEqual({ limits: { queue: 8 } });
    const refused = next(host, "refused");
    await put("p.json", '{ "limits": { "queue": -1 } }');
    await refused;
    expect(fuel()).toEqual({ limits: { queue: 8 } });
  });

  it("leaves what is deleted as it is, unless it is said that it goes", async () => {
    await put("p.wasm", sample({ version: 1 }));
    await using keeping = await following();
    await using removing = await following({ pluginsGone: "remove" });
    const removed = next(removing, "removed");
    await unlink(join(plugins, "p.wasm"));
    await removed;
    expect((await refusalOf(versionOf(removing))).code).toBe("plugin-not-found");
    const deployed = [next(removing, "deployed"), next(keeping, "deployed")];
    await put("p.wasm", sample({ version: 2 }));
    await Promise.all(deployed);
    expect([await versionOf(keeping), await versionOf(removing)]).toEqual([2, 2]);
  });

  it("changes nothing at a restart where nothing has changed, and follows what did", async () => {
    const data = join(folder, "data");
    await put("p.wasm", sample({ version: 1 }));
    await put("q.wasm", sample({ version: 1 }));
    await (await following({ data })).close();
    await put("q.wasm", sample({ version: 2 }));
    await using host = await following({ data });
    expect([host.registry.revision("p"), host.registry.revision("q")]).toEqual([1, 2]);
    expect([await versionOf(host), await versionOf(host, "q")]).toEqual([1, 2]);
  });

  it("may have a thousand files at the start", async () => {
    const bytes = sample({ version: 1 });
    await put("p0.wasm", bytes);
    for (let i = 1; i < 1000; i++) await link(join(plugins, "p0.wasm"), join(plugins, `p${i}.wasm`));
    await using host = await following();
    expect(host.registry.list()).toHaveLength(1000);
    expect(await versionOf(host, "p999")).toBe(1);
  });

  it("is one that is there", async () => {
    const { code, facts } = await refusalOf(createHost({ plugins: join(folder, "none") }));
    expect([code, facts.subject]).toEqual(["bad-settings", "plugins"]);
  });
});
