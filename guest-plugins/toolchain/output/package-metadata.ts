/** Metadata of a component from the `package.json` beside its `wit` folder. */
import { existsSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import type { ComponentMetadata } from "../../../host/component/metadata.ts";
import { isObject, type JsonObject } from "../../../host/text/json-value.ts";
import { buildTools } from "../build-tools.ts";

/** Nothing of a file that is none or no JSON: a plugin needs no `package.json`. */
export function packageMetadata(folder: string): ComponentMetadata {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return {};
  try {
    const json: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(json) ? metadataOf(json) : {};
  } catch {
    return {};
  }
}

function metadataOf(json: JsonObject): ComponentMetadata {
  const { name, version, description, license, homepage, repository, gitHead } = json;
  const people = [json.author, ...(Array.isArray(json.contributors) ? json.contributors : [])];
  const authors = people.flatMap((one) => personOf(one) ?? []).join(", ");
  const source = sourceOf(isObject(repository) ? repository.url : repository);
  return {
    ...text("name", name),
    ...text("version", version),
    ...text("description", description),
    ...text("authors", authors),
    ...text("licenses", license === "UNLICENSED" ? undefined : license),
    ...text("homepage", homepage),
    ...text("source", source),
    ...text("revision", gitHead),
  };
}

/** Tools that every component of ours is made with. */
export function producers(): NonNullable<ComponentMetadata["producers"]> {
  const own = findPackageJSON(import.meta.url);
  const { version = "" } =
    own === undefined ? {} : (JSON.parse(readFileSync(own, "utf8")) as { version?: string });
  return { language: { AssemblyScript: buildTools.assemblyscript }, "processed-by": { hotcell: version } };
}

function text(name: keyof ComponentMetadata, value: unknown): ComponentMetadata {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

/** `Ada Lovelace <ada@example.com>`, as npm takes it for a text or an object. */
function personOf(person: unknown): string | undefined {
  if (typeof person === "string") return person === "" ? undefined : person;
  if (!isObject(person) || typeof person.name !== "string") return undefined;
  return typeof person.email === "string" ? `${person.name} <${person.email}>` : person.name;
}

/** The address of a repository as a browser takes it. */
function sourceOf(repository: unknown): string | undefined {
  if (typeof repository !== "string") return undefined;
  const short = /^(?:github:)?([\w.-]+\/[\w.-]+)$/.exec(repository)?.[1];
  return short ? `https://github.com/${short}` : repository.replace(/^git\+/, "").replace(/\.git$/, "");
}
