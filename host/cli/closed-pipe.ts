/** Standard output whose reader has gone, as in `hotcell events | head`. */

import process from "node:process";

/** Code that shells have for a program that wrote where nobody reads. */
const exitCode = 141;

/** Ends the process where nobody reads any more, without a word; with `ends` false, for what has more to do than to print, nothing happens. */
export class ClosedPipe implements Disposable {
  readonly #failed: (error: NodeJS.ErrnoException) => void;

  constructor(ends: boolean) {
    this.#failed = (error) => {
      if (error.code !== "EPIPE") throw error;
      if (ends) process.exit(exitCode);
    };
    process.stdout.on("error", this.#failed);
  }

  [Symbol.dispose](): void {
    process.stdout.off("error", this.#failed);
  }
}
