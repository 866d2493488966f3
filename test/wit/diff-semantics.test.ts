/** What the verdicts promise, tried with calls: JSON that old callers send, and JSON that they get. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import { type Change, diffWorlds } from "../../host/wit/diff/diff.ts";
import { sameFunctionType } from "../../host/wit/equal.ts";
import { sameJson } from "../../host/wit/json/json-function.ts";
import {
  type FunctionType,
  primitiveKinds,
  resolve,
  type ValueType,
  type World,
} from "../../host/wit/model.ts";
import { resultCases } from "../../host/wit/values/mapping.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { anyValueOf } from "../support/arbitrary-values.ts";
import { anyWit } from "../support/arbitrary-wit.ts";
import { argumentsFromJson, fromJson, toJson } from "../support/conversions.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";
import { anyCallOf, twoFunctionTypes } from "./diff-arbitrary.ts";

function world(type: FunctionType, side: "imports" | "exports" = "exports"): World {
  const none = { name: "root", package: "root:component", imports: [], exports: [] };
  return { ...none, [side]: [{ kind: "function", name: "f", type }] };
}

function diff(before: FunctionType, after: FunctionType): Change[] {
  return diffWorlds(world(before), world(after));
}

function isBreaking(changes: readonly Change[]): boolean {
  return changes.some((change) => change.verdict === "breaking");
}

/** What a caller reads who knows only `type`: other members are nothing to him; what he looks for must be there. */
function read(type: ValueType, json: unknown): unknown {
  const structure = resolve(type);
  if (json === null) return null;
  switch (structure.kind) {
    case "list":
      return Array.isArray(json) ? json.map((item) => read(structure.element, item)) : json;
    case "tuple":
      return (json as unknown[]).map((item, i) => read(structure.elements[i]!, item));
    case "record":
      return members(json, structure.fields);
    case "flags":
      return members(
        json,
        structure.names.map((name) => ({ name, type: { kind: "bool" } })),
      );
    case "variant":
    case "result": {
      const cases = structure.kind === "variant" ? structure.cases : resultCases(structure);
      return readCase(cases, json);
    }
    case "option":
      return typeof json === "object" && "tag" in json && resolve(structure.some).kind === "option"
        ? readCase([{ name: "none" }, { name: "some", type: structure.some }], json)
        : read(structure.some, json);
    default:
      return json;
  }
}

function readCase(cases: readonly { name: string; type?: ValueType }[], json: unknown): unknown {
  const { tag, val, ...rest } = json as { tag: string; val?: unknown };
  const type = cases.find((c) => c.name === tag)?.type;
  // An absent payload and null are the same (json-decode.ts).
  if (!type) return val === null ? { tag, ...rest } : json;
  return val === undefined ? json : { tag, val: read(type, val), ...rest };
}

function members(json: unknown, parts: readonly { name: string; type: ValueType }[]): unknown {
  const object = json as Record<string, unknown>;
  return Object.fromEntries(
    parts.map(({ name, type }) => {
      const key = camelCase(name);
      assert(Object.hasOwn(object, key), `no member ${key}`);
      return [key, read(type, object[key])];
    }),
  );
}

/** That JSON sent for a `type` that the caller knows is what he can read, as the same value. */
function understood(type: ValueType, json: unknown): void {
  const seen = read(type, json);
  const again = toJson(type, fromJson(type, seen));
  assert(sameJson(again, seen), `${JSON.stringify(seen)} is read as ${JSON.stringify(again)}`);
}

interface Outcome {
  readonly status: 200 | 204 | 422;
  readonly type: ValueType | undefined;
}

function outcomes(result: ValueType | undefined): Outcome[] {
  const structure = result && resolve(result);
  const answer = (type: ValueType | undefined): Outcome => ({ status: type ? 200 : 204, type });
  if (structure?.kind !== "result") return [answer(result)];
  return [answer(structure.ok), { status: 422, type: structure.err }];
}

describe("a change that is judged compatible", () => {
  test("accepts every call that was accepted, with the same values", () => {
    let changed = 0;
    const calls = twoFunctionTypes.chain(([before, after]) =>
      fc.tuple(fc.constant(before), fc.constant(after), fc.array(anyCallOf(before), { minLength: 6 })),
    );
    fc.assert(
      fc.property(calls, ([before, after, bodies]) => {
        const changes = diff(before, after).filter(({ path }) => !path.includes(": result"));
        if (isBreaking(changes)) return;
        if (changes.length > 0) changed++;
        for (const body of bodies) {
          const was = argumentsFromJson(before, body);
          const is = argumentsFromJson(after, body);
          before.parameters.forEach(({ type }, i) => {
            const meant = toJson(type, was[i]);
            const taken = read(type, toJson(after.parameters[i]!.type, is[i]));
            assert(sameJson(meant, taken), `${JSON.stringify(meant)} is taken as ${JSON.stringify(taken)}`);
          });
        }
      }),
      { numRuns: 4000 },
    );
    expect(changed).toBeGreaterThan(50);
  });

  test("answers only what callers of the old version understand", () => {
    let changed = 0;
    const cases = twoFunctionTypes.chain(([before, after]) =>
      fc.tuple(
        fc.constant(before),
        fc.constant(after),
        ...outcomes(after.result).map(({ type }) =>
          type ? fc.array(anyValueOf(type), { minLength: 6 }) : fc.constant([]),
        ),
      ),
    );
    fc.assert(
      fc.property(cases, ([before, after, ...values]) => {
        // With `f` alone begins what is not shown one by one, which may be the result's.
        const changes = diff(before, after).filter(({ path }) => path.includes(": result") || path === "f");
        if (isBreaking(changes)) return;
        if (changes.length > 0) changed++;
        const known = outcomes(before.result);
        outcomes(after.result).forEach(({ status, type }, i) => {
          const expected = known.find((outcome) => outcome.status === status);
          assert(expected, `${status} is new`);
          if (!expected.type) return;
          assert(type, `${status} had a body`);
          for (const value of values[i]!) understood(expected.type, toJson(type, value));
        });
      }),
      { numRuns: 4000 },
    );
    expect(changed).toBeGreaterThan(50);
  });

  test("of scalars is judged so exactly when it is", () => {
    const samples: Record<(typeof primitiveKinds)[number], readonly unknown[]> = {
      bool: [true, false],
      u8: [0, 255],
      s8: [-128, 127],
      u16: [0, 65535],
      s16: [-32768, 32767],
      u32: [0, 2 ** 32 - 1, 2 ** 24 + 1],
      s32: [-(2 ** 31), 2 ** 31 - 1, 2 ** 24 + 1],
      u64: [0, "0", String(2n ** 64n - 1n)],
      s64: [0, "-1", String(-(2n ** 63n)), String(2n ** 63n - 1n)],
      f32: [0.5, -1, "NaN", Math.fround(3e38)],
      f64: [0.1, -1, "Infinity", 1e300, 2 ** 32],
      char: ["a", "😀"],
      string: ["", "abc"],
    };
    const isRead = (sent: ValueType, received: ValueType, forms: readonly unknown[]): boolean =>
      forms.every((json) => {
        try {
          return sameJson(toJson(received, fromJson(received, json)), toJson(sent, fromJson(sent, json)));
        } catch {
          return false;
        }
      });
    for (const a of primitiveKinds) {
      for (const b of primitiveKinds) {
        const parameter = (kind: typeof a) => ({ parameters: [{ name: "v", type: { kind } }] });
        const result = (kind: typeof a) => ({ parameters: [], result: { kind } });
        const sent = samples[b].map((json) => toJson({ kind: b }, fromJson({ kind: b }, json)));
        expect([a, b, isBreaking(diff(parameter(a), parameter(b)))]).toEqual([
          a,
          b,
          !isRead({ kind: a }, { kind: b }, samples[a]),
        ]);
        expect([a, b, isBreaking(diff(result(a), result(b)))]).toEqual([
          a,
          b,
          !isRead({ kind: b }, { kind: a }, sent),
        ]);
      }
    }
  });
});

test("there are changes exactly where types or parameter names differ", () => {
  fc.assert(
    fc.property(twoFunctionTypes, ([before, after]) => {
      const same = sameFunctionType(before, after, { parameterNames: true });
      expect(diff(before, after).length === 0).toBe(same);
      const imports = diffWorlds(world(before, "imports"), world(after, "imports"));
      expect(imports.length === 0).toBe(sameFunctionType(before, after));
      expect(imports.filter(({ verdict }) => verdict !== "capability")).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test("a world does not differ from itself, decoded anew", () => {
  fc.assert(
    fc.property(anyWit, (wit) => {
      const decode = () => decodeComponentType(componentTypeOf(dummyModule(wit))).world;
      expect(diffWorlds(decode(), decode())).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
