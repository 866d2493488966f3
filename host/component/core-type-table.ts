import type {
  CoreCompositeType,
  CoreFieldType,
  CoreFunctionType,
  CoreSubType,
  CoreTypeEntry,
  CoreValueType,
} from "./core-types.ts";
import { invalid } from "./failures.ts";
import type { Meter } from "./limits.ts";

interface DefinedType {
  readonly entry: CoreTypeEntry & { readonly id: number };
  readonly final: boolean;
  readonly supertype: number | undefined;
  /** How many types are above it. */
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
  readonly #meter: Meter;
  readonly #types: DefinedType[] = [];
  /** The number of a group's first type, by how the group is written. */
  readonly #groups = new Map<string, number>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** The types of a recursion group. Throws `invalid-component` for subtypes that are none. */
  group(types: readonly CoreSubType[], offset: number): CoreTypeEntry[] {
    const key = types.map(written).join(";");
    let first = this.#groups.get(key);
    if (first === undefined) {
      first = this.#types.length;
      this.#groups.set(key, first);
      const from = first;
      types.forEach((type, i) => {
        this.#types.push(resolved(type, from, i, this.#types));
      });
      for (const type of this.#types.slice(first)) this.#checkSubtype(type, offset);
    }
    return this.#types.slice(first, first + types.length).map(({ entry }) => entry);
  }

  /** A function type by itself, as the canonical ABI makes them. */
  functionId({ parameters, results }: CoreFunctionType): number {
    const [entry] = this.group([{ final: true, composite: { kind: "func", parameters, results } }], 0);
    return (entry as CoreTypeEntry & { id: number }).id;
  }

  /** Whether a type is, or is declared to be a subtype of, another one. */
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
    if (one !== undefined && other !== undefined) return this.isSubtype(one, other);
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
      this.#meter.spend("work", actual.parameters.length + actual.results.length);
      return (
        actual.parameters.length === expected.parameters.length &&
        actual.results.length === expected.results.length &&
        actual.parameters.every((type, i) => this.valueMatches(expected.parameters[i]!, type)) &&
        actual.results.every((type, i) => this.valueMatches(type, expected.results[i]!))
      );
    }
    if (actual.kind === "struct" && expected.kind === "struct") {
      this.#meter.spend("work", expected.fields.length);
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

/** How a type of a group is written: equal groups have equal text. */
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

/** The type with the number `from + index`, its group's types beginning at `from`. */
function resolved(
  { final, supertype, composite }: CoreSubType,
  from: number,
  index: number,
  types: readonly DefinedType[],
): DefinedType {
  const absolute = (text: string) =>
    text.includes("~") ? text.replace(/~(\d+)/, (_, i) => `#${from + Number(i)}`) : text;
  const field = ({ type, mutable }: CoreFieldType) => ({ type: absolute(type), mutable });
  const id = from + index;
  const parent = supertype === undefined ? undefined : idOf(absolute(supertype));
  const common = {
    final,
    supertype: parent,
    depth: parent === undefined ? 0 : types[parent]!.depth + 1,
  };
  switch (composite.kind) {
    case "func": {
      const type = {
        parameters: composite.parameters.map(absolute),
        results: composite.results.map(absolute),
      };
      return { ...common, entry: { sort: "func", id, type }, composite: { kind: "func", ...type } };
    }
    case "struct":
      return {
        ...common,
        entry: { sort: "struct", id },
        composite: { kind: "struct", fields: composite.fields.map(field) },
      };
    case "array":
      return {
        ...common,
        entry: { sort: "array", id },
        composite: { kind: "array", element: field(composite.element) },
      };
  }
}
