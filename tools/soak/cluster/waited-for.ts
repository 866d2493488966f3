import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds after which what was waited for never comes, on however busy a machine. */
const never = 100_000;

/** What `look` gives once that is something. Throws what it throws, and where nothing comes, what was waited for. */
export async function waitedFor<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const end = performance.now() + never;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await delay(20);
  }
  throw new Error(`Waited in vain for ${what}.`);
}
