import { existsSync, watch } from "node:fs";

/** Milliseconds without another change after which a change counts as whole: editors write in several steps. */
const settled = 20;

/** Files that a build depends on; editors' backups and locks are none of them. */
const source = /\.(ts|wit|json)$/;

/** Changes of source files in some folders, waited for one at a time. */
export class Changes {
  readonly #watchers;
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ((since: number) => void) | undefined;

  /**
   * `deep` folders are watched with all that is in them, `shallow` ones for the files directly in them, and `whole` ones for
   * files of any name.
   */
  constructor(deep: readonly string[], shallow: readonly string[], whole: readonly string[] = []) {
    const watchAll = (folders: readonly string[], recursive: boolean, wanted: RegExp) =>
      folders.filter(existsSync).map((folder) =>
        watch(folder, { recursive }, (_, file) => {
          if (file === null || wanted.test(file)) this.#changed();
        }).on("error", () => this.#changed()),
      );
    this.#watchers = [
      ...watchAll(deep, true, source),
      ...watchAll(shallow, false, source),
      ...watchAll(whole, true, /./),
    ];
  }

  /** Resolves when files have changed since the last call, and then for a moment not; to when the first one did. */
  next(): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#settle();
    });
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    clearTimeout(this.#timer);
  }

  #changed(): void {
    this.#since ??= performance.now();
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#since === undefined) return;
    this.#timer = setTimeout(() => {
      if (!this.#waiting || this.#since === undefined) return;
      const [resolve, since] = [this.#waiting, this.#since];
      this.#waiting = undefined;
      this.#since = undefined;
      resolve(since);
    }, settled);
  }
}
