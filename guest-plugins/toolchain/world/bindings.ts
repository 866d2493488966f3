import {
  type Item,
  rootDefinition,
  type TypeDefinition,
  type ValueType,
  type World,
} from "../../../host/wit/model.ts";
import { camelCase, parseFunctionName, parseInterfaceId } from "../../../host/wit/wit-names.ts";
import { functionName, importedName, NameScope, typeName } from "./names.ts";
import { type BoundFunction, isAuthored, type MemberFunction, membersOf } from "./resources.ts";

/** A WIT definition and what AssemblyScript calls it. */
export interface BoundType {
  readonly definition: TypeDefinition;
  readonly name: string;
  /** Enum of a variant's cases. */
  readonly tagName?: string;
  /** Members that the class of an imported resource offers. */
  readonly members?: readonly MemberFunction[];
}

/** A class the author has to export. */
export interface BoundClass {
  readonly resource: TypeDefinition;
  /** Name in errors: `demo:time/clock#timer`. */
  readonly label: string;
  readonly name: string;
  /** The type that the generated modules have for it. */
  readonly alias: string;
  readonly members: readonly MemberFunction[];
}

/** Module that the author imports by one name: types, and functions where the world imports them. */
export interface BoundModule {
  /** `wasi:clocks/wall-clock@0.2.0`, `export:demo:time/greeter`, `wit-world`, … */
  readonly specifier: string;
  /** The core import module of its functions. */
  readonly core: string;
  readonly types: readonly BoundType[];
  readonly functions: readonly BoundFunction[];
}

/** Exports that the author has to write, of one interface or of the world. */
export interface BoundExports {
  /** Prefix of the core exports: `demo:time/greeter#`, or nothing. */
  readonly prefix: string;
  /** The namespace in which the author may put the functions of an interface. */
  readonly namespace?: string;
  /** The names are also another interface's: only the namespace will do. */
  readonly ambiguous: boolean;
  readonly functions: readonly BoundFunction[];
  readonly classes: readonly BoundClass[];
}

export interface Bindings {
  readonly modules: readonly BoundModule[];
  readonly exports: readonly BoundExports[];
  /** Place where a record, variant, enum, flags or resource type (never an alias) is declared. */
  declarationOf(definition: TypeDefinition): { readonly specifier: string; readonly name: string };
}

/** The module for what the world itself imports, and for types defined in it. */
const worldModule = "wit-world";
/** The module of `Option`, `Result`, `Unit`, the tuples and what resources need. */
export const typesModule = "wit-types";
/** The module in which the generated ones find the classes that the author writes for exported resources. */
export const authorModule = "wit-author";

/** Decides every name the author sees: modules, types, functions to import, functions to export. */
export function bindWorld(world: World): Bindings {
  const importedIds = new Set(world.imports.flatMap((i) => (i.kind === "interface" ? [i.name] : [])));
  const modules: BoundModule[] = [];
  const declared = new Map<TypeDefinition, { specifier: string; name: string }>();

  const addModule = (specifier: string, core: string, items: readonly Item[], withFunctions: boolean) => {
    const scope = new NameScope();
    const types: BoundType[] = [];
    const functions: BoundFunction[] = [];
    const labelOf = (name: string) => (core === "$root" ? name : `${core}#${name}`);
    const members = membersOf(items, labelOf, handleMembers);
    for (const item of items) {
      if (item.kind !== "type" || isAuthoredResource(item.definition)) continue;
      const name = scope.claim(typeName(item.name));
      const own = members.get(item.definition);
      types.push({ definition: item.definition, name, ...(own && { members: own }) });
      declared.set(item.definition, { specifier, name });
    }
    for (const [i, type] of types.entries()) {
      if (type.definition.body.kind === "variant")
        types[i] = { ...type, tagName: scope.claim(`${type.name}Tag`) };
    }
    for (const item of withFunctions ? items : []) {
      if (item.kind !== "function" || parseFunctionName(item.name).kind !== "free") continue;
      const name = scope.claim(importedName(item.name));
      functions.push({ wit: item.name, label: labelOf(item.name), name, type: item.type });
    }
    modules.push({ specifier, core, types, functions });
  };

  const worldTypes = world.exports.filter((item) => item.kind === "type");
  const worldImports = world.imports.filter((item) => item.kind !== "interface");
  addModule(worldModule, "$root", [...worldImports, ...worldTypes], true);
  for (const item of world.imports) {
    if (item.kind === "interface")
      addModule(importSpecifier(item.name), item.name, item.interface.items, true);
  }
  for (const item of world.exports) {
    if (item.kind !== "interface") continue;
    const specifier = importSpecifier(item.name);
    addModule(
      importedIds.has(item.name) ? `export:${specifier}` : specifier,
      item.name,
      item.interface.items,
      false,
    );
  }

  const exports = bindExports(world);
  for (const { classes } of exports) {
    for (const { resource, alias } of classes) {
      declared.set(resource, { specifier: authorModule, name: alias });
    }
  }
  return {
    modules,
    exports,
    declarationOf(definition) {
      const root = rootDefinition(definition);
      const found = declared.get(root);
      if (!found) throw new TypeError(`${root.name} is not declared in the world`);
      return found;
    },
  };
}

/** Members that every handle class has (see `Handle`). */
const handleMembers = ["drop", "isLive"];

function isAuthoredResource(definition: TypeDefinition): boolean {
  return rootDefinition(definition).body.kind === "resource" && isAuthored(definition);
}

/** A plain-named interface (`export greeter: interface {…}`) gets a prefix, so that it never hides a library. */
function importSpecifier(name: string): string {
  return parseInterfaceId(name) ? name : `${worldModule}/${name}`;
}

function bindExports(world: World): BoundExports[] {
  const groups: { id: string | undefined; items: readonly Item[] }[] = [
    { id: undefined, items: world.exports.filter((item) => item.kind !== "interface") },
    ...world.exports.flatMap((i) =>
      i.kind === "interface" ? [{ id: i.name, items: i.interface.items }] : [],
    ),
  ];
  const namespaces = namespaceNames(groups.flatMap(({ id }) => (id === undefined ? [] : [id])));
  const uses = new Map<string, number>();
  const aliases = new NameScope();
  const bound = groups.map(({ id, items }) => {
    const scope = new NameScope();
    const labelOf = (name: string) => (id === undefined ? name : `${id}#${name}`);
    const claim = (spelled: string) => {
      const name = scope.claim(spelled);
      uses.set(name, (uses.get(name) ?? 0) + 1);
      return name;
    };
    // What a world exports beside interfaces are functions; a resource among its items is an imported one.
    const resources = id === undefined ? [] : [...membersOf(items, labelOf)];
    const classes = resources.map(([resource, members]): BoundClass => {
      const name = claim(typeName(resource.name));
      return { resource, label: labelOf(resource.name), name, alias: aliases.claim(name), members };
    });
    const functions = items.flatMap((item): BoundFunction[] => {
      if (item.kind !== "function" || parseFunctionName(item.name).kind !== "free") return [];
      const name = claim(functionName(item.name));
      return [{ wit: item.name, label: labelOf(item.name), name, type: item.type }];
    });
    return { id, functions, classes };
  });
  return bound
    .filter(({ functions, classes }) => functions.length + classes.length > 0)
    .map(({ id, functions, classes }) => ({
      prefix: id === undefined ? "" : `${id}#`,
      ...(id !== undefined && { namespace: namespaces.get(id)! }),
      ambiguous: id !== undefined && [...functions, ...classes].some(({ name }) => uses.get(name)! > 1),
      functions,
      classes,
    }));
}

/** Interface → namespace: its own name, or with its package where two interfaces share that name. */
function namespaceNames(ids: readonly string[]): Map<string, string> {
  const shortest = ids.map((id) => functionName(parseInterfaceId(id)?.name ?? id));
  const scope = new NameScope();
  return new Map(
    ids.map((id, i) => {
      const parsed = parseInterfaceId(id);
      const short = shortest[i]!;
      if (!parsed || shortest.filter((name) => name === short).length === 1) return [id, scope.claim(short)];
      return [id, scope.claim(camelCase(`${parsed.package}-${parsed.name}`.replaceAll(/[:/]/g, "-")))];
    }),
  );
}

/** These types are declared once and known by their name; the others are structural. */
export function isNominal(type: TypeDefinition["body"]): boolean {
  return ["record", "variant", "enum", "flags", "resource"].includes(type.kind);
}

const primitives = {
  bool: "bool",
  u8: "u8",
  s8: "i8",
  u16: "u16",
  s16: "i16",
  u32: "u32",
  s32: "i32",
  u64: "u64",
  s64: "i64",
  f32: "f32",
  f64: "f64",
  // As codePointAt and String.fromCodePoint have it.
  char: "i32",
  string: "string",
} as const;

const typedArrays: Readonly<Partial<Record<string, string>>> = {
  u8: "Uint8Array",
  s8: "Int8Array",
  u16: "Uint16Array",
  s16: "Int16Array",
  u32: "Uint32Array",
  s32: "Int32Array",
  u64: "Uint64Array",
  s64: "Int64Array",
  f32: "Float32Array",
  f64: "Float64Array",
};

/** The class of a list of numbers. */
export function typedArrayOf(element: ValueType): string | undefined {
  let at: TypeDefinition["body"] = element;
  while (at.kind === "ref") at = at.target.body;
  return typedArrays[at.kind];
}

/** A WIT type as AssemblyScript writes it. `nameOf` names a declared type in the scope the text is for. */
export function typeText(type: ValueType, nameOf: (definition: TypeDefinition) => string): string {
  const text = (part: ValueType) => typeText(part, nameOf);
  switch (type.kind) {
    case "ref": {
      const root = rootDefinition(type.target);
      return isNominal(root.body) ? nameOf(root) : text(root.body as ValueType);
    }
    case "list":
      return typedArrayOf(type.element) ?? `Array<${text(type.element)}>`;
    case "tuple":
      return `Tuple${type.elements.length}<${type.elements.map(text).join(", ")}>`;
    case "option":
      return isNullable(type.some) ? `${text(type.some)} | null` : `Option<${text(type.some)}>`;
    case "result":
      return `Result<${type.ok ? text(type.ok) : "Unit"}, ${type.err ? text(type.err) : "Unit"}>`;
    case "own":
    case "borrow":
      return nameOf(rootDefinition(type.resource));
    case "record":
    case "variant":
    case "enum":
    case "flags":
      throw new TypeError(`an anonymous ${type.kind}`);
    default:
      return primitives[type.kind];
  }
}

/** True where AssemblyScript has a reference for it that is never null, so that null can say none. */
export function isNullable(type: ValueType): boolean {
  switch (type.kind) {
    case "ref": {
      const { body } = rootDefinition(type.target);
      return body.kind !== "resource" && isNullable(body as ValueType);
    }
    case "string":
    case "list":
    case "tuple":
    case "record":
    case "variant":
    case "result":
    case "own":
    case "borrow":
      return true;
    case "option":
      return !isNullable(type.some);
    default:
      return false;
  }
}
