/** Writes the model as WIT text (WIT.md). */
import { parseFunctionName, parseInterfaceId } from "./names.ts";
import type {
  FunctionType,
  Item,
  NamedValue,
  Structure,
  TypeDefinition,
  ValueType,
  World,
  WorldItem,
} from "./types.ts";

const keywords = new Set(
  `as async bool borrow char constructor enum error-context export f32 f64 flags float32 float64 from func future
  import include interface list map option own package record resource result s16 s32 s64 s8 static stream string
  tuple type u16 u32 u64 u8 use variant with world`.split(/\s+/),
);

/** A name as WIT writes it: keywords need a `%`. */
export function printName(name: string): string {
  return keywords.has(name) ? `%${name}` : name;
}

/** `func(name: string) -> result<u32, error>`: named types by name, nameless records and their like written out. */
export function printFunctionType(type: FunctionType): string {
  return `func${printSignature(type, nameOf)}`;
}

/** `list<item>`, `u32`, `record { x: f32 }`. An owned resource is its name, as WIT has it. */
export function printType(type: ValueType): string {
  return printValue(type, nameOf);
}

/**
 * The world as a document that WIT tools read back: its package, its interfaces, and those of other packages.
 * An interface that is imported and exported is written once, with the items of both.
 */
export function printWorld(world: World): string {
  const packages = new Map<string, Map<string, Item[]>>([[world.package, new Map()]]);
  for (const item of [...world.imports, ...world.exports]) {
    const id = item.kind === "interface" ? parseInterfaceId(item.name) : undefined;
    if (!id || item.kind !== "interface") continue;
    const name = packageOf(id);
    const interfaces = packages.get(name) ?? new Map<string, Item[]>();
    packages.set(name, interfaces);
    interfaces.set(item.name, mergeItems(interfaces.get(item.name) ?? [], item.interface.items));
  }
  const [[, own], ...others] = [...packages] as [
    [string, Map<string, Item[]>],
    ...[string, Map<string, Item[]>][],
  ];
  const parts = [
    `package ${printPackage(world.package)};`,
    ...printInterfaces(own, world.package),
    block(`world ${printName(world.name)}`, printWorldItems(world)),
    ...others.map(([name, interfaces]) =>
      block(`package ${printPackage(name)}`, printInterfaces(interfaces, name).join("\n\n").split("\n")),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

type Namer = (definition: TypeDefinition) => string;

function nameOf(definition: TypeDefinition): string {
  return printName(definition.name);
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

function printInterfaces(interfaces: ReadonlyMap<string, Item[]>, pkg: string): string[] {
  return [...interfaces].map(([id, items]) => {
    const scope = new PrintScope(id, pkg, items);
    return block(`interface ${printName(parseInterfaceId(id)?.name ?? id)}`, scope.print());
  });
}

function printWorldItems(world: World): string[] {
  const pkg = world.package;
  const named = (items: readonly WorldItem[]) => items.filter((item) => item.kind !== "interface");
  const items = mergeItems(named(world.imports), named(world.exports));
  const types = items.filter((item) => item.kind === "type");
  const scope = new PrintScope(undefined, pkg, items);
  const print = (verb: "import" | "export") =>
    world[`${verb}s`].flatMap((item) => {
      if (item.kind === "type" || isOfResource(item, types)) return [];
      return `${verb} ${printExtern(item, pkg, scope)}`.split("\n");
    });
  const imports = print("import");
  const exports = print("export");
  const head = scope.printTypes();
  const gap = (before: string[], after: string[]) => (before.length > 0 && after.length > 0 ? [""] : []);
  return [...head, ...gap(head, [...imports, ...exports]), ...imports, ...gap(imports, exports), ...exports];
}

function isOfResource(item: WorldItem, types: readonly Item[]): boolean {
  const { resource } = parseFunctionName(item.name);
  return item.kind === "function" && resource !== undefined && types.some((type) => type.name === resource);
}

function printExtern(item: WorldItem, pkg: string, scope: PrintScope): string {
  if (item.kind === "function")
    return `${printName(item.name)}: func${printSignature(item.type, scope.name)};`;
  if (item.kind === "type") return `${printName(item.name)};`;
  if (parseInterfaceId(item.name)) return `${interfacePath(item.name, pkg)};`;
  const scopeOfItem = new PrintScope(item.name, pkg, item.interface.items);
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
class PrintScope {
  readonly #interface: string | undefined;
  readonly #package: string;
  readonly #items: readonly Item[];
  readonly #taken: Set<string>;
  /** Types of other interfaces that are used here without having a name here. */
  readonly #foreign = new Map<TypeDefinition, string>();

  constructor(id: string | undefined, pkg: string, items: readonly Item[]) {
    this.#interface = id;
    this.#package = pkg;
    this.#items = items;
    this.#taken = new Set(items.map((item) => item.name));
  }

  readonly name: Namer = (definition) => {
    if (definition.owner.interface === this.#interface) return nameOf(definition);
    const known = this.#foreign.get(definition);
    if (known !== undefined) return printName(known);
    let name = definition.name;
    for (let n = 2; this.#taken.has(name); n++) name = `${definition.name}${n}`;
    this.#taken.add(name);
    this.#foreign.set(definition, name);
    return printName(name);
  };

  /** Everything in it: what it uses, its types, its functions. */
  print(): string[] {
    const types = this.#items.filter((item) => item.kind === "type");
    const functions = this.#items.flatMap((item) => {
      if (item.kind === "type" || isOfResource(item, types)) return [];
      return [`${printName(item.name)}: func${printSignature(item.type, this.name)};`];
    });
    return [...this.printTypes(), ...functions];
  }

  /** Uses and types. Last, because printing anything can find a type that must be used from elsewhere. */
  printTypes(): string[] {
    const uses = new Map<string, string[]>();
    const use = (target: TypeDefinition, name: string): void => {
      const path = interfacePath(target.owner.interface ?? "", this.#package);
      const rename = name === target.name ? "" : ` as ${printName(name)}`;
      uses.set(path, [...(uses.get(path) ?? []), printName(target.name) + rename]);
    };
    const types = this.#items.flatMap((item) => {
      if (item.kind !== "type") return [];
      const { body, name } = item.definition;
      const from = body.kind === "ref" ? body.target.owner.interface : undefined;
      if (body.kind !== "ref" || from === undefined || from === this.#interface || !parseInterfaceId(from)) {
        return this.#type(item.definition).split("\n");
      }
      use(body.target, name);
      return [];
    });
    for (const [definition, name] of this.#foreign) use(definition, name);
    return [...[...uses].map(([path, names]) => `use ${path}.{${names.join(", ")}};`), ...types];
  }

  #type({ name, body }: TypeDefinition): string {
    if (body.kind === "resource") return this.#resource(name);
    if (body.kind === "ref") return `type ${printName(name)} = ${this.name(body.target)};`;
    const lines = partsOf(body, this.name);
    if (lines) return block(`${body.kind} ${printName(name)}`, lines);
    return `type ${printName(name)} = ${printValue(body, this.name)};`;
  }

  #resource(name: string): string {
    const members = this.#items.flatMap((item) => {
      const parsed = parseFunctionName(item.name);
      if (item.kind !== "function" || parsed.resource !== name) return [];
      const { parameters, result } = item.type;
      switch (parsed.kind) {
        case "constructor": {
          const fallible = result?.kind === "result" ? result : undefined;
          const type = fallible ? { parameters, result: fallible } : { parameters };
          return [`constructor${printSignature(type, this.name)};`];
        }
        case "method":
          return [
            `${printName(parsed.name)}: func${printSignature({ ...item.type, parameters: parameters.slice(1) }, this.name)};`,
          ];
        default:
          return [`${printName(parsed.name)}: static func${printSignature(item.type, this.name)};`];
      }
    });
    return members.length === 0
      ? `resource ${printName(name)};`
      : block(`resource ${printName(name)}`, members);
  }
}

function printSignature({ parameters, result }: FunctionType, name: Namer): string {
  const list = parameters.map((p) => printNamed(p, name)).join(", ");
  return `(${list})${result ? ` -> ${printValue(result, name)}` : ""}`;
}

function printNamed(value: NamedValue, name: Namer): string {
  return `${printName(value.name)}: ${printValue(value.type, name)}`;
}

/** What stands between the braces of a record, variant, enum or flags; undefined for other types. */
function partsOf(type: Structure, name: Namer): string[] | undefined {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => `${printNamed(field, name)},`);
    case "variant":
      return type.cases.map((c) => `${printName(c.name)}${c.type ? `(${printValue(c.type, name)})` : ""},`);
    case "enum":
    case "flags":
      return type.names.map((label) => `${printName(label)},`);
    default:
      return undefined;
  }
}

function printValue(type: ValueType, name: Namer): string {
  switch (type.kind) {
    case "ref":
      return name(type.target);
    case "list":
      return `list<${printValue(type.element, name)}${type.length === undefined ? "" : `, ${type.length}`}>`;
    case "tuple":
      return `tuple<${type.elements.map((element) => printValue(element, name)).join(", ")}>`;
    case "option":
      return `option<${printValue(type.some, name)}>`;
    case "result": {
      if (!type.ok && !type.err) return "result";
      const ok = type.ok ? printValue(type.ok, name) : "_";
      return type.err ? `result<${ok}, ${printValue(type.err, name)}>` : `result<${ok}>`;
    }
    case "own":
      return name(type.resource);
    case "borrow":
      return `borrow<${name(type.resource)}>`;
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return `${type.kind} { ${(partsOf(type, name) ?? []).join(" ").slice(0, -1)} }`;
    default:
      return type.kind;
  }
}
