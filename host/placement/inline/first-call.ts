import { HotcellError } from "../../errors.ts";
import { maxTold } from "../../text/cut.ts";
import { harmlessLines } from "../../text/harmless.ts";
import type { Scrubber } from "../../text/scrubber.ts";

/**
 * Judges what the first call of a cell returned, a `result<_, string>`. Throws `init-failed` with the plugin's own
 * reason.
 */
export function requireStarted(outcome: unknown, scrubber: Scrubber): void {
  const { tag, val } = outcome as { tag: "ok" | "err"; val?: string };
  if (tag === "ok") return;
  const why = harmlessLines(scrubber.excerpt(String(val), maxTold));
  throw new HotcellError("init-failed", `The plugin refuses its configuration: ${why}`, {
    remedy: "The live version keeps serving, with its state. Mend the new version and upload it again.",
  });
}
