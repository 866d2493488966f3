/**
 * Docs that travel in a component, in custom sections `package-docs`: a version byte and JSON, as wit-parser writes them (its
 * `metadata.rs`). They are in three forms: of version 0 and 1, about the world that the tools call `root`; and of newer tools, one section
 * for each package, named in it. Docs of named interfaces, which the pinned tools refuse there, are in a section of ours with the same
 * words, whose interfaces have full ids.
 */
import { describeBounds } from "../bounds/describe-bounds.ts";
import { isObject, type JsonObject } from "../text/json-value.ts";
import type { TypeDocs, World, WorldDocs } from "../wit/model.ts";
import { parseInterfaceId } from "../wit/wit-names.ts";

export const packageDocsSection = "package-docs";
/** Section of ours, in the form of version 1. */
export const interfaceDocsSection = "hotcell:interface-docs";

interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface FoundDocs {
  readonly docs?: WorldDocs;
  /** Sentences on sections that are ignored, and why. */
  readonly notes: readonly string[];
  /** Length of the sections that were read. */
  readonly bytes: number;
}

/** Docs of the world and of interfaces that it has; others are left out. Whatever the sections hold, it throws nothing. */
export function readDocs(sections: readonly Section[], world: World): FoundDocs {
  const notes: string[] = [];
  const reader = new DocsReader(world);
  let read = 0;
  for (const { name, bytes } of sections) {
    if (name !== packageDocsSection && name !== interfaceDocsSection) continue;
    try {
      if (read + bytes.length > maxBytes) throw new Error(`all docs may have ${maxBytes} bytes together`);
      reader.read(parseSection(bytes));
      read += bytes.length;
    } catch (error) {
      notes.push(`The docs in section ${name} are ignored: ${(error as Error).message}.`);
    }
  }
  const docs = reader.docs();
  return { notes: notes.slice(0, maxNotes), bytes: read, ...(docs && { docs }) };
}

const maxNotes = 4;
const maxBytes = describeBounds.docs.value;

function parseSection(bytes: Uint8Array): JsonObject {
  const [version] = bytes;
  if (version !== 0 && version !== 1)
    throw new Error(`its version is ${version ?? "missing"}, known are 0 and 1`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(1)));
  } catch {
    throw new Error("it is no JSON in UTF-8");
  }
  if (!isObject(json)) throw new Error("it is no JSON object");
  return json;
}

interface MutableDocs {
  docs?: string;
  readonly functions: Map<string, string>;
  readonly types: Map<string, TypeDocs>;
}

class DocsReader {
  readonly #own: MutableDocs = emptyDocs();
  readonly #interfaces = new Map<string, MutableDocs>();
  /** Names of interfaces that the world imports or exports, by what a section may call them. */
  readonly #known = new Map<string, string[]>();

  constructor({ imports, exports }: World) {
    for (const item of [...imports, ...exports]) {
      if (item.kind !== "interface") continue;
      const id = parseInterfaceId(item.name);
      for (const name of new Set([item.name, ...(id ? [id.name] : [])])) {
        const ids = this.#known.get(name) ?? [];
        if (!ids.includes(item.name)) ids.push(item.name);
        this.#known.set(name, ids);
      }
    }
  }

  /** Undefined where there are none. */
  docs(): WorldDocs | undefined {
    const { docs, functions, types } = this.#own;
    if (docs === undefined && functions.size + types.size + this.#interfaces.size === 0) return undefined;
    return { ...this.#own, interfaces: this.#interfaces };
  }

  read(section: JsonObject): void {
    const pkg = typeof section.package === "string" ? section.package : undefined;
    for (const [name, metadata] of members(section.interfaces)) {
      const id = pkg === undefined ? this.#idOf(name) : idIn(pkg, name);
      if (id !== undefined && this.#known.has(id)) this.#interface(id, metadata);
    }
    const worlds = members(section.worlds);
    const world = worlds.find(([name]) => name === "root") ?? (worlds.length === 1 ? worlds[0] : undefined);
    if (world) this.#world(world[1]);
  }

  #world(world: JsonObject): void {
    this.#items(this.#own, world);
    // Where both sides have a name, exports are what callers see.
    this.#functions(this.#own, world.func_exports);
    for (const [name, metadata] of [...members(world.interfaces), ...members(world.interface_exports)]) {
      if (this.#known.has(name) && parseInterfaceId(name) === undefined) this.#interface(name, metadata);
    }
  }

  #interface(id: string, metadata: JsonObject): void {
    const docs = this.#interfaces.get(id) ?? emptyDocs();
    this.#interfaces.set(id, docs);
    this.#items(docs, metadata);
  }

  #items(into: MutableDocs, metadata: JsonObject): void {
    const docs = readText(metadata.docs);
    if (docs !== undefined) into.docs = docs;
    this.#functions(into, metadata.funcs);
    for (const [name, type] of entries(metadata.types)) {
      const about = readText(docsOf(type));
      const items = new Map<string, string>();
      for (const [item, text] of entries(isObject(type) ? type.items : undefined)) {
        const told = readText(docsOf(text));
        if (told !== undefined) items.set(item, told);
      }
      if (about !== undefined || items.size > 0)
        into.types.set(name, { ...(about !== undefined && { docs: about }), items });
    }
  }

  #functions(into: MutableDocs, functions: unknown): void {
    for (const [name, metadata] of entries(functions)) {
      const docs = readText(docsOf(metadata));
      if (docs !== undefined) into.functions.set(name, docs);
    }
  }

  /** The one interface that is meant: by its full id, or by its name alone. */
  #idOf(name: string): string | undefined {
    const ids = this.#known.get(name);
    return ids?.includes(name) ? name : ids?.length === 1 ? ids[0] : undefined;
  }
}

function readText(docs: unknown): string | undefined {
  if (typeof docs !== "string") return undefined;
  const text = docs.toWellFormed().replace(unprintable, "").trim();
  return text === "" ? undefined : text;
}

/** Control characters but line breaks and tabs, and what turns text around or hides it. */
const unprintable = /[[\p{Cc}\p{Bidi_C}\p{Zl}\p{Zp}\ufff9-\ufffb]--[\n\t]]/gv;

function emptyDocs(): MutableDocs {
  return { functions: new Map(), types: new Map() };
}

/** `wasi:logging@0.1.0` and `logging`: `wasi:logging/logging@0.1.0`. */
function idIn(pkg: string, name: string): string {
  const [path, ...version] = pkg.split("@");
  return `${path}/${name}${version.length > 0 ? `@${version.join("@")}` : ""}`;
}

/** Metadata is a text, or an object with `docs`, as version 0 and 1 have it. */
function docsOf(metadata: unknown): unknown {
  return isObject(metadata) ? metadata.docs : metadata;
}

function entries(json: unknown): [string, unknown][] {
  return isObject(json) ? Object.entries(json) : [];
}

function members(json: unknown): [string, JsonObject][] {
  return entries(json).flatMap(([name, value]) =>
    isObject(value) ? [[name, value] as [string, JsonObject]] : [],
  );
}
