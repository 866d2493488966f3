/** RFC 9110 section 13 on plugins, whose ETag is their revision in quotes. */

import { HotcellError } from "../../errors.ts";
import type { Preconditions, Registry } from "../../registry/api.ts";
import { checkPreconditions } from "../../registry/deploy/revision-check.ts";
import { beginning } from "../../text/cut.ts";

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

/** Refuses before a body is asked for: throws `stale-revision` for what can't be met any more, since revisions only rise. */
export function refuseHopeless({ ifRevision }: Preconditions, registry: Registry, plugin: string): void {
  if (!Array.isArray(ifRevision)) return;
  const revision = registry.revision(plugin);
  if (ifRevision.some((wanted) => wanted >= (revision ?? 0))) return;
  checkPreconditions(plugin, revision, { ifRevision });
}

/** `*`, an entity tag, or the bare digits that scripts send for one. */
const entityTag = /^(?:\*|(W\/)?("[\x21\x23-\x7e\x80-\xff]*")|(\d{1,15}))$/;

function expectedRevisions(header: string): readonly number[] | "any" {
  // RFC 9110, section 5.6.1: elements may be empty. A comma may stand in a tag.
  const elements = (header.match(/(?:[^",]|"[^"]*"?)+/g) ?? []).map((tag) => tag.trim()).filter((tag) => tag);
  const tags = elements.map((text) => entityTag.exec(text) ?? notTags(header));
  if (elements.length === 0) notTags(header);
  if (elements.includes("*")) return elements.length === 1 ? "any" : notTags(header);
  const strong = tags.filter(([, weak]) => !weak);
  if (strong.length === 0) throw weakTags(elements);
  // A tag that is no revision in quotes is one that no plugin ever has.
  const revisions = strong.flatMap(([tag]) => /^"?(\d{1,15})"?$/.exec(tag)?.slice(1).map(Number) ?? []);
  if (revisions.length === 0) throw foreignTags(strong.map(([tag]) => tag));
  return revisions;
}

function notTags(header: string): never {
  throw new HotcellError("bad-request", "The If-Match header is not a list of entity tags.", {
    subject: "If-Match",
    actual: beginning(header, 255),
    expected: 'the ETag of the plugin, such as "3", several with commas between them, or * alone',
    remedy: 'Send the ETag as it came with its quotes: If-Match: "3".',
  });
}

/** RFC 9110, section 13.1.1: If-Match compares strongly, and then a weak tag is equal to nothing. */
function weakTags(tags: readonly string[]): HotcellError {
  const shown = beginning(tags.join(", "), 255);
  return new HotcellError(
    "stale-revision",
    `If-Match compares strongly, and ${shown} is weak: it matches nothing.`,
    {
      subject: "If-Match",
      actual: shown,
      expected: tags[0]!.slice("W/".length, 255),
      remedy: `Send it without W/: If-Match: ${tags[0]!.slice("W/".length, 255)}. Something between, such as a proxy that compresses, made it weak.`,
    },
  );
}

/** Apache's mod_deflate, for one, sends `"3-gzip"` for our `"3"`. */
function foreignTags(tags: readonly string[]): HotcellError {
  const shown = beginning(tags.join(", "), 255);
  const [, revision = "3"] = /^"(\d{1,15})\D/.exec(tags[0]!) ?? [];
  return new HotcellError(
    "stale-revision",
    `No plugin ever has the ETag ${shown}: a revision in quotes is one.`,
    {
      subject: "If-Match",
      actual: shown,
      expected: `"${revision}"`,
      remedy: `Send the ETag as the host gives it, such as If-Match: "${revision}". Something between, such as a proxy that compresses, may have changed it.`,
    },
  );
}

function ifAbsent(header: string): Preconditions {
  if (header.trim() === "*") return { ifAbsent: true };
  throw new HotcellError("bad-request", "If-None-Match takes only * here: create, never replace.", {
    subject: "If-None-Match",
    actual: beginning(header, 255),
    expected: "*",
    remedy: "Send If-None-Match: * to create only, or If-Match with the ETag to replace what you know.",
  });
}
