/** JSON as callers are to send it, type by type: short examples for errors and pages, of bounded size whatever a binary brings. */

import { cutText } from "../../text/cut.ts";
import { type Case, type FunctionType, resolve, type Structure, type ValueType } from "../model.ts";
import { isNullable, resultCases } from "../values/mapping.ts";
import { camelCase } from "../wit-names.ts";

/** Parts of a type that an example shows, and characters of a name; what is beyond is `…`. */
const [maxParts, maxNameLength] = [24, 60];

/** A value of the type as JSON text. It is one that calls take, unless a `…` tells that there is more. */
export function exampleOf(type: ValueType): string {
  return new Example().of(type);
}

/**
 * All forms that a value of the type may have, in words where JSON alone does not tell: `true or false`. `meant` is the case or
 * flag to show, of those that the type has.
 */
export function formsOf(type: ValueType, meant?: string): string {
  const structure = resolve(type);
  switch (structure.kind) {
    case "bool":
      return "true or false";
    case "u8":
    case "u16":
    case "u32":
    case "s8":
    case "s16":
    case "s32":
      return `${exampleOf(structure)}, a whole number`;
    case "u64":
      return `1, and beyond 2^53 - 1 a string: "18446744073709551615"`;
    case "s64":
      return `-1, and beyond ±(2^53 - 1) a string: "-9223372036854775808"`;
    case "f32":
    case "f64":
      return `1.5, "NaN", "Infinity" or "-Infinity"`;
    case "char":
      return `"a", a string of one character`;
    case "list":
      if (structure.map) return `${exampleOf(structure)}, a list of pairs`;
      if (resolve(structure.element).kind !== "u8") return exampleOf(structure);
      return `${exampleOf(structure)} (base64) or ${listOf(["104", "105"], structure.length)}`;
    case "option":
      return isNullable(structure)
        ? `null or ${formsOf(structure.some, meant)}`
        : `{"tag":"none"} or {"tag":"some","val":${exampleOf(structure.some)}}`;
    case "variant":
      return formsOfCases(structure.cases, meant);
    case "result":
      return meant === undefined
        ? resultCases(structure)
            .map((one) => new Example().case(one))
            .join(" or ")
        : formsOfCases(resultCases(structure), meant);
    case "enum":
      return quoted(meant ?? structure.names[0] ?? "");
    case "flags": {
      const name = meant ?? camelCase(structure.names[0] ?? "");
      return `[${quoted(name)}] or {${quoted(name)}:true}`;
    }
    default:
      return exampleOf(structure);
  }
}

/** Forms of a call's body: the arguments by position, or by name. */
export function argumentForms({ parameters }: FunctionType): string {
  if (parameters.length === 0) return "[], or no body at all";
  const types = parameters.map(({ type }) => type);
  const byPosition = new Example().list(types);
  return `${byPosition} or ${new Example().object(parameters)}`;
}

/** The one that is meant; else one case that has a payload and one that has none, as far as there are both. */
function formsOfCases(cases: readonly Case[], meant: string | undefined): string {
  const one = cases.find(({ name }) => name === meant);
  const shown = one ? [one] : [cases.find(({ type }) => type), cases.find(({ type }) => !type)];
  return shown
    .filter((one) => one !== undefined)
    .map((one) => new Example().case(one))
    .join(" or ");
}

function quoted(name: string): string {
  return JSON.stringify(cutText(name, maxNameLength));
}

/** Elements of a list, as many as it must have: the last one again and again, or `…` for too many. */
function listOf(elements: readonly string[], length: number = elements.length): string {
  const shown = Array.from({ length: Math.min(length, 8) }, (_, i) => elements[i] ?? elements.at(-1)!);
  return `[${[...shown, ...(length > shown.length ? ["…"] : [])].join()}]`;
}

class Example {
  #left = maxParts;

  of(type: ValueType): string {
    if (--this.#left < 0) return "…";
    const structure = resolve(type);
    switch (structure.kind) {
      case "bool":
        return "true";
      case "u8":
      case "u16":
      case "u32":
      case "u64":
        return "1";
      case "s8":
      case "s16":
      case "s32":
      case "s64":
        return "-1";
      case "f32":
      case "f64":
        return "1.5";
      case "char":
        return '"a"';
      case "string":
        return '"text"';
      case "list":
        return this.#list(structure);
      case "tuple":
        return this.list(structure.elements);
      case "record":
        return this.object(structure.fields);
      case "variant":
        return structure.cases[0] ? this.case(structure.cases[0]) : "…";
      case "result":
        return this.case(resultCases(structure)[0]!);
      case "enum":
        return quoted(structure.names[0] ?? "");
      case "flags":
        return `[${quoted(structure.names[0] ?? "")}]`;
      case "option":
        return isNullable(structure)
          ? this.of(structure.some)
          : this.case({ name: "some", type: structure.some });
      case "own":
      case "borrow":
        // Nothing with resources is called with JSON.
        return "…";
    }
  }

  case({ name, type }: Case): string {
    return `{"tag":${quoted(name)}${type ? `,"val":${this.of(type)}` : ""}}`;
  }

  list(types: readonly ValueType[]): string {
    return `[${this.#some(types, (type) => this.of(type))}]`;
  }

  object(members: readonly { readonly name: string; readonly type: ValueType }[]): string {
    return `{${this.#some(members, ({ name, type }) => `${quoted(camelCase(name))}:${this.of(type)}`)}}`;
  }

  #list({ element, length }: Structure & { kind: "list" }): string {
    if (resolve(element).kind === "u8") {
      if (length === undefined) return '"aGk="';
      return length <= 64 ? JSON.stringify(Buffer.alloc(length, "hi").toString("base64")) : '"…"';
    }
    return listOf([this.of(element)], length);
  }

  #some<T>(items: readonly T[], show: (item: T) => string): string {
    const shown: string[] = [];
    for (const item of items) {
      if (this.#left <= 0) {
        shown.push("…");
        break;
      }
      shown.push(show(item));
    }
    return shown.join();
  }
}
