/** Constants of scripts (`(u32.const 1)`, `(list.const …)`) as JavaScript values of a WIT type. */

import { resolve, type ValueType } from "../../host/wit/model.ts";
import { isNullable, isNumeric, typedArrays } from "../../host/wit/values/mapping.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { headOf, type List, type Node, textOf } from "./s-expression.ts";

export function constantOf(type: ValueType, node: Node): unknown {
  const structure = resolve(type);
  if (node.kind !== "list") throw new SyntaxError("expected a constant");
  const head = headOf(node);
  const [, first, ...rest] = node.items;
  switch (structure.kind) {
    case "bool":
      return textOf(first) === "true" || textOf(first) === "1";
    case "u64":
    case "s64":
      return bigintOf(textOf(first)!);
    case "f32":
      return Math.fround(numberOf(textOf(first)!));
    case "char":
    case "string":
    case "enum":
      return textOf(first);
    case "list": {
      const items = node.items.slice(1).map((item) => constantOf(structure.element, item));
      const { kind } = resolve(structure.element);
      if (!isNumeric(kind)) return items;
      return (typedArrays[kind] as unknown as { from(items: unknown[]): unknown }).from(items);
    }
    case "tuple":
      return node.items.slice(1).map((item, i) => constantOf(structure.elements[i]!, item));
    case "record": {
      const fields = new Map(
        node.items.slice(1).map((field) => {
          // (field "name" u32.const 1), or with the constant in parentheses.
          const { items, start, end } = field as List;
          const [, name, ...value] = items;
          const constant =
            value[0]!.kind === "list" ? value[0]! : ({ kind: "list", items: value, start, end } as const);
          return [textOf(name)!, constant] as const;
        }),
      );
      return Object.fromEntries(
        structure.fields.map(({ name, type: part }) => [
          camelCase(name),
          constantOf(part, fields.get(name)!),
        ]),
      );
    }
    case "variant": {
      const tag = textOf(first)!;
      const payload = structure.cases.find((c) => c.name === tag)?.type;
      return { tag, val: payload && constantOf(payload, rest[0]!) };
    }
    case "option": {
      const some = head === "option.some";
      const val = some ? constantOf(structure.some, first!) : undefined;
      return isNullable(structure) ? val : { tag: some ? "some" : "none", val };
    }
    case "result": {
      const tag = head === "result.ok" ? "ok" : "err";
      const payload = structure[tag];
      return { tag, val: payload && first && constantOf(payload, first) };
    }
    case "flags": {
      const set = new Set(node.items.slice(1).map(textOf));
      return Object.fromEntries(structure.names.map((name) => [camelCase(name), set.has(name)]));
    }
    case "own":
    case "borrow":
      throw new SyntaxError("resources have no constants");
    default:
      return numberOf(textOf(first)!);
  }
}

function bigintOf(text: string): bigint {
  const digits = text.replaceAll("_", "");
  return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
}

function numberOf(text: string): number {
  const digits = text.replaceAll("_", "").replace(/^\+/, "");
  if (/nan/.test(digits)) return Number.NaN;
  if (/inf/.test(digits)) return digits.startsWith("-") ? -Infinity : Infinity;
  const magnitude = digits.replace(/^-/, "");
  const hex = /^0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(magnitude);
  const value = hex ? hexNumber(hex[1]!, hex[2] ?? "", Number(hex[3] ?? 0)) : Number(magnitude);
  return digits.startsWith("-") ? -value : value;
}

function hexNumber(whole: string, fraction: string, exponent: number): number {
  return Number.parseInt(`0${whole}${fraction}`, 16) * 2 ** (exponent - 4 * fraction.length);
}

/** Integers may be written signed or unsigned, whatever their type is. */
export function sameValue(type: ValueType, expected: unknown, actual: unknown): boolean {
  const { kind } = resolve(type);
  if (kind === "u8" || kind === "u16" || kind === "u32")
    return Number(expected) >>> 0 === Number(actual) >>> 0;
  return equal(expected, actual);
}

function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) =>
    equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
