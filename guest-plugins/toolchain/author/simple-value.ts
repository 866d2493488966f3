/** Simplest values of WIT types, that a stub returns: zero, empty, none, the first case without a payload. */
import { type Case, resolve, type ValueType } from "../../../host/wit/model.ts";
import { isNullable, propertyNames, recordKeys } from "../../../host/wit/values/mapping.ts";

/** Parts of a value beyond which a stub throws instead: records within records double with every level. */
const maxParts = 200;

/** True where the simplest value of a type has few enough parts to be written down. */
export function isSimple(type: ValueType): boolean {
  let left = maxParts;
  const count = (part: ValueType): boolean => {
    if (--left < 0) return false;
    const structure = resolve(part);
    switch (structure.kind) {
      case "list":
        return repeated(structure.length ?? 0, () => count(structure.element));
      case "tuple":
        return structure.elements.every(count);
      case "record":
        return structure.fields.every((field) => count(field.type));
      case "variant": {
        const { type: payload } = simplestCase(structure.cases).one;
        return payload === undefined || count(payload);
      }
      case "result":
        return structure.ok === undefined || count(structure.ok);
      default:
        return true;
    }
  };
  return count(type);
}

function repeated(times: number, holds: () => boolean): boolean {
  for (let i = 0; i < times; i++) if (!holds()) return false;
  return true;
}

/** First case without a payload, else the first, and its index. */
export function simplestCase(cases: readonly Case[]): { readonly one: Case; readonly index: number } {
  const index = Math.max(
    cases.findIndex((one) => one.type === undefined),
    0,
  );
  return { one: cases[index]!, index };
}

/** The simplest value as answers show it in JSON. Only for types that are simple and have no resources. */
export function simpleJson(type: ValueType): unknown {
  const structure = resolve(type);
  switch (structure.kind) {
    case "bool":
      return false;
    case "string":
      return "";
    case "char":
      return "\0";
    case "list": {
      const { element, length = 0 } = structure;
      if (resolve(element).kind === "u8") return Buffer.alloc(length).toString("base64");
      return Array.from({ length }, () => simpleJson(element));
    }
    case "tuple":
      return structure.elements.map(simpleJson);
    case "record":
      return Object.fromEntries(
        recordKeys(structure).map((key, i) => [key, simpleJson(structure.fields[i]!.type)]),
      );
    case "enum":
      return structure.names[0];
    case "flags":
      return Object.fromEntries(propertyNames(structure.names).map((key) => [key, false]));
    case "variant":
      return caseJson(simplestCase(structure.cases).one);
    case "result":
      return caseJson({ name: "ok", ...(structure.ok && { type: structure.ok }) });
    case "option":
      return isNullable(structure) ? null : { tag: "none" };
    default:
      return 0;
  }
}

function caseJson({ name, type }: Case): object {
  return { tag: name, ...(type && { val: simpleJson(type) }) };
}
