/** Preconditions of a request: what has to be there for it, at which revision. */
import { HotcellError } from "../../errors.ts";
import type { Preconditions } from "../api.ts";

/** `revision` is that of the live version; undefined when none is. */
export function checkPreconditions(
  plugin: string,
  revision: number | undefined,
  { ifRevision, ifAbsent }: Preconditions,
): void {
  if (ifAbsent && revision !== undefined) {
    throw new HotcellError("already-exists", `${plugin} exists already, at revision ${revision}.`, {
      subject: plugin,
      actual: revision,
      remedy: "Leave out If-None-Match to change or replace it.",
    });
  }
  if (ifRevision !== undefined && !matches(ifRevision, revision)) {
    const actual = revision === undefined ? "not deployed" : `at revision ${revision}`;
    const again =
      revision === undefined
        ? "Leave out If-Match to create it; what was there has been removed, or never was."
        : "Fetch the plugin again, look at what changed, and send its new ETag in If-Match.";
    const wanted = [ifRevision].flat().join(" or ");
    throw new HotcellError("stale-revision", `${plugin} is ${actual}, not at revision ${wanted}.`, {
      subject: plugin,
      expected: wanted,
      actual: revision ?? "none",
      remedy: again,
    });
  }
}

/**
 * Error of a commit, as whoever asked for it under these preconditions can heed it: without a revision in the request there is no
 * ETag to send anew.
 */
export function refusedCommit(error: unknown, { ifRevision }: Preconditions): unknown {
  if (!(error instanceof HotcellError) || error.code !== "stale-revision") return error;
  if (ifRevision !== undefined && ifRevision !== "any") return error;
  return new HotcellError(error.code, error.message, {
    ...error.facts,
    cause: error,
    remedy: "Do the same again: another host was quicker, and what it committed is known here now.",
  });
}

function matches(wanted: NonNullable<Preconditions["ifRevision"]>, revision: number | undefined): boolean {
  if (revision === undefined) return false;
  return wanted === "any" || [wanted].flat().includes(revision);
}
