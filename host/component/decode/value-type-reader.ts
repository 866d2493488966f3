/** Decodes value types and function types (Binary.md, Type Definitions: `defvaltype`, `valtype`, `functype`). */
import {
  type FunctionType,
  type NamedValue,
  type PrimitiveKind,
  primitiveKinds,
  resolve,
  type Structure,
  type ValueType,
} from "../../wit/model.ts";
import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import { checkLabels } from "../validate/extern-names.ts";
import { type DecodingScope, elementAt } from "./scope.ts";

const primitiveCodes: Readonly<Record<number, PrimitiveKind>> = {
  127: "bool",
  126: "s8",
  125: "u8",
  124: "s16",
  123: "u16",
  122: "s32",
  121: "u32",
  120: "s64",
  119: "u64",
  118: "f32",
  117: "f64",
  116: "char",
  115: "string",
};

const unsupportedTypes: Readonly<Record<number, string>> = {
  100: "error-context",
  101: "futures",
  102: "streams",
};

/** A vector of so many parts of one type at most. */
function readParts<T>(reader: Reader, part: () => T): T[] {
  const offset = reader.at;
  reader.meter.check("parts", reader.count(), offset);
  reader.at = offset;
  return reader.vector(part);
}

/** `keytype` of the grammar. */
const keyKinds: ReadonlySet<string> = new Set(
  primitiveKinds.filter((kind) => kind !== "f32" && kind !== "f64"),
);

const primitives = Object.fromEntries(primitiveKinds.map((kind) => [kind, { kind }])) as {
  readonly [K in PrimitiveKind]: Structure;
};

export function readDefinedValueType(reader: Reader, scope: DecodingScope): ValueType {
  const offset = reader.at;
  const code = reader.byte();
  const primitive = primitiveCodes[code];
  if (primitive) return primitives[primitive];
  const make = (type: Structure): Structure => scope.table.structure(type, offset);
  const value = () => readValueType(reader, scope);
  switch (code) {
    case 0x72: {
      const fields = readNamedValues(reader, scope, "record field");
      if (fields.length === 0) throw invalid("a record needs at least one field", offset);
      return make({ kind: "record", fields });
    }
    case 0x71: {
      const cases = readParts(reader, () => readCase(reader, scope));
      if (cases.length === 0) throw invalid("a variant needs at least one case", offset);
      checkLabels(cases, "variant case", offset);
      return make({ kind: "variant", cases });
    }
    case 0x70:
      return make({ kind: "list", element: value() });
    case 0x67: {
      const element = value();
      const length = reader.u32();
      if (length === 0) throw invalid("a fixed-length list needs at least one element", offset);
      return make({ kind: "list", element, length });
    }
    case 0x63: {
      const key = value();
      if (!keyKinds.has(resolve(key).kind)) throw invalid("a map's key can't be of this type", offset);
      return scope.table.map(key, value(), offset);
    }
    case 0x6f: {
      const elements = readParts(reader, value);
      if (elements.length === 0) throw invalid("a tuple needs at least one element", offset);
      return make({ kind: "tuple", elements });
    }
    case 0x6e: {
      const names = readLabels(reader, "flag");
      if (names.length === 0) throw invalid("flags need at least one name", offset);
      if (names.length > 32) throw invalid("flags can't have more than 32 names", offset);
      return make({ kind: "flags", names });
    }
    case 0x6d: {
      const names = readLabels(reader, "enum case");
      if (names.length === 0) throw invalid("an enum needs at least one case", offset);
      return make({ kind: "enum", names });
    }
    case 0x6b:
      return make({ kind: "option", some: value() });
    case 0x6a: {
      const ok = reader.optional(value);
      const err = reader.optional(value);
      return make({ kind: "result", ...(ok && { ok }), ...(err && { err }) });
    }
    case 0x69:
    case 0x68: {
      const entry = elementAt(scope.types, reader.u32(), "type", offset);
      if (entry.sort !== "resource") throw invalid("own and borrow need a resource type", offset);
      return make({ kind: code === 0x69 ? "own" : "borrow", resource: entry.resource });
    }
    default: {
      const feature = unsupportedTypes[code];
      throw feature
        ? unsupportedFeature(feature, offset)
        : malformedComponent(`0x${code.toString(16)} starts no type`, offset);
    }
  }
}

function readValueType(reader: Reader, scope: DecodingScope): ValueType {
  const offset = reader.at;
  const first = reader.peek();
  // One byte from 0x40 to 0x7f is a negative number: a primitive. All else is an index.
  if ((first & 0xc0) === 0x40) {
    reader.byte();
    const primitive = primitiveCodes[first];
    if (primitive) return primitives[primitive];
    const feature = unsupportedTypes[first];
    throw feature
      ? unsupportedFeature(feature, offset)
      : malformedComponent(`0x${first.toString(16)} starts no value type`, offset);
  }
  const index = reader.index33();
  const entry = elementAt(scope.types, index, "type", offset);
  if (entry.sort !== "value") throw invalid(`type ${index} is not a value type`, offset);
  return entry.type;
}

function readCase(reader: Reader, scope: DecodingScope): { name: string; type?: ValueType } {
  const name = reader.name();
  const type = reader.optional(() => readValueType(reader, scope));
  if (reader.byte() !== 0) throw malformedComponent("a variant case ends with 0x00", reader.at - 1);
  return { name, ...(type && { type }) };
}

function readLabels(reader: Reader, what: string): string[] {
  const offset = reader.at;
  const names = readParts(reader, () => reader.name());
  reader.meter.spend("work", names.length, offset);
  checkLabels(
    names.map((name) => ({ name })),
    what,
    offset,
  );
  return names;
}

function readNamedValues(reader: Reader, scope: DecodingScope, what: string): NamedValue[] {
  const offset = reader.at;
  const values = readParts(reader, () => ({ name: reader.name(), type: readValueType(reader, scope) }));
  checkLabels(values, what, offset);
  return values;
}

/** Reads a function type, after its opcode. */
export function readFunctionType(reader: Reader, scope: DecodingScope, offset: number): FunctionType {
  const parameters = readNamedValues(reader, scope, "parameter");
  reader.meter.check("parameters", parameters.length, offset);
  const result = readResult(reader, scope);
  if (result && scope.table.valueInfo(result).borrow) {
    throw invalid("a function's result can't contain a borrow", offset);
  }
  return scope.table.func({ parameters, ...(result && { result }) }, offset);
}

function readResult(reader: Reader, scope: DecodingScope): ValueType | undefined {
  const offset = reader.at;
  const code = reader.byte();
  if (code === 0x00) return readValueType(reader, scope);
  if (code !== 0x01) throw malformedComponent("expected 0x00 or 0x01 before a result", offset);
  if (reader.byte() !== 0x00)
    throw malformedComponent("named results are no longer part of the format", offset);
  return undefined;
}
