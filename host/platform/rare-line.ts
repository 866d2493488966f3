import { harmlessLines } from "../text/harmless.ts";

/** Milliseconds in which it is said once. */
const sayEvery = 60_000;

/** Line on standard error for the host's owner, said once a minute: what has failed fails again with all that plugins ask of it. */
export class RareLine {
  #saidAt = Number.NEGATIVE_INFINITY;

  /** `text` is made where it is said. */
  say(text: () => string): void {
    const now = performance.now();
    if (now - this.#saidAt < sayEvery) return;
    this.#saidAt = now;
    console.error(harmlessLines(text()));
  }
}
