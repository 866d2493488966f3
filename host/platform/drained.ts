import type { Writable } from "node:stream";

/** Resolves when that takes more, or nothing any more. */
export function drained(out: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      out.off("drain", settle).off("close", settle);
      resolve();
    };
    if (out.closed) settle();
    else out.on("drain", settle).on("close", settle);
  });
}
