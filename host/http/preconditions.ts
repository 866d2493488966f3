/** RFC 9110 section 13 on plugins, whose ETag is their revision in quotes. */

import { HotcellError } from "../errors.ts";
import type { Preconditions, Registry } from "../registry/api.ts";
import { checkPreconditions } from "../registry/gates.ts";

export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * `If-Match` and `If-None-Match: *` as the registry's preconditions, to be judged when the request's turn has come.
 * Throws `bad-request` for anything that is not made of entity tags.
 */
export function preconditions(headers: Headers): Preconditions {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  return {
    ...(ifMatch !== null && { ifRevision: expectedRevisions(ifMatch) }),
    ...(ifNoneMatch !== null && ifAbsent(ifNoneMatch)),
  };
}

/** Throws `stale-revision` for what can't be met any more, since revisions only rise: before a body is asked for. */
export function refuseHopeless({ ifRevision }: Preconditions, registry: Registry, plugin: string): void {
  if (!Array.isArray(ifRevision)) return;
  const revision = registry.revision(plugin);
  if (ifRevision.some((wanted) => wanted >= (revision ?? 0))) return;
  checkPreconditions(plugin, revision, { ifRevision });
}

function expectedRevisions(header: string): readonly number[] | "any" {
  const tags = header.split(",").map((tag) => tag.trim());
  const wanted = tags.map(revisionIn);
  return tags.includes("*") ? "any" : wanted.filter((revision) => revision !== undefined);
}

/** The revision a tag stands for; undefined for a tag no plugin ever has. Bare digits are taken for what they mean. */
function revisionIn(tag: string): number | undefined {
  const digits = /^(?:"(\d{1,15})"|(\d{1,15}))$/.exec(tag);
  if (digits) return Number(digits[1] ?? digits[2]);
  if (tag === "*" || /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) return undefined;
  throw new HotcellError("bad-request", "The If-Match header is not a list of entity tags.", {
    subject: "If-Match",
    actual: tag.slice(0, 255),
    expected: 'the ETag of the plugin, such as "3", or *',
  });
}

function ifAbsent(header: string): Preconditions {
  if (header.trim() === "*") return { ifAbsent: true };
  throw new HotcellError("bad-request", "If-None-Match takes only * here: create, never replace.", {
    subject: "If-None-Match",
    actual: header.slice(0, 255),
    expected: "*",
  });
}
