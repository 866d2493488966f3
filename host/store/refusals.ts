/** Refusals that every store says in the same words. */
import { createHash } from "node:crypto";
import { HotcellError } from "../errors.ts";
import type { VersionPart } from "./store.ts";

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Throws unless a commit's binary is the one it says is live, and each part the one that it says it is. */
export function checkBinary(
  plugin: string,
  live: string | undefined,
  { bytes, parts }: { readonly bytes: Uint8Array; readonly parts: readonly VersionPart[] },
): void {
  checkBytes(plugin, live, bytes);
  for (const part of parts) checkBytes(plugin, part.digest, part.bytes);
}

function checkBytes(plugin: string, live: string | undefined, bytes: Uint8Array): void {
  const actual = digestOf(bytes);
  if (actual === live) return;
  throw new HotcellError("fault", `A commit of ${plugin} came with other bytes than those it makes live.`, {
    subject: plugin,
    expected: live ?? "no bytes",
    actual,
  });
}

export function staleRevision(plugin: string, expected: number, actual: number): HotcellError {
  return new HotcellError("stale-revision", `${plugin} is at revision ${actual}, not at ${expected}.`, {
    subject: plugin,
    expected: `${expected}`,
    actual,
    remedy:
      "Fetch the plugin again, look at what changed, and send its new ETag in If-Match (in code: ifRevision).",
  });
}

export function staleLease(plugin: string): HotcellError {
  return new HotcellError("process-died", `Another host has taken the cell of ${plugin} meanwhile.`, {
    subject: plugin,
    retryAfter: 1,
    remedy: "Try again: that host is asked then.",
  });
}

export function storeBehind(plugin: string, told: number, actual: number): HotcellError {
  const text = `The store told of revision ${told} of ${plugin}, and shows ${actual}.`;
  return new HotcellError("store-unavailable", text, {
    ...{ subject: plugin, expected: `${told} or later`, actual },
    remedy:
      "Wait until its servers have caught up with one another; where a backup took its place, restart the host.",
  });
}

export function contractTaken(name: string, version: number): HotcellError {
  return new HotcellError("stale-revision", `Another world was put as ${name}@${version} meanwhile.`, {
    subject: name,
    remedy: `Look at it with GET /contracts/${name} (hotcell contract show ${name}), then put yours again.`,
  });
}

export function versionNotStored(plugin: string, digest: string): HotcellError {
  return new HotcellError("version-not-found", `The store has no version ${digest} (any more).`, {
    subject: digest,
    remedy: "Upload it again.",
    extra: { plugin },
  });
}

export function corruptBinary(digest: string, actual: string, where: string): HotcellError {
  return new HotcellError("store-corrupt", `The binary of version ${digest} in ${where} is damaged.`, {
    subject: digest,
    actual,
    remedy: "Upload the same file again, or put a backup in place of the store.",
  });
}

export function missingBinary(digest: string, where: string): HotcellError {
  return new HotcellError("store-corrupt", `The binary of version ${digest} is not in ${where}.`, {
    subject: digest,
    remedy: "Upload the same file again, or put a backup in place of the store.",
  });
}

export function tokenTaken(id: string): HotcellError {
  return new HotcellError("bad-request", `There is a token "${id}" (or one with the same hash) already.`, {
    subject: id,
    remedy: "Choose another id.",
  });
}

export function storeClosed(): HotcellError {
  return new HotcellError("closed", "The store is closed.", {
    remedy: "Use the host that createHost gives next: what was acknowledged is kept.",
  });
}
