/** For comparing versions of types: JSON that a type accepts, and types that differ a little from others. */
import fc from "fast-check";
import {
  type FunctionType,
  type NamedValue,
  primitiveKinds,
  resolve,
  type Structure,
  type ValueType,
} from "../../host/wit/model.ts";
import { isNullable } from "../../host/wit/values/mapping.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { anyFunctionType, anyValueOf, anyValueType } from "../support/arbitrary-values.ts";

// ---- JSON

type Json = fc.Arbitrary<unknown>;

/** Every form of JSON that callers may send for the type; undefined stands for a member left out. */
function anyJsonOf(type: ValueType): Json {
  const structure = resolve(type);
  switch (structure.kind) {
    case "u64":
    case "s64":
      return anyValueOf(structure).map((value) => {
        const number = Number(value as bigint);
        return Number.isSafeInteger(number) && number % 2 === 0 ? number : String(value);
      });
    case "f32":
    case "f64":
      return anyValueOf(structure).map((value) => (Number.isFinite(value) ? value : String(value)));
    case "list":
      return jsonOfList(structure);
    case "tuple":
      return fc.tuple(...structure.elements.map(anyJsonOf));
    case "record":
      return jsonObject(structure.fields.map(({ name, type: of }) => [name, anyJsonOf(of)]));
    case "flags": {
      const objects = jsonObject(
        structure.names.map((name) => [name, fc.option(fc.boolean(), { nil: undefined })]),
      );
      return fc.oneof(
        objects,
        fc.subarray([...structure.names]).map((names) => names.map(camelCase)),
      );
    }
    case "variant":
      return fc.oneof(...structure.cases.map((c) => tagged(c.name, c.type)));
    case "result":
      return fc.oneof(tagged("ok", structure.ok), tagged("err", structure.err));
    case "option":
      return isNullable(structure)
        ? fc.oneof(fc.constantFrom(null, undefined), anyJsonOf(structure.some))
        : fc.oneof(fc.constant(undefined), tagged("none"), tagged("some", structure.some));
    default:
      return anyValueOf(structure);
  }
}

function jsonOfList(list: Structure & { kind: "list" }): Json {
  const { length } = list;
  const bounds = length === undefined ? { maxLength: 4 } : { minLength: length, maxLength: length };
  const elements = fc.array(
    // An array has no members that could be left out.
    anyJsonOf(list.element).filter((json) => json !== undefined),
    bounds,
  );
  if (resolve(list.element).kind !== "u8") return elements;
  return fc.oneof(
    elements,
    elements.map((bytes) => Buffer.from(bytes as number[]).toString("base64")),
  );
}

function jsonObject(entries: readonly (readonly [name: string, value: Json])[]): Json {
  return fc
    .tuple(fc.boolean(), ...entries.map(([, value]) => value))
    .map(([asWit, ...values]) =>
      Object.fromEntries(
        entries.flatMap(([name], i) =>
          values[i] === undefined ? [] : [[asWit ? name : camelCase(name), values[i]]],
        ),
      ),
    );
}

function tagged(tag: string, type?: ValueType): Json {
  if (!type) return fc.constantFrom({ tag }, { tag, val: null });
  return anyJsonOf(type).map((val) => (val === undefined ? { tag } : { tag, val }));
}

/** A whole call: by position, trailing options perhaps left out, or by name. */
export function anyCallOf({ parameters }: FunctionType): Json {
  return fc
    .tuple(fc.boolean(), jsonObject(parameters.map((p) => [p.name, anyJsonOf(p.type)])))
    .map(([byName, named]) => {
      const given = named as Record<string, unknown>;
      if (byName) return given;
      const args = parameters.map(({ name }) => {
        const key = [name, camelCase(name)].find((spelling) => Object.hasOwn(given, spelling));
        return key === undefined ? undefined : given[key];
      });
      while (args.length > 0 && args.at(-1) === undefined) args.pop();
      // In the middle none is null, or for an option of an option its case.
      return args.map((arg, i) => {
        if (arg !== undefined) return arg;
        const structure = resolve(parameters[i]!.type);
        return structure.kind === "option" && !isNullable(structure) ? { tag: "none" } : null;
      });
    });
}

// ---- Mutations

type Types = fc.Arbitrary<ValueType>;

const leaf = anyValueType({ depth: 1 });
const extra = fc.oneof(
  leaf,
  leaf.map((some): ValueType => ({ kind: "option", some })),
);
const primitive = fc.constantFrom(...primitiveKinds).map((kind): ValueType => ({ kind }));
const newName = fc.constantFrom("fresh", "other-name", "extra-1");

/** The type with one thing changed, here or deeper; sometimes nothing. */
function mutated(type: ValueType): Types {
  const structure = resolve(type);
  const deeper = partsOf(structure);
  return fc.oneof(
    fc.constant(undefined).chain(() => mutatedHere(structure)),
    ...(deeper.length === 0
      ? []
      : [
          {
            weight: 2,
            arbitrary: fc.constantFrom(...deeper).chain(({ part, replace }) => mutated(part).map(replace)),
          },
        ]),
  );
}

function mutatedHere(type: Structure): Types {
  const general: Types[] = [fc.constant({ kind: "option", some: type } as const), leaf, fc.constant(type)];
  return fc.oneof(...general, ...specific(type), ...specific(type));
}

function specific(type: Structure): Types[] {
  switch (type.kind) {
    case "option":
      return [fc.constant(type.some)];
    case "list":
      return [
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }).map(
          (length): ValueType => ({
            kind: "list",
            element: type.element,
            ...(length !== undefined && { length }),
          }),
        ),
      ];
    case "tuple":
      return [listMutation(type.elements, extra).map((elements) => ({ kind: "tuple", elements }))];
    case "record":
      return [namedMutation(type.fields, extra).map((fields) => ({ kind: "record", fields }))];
    case "variant":
      return [
        namedMutation(type.cases, extra).map((cases) => ({ kind: "variant", cases })),
        fc
          .tuple(fc.nat(type.cases.length - 1), fc.option(extra, { nil: undefined }))
          .map(([at, payload]): ValueType => {
            const cases = type.cases.map((c, i) =>
              i === at ? { name: c.name, ...(payload && { type: payload }) } : c,
            );
            return { kind: "variant", cases };
          }),
      ];
    case "enum":
    case "flags":
      return [
        namedMutation(
          type.names.map((name) => ({ name })),
          fc.constant({ kind: "bool" } as const),
        ).map((parts) => ({ kind: type.kind, names: parts.map(({ name }) => name) })),
        fc.constant({ kind: "string" }),
      ];
    case "result":
      return [
        fc
          .record({ ok: fc.constantFrom(type.ok, undefined), err: fc.option(extra, { nil: undefined }) })
          .map(({ ok, err }): ValueType => ({ kind: "result", ...(ok && { ok }), ...(err && { err }) })),
      ];
    default:
      return [primitive, primitive];
  }
}

/** One more, one fewer, or another order. */
function listMutation<T>(items: readonly T[], item: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  const inserted = fc
    .tuple(item, fc.nat(items.length))
    .map(([one, at]) => [...items.slice(0, at), one, ...items.slice(at)]);
  const shuffled = fc.shuffledSubarray([...items], { minLength: items.length });
  if (items.length < 2) return inserted;
  const removed = fc.nat(items.length - 1).map((at) => items.filter((_, i) => i !== at));
  return fc.oneof(inserted, removed, shuffled);
}

function namedMutation<T extends { readonly name: string }>(items: readonly T[], type: Types) {
  type Part = { readonly name: string; readonly type: ValueType };
  const free = newName.filter((name) => !items.some((item) => item.name === name));
  const taken = ["fresh", "other-name", "extra-1"].every((name) => items.some((item) => item.name === name));
  if (taken) return fc.constant([...items] as (T & Part)[]);
  const renamed = fc
    .tuple(free, fc.nat(items.length - 1))
    .map(([name, at]) => items.map((item, i) => (i === at ? { ...item, name } : item)));
  const part = fc.record({ name: free, type }) as fc.Arbitrary<unknown>;
  return fc.oneof(
    items.length > 0 ? renamed : fc.constant([...items]),
    listMutation(items, part as fc.Arbitrary<T>),
  ) as fc.Arbitrary<(T & Part)[]>;
}

interface PartAt {
  readonly part: ValueType;
  readonly replace: (by: ValueType) => ValueType;
}

function partsOf(type: Structure): PartAt[] {
  const swap = <T>(items: readonly T[], at: number, item: T) =>
    items.map((old, i) => (i === at ? item : old));
  switch (type.kind) {
    case "list":
      return [{ part: type.element, replace: (element) => ({ ...type, element }) }];
    case "option":
      return [{ part: type.some, replace: (some) => ({ kind: "option", some }) }];
    case "tuple":
      return type.elements.map((part, i) => ({
        part,
        replace: (by) => ({ kind: "tuple", elements: swap(type.elements, i, by) }),
      }));
    case "record":
      return type.fields.map((field, i) => ({
        part: field.type,
        replace: (by) => ({ kind: "record", fields: swap(type.fields, i, { ...field, type: by }) }),
      }));
    case "variant":
      return type.cases.flatMap((c, i) =>
        c.type
          ? [
              {
                part: c.type,
                replace: (by: ValueType): ValueType => ({
                  kind: "variant",
                  cases: swap(type.cases, i, { ...c, type: by }),
                }),
              },
            ]
          : [],
      );
    case "result":
      return [
        ...(type.ok ? [{ part: type.ok, replace: (ok: ValueType): ValueType => ({ ...type, ok }) }] : []),
        ...(type.err ? [{ part: type.err, replace: (err: ValueType): ValueType => ({ ...type, err }) }] : []),
      ];
    default:
      return [];
  }
}

function mutatedFunction(type: FunctionType): fc.Arbitrary<FunctionType> {
  const { parameters, result } = type;
  const withResult = (of: ValueType | undefined): FunctionType => ({ parameters, ...(of && { result: of }) });
  const parts: fc.Arbitrary<FunctionType>[] = [
    namedMutation<NamedValue>(parameters, extra).map((changed) => ({ ...type, parameters: changed })),
    fc.option(extra, { nil: undefined }).map(withResult),
    fc
      .option(extra, { nil: undefined })
      .map((err) => withResult({ kind: "result", ...(result && { ok: result }), ...(err && { err }) })),
  ];
  if (result) {
    const structure = resolve(result);
    if (structure.kind === "result") parts.push(fc.constant(withResult(structure.ok)));
    parts.push(mutated(result).map(withResult), mutated(result).map(withResult));
  }
  const mutatedParameter = fc.nat(Math.max(0, parameters.length - 1)).chain((at) => {
    const parameter = parameters[at];
    if (!parameter) return fc.constant(type);
    return mutated(parameter.type).map((by): FunctionType => {
      const changed = parameters.map((p, i) => (i === at ? { name: p.name, type: by } : p));
      return { ...type, parameters: changed };
    });
  });
  return fc.oneof(...parts, mutatedParameter, mutatedParameter, mutatedParameter);
}

/** A function's type before and after one to three changes. */
export const twoFunctionTypes: fc.Arbitrary<readonly [FunctionType, FunctionType]> = fc
  .tuple(
    anyFunctionType({ references: true, fixedLengthLists: true, depth: 2 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .chain(([before, times]) => {
    let after: fc.Arbitrary<FunctionType> = fc.constant(before);
    for (let i = 0; i < times; i++) after = after.chain(mutatedFunction);
    return fc.tuple(fc.constant(before), after);
  });
