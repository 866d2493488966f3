/** Writes worlds of the model as WIT text (WIT.md). */
import { answerBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { Interface, InterfaceDocs, Item, TypeDefinition, World, WorldItem } from "../model.ts";
import { parseFunctionName, parseInterfaceId } from "../wit-names.ts";
import { documented, partNames } from "./doc-comments.ts";
import { nameOf, partsOf, printName, printSignature, printValue, type Writing } from "./print-types.ts";

/** Characters of one world's text: a type with a long name may be used a hundred thousand times. */
const maxText = answerBounds.worldText.value;

/**
 * The world as a document that WIT tools read back: its package, its interfaces, and those of other packages.
 * An interface that is imported and exported is written once, with the items of both. Throws `component-limit` for
 * one of more than 4 Mi characters.
 */
export function printWorld(world: World): string {
  const { own, packages } = partsOfWorld(world);
  const nested = packages.map(({ name, interfaces }) =>
    block(`package ${printPackage(name)}`, interfaces.join("\n\n").split("\n")),
  );
  return documentOf([...own, ...nested]);
}

/** World as a folder of WIT has it: a document of its own package, and one for each other by its name. */
interface WorldDocuments {
  readonly own: string;
  readonly packages: ReadonlyMap<string, string>;
}

/** The same as `printWorld`, a document for each package. Throws what that throws. */
export function printWorldApart(world: World): WorldDocuments {
  const { own, packages } = partsOfWorld(world);
  return {
    own: documentOf(own),
    packages: new Map(
      packages.map(({ name, interfaces }) => [
        name,
        documentOf([`package ${printPackage(name)};`, ...interfaces]),
      ]),
    ),
  };
}

function partsOfWorld(world: World) {
  const length = new TextLength(maxText);
  const packages = new Map<string, Map<string, Item[]>>([[world.package, new Map()]]);
  for (const item of [...world.imports, ...world.exports]) {
    const id = item.kind === "interface" ? parseInterfaceId(item.name) : undefined;
    if (!id || item.kind !== "interface") continue;
    const name = packageOf(id);
    const interfaces = packages.get(name) ?? new Map<string, Item[]>();
    packages.set(name, interfaces);
    interfaces.set(item.name, mergeItems(interfaces.get(item.name) ?? [], item.interface.items));
  }
  const [[, interfaces], ...others] = [...packages] as [
    [string, Map<string, Item[]>],
    ...[string, Map<string, Item[]>][],
  ];
  const own = [
    `package ${printPackage(world.package)};`,
    ...printInterfaces(interfaces, world.docs, world.package, length),
    documented(
      world.docs?.docs,
      length,
      block(`world ${printName(world.name)}`, printWorldItems(world, length)),
    ),
  ];
  const print = ([name, items]: [string, Map<string, Item[]>]) => ({
    name,
    interfaces: printInterfaces(items, world.docs, name, length),
  });
  return { own, packages: others.map(print) };
}

/** Interfaces of one package, by id, as a document. Throws what `printWorld` throws. */
export function printPackageOf(name: string, interfaces: ReadonlyMap<string, Interface>): string {
  const all = new Map([...interfaces].map(([id, { items }]) => [id, items] as const));
  const length = new TextLength(maxText);
  return documentOf([`package ${printPackage(name)};`, ...printInterfaces(all, undefined, name, length)]);
}

function documentOf(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}

class TextLength {
  readonly #limit: number;
  #characters = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(characters: number): void {
    this.#characters += characters;
    if (this.#characters <= this.#limit) return;
    throw new HotcellError("component-limit", `Its world is longer than ${this.#limit} characters of WIT.`, {
      subject: "characters of WIT",
      limit: this.#limit,
      actual: `at least ${this.#characters}`,
      remedy: "Shorten the names of its types, or use them less often.",
    });
  }
}

function packageOf(id: { readonly package: string; readonly version?: string }): string {
  return id.version === undefined ? id.package : `${id.package}@${id.version}`;
}

function printPackage(name: string): string {
  const [, path = name, version = ""] = /^([^@]+)(@.+)?$/.exec(name) ?? [];
  return path.split(":").map(printName).join(":") + version;
}

function mergeItems(a: Item[], b: readonly Item[]): Item[] {
  const seen = new Set(a.map((item) => item.name));
  return [...a, ...b.filter((item) => !seen.has(item.name))];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? line : `  ${line}`));
}

function block(head: string, lines: readonly string[]): string {
  return lines.length === 0 || (lines.length === 1 && lines[0] === "")
    ? `${head} {\n}`
    : `${head} {\n${indent(lines).join("\n")}\n}`;
}

function printInterfaces(
  interfaces: ReadonlyMap<string, readonly Item[]>,
  docs: World["docs"],
  pkg: string,
  length: TextLength,
): string[] {
  return [...interfaces].map(([id, items]) => {
    length.add(id.length);
    const about = docs?.interfaces.get(id);
    const scope = new PrintScope(id, pkg, items, length, about);
    const text = block(`interface ${printName(parseInterfaceId(id)?.name ?? id)}`, scope.print());
    return documented(about?.docs, length, text);
  });
}

function printWorldItems(world: World, length: TextLength): string[] {
  const pkg = world.package;
  const named = (items: readonly WorldItem[]) => items.filter((item) => item.kind !== "interface");
  const items = mergeItems(named(world.imports), named(world.exports));
  const scope = new PrintScope(undefined, pkg, items, length, world.docs);
  const print = (verb: "import" | "export") =>
    world[`${verb}s`].flatMap((item) => {
      if (item.kind === "type" || scope.hasResourceOf(item)) return [];
      const inline = item.kind === "interface" && !parseInterfaceId(item.name);
      const about = inline ? world.docs?.interfaces.get(item.name) : undefined;
      // Of a function that the world has twice, docs are about the exported one.
      const isTold = verb === "export" || !world.exports.some(({ name }) => name === item.name);
      const docs =
        item.kind !== "function" ? about?.docs : isTold ? world.docs?.functions.get(item.name) : undefined;
      return documented(docs, length, `${verb} ${printExtern(item, pkg, scope, about)}`).split("\n");
    });
  const imports = print("import");
  const exports = print("export");
  const head = scope.printTypes();
  const gap = (before: string[], after: string[]) => (before.length > 0 && after.length > 0 ? [""] : []);
  return [...head, ...gap(head, [...imports, ...exports]), ...imports, ...gap(imports, exports), ...exports];
}

function printExtern(item: WorldItem, pkg: string, scope: PrintScope, docs?: InterfaceDocs): string {
  scope.length.add(item.name.length);
  if (item.kind === "function") return `${printName(item.name)}: func${printSignature(item.type, scope)};`;
  if (item.kind === "type") return `${printName(item.name)};`;
  if (parseInterfaceId(item.name)) return `${interfacePath(item.name, pkg)};`;
  const scopeOfItem = new PrintScope(item.name, pkg, item.interface.items, scope.length, docs);
  return block(`${printName(item.name)}: interface`, scopeOfItem.print());
}

/** An interface as seen from a package: by its name alone within it. */
function interfacePath(id: string, pkg: string): string {
  const parsed = parseInterfaceId(id);
  if (!parsed) return printName(id);
  if (packageOf(parsed) === pkg) return printName(parsed.name);
  const version = parsed.version === undefined ? "" : `@${parsed.version}`;
  return `${printPackage(parsed.package)}/${printName(parsed.name)}${version}`;
}

/** An interface or the world itself while it is printed: which names stand for which definitions in it. */
class PrintScope implements Writing {
  readonly length: TextLength;
  readonly #interface: string | undefined;
  readonly #package: string;
  readonly #items: readonly Item[];
  readonly #docs: InterfaceDocs | undefined;
  readonly #taken: Set<string>;
  /** Types of other interfaces that are used here without having a name here. */
  readonly #foreign = new Map<TypeDefinition, string>();
  /** Names that were taken → the number from which on one with a number behind it may be free. */
  readonly #numbers = new Map<string, number>();
  /** The functions of each resource that is defined here, by its name. */
  readonly #members = new Map<string, (Item & { readonly kind: "function" })[]>();

  constructor(
    id: string | undefined,
    pkg: string,
    items: readonly Item[],
    length: TextLength,
    docs: InterfaceDocs | undefined,
  ) {
    this.#docs = docs;
    this.#interface = id;
    this.#package = pkg;
    this.#items = items;
    this.length = length;
    this.#taken = new Set(items.map((item) => item.name));
    for (const item of items) if (item.kind === "type") this.#members.set(item.name, []);
    for (const item of items) {
      if (item.kind !== "function") continue;
      this.#members.get(parseFunctionName(item.name).resource ?? "")?.push(item);
    }
  }

  readonly name = (definition: TypeDefinition): string => {
    if (definition.owner.interface === this.#interface) return nameOf(definition);
    const known = this.#foreign.get(definition);
    if (known !== undefined) return printName(known);
    const name = this.#freeName(definition.name);
    this.#taken.add(name);
    this.#foreign.set(definition, name);
    return printName(name);
  };

  /** Itself, or with the first number behind it that no other name has. */
  #freeName(wanted: string): string {
    if (!this.#taken.has(wanted)) return wanted;
    let number = this.#numbers.get(wanted) ?? 2;
    while (this.#taken.has(`${wanted}${number}`)) number++;
    this.#numbers.set(wanted, number + 1);
    return `${wanted}${number}`;
  }

  /** True for a function that is written inside its resource. */
  hasResourceOf(item: WorldItem): boolean {
    return item.kind === "function" && this.#members.has(parseFunctionName(item.name).resource ?? "");
  }

  /** Everything in it: what it uses, its types, its functions. */
  print(): string[] {
    const functions = this.#items.flatMap((item) => {
      if (item.kind === "type" || this.hasResourceOf(item)) return [];
      this.length.add(item.name.length);
      const text = `${printName(item.name)}: func${printSignature(item.type, this)};`;
      return this.#documented(item.name, text).split("\n");
    });
    return [...this.printTypes(), ...functions];
  }

  /** Uses and types. Last, because printing anything can find a type that must be used from elsewhere. */
  printTypes(): string[] {
    const uses = new Map<string, string[]>();
    const use = (target: TypeDefinition, name: string): void => {
      const path = interfacePath(target.owner.interface ?? "", this.#package);
      const rename = name === target.name ? "" : ` as ${printName(name)}`;
      const used = printName(target.name) + rename;
      this.length.add(used.length);
      const names = uses.get(path);
      if (names) return void names.push(used);
      this.length.add(path.length);
      uses.set(path, [used]);
    };
    const types = this.#items.flatMap((item) => {
      if (item.kind !== "type") return [];
      const { body, name } = item.definition;
      const from = body.kind === "ref" ? body.target.owner.interface : undefined;
      if (body.kind !== "ref" || from === undefined || from === this.#interface || !parseInterfaceId(from)) {
        const { docs } = this.#docs?.types.get(name) ?? {};
        return documented(docs, this.length, this.#type(item.definition)).split("\n");
      }
      use(body.target, name);
      return [];
    });
    for (const [definition, name] of this.#foreign) use(definition, name);
    return [...[...uses].map(([path, names]) => `use ${path}.{${names.join(", ")}};`), ...types];
  }

  #type({ name, body }: TypeDefinition): string {
    this.length.add(name.length);
    if (body.kind === "resource") return this.#resource(name);
    if (body.kind === "ref") return `type ${printName(name)} = ${this.name(body.target)};`;
    const lines = partsOf(body, this);
    const items = this.#docs?.types.get(name)?.items;
    if (lines) {
      const told = items
        ? lines.flatMap((line, i) =>
            documented(items.get(partNames(body)[i]!), this.length, line).split("\n"),
          )
        : lines;
      return block(`${body.kind} ${printName(name)}`, told);
    }
    return `type ${printName(name)} = ${printValue(body, this)};`;
  }

  #resource(name: string): string {
    const members = (this.#members.get(name) ?? []).map((item) => {
      const parsed = parseFunctionName(item.name);
      this.length.add(item.name.length);
      const { parameters, result } = item.type;
      switch (parsed.kind) {
        case "constructor": {
          const fallible = result?.kind === "result" ? result : undefined;
          const type = fallible ? { parameters, result: fallible } : { parameters };
          return this.#documented(item.name, `constructor${printSignature(type, this)};`);
        }
        case "method": {
          const type = { ...item.type, parameters: parameters.slice(1) };
          return this.#documented(item.name, `${printName(parsed.name)}: func${printSignature(type, this)};`);
        }
        default:
          return this.#documented(
            item.name,
            `${printName(parsed.name)}: static func${printSignature(item.type, this)};`,
          );
      }
    });
    return members.length === 0
      ? `resource ${printName(name)};`
      : block(`resource ${printName(name)}`, members.join("\n").split("\n"));
  }

  /** The text of a function with its docs before it. */
  #documented(name: string, text: string): string {
    return documented(this.#docs?.functions.get(name), this.length, text);
  }
}
