/** Bytes of texts and lists in the arguments of a function: what grows with what a caller gives. */
import { casesOf } from "../layout.ts";
import { type FunctionType, onceByStructure, resolve, type Structure, type ValueType } from "../model.ts";
import { isNullable, isNumeric, recordKeys } from "./mapping.ts";

type Count = (value: unknown) => number;

/** Counts them; a character of a text counts as one, and so does an element of a list besides what it has. */
export function argumentBytes({ parameters }: FunctionType): (args: readonly unknown[]) => number {
  const counts = parameters.map(({ type }) => countOf(type));
  if (counts.every((count) => count === none)) return () => 0;
  return (args) => {
    let bytes = 0;
    for (let i = 0; i < counts.length; i++) bytes += counts[i]!(args[i]);
    return bytes;
  };
}

const none: Count = () => 0;

const countOf: (type: ValueType) => Count = onceByStructure(makeCount);

function makeCount(type: Structure): Count {
  switch (type.kind) {
    case "string":
      return (value) => (value as string).length;
    case "list":
      return countList(type);
    case "tuple":
      return sumOf(type.elements.map((element, i) => [i, countOf(element)]));
    case "record": {
      const keys = recordKeys(type);
      return sumOf(type.fields.map((field, i) => [keys[i]!, countOf(field.type)]));
    }
    case "variant":
    case "option":
    case "result":
      return countCases(type);
    default:
      return none;
  }
}

function countList(type: Structure & { kind: "list" }): Count {
  if (isNumeric(resolve(type.element).kind)) return (value) => (value as Uint8Array).byteLength;
  const element = countOf(type.element);
  return (value) => {
    const list = value as readonly unknown[];
    let bytes = list.length;
    if (element !== none) for (const each of list) bytes += element(each);
    return bytes;
  };
}

function sumOf(parts: readonly (readonly [key: string | number, count: Count])[]): Count {
  const counted = parts.filter(([, count]) => count !== none);
  if (counted.length === 0) return none;
  return (value) =>
    counted.reduce((bytes, [key, count]) => bytes + count((value as Record<string, unknown>)[key]), 0);
}

function countCases(type: Structure & { kind: "variant" | "option" | "result" }): Count {
  const counts = casesOf(type)!.map(
    ({ name, type: payload }) => [name, payload ? countOf(payload) : none] as const,
  );
  if (counts.every(([, count]) => count === none)) return none;
  const byName = new Map(counts);
  if (type.kind === "option" && isNullable(type)) {
    const some = byName.get("some")!;
    return (value) => (value === undefined ? 0 : some(value));
  }
  return (value) => {
    const { tag, val } = value as { tag: string; val?: unknown };
    return byName.get(tag)!(val);
  };
}
