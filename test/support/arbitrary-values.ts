/** Random WIT types, and values of them in the JS mapping as the host normalises it. */
import fc from "fast-check";
import {
  type PrimitiveKind,
  primitiveKinds,
  resolve,
  type Structure,
  type TypeDefinition,
  type ValueType,
} from "../../host/wit/model.ts";
import { camelCase } from "../../host/wit/wit-names.ts";

type CompositeKind = Exclude<Structure["kind"], PrimitiveKind | "own" | "borrow">;

const compositeKinds: readonly CompositeKind[] = [
  "list",
  "tuple",
  "record",
  "variant",
  "enum",
  "flags",
  "option",
  "result",
];

export interface TypeOptions {
  /** How deep composites nest; 3 unless told. */
  readonly depth?: number;
  /** The kinds that may occur; all of both unless told. */
  readonly primitives?: readonly PrimitiveKind[];
  readonly composites?: readonly CompositeKind[];
  /** Lists of fixed length among the lists; false unless told. */
  readonly fixedLengthLists?: boolean;
  /** Named definitions and aliases between the structures, as worlds have them; false unless told. */
  readonly references?: boolean;
}

/** A value type, composites as likely as primitives at the top. */
export function anyValueType(options: TypeOptions = {}): fc.Arbitrary<ValueType> {
  return typeOfDepth(options.depth ?? 3, options);
}

function typeOfDepth(depth: number, options: TypeOptions): fc.Arbitrary<ValueType> {
  const primitive = fc.constantFrom(...(options.primitives ?? primitiveKinds)).map((kind) => ({ kind }));
  const composites = options.composites ?? compositeKinds;
  if (depth === 0 || composites.length === 0) return primitive;
  const part = typeOfDepth(depth - 1, options);
  const structure = fc.constantFrom(...composites).chain((kind) => composite(kind, part, options));
  const any = fc.oneof(primitive, structure);
  return options.references ? fc.oneof(any, any.chain(named)) : any;
}

function composite(
  kind: CompositeKind,
  part: fc.Arbitrary<ValueType>,
  options: TypeOptions,
): fc.Arbitrary<ValueType> {
  switch (kind) {
    case "list":
      return options.fixedLengthLists
        ? fc.record(
            { kind: fc.constant(kind), element: part, length: fc.integer({ min: 1, max: 4 }) },
            { requiredKeys: ["kind", "element"] },
          )
        : part.map((element) => ({ kind, element }));
    case "tuple":
      return fc.array(part, { minLength: 1, maxLength: 4 }).map((elements) => ({ kind, elements }));
    case "record":
      return namesOf(5).chain((names) =>
        fc
          .tuple(...names.map((name) => fc.record({ name: fc.constant(name), type: part })))
          .map((fields) => ({ kind, fields })),
      );
    case "variant":
      return namesOf(5).chain((names) =>
        fc
          .tuple(
            ...names.map((name) =>
              fc.record({ name: fc.constant(name), type: part }, { requiredKeys: ["name"] }),
            ),
          )
          .map((cases) => ({ kind, cases })),
      );
    case "enum":
      return namesOf(8).map((names) => ({ kind, names }));
    case "flags":
      return namesOf(40).map((names) => ({ kind, names }));
    case "option":
      return part.map((some) => ({ kind, some }));
    case "result":
      return fc.record({ kind: fc.constant(kind), ok: part, err: part }, { requiredKeys: ["kind"] });
  }
}

/** A definition of the type, perhaps behind an alias. */
function named(body: ValueType): fc.Arbitrary<ValueType> {
  const owner = { interface: "test:types/types@1.0.0", direction: "export" } as const;
  return fc.tuple(anyName, fc.boolean()).map(([name, alias]) => {
    const definition: TypeDefinition = { name, owner, body };
    const target = alias
      ? { name: `${name}-alias`, owner, body: { kind: "ref", target: definition } as const }
      : definition;
    return { kind: "ref", target };
  });
}

/** WIT names: ordinary ones, acronyms, digits, and those that mean something to JavaScript or WIT. */
const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      "id",
      "unit-price",
      "constructor",
      "to-string",
      "value-of",
      "has-own-property",
      "proto",
      "length",
      "tag",
      "val",
    ],
    ...["then", "record", "list", "result", "func", "HTTP-status", "x1-y2", "is-NAN", "a", "b", "c"],
  ),
  fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z][a-z0-9]{0,4}){0,2}$/),
);

/** Up to so many names that are distinct, and distinct in JavaScript and AssemblyScript too. */
function namesOf(maxLength: number): fc.Arbitrary<string[]> {
  return fc.uniqueArray(anyName, {
    minLength: 1,
    maxLength,
    selector: (name) => camelCase(name).toLowerCase(),
  });
}

/** A function's parameters and result. */
export function anyFunctionType(options: TypeOptions = {}) {
  const type = anyValueType(options);
  return namesOf(4).chain((names) =>
    fc.record(
      {
        parameters: fc.tuple(...names.map((name) => fc.record({ name: fc.constant(name), type }))),
        result: type,
      },
      { requiredKeys: ["parameters"] },
    ),
  );
}

const numbers: Partial<Record<Structure["kind"], fc.Arbitrary<number | bigint>>> = {
  u8: fc.integer({ min: 0, max: 0xff }),
  s8: fc.integer({ min: -0x80, max: 0x7f }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  s16: fc.integer({ min: -0x8000, max: 0x7fff }),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  s32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  s64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  f32: fc.float(),
  f64: fc.double(),
};

const arrayClasses: Partial<Record<Structure["kind"], { from(list: ArrayLike<never>): unknown }>> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** Strings of any scalar values: NUL, combining marks and planes beyond the first included. */
const anyString = fc.string({ unit: "binary", maxLength: 20 });

/**
 * A value of the type: lists of numbers as typed arrays, flags with every flag, `{ tag, val }` with `val` always
 * there (undefined for a case without payload).
 */
export function anyValueOf(type: ValueType): fc.Arbitrary<unknown> {
  const structure = resolve(type);
  switch (structure.kind) {
    case "bool":
      return fc.boolean();
    case "char":
      return fc.string({ unit: "binary", minLength: 1, maxLength: 1 });
    case "string":
      return anyString;
    case "list": {
      const { length } = structure;
      const bounds = length === undefined ? { maxLength: 6 } : { minLength: length, maxLength: length };
      const elements = fc.array(anyValueOf(structure.element), bounds);
      const arrayClass = arrayClasses[resolve(structure.element).kind];
      return arrayClass ? elements.map((list) => arrayClass.from(list as never[])) : elements;
    }
    case "tuple":
      return fc.tuple(...structure.elements.map(anyValueOf));
    case "record":
      return objectOf(structure.fields.map(({ name, type: of }) => [name, anyValueOf(of)]));
    case "flags":
      return objectOf(structure.names.map((name) => [name, fc.boolean()]));
    case "enum":
      return fc.constantFrom(...structure.names);
    case "variant":
      return fc.oneof(...structure.cases.map((c) => tagged(c.name, c.type)));
    case "result":
      return fc.oneof(tagged("ok", structure.ok), tagged("err", structure.err));
    case "option":
      return isNullable(structure)
        ? fc.option(anyValueOf(structure.some), { nil: undefined })
        : fc.oneof(tagged("none"), tagged("some", structure.some));
    case "own":
    case "borrow":
      throw new TypeError("Resources have no values of their own");
    default:
      return numbers[structure.kind]!;
  }
}

function objectOf(entries: (readonly [name: string, value: fc.Arbitrary<unknown>])[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(...entries.map(([, value]) => value))
    .map((values) => Object.fromEntries(entries.map(([name], i) => [camelCase(name), values[i]])));
}

function tagged(tag: string, type?: ValueType): fc.Arbitrary<unknown> {
  return (type ? anyValueOf(type) : fc.constant(undefined)).map((val) => ({ tag, val }));
}

/** None and some(none) must differ: an option around a nullable one is no nullable one itself. */
function isNullable({ some }: Structure & { kind: "option" }): boolean {
  const inner = resolve(some);
  return inner.kind !== "option" || !isNullable(inner);
}
