import { HotcellError } from "../errors.ts";

/**
 * Judges what the first call of a cell returned, a `result<_, string>`. Throws `init-failed` with the plugin's own
 * reason.
 */
export function requireStarted(outcome: unknown): void {
  const { tag, val } = outcome as { tag: "ok" | "err"; val?: string };
  if (tag === "ok") return;
  throw new HotcellError("init-failed", `The plugin refuses its configuration: ${val}`, {
    remedy: "What was live keeps serving, with its state. Mend the new version and upload it again.",
  });
}
