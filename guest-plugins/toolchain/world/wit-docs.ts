/**
 * Doc comments in WIT files (WIT.md, Comments), which the tools that encode a world leave out. Types are read by them alone; this goes
 * through documents that they have accepted, and finds which comment stands before which item.
 */
import type { TypeDocs } from "../../../host/wit/model.ts";
import type { WitFile } from "./wit-files.ts";

/** Docs of the items between the braces of an interface or a world. */
export interface ItemDocs {
  docs?: string;
  readonly functions: Map<string, string>;
  readonly types: Map<string, TypeDocs>;
}

export interface WorldItemDocs extends ItemDocs {
  /** Docs of interfaces written in the world itself, by their names. */
  readonly interfaces: Map<string, ItemDocs>;
  /** Worlds that it includes: by path as written, with the names that items get instead of their own. */
  readonly includes: { readonly path: string; readonly renamed: ReadonlyMap<string, string> }[];
}

/** Docs of what one package defines. */
export interface PackageDocs {
  readonly interfaces: Map<string, ItemDocs>;
  readonly worlds: Map<string, WorldItemDocs>;
}

/** Docs of all packages, by `ns:name@version`. Files without a `package` line belong to the package of those they are read with. */
export function scanPackages(packages: readonly (readonly WitFile[])[]): ReadonlyMap<string, PackageDocs> {
  const found = new Map<string, PackageDocs>();
  const packageOf = (id: string): PackageDocs => {
    const known = found.get(id) ?? { interfaces: new Map(), worlds: new Map() };
    found.set(id, known);
    return known;
  };
  for (const files of packages) {
    const readers = files.map(({ text }) => new DocsScanner(text));
    // One file names the package for all that lie beside it.
    const own: PackageDocs = { interfaces: new Map(), worlds: new Map() };
    const id = readers.map((reader) => reader.file(own, packageOf)).find((name) => name !== undefined);
    if (id === undefined) continue;
    const known = packageOf(id);
    for (const [name, docs] of own.interfaces) known.interfaces.set(name, docs);
    for (const [name, docs] of own.worlds) known.worlds.set(name, docs);
  }
  return found;
}

const tokens = /\/\/[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*))*\*\/|->|%?[\w-]+|\S/g;
const namedKinds: ReadonlySet<string> = new Set(["record", "variant", "enum", "flags"]);
const closing: Readonly<Record<string, string>> = { "(": ")", "<": ">", "{": "}" };

class DocsScanner {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = Array.from(text.matchAll(tokens), ([token]) => token);
  }

  /** Reads a whole file, into `own` but for packages with braces; gives the name of the package where it says it. */
  file(own: PackageDocs, packageOf: (id: string) => PackageDocs): string | undefined {
    let id: string | undefined;
    while (this.#at < this.#tokens.length) {
      if (this.#peek() !== "package") {
        this.#packageItem(own);
        continue;
      }
      this.#next();
      const name = this.#until("{", ";");
      if (this.#next() === ";") id = name;
      else {
        const nested = packageOf(name);
        while (!this.#accept("}")) this.#packageItem(nested);
      }
    }
    return id;
  }

  #packageItem({ interfaces, worlds }: PackageDocs): void {
    const docs = this.#docs();
    const word = this.#next();
    const name = this.#name();
    if (word === "interface") interfaces.set(name, this.#interface(docs));
    else if (word === "world") worlds.set(name, this.#world(docs));
    else this.#skipTo(";");
  }

  #interface(docs: string | undefined): ItemDocs {
    const items = emptyItems(docs);
    this.#accept("{");
    while (!this.#accept("}")) {
      const about = this.#docs();
      if (this.#done) return items;
      if (!this.#typeItem(items, about)) this.#function(items, this.#name(), about);
    }
    return items;
  }

  #world(docs: string | undefined): WorldItemDocs {
    const items = {
      ...emptyItems(docs),
      interfaces: new Map<string, ItemDocs>(),
      includes: [] as WorldItemDocs["includes"][number][],
    };
    this.#accept("{");
    while (!this.#accept("}")) {
      const about = this.#docs();
      if (this.#done) return items;
      if (this.#peek() === "include") this.#include(items.includes);
      else if (!this.#accept("import", "export")) this.#typeItem(items, about);
      else this.#extern(items, about);
    }
    return items;
  }

  /** The rest of an item after `import` or `export`: a function, an interface in place, or the path of one. */
  #extern(items: WorldItemDocs, about: string | undefined): void {
    const name = this.#name();
    const isNamed = this.#peek() === ":" && ["func", "async", "interface"].includes(this.#peek(1) ?? "");
    if (!isNamed) this.#skipTo(";");
    else if (this.#peek(1) !== "interface") this.#function(items, name, about);
    else {
      this.#next();
      this.#next();
      items.interfaces.set(name, this.#interface(about));
    }
  }

  #include(includes: { path: string; renamed: ReadonlyMap<string, string> }[]): void {
    this.#next();
    const path = this.#until("with", ";");
    const renamed = new Map<string, string>();
    if (this.#accept("with")) {
      this.#accept("{");
      while (!this.#accept("}")) {
        const from = this.#name();
        this.#accept("as");
        renamed.set(from, this.#name());
        this.#accept(",");
      }
    }
    this.#accept(";");
    includes.push({ path, renamed });
  }

  /** A type, resource or `use`; false for what is none. */
  #typeItem(items: ItemDocs, about: string | undefined): boolean {
    const word = this.#peek() ?? "";
    if (this.#peek(1) === ":") return false;
    if (word === "use" || word === "type") {
      this.#next();
      if (word === "type") setType(items, this.#name(), about, new Map());
      this.#skipTo(";");
    } else if (word === "resource") this.#resource(items, about);
    else if (namedKinds.has(word)) {
      this.#next();
      setType(items, this.#name(), about, this.#members());
    } else return false;
    return true;
  }

  #resource(items: ItemDocs, about: string | undefined): void {
    this.#next();
    const name = this.#name();
    setType(items, name, about, new Map());
    if (!this.#accept("{")) {
      this.#skipTo(";");
      return;
    }
    while (!this.#accept("}")) {
      const docs = this.#docs();
      if (this.#done) return;
      const member = this.#name();
      const isConstructor = member === "constructor" && this.#peek() === "(";
      const kind = isConstructor ? "constructor" : this.#peek(1) === "static" ? "static" : "method";
      this.#function(items, isConstructor ? `[constructor]${name}` : `[${kind}]${name}.${member}`, docs);
    }
  }

  #function({ functions }: ItemDocs, name: string, about: string | undefined): void {
    if (about !== undefined) functions.set(name, about);
    this.#skipTo(";");
  }

  /** Docs of fields, cases or flags, between braces. */
  #members(): Map<string, string> {
    const members = new Map<string, string>();
    this.#accept("{");
    while (!this.#accept("}") && !this.#done) {
      const docs = this.#docs();
      if (this.#accept("}")) break;
      const name = this.#name();
      if (docs !== undefined) members.set(name, docs);
      while (!this.#done && this.#peek() !== "}" && !this.#accept(",")) this.#skip();
    }
    return members;
  }

  /** Comments that stand here, as one text, and attributes, which are left out (`@since(version = 1.0.0)`). */
  #docs(): string | undefined {
    const comments: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at] ?? "";
      if (token.startsWith("/") && token.length > 1) comments.push(token);
      else if (token === "@") {
        this.#at += 2;
        if (this.#tokens[this.#at] === "(") this.#skip();
        continue;
      } else break;
      this.#at++;
    }
    const text = comments.flatMap(docLines).join("\n").trim();
    return text === "" ? undefined : text;
  }

  get #done(): boolean {
    return this.#peek() === undefined;
  }

  /** The token that is so many further, comments not counted. */
  #peek(more = 0): string | undefined {
    let left = more;
    for (let at = this.#at; at < this.#tokens.length; at++) {
      if (!isComment(this.#tokens[at]!) && left-- === 0) return this.#tokens[at];
    }
    return undefined;
  }

  #next(): string {
    while (this.#at < this.#tokens.length && isComment(this.#tokens[this.#at]!)) this.#at++;
    return this.#tokens[this.#at++] ?? "";
  }

  #name(): string {
    return this.#next().replace(/^%/, "");
  }

  #accept(...words: readonly string[]): boolean {
    if (!words.includes(this.#peek() ?? "")) return false;
    this.#next();
    return true;
  }

  /** Text up to one of these, without `%`. */
  #until(...ends: readonly string[]): string {
    let text = "";
    while (!this.#done && !ends.includes(this.#peek()!)) text += this.#name();
    return text;
  }

  /** One token, or all between brackets. */
  #skip(): void {
    const close = closing[this.#next()];
    if (close === undefined) return;
    while (!this.#done && !this.#accept(close)) this.#skip();
  }

  #skipTo(end: string): void {
    while (!this.#done && !this.#accept(end)) this.#skip();
  }
}

function emptyItems(docs: string | undefined): ItemDocs {
  return { ...(docs !== undefined && { docs }), functions: new Map(), types: new Map() };
}

function setType(
  { types }: ItemDocs,
  name: string,
  docs: string | undefined,
  items: Map<string, string>,
): void {
  if (docs !== undefined || items.size > 0) types.set(name, { ...(docs !== undefined && { docs }), items });
}

function isComment(token: string): boolean {
  return token.startsWith("//") || token.startsWith("/*");
}

/** Lines of a doc comment without what makes them one; none for an ordinary comment. */
function docLines(comment: string): string[] {
  if (comment.startsWith("///")) return [comment.slice(3).replace(/^ /, "").trimEnd()];
  if (!comment.startsWith("/**") || comment.length < 5) return [];
  return comment
    .slice(3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
}
