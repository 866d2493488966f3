/** The grammar and uniqueness of names (Explainer.md, Import and Export Definitions; Name Uniqueness). */
import { isLabel } from "../../wit/wit-names.ts";
import { invalid, unsupportedFeature } from "../component-failures.ts";

const words = "[a-z][0-9a-z]*(?:-[0-9a-z]+)*";
const interfaceName = new RegExp(`^${words}:${words}/([^/:@]+)(?:@(.+))?$`);
/** Names of a gated feature: namespaces in namespaces, or packages in packages. */
const nestedName = new RegExp(`^${words}(?::${words})+((?:/[^/:@]+)+)(?:@(.+))?$`);
/** Names that the specification no longer has, but tools write still: they say which implementation is imported. */
const implementationName =
  /^(?:unlocked-dep=<[^<>]*>|(?:locked-dep=<[^<>]*>|url=<[^<>]*>)(?:,integrity=<[^<>]+>)?|integrity=<[^<>]+>)$/;
const number = "(?:0|[1-9][0-9]*)";
const preRelease = `(?:${number}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`;
export const semver = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-${preRelease}(?:\\.${preRelease})*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
export const canonicalVersion = /^(?:[1-9][0-9]*|0\.[1-9][0-9]*|0\.0\.[1-9][0-9]*|0\.0\.0)$/;

export type ExternName =
  | { readonly kind: "plain"; readonly name: string }
  | {
      readonly kind: "constructor" | "method" | "static";
      readonly name: string;
      /** The resource's label. */
      readonly resource: string;
    }
  | { readonly kind: "interface"; readonly name: string };

export interface NamedExtern {
  readonly name: string;
  /** The interface that a plainly named instance says it implements. */
  readonly implements?: string;
}

/** Takes a name apart. Throws `invalid-component` where it is none. */
export function parseExternName(name: string, offset: number): ExternName {
  const annotated = /^\[([^\]]*)\](.*)$/s.exec(name);
  if (annotated) {
    const [, kind = "", rest = ""] = annotated;
    if (kind === "constructor" && isLabel(rest)) return { kind, name, resource: rest };
    const [resource = "", field = "", ...more] = rest.split(".");
    const labels = isLabel(resource) && isLabel(field) && more.length === 0;
    if ((kind === "method" || kind === "static") && labels) return { kind, name, resource };
  } else if (isLabel(name)) {
    return { kind: "plain", name };
  } else if (isInterfaceName(name, offset)) {
    return { kind: "interface", name };
  }
  throw invalid(`${JSON.stringify(name)} is not a valid import or export name`, offset, name);
}

export function isImplementationName(name: string): boolean {
  return name.includes("=") && implementationName.test(name);
}

/** Throws `unsupported-feature` for namespaces in namespaces and packages in packages. */
export function isInterfaceName(name: string, offset: number): boolean {
  const [, projection, version] = interfaceName.exec(name) ?? [];
  if (projection !== undefined) return isLabel(projection) && isVersion(version);
  const [, projections, nestedVersion] = nestedName.exec(name) ?? [];
  if (projections === undefined || !projections.slice(1).split("/").every(isLabel)) return false;
  if (!isVersion(nestedVersion)) return false;
  throw unsupportedFeature(`nested packages ("${name}")`, offset);
}

function isVersion(version: string | undefined): boolean {
  return version === undefined || semver.test(version) || canonicalVersion.test(version);
}

/** Key that must differ between the names of one scope. */
export function uniqueKey(name: string): string {
  const lower = name.toLowerCase();
  if (!lower.startsWith("[") || lower.startsWith("[constructor]")) return lower;
  const plain = lower.slice(lower.indexOf("]") + 1);
  const [resource, field] = plain.split(".");
  return resource === field ? (resource ?? plain) : plain;
}

/** Labels of one record, variant, enum, flags or parameter list. Throws `invalid-component`. */
export function checkLabels(
  labelled: readonly { readonly name: string }[],
  what: string,
  offset: number,
): void {
  const seen = new Set<string>();
  for (const { name } of labelled) {
    if (!isLabel(name))
      throw invalid(`${JSON.stringify(name)} is not a kebab-case ${what} name`, offset, name);
    const key = name.toLowerCase();
    if (seen.has(key)) throw invalid(`${what} name "${name}" conflicts with an earlier one`, offset, name);
    seen.add(key);
  }
}
