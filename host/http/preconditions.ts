/** RFC 9110 section 13 on plugins, whose ETag is their revision in quotes. */

import { HotcellError } from "../errors.ts";
import type { Preconditions, Registry } from "../registry/api.ts";

export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * `If-Match` and `If-None-Match: *` as the registry's preconditions. Several tags, or `*`, stand for the revision
 * that is live now if it is among them. Throws `stale-revision` if none can match, `bad-request` for anything that
 * is not made of entity tags.
 */
export function preconditions(headers: Headers, registry: Registry, plugin: string): Preconditions {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  return {
    ...(ifMatch !== null && {
      ifRevision: expectedRevision(ifMatch, () => revisionOf(registry, plugin), plugin),
    }),
    ...(ifNoneMatch !== null && ifAbsent(ifNoneMatch)),
  };
}

function expectedRevision(header: string, live: () => number | undefined, plugin: string): number {
  const tags = header.split(",").map((tag) => tag.trim());
  const wanted = tags.map(revisionIn);
  const [first] = wanted;
  if (wanted.length === 1 && first !== undefined) return first;
  const revision = live();
  if (revision !== undefined && (wanted.includes(revision) || tags.includes("*"))) return revision;
  throw new HotcellError("stale-revision", `${plugin} is not at the revision that If-Match asks for.`, {
    subject: plugin,
    expected: header.slice(0, 255),
    actual: revision ?? "none",
    remedy: "Fetch the plugin again, look at what changed, and send its new ETag in If-Match.",
  });
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

function revisionOf(registry: Registry, plugin: string): number | undefined {
  try {
    return registry.details(plugin).revision;
  } catch (error) {
    if (error instanceof HotcellError && error.code === "plugin-not-found") return undefined;
    throw error;
  }
}
