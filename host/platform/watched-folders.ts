/** Folders as they are at a look, with a watch of the operating system's for each, so that it is known when to look again. */
import { type FSWatcher, watch } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";

/** Folder whose files are followed. */
export interface WatchedFolder {
  readonly path: string;
  /** Files in folders below it count too. */
  readonly deep?: boolean;
  /** It need not be there. */
  readonly optional?: boolean;
  /** Files that count, by their path from the folder, with slashes. */
  readonly wanted: (path: string) => boolean;
}

/** Mark of a file's content, as far as the file system tells: of what a link leads to. */
type Mark = string;

/** Files that count, by their paths. */
export type Marks = ReadonlyMap<string, Mark>;

export class WatchedFolders implements Disposable {
  readonly #roots: readonly WatchedFolder[];
  readonly #noticed: () => void;
  readonly #watchers = new Map<
    string,
    { readonly identity: string; readonly watcher: FSWatcher | undefined }
  >();
  /** Folders that the look under way has come to. */
  #needed = new Set<string>();
  #last: Marks = new Map();
  #closed = false;

  /** `noticed` is called when something may have changed, often and early. */
  constructor(folders: readonly WatchedFolder[], noticed: () => void) {
    this.#roots = folders.map((folder) => ({ ...folder, path: resolve(folder.path) }));
    this.#noticed = noticed;
  }

  /** Rejects where a folder can't be read that has to be there. */
  async require(): Promise<void> {
    for (const { path, optional } of this.#roots) if (optional !== true) await readdir(path);
  }

  /** The files as they are. Each folder is watched before it is read, so that what changes afterwards is noticed. */
  async look(): Promise<Marks> {
    const marks = new Map<string, Mark>();
    this.#needed = new Set();
    for (const root of this.#roots) await this.#walk(root, root.path, marks);
    for (const [folder, { watcher }] of this.#watchers) {
      if (this.#needed.has(folder)) continue;
      watcher?.close();
      this.#watchers.delete(folder);
    }
    this.#last = marks;
    return marks;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const { watcher } of this.#watchers.values()) watcher?.close();
    this.#watchers.clear();
  }

  async #walk(root: WatchedFolder, folder: string, marks: Map<string, Mark>): Promise<void> {
    await this.#follow(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (!entries) {
      // A folder that can't be read for a while says nothing of its files; one that need not be there does.
      if (root.optional === true) return;
      for (const [file, mark] of this.#last) if (file.startsWith(folder + sep)) marks.set(file, mark);
      return;
    }
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (root.deep === true) await this.#walk(root, path, marks);
        continue;
      }
      if (!root.wanted(relative(root.path, path).replaceAll(sep, "/"))) continue;
      if (entry.isSymbolicLink()) {
        const target = await realpath(path).catch(() => undefined);
        if (target !== undefined) await this.#follow(dirname(target));
      }
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      if (found?.isFile())
        marks.set(path, `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`);
    }
  }

  /** Watches the folder that is at this path now: another may have been put in its place. */
  async #follow(folder: string): Promise<void> {
    if (this.#needed.has(folder)) return;
    this.#needed.add(folder);
    const found = await stat(folder, { bigint: true }).catch(() => undefined);
    if (this.#closed || !found) return;
    const identity = `${found.dev} ${found.ino} ${found.birthtimeNs}`;
    const before = this.#watchers.get(folder);
    if (before?.identity === identity) return;
    before?.watcher?.close();
    let watcher: FSWatcher | undefined;
    try {
      watcher = watch(folder, this.#noticed).on("error", this.#noticed);
    } catch {
      // Where there is nothing to watch by, looks every so often tell.
    }
    this.#watchers.set(folder, { identity, watcher });
  }
}
