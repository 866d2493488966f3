/** Writes single types of the model as WIT text (WIT.md). */
import type { FunctionType, NamedValue, Structure, TypeDefinition, ValueType } from "../model.ts";

const keywords = new Set(
  `as async bool borrow char constructor enum error-context export f32 f64 flags float32 float64 from func future
  import include interface list map option own package record resource result s16 s32 s64 s8 static stream string
  tuple type u16 u32 u64 u8 use variant with world`.split(/\s+/),
);

/** A name as WIT writes it: keywords need a `%`. */
export function printName(name: string): string {
  return keywords.has(name) ? `%${name}` : name;
}

/** `func(name: string) -> result<u32, error>`: named types by name, nameless records and their like written out. */
export function printFunctionType(type: FunctionType): string {
  return `func${printSignature(type, plain)}`;
}

/** `list<item>`, `u32`, `record { x: f32 }`. An owned resource is its name, as WIT has it. */
export function printType(type: ValueType): string {
  return printValue(type, plain);
}

/** Needs of whoever a text is written for. */
export interface Writing {
  readonly name: (definition: TypeDefinition) => string;
  /** Told of each part, by its length, before it is put together with others. */
  readonly length: { add(characters: number): void };
}

/** Writing of a single type, which whoever has it has bounded. */
const plain: Writing = { name: nameOf, length: { add() {} } };

export function nameOf(definition: TypeDefinition): string {
  return printName(definition.name);
}

export function printSignature({ parameters, result }: FunctionType, writing: Writing): string {
  const list = parameters.map((p) => printNamed(p, writing)).join(", ");
  return `(${list})${result ? ` -> ${printValue(result, writing)}` : ""}`;
}

function printNamed(value: NamedValue, writing: Writing): string {
  writing.length.add(value.name.length);
  return `${printName(value.name)}: ${printValue(value.type, writing)}`;
}

/** Parts between the braces of a record, variant, enum or flags; undefined for other types. */
export function partsOf(type: Structure, writing: Writing): string[] | undefined {
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => `${printNamed(field, writing)},`);
    case "variant":
      return type.cases.map((c) => {
        writing.length.add(c.name.length);
        return `${printName(c.name)}${c.type ? `(${printValue(c.type, writing)})` : ""},`;
      });
    case "enum":
    case "flags":
      return type.names.map((label) => {
        writing.length.add(label.length);
        return `${printName(label)},`;
      });
    default:
      return undefined;
  }
}

export function printValue(type: ValueType, writing: Writing): string {
  writing.length.add(type.kind.length);
  switch (type.kind) {
    case "ref":
      return printReference(type.target, writing);
    case "list":
      return `list<${printValue(type.element, writing)}${type.length === undefined ? "" : `, ${type.length}`}>`;
    case "tuple":
      return `tuple<${type.elements.map((element) => printValue(element, writing)).join(", ")}>`;
    case "option":
      return `option<${printValue(type.some, writing)}>`;
    case "result": {
      if (!type.ok && !type.err) return "result";
      const ok = type.ok ? printValue(type.ok, writing) : "_";
      return type.err ? `result<${ok}, ${printValue(type.err, writing)}>` : `result<${ok}>`;
    }
    case "own":
      return printReference(type.resource, writing);
    case "borrow":
      return `borrow<${printReference(type.resource, writing)}>`;
    case "record":
    case "variant":
    case "enum":
    case "flags":
      return `${type.kind} { ${(partsOf(type, writing) ?? []).join(" ").slice(0, -1)} }`;
    default:
      return type.kind;
  }
}

function printReference(definition: TypeDefinition, writing: Writing): string {
  const name = writing.name(definition);
  writing.length.add(name.length);
  return name;
}
