/** Types as WIT text of bounded size, for messages: what a binary brings may print as gigabytes. */

import { cutText } from "../../text/cut.ts";
import type { FunctionType, TypeDefinition, ValueType } from "../model.ts";
import { printFunctionType, printType } from "./print-types.ts";

const briefParts = 40;
const writtenOutParts = 400;
const wholeParts = 10_000;
/** Length of one name, in characters. */
const maxNameLength = 200;

/** A type in a line; what it has beyond 40 parts is `…`. */
export function briefType(type: ValueType): string {
  return printType(new Cutter(briefParts, false).cut(type));
}

/** A function type in a line; what it has beyond 40 parts is `…`. */
export function briefFunctionType(type: FunctionType): string {
  return printFunctionType(new Cutter(briefParts, false).cutFunction(type));
}

/** A function type with named types written out, up to 400 parts, so that a change inside one is there to be seen. */
export function writtenOut(type: FunctionType): string {
  return printFunctionType(new Cutter(writtenOutParts, true).cutFunction(type));
}

/** The same up to 10,000 parts: what `as` is to read again. */
export function writtenWhole(type: FunctionType): string {
  return printFunctionType(new Cutter(wholeParts, true).cutFunction(type));
}

const ellipsis: ValueType = {
  kind: "ref",
  target: { name: "…", owner: { direction: "import" }, body: { kind: "bool" } },
};

class Cutter {
  #left: number;
  readonly #expand: boolean;

  constructor(parts: number, expand: boolean) {
    this.#left = parts;
    this.#expand = expand;
  }

  cutFunction({ parameters, result }: FunctionType): FunctionType {
    return {
      parameters: this.#some(parameters, { name: "…", type: ellipsis }, (p) => ({
        name: cutName(p.name),
        type: this.cut(p.type),
      })),
      ...(result && { result: this.cut(result) }),
    };
  }

  cut(type: ValueType): ValueType {
    if (--this.#left < 0) return ellipsis;
    switch (type.kind) {
      case "ref":
        return this.#expand && type.target.body.kind !== "resource"
          ? this.cut(type.target.body)
          : { kind: "ref", target: named(type.target) };
      case "own":
      case "borrow":
        return { ...type, resource: named(type.resource) };
      case "list":
        return { ...type, element: this.cut(type.element) };
      case "tuple":
        return {
          kind: "tuple",
          elements: this.#some(type.elements, ellipsis, (element) => this.cut(element)),
        };
      case "record":
        return {
          kind: "record",
          fields: this.#some(type.fields, { name: "…", type: ellipsis }, (f) => ({
            name: cutName(f.name),
            type: this.cut(f.type),
          })),
        };
      case "variant":
        return {
          kind: "variant",
          cases: this.#some(type.cases, { name: "…" }, (c) => ({
            name: cutName(c.name),
            ...(c.type && { type: this.cut(c.type) }),
          })),
        };
      case "enum":
      case "flags":
        return {
          kind: type.kind,
          names: this.#some(type.names, "…", (name) => {
            this.#left--;
            return cutName(name);
          }),
        };
      case "option":
        return { kind: "option", some: this.cut(type.some) };
      case "result":
        return {
          kind: "result",
          ...(type.ok && { ok: this.cut(type.ok) }),
          ...(type.err && { err: this.cut(type.err) }),
        };
      default:
        return type;
    }
  }

  /** The items as long as there are parts left, then one that stands for the rest. */
  #some<T>(items: readonly T[], rest: T, cut: (item: T) => T): T[] {
    const some: T[] = [];
    for (const item of items) {
      if (this.#left <= 0) return [...some, rest];
      some.push(cut(item));
    }
    return some;
  }
}

function named(definition: TypeDefinition): TypeDefinition {
  return definition.name.length <= maxNameLength
    ? definition
    : { ...definition, name: cutName(definition.name) };
}

function cutName(name: string): string {
  return cutText(name, maxNameLength);
}
