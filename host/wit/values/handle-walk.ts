/** Walk over the handles of resources among a value's parts: each type is read once, whatever values come. */
import { casesOf } from "../layout.ts";
import { resolve, type Structure, type ValueType } from "../model.ts";
import { camelCase } from "../wit-names.ts";
import { isNullable } from "./mapping.ts";

export type HandleStructure = Structure & { kind: "own" | "borrow" };

/** Called with every handle of a value, and with what whoever walks hands on. A part that is none of its type has none. */
export type HandleVisit<C extends readonly unknown[]> = (value: unknown, ...context: C) => void;

/** Walk over values of the type, with a visit for each type of handle in it. Undefined for a type without handles. */
export function handleWalk<C extends readonly unknown[]>(
  type: ValueType,
  visitOf: (handle: HandleStructure) => HandleVisit<C>,
): HandleVisit<C> | undefined {
  return new Walks(visitOf).of(type);
}

class Walks<C extends readonly unknown[]> {
  readonly #visitOf: (handle: HandleStructure) => HandleVisit<C>;
  readonly #made = new Map<Structure, HandleVisit<C> | undefined>();

  constructor(visitOf: (handle: HandleStructure) => HandleVisit<C>) {
    this.#visitOf = visitOf;
  }

  of(type: ValueType): HandleVisit<C> | undefined {
    const structure = resolve(type);
    if (this.#made.has(structure)) return this.#made.get(structure);
    const walk = this.#make(structure);
    this.#made.set(structure, walk);
    return walk;
  }

  #make(type: Structure): HandleVisit<C> | undefined {
    switch (type.kind) {
      case "own":
      case "borrow":
        return this.#visitOf(type);
      case "list": {
        const element = this.of(type.element);
        if (!element) return undefined;
        return (value, ...context) => {
          if (Array.isArray(value)) for (const item of value) element(item, ...context);
        };
      }
      case "tuple":
        return this.#parts(type.elements.map((element, i) => [i, this.of(element)]));
      case "record":
        return this.#parts(type.fields.map((field) => [camelCase(field.name), this.of(field.type)]));
      case "variant":
      case "option":
      case "result":
        return this.#cases(type);
      default:
        return undefined;
    }
  }

  #parts(
    parts: readonly (readonly [key: string | number, walk: HandleVisit<C> | undefined])[],
  ): HandleVisit<C> | undefined {
    if (parts.every(([, walk]) => !walk)) return undefined;
    return (value, ...context) => {
      for (const [key, walk] of parts)
        walk?.((value as Record<string | number, unknown> | undefined)?.[key], ...context);
    };
  }

  #cases(type: Structure & { kind: "variant" | "option" | "result" }): HandleVisit<C> | undefined {
    const cases = casesOf(type)!.map((c) => ({ name: c.name, walk: c.type && this.of(c.type) }));
    if (cases.every(({ walk }) => !walk)) return undefined;
    if (type.kind === "option" && isNullable(type)) {
      const some = cases[1]!.walk!;
      return (value, ...context) => {
        if (value !== undefined && value !== null) some(value, ...context);
      };
    }
    if (type.kind === "result") {
      const [ok, err] = [cases[0]!.walk, cases[1]!.walk];
      return (value, ...context) => {
        const { tag, val } = (value ?? {}) as { tag?: string; val?: unknown };
        if (tag === "ok") ok?.(val, ...context);
        else if (tag === "err") err?.(val, ...context);
      };
    }
    const byTag = new Map(cases.map(({ name, walk }) => [name, walk]));
    return (value, ...context) => {
      const { tag, val } = (value ?? {}) as { tag?: string; val?: unknown };
      byTag.get(tag!)?.(val, ...context);
    };
  }
}
