/**
 * Bytes that values of a type count, found with lists of 200,000 of each: what they take in a guest's memory, or about
 * half of what in JavaScript's heap. A byte of flags becomes an object of eight properties, and four bytes one of 32
 * that V8 keeps as a dictionary. Results are bounded by it, and arguments that come as JSON.
 */
import { casesOf, sizeOf } from "../layout.ts";
import { onceByStructure, resolve, type Structure, type ValueType } from "../model.ts";
import { isNullable, isNumeric } from "./mapping.ts";

/** An object with more properties that are set one by one is a dictionary to V8. */
export const dictionary = 12;

const slot = 8;
/** May be a number or bigint with memory of its own. */
const boxed = 16;
/** Bytes that an array takes beside its elements; a typed one has a buffer of its own. */
const arrayWeight = 32;
const typedArrayWeight = 96;

/** Weight of one value, without what its strings and lists point at. */
export const weightOf: (type: ValueType) => number = onceByStructure((structure) =>
  Math.max(weightOfParts(structure), sizeOf(structure)),
);

/** Weight of each element of a list: those of numbers lie in typed arrays. */
export function elementWeight(element: ValueType): number {
  const structure = resolve(element);
  return isNumeric(structure.kind) ? sizeOf(structure) : weightOf(structure);
}

function weightOfParts(type: Structure): number {
  switch (type.kind) {
    case "u32":
    case "u64":
    case "s64":
    case "f32":
    case "f64":
      return boxed;
    case "record":
      return objectOf(type.fields.length) + sum(type.fields.map((field) => field.type));
    case "flags":
      return objectOf(type.names.length) + type.names.length * slot;
    case "tuple":
      return arrayWeight + sum(type.elements);
    case "list": {
      const numeric = isNumeric(resolve(type.element).kind);
      if (type.length === undefined || numeric) return numeric ? typedArrayWeight : arrayWeight;
      return arrayWeight + type.length * weightOf(type.element);
    }
    case "variant":
    case "option":
    case "result": {
      const payload = Math.max(...casesOf(type)!.map((c) => (c.type ? weightOf(c.type) : 0)));
      return type.kind === "option" && isNullable(type) ? Math.max(slot, payload) : 24 + payload;
    }
    case "own":
    case "borrow":
      return 64;
    default:
      return slot;
  }
}

function sum(types: readonly ValueType[]): number {
  return types.reduce((total, type) => total + weightOf(type), 0);
}

function objectOf(properties: number): number {
  return 16 + (properties > dictionary ? 24 * properties : 0);
}
