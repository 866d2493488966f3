/**
 * The type model: what a WIT world says, as plain data. Everything that reasons about types (layout, JSON,
 * diff, code generation, the canonical ABI) reads this one model. Decoding makes it (`host/component`);
 * nothing changes it afterwards. Terms are those of WIT.md and Explainer.md of the component model.
 */

export const primitiveKinds = [
  "bool",
  "u8",
  "s8",
  "u16",
  "s16",
  "u32",
  "s32",
  "u64",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
] as const;
/** Kind of a type without parts. */
export type PrimitiveKind = (typeof primitiveKinds)[number];

/** Field of a record, or parameter of a function. */
export interface NamedValue {
  readonly name: string;
  readonly type: ValueType;
}

/** Case of a variant. */
export interface Case {
  readonly name: string;
  /** Absent for a case without payload. */
  readonly type?: ValueType;
}

/** A value type as it is written: a structure, or a reference to a named definition. */
export type ValueType = Structure | { readonly kind: "ref"; readonly target: TypeDefinition };

/** A value type with every reference followed (see `resolve`); its parts may be references again. */
export type Structure =
  | { readonly kind: PrimitiveKind }
  /**
   * `length` is set for a fixed-length list (`list<T, N>`). A `map<K, V>` is the `list<tuple<K, V>>` that it stands
   * for (Explainer.md, Specialized value types); `map` only keeps the two from being the same type.
   */
  | {
      readonly kind: "list";
      readonly element: ValueType;
      readonly length?: number;
      readonly map?: true;
    }
  | { readonly kind: "tuple"; readonly elements: readonly ValueType[] }
  | { readonly kind: "record"; readonly fields: readonly NamedValue[] }
  | { readonly kind: "variant"; readonly cases: readonly Case[] }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "flags"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly some: ValueType }
  | { readonly kind: "result"; readonly ok?: ValueType; readonly err?: ValueType }
  /** `resource` may be an alias; `resourceOf` finds the resource itself. */
  | { readonly kind: "own" | "borrow"; readonly resource: TypeDefinition };

/** Owner of a definition: an interface of the world, or (`interface` absent) the world itself. */
export interface Owner {
  /** Name as it is written in the world: `wasi:clocks/wall-clock@0.2.0`, or a plain name for an inline interface. */
  readonly interface?: string;
  readonly direction: "import" | "export";
}

/** `type`, `record`, `resource`, … with a name. A `ref` body is an alias, as `type a = b` or `use` makes it. */
export interface TypeDefinition {
  readonly name: string;
  readonly owner: Owner;
  readonly body: ValueType | { readonly kind: "resource" };
}

/** Type of a function. */
export interface FunctionType {
  readonly parameters: readonly NamedValue[];
  readonly result?: ValueType;
}

/** An item of an interface or a world. Names are the component's: `[method]file.read` for a method. */
export type Item =
  | { readonly kind: "function"; readonly name: string; readonly type: FunctionType }
  | { readonly kind: "type"; readonly name: string; readonly definition: TypeDefinition };

/** Items that belong together under a name. */
export interface Interface {
  readonly items: readonly Item[];
}

/** Item that a world imports or exports. */
export type WorldItem =
  | Item
  | { readonly kind: "interface"; readonly name: string; readonly interface: Interface };

/** Docs of a type: what its author wrote about it, as plain text. Docs are no part of types. */
export interface TypeDocs {
  readonly docs?: string;
  /** Docs of its fields, cases or flags, by their names. */
  readonly items: ReadonlyMap<string, string>;
}

/** Docs of what an interface has. */
export interface InterfaceDocs {
  readonly docs?: string;
  /** Docs by the component's names: `[method]file.read` for a method. */
  readonly functions: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, TypeDocs>;
}

/** Docs of the world itself and of what it imports and exports outside of interfaces; and those of its interfaces. */
export interface WorldDocs extends InterfaceDocs {
  /** Docs by the names that the world has for interfaces: `wasi:clocks/wall-clock@0.2.0`, or a plain name. */
  readonly interfaces: ReadonlyMap<string, InterfaceDocs>;
}

/** World: what a component imports and exports. */
export interface World {
  /** `time-plugin`; for an uploaded component, which does not record it, `root`. */
  readonly name: string;
  /** `demo:time@1.0.0`; `root:component` where the component does not record it. */
  readonly package: string;
  readonly imports: readonly WorldItem[];
  readonly exports: readonly WorldItem[];
  /** Absent where whoever made it left none in it. */
  readonly docs?: WorldDocs;
}

/** Follows references until a structure. Throws a TypeError on a reference to a resource (no value type is one). */
export function resolve(type: ValueType): Structure {
  let at: ValueType = type;
  while (at.kind === "ref") {
    const body: TypeDefinition["body"] = at.target.body;
    if (body.kind === "resource") throw new TypeError(`${at.target.name} is a resource, not a value type`);
    at = body;
  }
  return at;
}

/** The definition an alias finally stands for: the one whose body is no reference. */
export function rootDefinition(definition: TypeDefinition): TypeDefinition {
  let at = definition;
  while (at.body.kind === "ref") at = at.body.target;
  return at;
}

/** The resource that `own` or `borrow` refers to, aliases followed. */
export function resourceOf(type: { readonly resource: TypeDefinition }): TypeDefinition {
  return rootDefinition(type.resource);
}

/**
 * Facts of types, each found out by `make` once for every structure: types never change, so a fact is known as long as its
 * type is there, and nothing has to be closed. Code that learns from values is somebody's own instead: `code-copies.ts`.
 */
export function onceByStructure<T>(make: (structure: Structure) => T): (type: ValueType) => T {
  const made = new WeakMap<Structure, { readonly value: T }>();
  return (type) => {
    const structure = resolve(type);
    let known = made.get(structure);
    if (!known) {
      known = { value: make(structure) };
      made.set(structure, known);
    }
    return known.value;
  };
}

/** Functions of an interface, or of the items of a world that are outside of interfaces. */
export function functionsIn({
  items,
}: Pick<Interface, "items">): { readonly name: string; readonly type: FunctionType }[] {
  return items.flatMap((item) => (item.kind === "function" ? [item] : []));
}
