import { setImmediate } from "node:timers";

/** Milliseconds that work may take in one turn of the event loop before it lets others run. */
const longest = 10;

/** Resolves in a later turn of the event loop: what others have waiting comes first. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Work in many steps that lets others run in between. */
export class LongWork {
  #since = performance.now();

  /** To be awaited where it is given: between two steps, when the turn has lasted long enough. */
  pause(): Promise<void> | undefined {
    if (performance.now() - this.#since < longest) return undefined;
    return breathe().then(() => {
      this.#since = performance.now();
    });
  }
}
