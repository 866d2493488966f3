/** Watching files of a folder, for whoever follows what others build there: each change is told once it is whole. */
import { type FSWatcher, watch } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Milliseconds without another change after which a file counts as whole: editors and builds write in several steps. */
const settled = 50;
/** Milliseconds between looks without a change: network file systems and files behind links tell of none. */
const patience = 2_000;

/** Files that have changed: `gone` are there no more. */
export interface FileChange {
  readonly changed: readonly string[];
  readonly gone: readonly string[];
}

export interface FileWatchOptions {
  readonly folder: string;
  /** Names of the files that count, without their folder. */
  readonly wanted: (name: string) => boolean;
  /** Receiver of changes, one after the other: the next is told when this has settled. What it throws goes to `failed`. */
  readonly changed: (change: FileChange) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
  /** Tells the files that are there as the first change, before `begin` resolves. */
  readonly first?: boolean;
}

/** Mark of a file's content, as far as the file system tells: of what a link leads to. */
type Mark = string;

/**
 * Watch of the files directly in a folder. Two looks that see the same make a change whole, so that files in the making and those that are
 * away for a moment, as editors save, are not told. It keeps its process alive until it is closed, as every watch of files does.
 */
export class FileWatch implements Disposable {
  readonly #options: FileWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  /** Marks as they were told. */
  readonly #told = new Map<string, Mark>();
  /** Marks of the last look. */
  #seen = new Map<string, Mark>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  /** Settles when what was told has been dealt with. */
  #telling: Promise<void> = Promise.resolve();
  /** Something changed since the last look began. */
  #stale = false;
  #closed = false;

  private constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** A watch that tells from now on. Rejects where there is no such folder. */
  static async begin(options: FileWatchOptions): Promise<FileWatch> {
    const folder = resolve(options.folder);
    const watching = new FileWatch({ ...options, folder });
    await readdir(folder);
    watching.#follow(folder);
    watching.#looking = true;
    for (const [file, mark] of await watching.#marks()) watching.#told.set(file, mark);
    watching.#seen = new Map(watching.#told);
    if (options.first) await watching.#tell({ changed: [...watching.#seen.keys()].sort(), gone: [] });
    watching.#looking = false;
    watching.#wait(watching.#stale ? settled : patience);
    return watching;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Resolves when nothing that it told is being dealt with. */
  idle(): Promise<void> {
    return this.#telling;
  }

  #follow(folder: string): void {
    if (this.#closed || this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, () => this.#noticed());
      watcher.on("error", () => this.#noticed());
      this.#watchers.set(folder, watcher);
    } catch {
      // Where there is nothing to watch by, it looks every so often.
    }
  }

  #noticed(): void {
    this.#stale = true;
    if (!this.#looking) this.#wait(settled);
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#stale = false;
    const now = await this.#marks();
    const different = [...now].filter(([file, mark]) => this.#told.get(file) !== mark);
    const missing = [...this.#told.keys()].filter((file) => !now.has(file));
    const changed = different.filter(([file, mark]) => this.#seen.get(file) === mark);
    const gone = missing.filter((file) => !this.#seen.has(file));
    this.#seen = now;
    for (const [file, mark] of changed) this.#told.set(file, mark);
    for (const file of gone) this.#told.delete(file);
    await this.#tell({ changed: changed.map(([file]) => file).sort(), gone });
    this.#looking = false;
    const unsettled = changed.length < different.length || gone.length < missing.length;
    this.#wait(unsettled || this.#stale ? settled : patience);
  }

  async #tell(change: FileChange): Promise<void> {
    if (this.#closed || change.changed.length + change.gone.length === 0) return;
    const { changed, failed } = this.#options;
    this.#telling = changed(change).catch(failed);
    await this.#telling;
  }

  async #marks(): Promise<Map<string, Mark>> {
    const { folder, wanted } = this.#options;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    // A folder that can't be read for a while says nothing of its files.
    if (!entries) return this.#seen;
    const marks = new Map<string, Mark>();
    for (const entry of entries.filter(({ name }) => wanted(name))) {
      const file = join(folder, entry.name);
      const mark = await stat(file, { bigint: true }).catch(() => undefined);
      if (!mark?.isFile()) continue;
      marks.set(file, `${mark.dev} ${mark.ino} ${mark.size} ${mark.mtimeNs} ${mark.ctimeNs}`);
      if (entry.isSymbolicLink()) {
        const target = await realpath(file).catch(() => undefined);
        if (target !== undefined) this.#follow(dirname(target));
      }
    }
    return marks;
  }
}
