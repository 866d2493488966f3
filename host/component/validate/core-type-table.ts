import { numberTypes, typeForms } from "../../wasm/value-types.ts";
import { invalid } from "../component-failures.ts";
import type {
  CoreCompositeType,
  CoreFieldType,
  CoreSubType,
  CoreTypeEntry,
  CoreValueType,
} from "../core-types.ts";
import type { StructureMeter } from "../structure-limits.ts";

type DefinedEntry = CoreTypeEntry & { readonly id: number };

interface DefinedType {
  readonly entry: DefinedEntry;
  readonly final: boolean;
  /** Final, without a supertype, in a group of one. */
  readonly alone: boolean;
  readonly supertype: number | undefined;
  /** Number of types above it. */
  readonly depth: number;
  readonly composite: CoreCompositeType;
}

/** Engines refuse longer chains of subtypes. */
const maxDepth = 63;

/** Abstract heap types, each with those directly above it. */
const above: Readonly<Record<string, readonly string[]>> = {
  none: ["i31", "struct", "array"],
  i31: ["eq"],
  struct: ["eq"],
  array: ["eq"],
  eq: ["any"],
  nofunc: ["func"],
  noextern: ["extern"],
  noexn: ["exn"],
};

/**
 * Defined types of all core modules and module types of one component, each once: recursion groups that are written
 * alike are the same types, wherever they stand (Core spec, Types / Recursive Types, `roll` and `unroll`). So a type
 * can be compared by its number.
 */
export class CoreTypeTable {
  readonly #meter: StructureMeter;
  readonly #types: DefinedType[] = [];
  /** The number of a group's first type, by how the group is written. */
  readonly #groups = new Map<string, number>();

  constructor(meter: StructureMeter) {
    this.#meter = meter;
  }

  /** The types of a recursion group. Throws `invalid-component` for subtypes that are none. */
  group(types: readonly CoreSubType[], offset: number): CoreTypeEntry[] {
    const [only] = types;
    if (only && types.length === 1) return [this.single(only, offset)];
    const key = types.map(written).join(";");
    const first = this.#groups.get(key) ?? this.#define(types, key, offset);
    return this.#types.slice(first, first + types.length).map(({ entry }) => entry);
  }

  /** The one type of a group, as most are. */
  single(type: CoreSubType, offset: number, key = plainlyWritten(type) ?? written(type)): CoreTypeEntry {
    return this.#types[this.#groups.get(key) ?? this.#define([type], key, offset)]!.entry;
  }

  /** The type that was `plainlyWritten` so, if there was one. */
  plain(text: string): CoreTypeEntry | undefined {
    const id = this.#groups.get(text);
    return id === undefined ? undefined : this.#types[id]!.entry;
  }

  /** True where a type is a group of one, final and nobody's subtype: what a type is that says nothing of it. */
  standsAlone(id: number): boolean {
    return this.#types[id]!.alone;
  }

  #define(types: readonly CoreSubType[], key: string, offset: number): number {
    const first = this.#types.length;
    this.#groups.set(key, first);
    const local = key.includes("~");
    const alone = types.length === 1;
    for (const type of types) this.#types.push(this.#defined(local ? absolute(type, first) : type, alone));
    for (let id = first; id < this.#types.length; id++) this.#checkSubtype(this.#types[id]!, offset);
    return first;
  }

  #defined({ final, supertype, composite }: CoreSubType, single: boolean): DefinedType {
    const id = this.#types.length;
    const parent = supertype === undefined ? undefined : idOf(supertype);
    const depth = parent === undefined ? 0 : this.#types[parent]!.depth + 1;
    const { kind } = composite;
    const entry: DefinedEntry = kind === "func" ? { sort: kind, id, type: composite } : { sort: kind, id };
    const alone = single && final && parent === undefined;
    return { entry, final, alone, supertype: parent, depth, composite };
  }

  /** True where a type is, or is declared to be a subtype of, another one. */
  isSubtype(id: number, of: number): boolean {
    for (let at: number | undefined = id; at !== undefined; at = this.#types[at]!.supertype) {
      if (at === of) return true;
    }
    return false;
  }

  /** Core spec, Matching / Value Types. */
  valueMatches(actual: CoreValueType, expected: CoreValueType): boolean {
    if (actual === expected) return true;
    const [one, other] = [referenceOf(actual), referenceOf(expected)];
    if (!one || !other || (one.nullable && !other.nullable)) return false;
    return this.#heapMatches(one.heap, other.heap);
  }

  #heapMatches(actual: string, expected: string): boolean {
    if (actual === expected) return true;
    const [one, other] = [idOf(actual), idOf(expected)];
    if (one !== undefined && other !== undefined) {
      // All else costs time linear in what is written down; this may look at a whole chain of supertypes.
      this.#meter.spend("work");
      return this.isSubtype(one, other);
    }
    if (one !== undefined) return this.#heapMatches(this.#types[one]!.composite.kind, expected);
    if (other !== undefined) {
      return actual === (this.#types[other]!.composite.kind === "func" ? "nofunc" : "none");
    }
    return above[actual]?.some((next) => this.#heapMatches(next, expected)) ?? false;
  }

  #checkSubtype(type: DefinedType, offset: number): void {
    if (type.supertype === undefined) return;
    const supertype = this.#types[type.supertype]!;
    if (supertype.final) throw invalid("a core type can't have a final supertype", offset);
    if (!this.#compositeMatches(type.composite, supertype.composite)) {
      throw invalid("a core type does not match its supertype", offset);
    }
    if (type.depth > maxDepth) throw invalid(`core types have more than ${maxDepth} supertypes`, offset);
  }

  #compositeMatches(actual: CoreCompositeType, expected: CoreCompositeType): boolean {
    if (actual.kind === "func" && expected.kind === "func") {
      return (
        actual.parameters.length === expected.parameters.length &&
        actual.results.length === expected.results.length &&
        actual.parameters.every((type, i) => this.valueMatches(expected.parameters[i]!, type)) &&
        actual.results.every((type, i) => this.valueMatches(type, expected.results[i]!))
      );
    }
    if (actual.kind === "struct" && expected.kind === "struct") {
      return (
        actual.fields.length >= expected.fields.length &&
        expected.fields.every((field, i) => this.#fieldMatches(actual.fields[i]!, field))
      );
    }
    if (actual.kind === "array" && expected.kind === "array") {
      return this.#fieldMatches(actual.element, expected.element);
    }
    return false;
  }

  #fieldMatches(actual: CoreFieldType, expected: CoreFieldType): boolean {
    if (actual.mutable !== expected.mutable) return false;
    return actual.mutable ? actual.type === expected.type : this.valueMatches(actual.type, expected.type);
  }
}

/** A defined type's number in a heap type (`#3`). */
function idOf(heap: string): number | undefined {
  return heap.startsWith("#") ? Number(heap.slice(1)) : undefined;
}

function referenceOf(type: CoreValueType): { readonly nullable: boolean; readonly heap: string } | undefined {
  if (!type.startsWith("(ref ")) return undefined;
  const nullable = type.startsWith("(ref null ");
  return { nullable, heap: type.slice(nullable ? 10 : 5, -1) };
}

const plainCodes: Readonly<Record<CoreValueType, number>> = numberTypes;

/** The bytes of a function type of numbers, as text: most types, found without being decoded. Undefined for all else. */
function plainlyWritten({ final, supertype, composite }: CoreSubType): string | undefined {
  if (!final || supertype !== undefined || composite.kind !== "func") return undefined;
  let text = String.fromCharCode(typeForms.function);
  for (const types of [composite.parameters, composite.results]) {
    if (types.length >= 0x80) return undefined;
    text += String.fromCharCode(types.length);
    for (const type of types) {
      const code = plainCodes[type];
      if (code === undefined) return undefined;
      text += String.fromCharCode(code);
    }
  }
  return text;
}

/** Text of a type of a group: equal groups have equal text. */
function written({ final, supertype = "", composite }: CoreSubType): string {
  return `${final ? "" : "sub"}${supertype}${writtenComposite(composite)}`;
}

function writtenComposite(type: CoreCompositeType): string {
  switch (type.kind) {
    case "func":
      return `(${type.parameters.join()})${type.results.join()}`;
    case "struct":
      return `{${type.fields.map(writtenField).join()}}`;
    case "array":
      return `[${writtenField(type.element)}]`;
  }
}

function writtenField({ type, mutable }: CoreFieldType): string {
  return mutable ? `mut ${type}` : type;
}

/** The same type, types of its own group, which begins at `first`, by their numbers. */
function absolute({ final, supertype, composite }: CoreSubType, first: number): CoreSubType {
  const moved = (text: string) => text.replace(/~(\d+)/, (_, i) => `#${first + Number(i)}`);
  const field = ({ type, mutable }: CoreFieldType) => ({ type: moved(type), mutable });
  const common = { final, ...(supertype !== undefined && { supertype: moved(supertype) }) };
  switch (composite.kind) {
    case "func": {
      const parameters = composite.parameters.map(moved);
      return { ...common, composite: { kind: "func", parameters, results: composite.results.map(moved) } };
    }
    case "struct":
      return { ...common, composite: { kind: "struct", fields: composite.fields.map(field) } };
    case "array":
      return { ...common, composite: { kind: "array", element: field(composite.element) } };
  }
}
