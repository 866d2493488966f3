/** References to components in registries (OCI distribution specification, "Pulling manifests"): whole ones alone, nothing is filled in. */
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";

export interface OciReference {
  /** Host, with its port where it has one. */
  readonly registry: string;
  /** `ns/name`. */
  readonly repository: string;
  /** Absent where a digest alone says what is meant. */
  readonly tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest?: string;
}

const host = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[0-9]{1,5})?$/i;
const repositoryPart = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
export const digestForm = /^sha256:[0-9a-f]{64}$/;
/** Registry that images without one come from elsewhere, and its namespace that they are in. */
const dockerHub = "docker.io";

const form = "registry/namespace/name:tag, or with @sha256:… at its end";

/**
 * Reads a reference, with `oci://` before it or not. Throws `bad-reference`, also where Docker would fill in a registry, a namespace
 * or `latest`.
 */
export function parseReference(text: string): OciReference {
  if (text.length > ociBounds.reference.value) {
    throw wrong(text, `it is longer than ${ociBounds.reference.value} characters`, {
      limit: ociBounds.reference.value,
      actual: text.length,
    });
  }
  const bare = text.replace(/^oci:\/\//, "");
  const slash = bare.indexOf("/");
  const registry = bare.slice(0, Math.max(0, slash)).toLowerCase();
  if (slash < 0 || !(registry.includes(".") || registry.includes(":") || registry === "localhost"))
    throw wrong(text, "it names no registry", {
      remedy: `Write it in front: ghcr.io/${beginning(bare, 80)}.`,
    });
  // Not every address and port in such a form is one.
  if (!host.test(registry) || !URL.canParse(`https://${registry}`))
    throw wrong(text, "its registry is no host");
  const [, path = "", digest] = /^([^@]*)(?:@(.*))?$/s.exec(bare.slice(slash + 1)) ?? [];
  if (digest !== undefined && !digestForm.test(digest))
    throw wrong(text, "its digest is none of SHA-256", {
      expected: "@sha256: and 64 digits from 0-9 and a-f",
    });
  const [, repository = "", tag] = /^([^:]*)(?::(.*))?$/s.exec(path) ?? [];
  if (tag !== undefined && !tagForm.test(tag)) throw wrong(text, "its tag is none");
  if (repository.length > 255 || !repository.split("/").every((part) => repositoryPart.test(part)))
    throw wrong(text, "its repository is none", {
      expected: "names of small letters and digits with / between them",
    });
  if (registry === dockerHub && !repository.includes("/"))
    throw wrong(text, "it lacks a namespace", {
      remedy: `Write docker.io/library/${repository}, if that is meant.`,
    });
  if (tag === undefined && digest === undefined)
    throw wrong(text, "it has neither a tag nor a digest", {
      remedy: `Write which one: ${beginning(bare, 200)}:latest, if that is meant.`,
    });
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

export function printReference({ registry, repository, tag, digest }: OciReference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** Host and port at which a registry answers: of Docker's own they are others than its name. */
export function addressOf(registry: string): string {
  return registry === dockerHub ? "registry-1.docker.io" : registry;
}

function wrong(text: string, why: string, facts: object = {}): HotcellError {
  const shown = beginning(text, 200);
  return new HotcellError(
    "bad-reference",
    `${JSON.stringify(shown)} is no reference that can be used: ${why}.`,
    {
      subject: shown,
      expected: form,
      remedy: `Write ${form}.`,
      ...facts,
    },
  );
}
