/** Files that others build, edit, turn and take away: what is told of them, and that nothing else is. */
import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileChange, FileWatch } from "../../host/platform/file-watch.ts";
import type { WatchedFolder } from "../../host/platform/watched-folders.ts";

let root: string;
let folder: string;
let watching: FileWatch | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hotcell-file-watch-"));
  folder = join(root, "plugins");
  await mkdir(folder);
  await writeFile(at("p.wasm"), "aaaa");
});
afterEach(async () => {
  watching?.[Symbol.dispose]();
  await rm(root, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
const outside = (name: string) => join(root, name);
const wasm = (path: string) => path.endsWith(".wasm");

/** Changes as they are told, one after the other. */
class Told {
  readonly #changes: FileChange[] = [];
  #waiting: (() => void) | undefined;

  add(change: FileChange): void {
    this.#changes.push(change);
    this.#waiting?.();
  }

  /** The next one: names with how they changed. */
  async next(): Promise<string[]> {
    while (this.#changes.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    const { changed, gone } = this.#changes.shift()!;
    return [...changed.map((file) => basename(file)), ...gone.map((file) => `-${basename(file)}`)];
  }

  /** Those before this one, but for what was gone for a while, as a slow machine sees it. */
  async until(last: string): Promise<string[]> {
    const before: string[] = [];
    for (;;) {
      const names = await this.next();
      if (names.includes(last)) return before;
      before.push(...names.filter((name) => !name.startsWith("-")));
    }
  }

  get left(): number {
    return this.#changes.length;
  }
}

async function follow(
  folders: WatchedFolder[] = [{ path: folder, wanted: wasm }],
  first = false,
): Promise<Told> {
  const told = new Told();
  watching = await FileWatch.begin({
    folders,
    first,
    changed: async (change) => told.add(change),
    failed: (thrown) => expect.fail(String(thrown)),
  });
  return told;
}

/** Another file in the way that editors and builds put one there, with content of the same length. */
const ways: Record<string, () => Promise<void>> = {
  "written over": () => writeFile(at("p.wasm"), "bbbb"),
  "renamed over": async () => {
    await writeFile(at("p.wasm.tmp"), "bbbb");
    await rename(at("p.wasm.tmp"), at("p.wasm"));
  },
  "renamed over, of the same time": async () => {
    const { atime, mtime } = await stat(at("p.wasm"));
    await writeFile(outside("built"), "bbbb");
    await utimes(outside("built"), atime, mtime);
    await rename(outside("built"), at("p.wasm"));
  },
  "moved away and written anew": async () => {
    await rename(at("p.wasm"), at("p.wasm~"));
    await writeFile(at("p.wasm"), "bbbb");
  },
  "removed and linked": async () => {
    await writeFile(outside("built"), "bbbb");
    await unlink(at("p.wasm"));
    await link(outside("built"), at("p.wasm"));
  },
  "copied over": async () => {
    await writeFile(outside("built"), "bbbb");
    await copyFile(outside("built"), at("p.wasm"));
  },
};

describe("files that are watched", () => {
  it.each(Object.keys(ways))("are told when they are %s", async (way) => {
    const told = await follow();
    await ways[way]!();
    expect(await told.until("p.wasm")).toEqual([]);
    await writeFile(at("last.wasm"), "");
    expect(await told.until("last.wasm")).toEqual([]);
  });

  it("are told when they are new, gone and back, and others are not", async () => {
    const told = await follow();
    await writeFile(at("README.md"), "");
    await mkdir(at("folder.wasm"));
    await writeFile(at("q.wasm"), "q");
    expect(await told.next()).toEqual(["q.wasm"]);
    await unlink(at("p.wasm"));
    expect(await told.next()).toEqual(["-p.wasm"]);
    await writeFile(at("p.wasm"), "aaaa");
    expect(await told.next()).toEqual(["p.wasm"]);
  });

  it("are told as they are at first where that is wanted, and not again", async () => {
    await writeFile(at("q.wasm"), "q");
    const told = await follow(undefined, true);
    expect(await told.next()).toEqual(["p.wasm", "q.wasm"]);
    await unlink(at("q.wasm"));
    expect(await told.next()).toEqual(["-q.wasm"]);
  });

  it("are followed behind links: turned, written behind, renamed behind", async () => {
    await mkdir(outside("builds"));
    for (const name of ["1", "2"]) await writeFile(outside(`builds/${name}`), name);
    await symlink(outside("builds/1"), at("link.wasm"));
    const told = await follow();
    await symlink(outside("builds/2"), at("new"));
    await rename(at("new"), at("link.wasm"));
    expect(await told.next()).toEqual(["link.wasm"]);
    await writeFile(outside("builds/2"), "3");
    expect(await told.next()).toEqual(["link.wasm"]);
    await writeFile(outside("builds/next"), "4");
    await rename(outside("builds/next"), outside("builds/2"));
    expect(await told.next()).toEqual(["link.wasm"]);
  });

  it("are followed where a link to their folder is turned, as orchestrators update what they mount", async () => {
    for (const name of ["..1", "..2"]) {
      await mkdir(at(name));
      await writeFile(at(`${name}/m.wasm`), "mmmm");
    }
    await symlink("..1", at("..data"));
    await symlink("..data/m.wasm", at("m.wasm"));
    const told = await follow();
    await symlink("..2", at("..new"));
    await rename(at("..new"), at("..data"));
    expect(await told.next()).toEqual(["m.wasm"]);
    await writeFile(at("..2/m.wasm"), "nnnn");
    expect(await told.next()).toEqual(["m.wasm"]);
  });

  it("are followed where the folder is a link that is turned, as deployments switch releases", async () => {
    for (const name of ["1", "2"]) {
      await mkdir(outside(name));
      await writeFile(outside(`${name}/p.wasm`), "aaaa");
    }
    await symlink(outside("1"), outside("current"));
    const told = await follow([{ path: outside("current"), wanted: wasm }]);
    await symlink(outside("2"), outside("new"));
    await rename(outside("new"), outside("current"));
    expect(await told.next()).toEqual(["p.wasm"]);
    await writeFile(outside("2/p.wasm"), "bbbb");
    expect(await told.next()).toEqual(["p.wasm"]);
  });

  it("are none the less for a folder that is away for a while, and followed in the one that takes its place", async () => {
    const told = await follow();
    await rename(folder, outside("away"));
    await mkdir(outside("next"));
    await writeFile(outside("next/p.wasm"), "bbbb");
    await rename(outside("next"), folder);
    expect(await told.next()).toEqual(["p.wasm"]);
    await writeFile(at("p.wasm"), "cccc");
    expect(await told.next()).toEqual(["p.wasm"]);
    await writeFile(outside("away/p.wasm"), "dddd");
    await writeFile(at("q.wasm"), "");
    expect(await told.next()).toEqual(["q.wasm"]);
    expect(told.left).toBe(0);
  });

  it("may lie in folders below, that come and go", async () => {
    const told = await follow([{ path: folder, deep: true, wanted: (path) => /^\w+\/.*\.ts$/.test(path) }]);
    await mkdir(at("one/two"), { recursive: true });
    await writeFile(at("top.ts"), "");
    await writeFile(at("one/two/a.ts"), "a");
    expect(await told.next()).toEqual(["a.ts"]);
    await writeFile(at("one/two/a.ts"), "b");
    expect(await told.next()).toEqual(["a.ts"]);
    await rm(at("one"), { recursive: true });
    expect(await told.next()).toEqual(["-a.ts"]);
  });

  it("may lie in a folder that is not there yet, if that is said", async () => {
    const later = { path: at("later"), deep: true, wanted: () => true };
    const error = await follow([later]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ENOENT" });
    const told = await follow([
      { path: folder, wanted: wasm },
      { ...later, optional: true },
    ]);
    await mkdir(at("later"));
    await writeFile(at("later/a.txt"), "a");
    expect(await told.next()).toEqual(["a.txt"]);
    await rm(at("later"), { recursive: true });
    expect(await told.next()).toEqual(["-a.txt"]);
  });

  it("are told one change after the other, and what fails in one ends nothing", async () => {
    const failures: unknown[] = [];
    const steps: string[] = [];
    const go = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    watching = await FileWatch.begin({
      folders: [{ path: folder, wanted: wasm }],
      changed: async ({ changed }) => {
        steps.push(...changed.map((file) => basename(file)));
        if (steps.length > 1) return second.resolve();
        await writeFile(at("q.wasm"), "q");
        go.resolve();
        throw new Error("a receiver's own");
      },
      failed: (thrown) => failures.push(thrown),
    });
    await writeFile(at("p.wasm"), "bbbb");
    await go.promise;
    await second.promise;
    expect(steps).toEqual(["p.wasm", "q.wasm"]);
    expect(failures).toHaveLength(1);
  });
});
