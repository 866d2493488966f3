/** Watching files, for whoever follows what others build or edit: each change is told once it is whole. */
import { type Marks, type WatchedFolder, WatchedFolders } from "./watched-folders.ts";

/** Milliseconds without another change after which a file counts as whole: editors and builds write in several steps. */
const settled = 50;
/** Milliseconds between looks without a change: network file systems, and folders that links lead through, tell of none. */
const patience = 2_000;
/** Looks take one part in so many of the time, however many files there are. */
const idleShare = 200;

/** Files that have changed, by their paths. */
export interface FileChange {
  readonly changed: readonly string[];
  /** Files that are there no more. */
  readonly gone: readonly string[];
  /** Time at which the first sign of it was seen, as `performance.now` tells it. */
  readonly since: number;
}

export interface FileWatchOptions {
  readonly folders: readonly WatchedFolder[];
  /** Milliseconds that a change has to rest: 50. */
  readonly settled?: number;
  /** Receiver of changes, one after the other: the next is told when this has settled. What it throws goes to `failed`. */
  readonly changed: (change: FileChange) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
  /** Tells the files that are there as the first change, before `begin` resolves. */
  readonly first?: boolean;
}

/**
 * Watch of the files in some folders. Two looks that see the same make a change whole, so that files in the making and those that are
 * away for a moment, as editors save, are not told. It keeps its process alive until it is closed, as every watch of files does.
 */
export class FileWatch implements Disposable {
  readonly #options: FileWatchOptions;
  readonly #settled: number;
  readonly #folders: WatchedFolders;
  /** Marks as they were told. */
  readonly #told = new Map<string, string>();
  /** Marks of the last look. */
  #seen: Marks = new Map();
  #timer: NodeJS.Timeout | undefined;
  #looking = true;
  /** Settles when what was told has been dealt with. */
  #telling: Promise<void> = Promise.resolve();
  /** Time of the first sign of a change since the last one was told. */
  #since: number | undefined;
  /** Something changed since the last look began. */
  #stale = false;
  #closed = false;

  private constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#settled = options.settled ?? settled;
    this.#folders = new WatchedFolders(options.folders, () => this.#noticed());
  }

  /** A watch that tells from now on. Rejects where a folder can't be read that has to be there. */
  static async begin(options: FileWatchOptions): Promise<FileWatch> {
    const watching = new FileWatch(options);
    await watching.#begin(options.first === true);
    return watching;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#folders[Symbol.dispose]();
  }

  /** Resolves when nothing that it told is being dealt with. */
  idle(): Promise<void> {
    return this.#telling;
  }

  async #begin(first: boolean): Promise<void> {
    const begun = performance.now();
    await this.#folders.require();
    this.#seen = await this.#folders.look();
    for (const [file, mark] of this.#seen) this.#told.set(file, mark);
    if (first) await this.#tell([...this.#seen.keys()], [], begun);
    this.#looking = false;
    this.#wait(this.#stale ? this.#settled : patience);
  }

  #noticed(): void {
    this.#since ??= performance.now();
    this.#stale = true;
    if (!this.#looking) this.#wait(this.#settled);
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#stale = false;
    const begun = performance.now();
    const now = await this.#folders.look();
    const took = performance.now() - begun;
    const different = [...now].filter(([file, mark]) => this.#told.get(file) !== mark);
    const missing = [...this.#told.keys()].filter((file) => !now.has(file));
    const changed = different.filter(([file, mark]) => this.#seen.get(file) === mark);
    const gone = missing.filter((file) => !this.#seen.has(file));
    this.#seen = now;
    for (const [file, mark] of changed) this.#told.set(file, mark);
    for (const file of gone) this.#told.delete(file);
    const unsettled = changed.length < different.length || gone.length < missing.length;
    const since = this.#since ?? begun;
    this.#since = unsettled || this.#stale ? since : undefined;
    await this.#tell(
      changed.map(([file]) => file),
      gone,
      since,
    );
    this.#looking = false;
    this.#wait(unsettled || this.#stale ? this.#settled : Math.max(patience, took * idleShare));
  }

  async #tell(changed: string[], gone: string[], since: number): Promise<void> {
    if (this.#closed || changed.length + gone.length === 0) return;
    this.#telling = this.#options
      .changed({ changed: changed.sort(), gone: gone.sort(), since })
      .catch(this.#options.failed);
    await this.#telling;
  }
}
