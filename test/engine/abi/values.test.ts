import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { StringEncoding } from "../../../host/component/component-type.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { Engine } from "../../../host/engine/engine.ts";
import { createJcoEngine } from "../../../host/engine/jco/jco-engine.ts";
import { ComponentError, type HotcellError } from "../../../host/errors.ts";
import { resolve, type ValueType } from "../../../host/wit/model.ts";
import { roundTrip, withFewFlags } from "../../guests/round-trip.ts";
import { anyValueOf, anyValueType } from "../../support/arbitrary-values.ts";

const encodings = ["utf8", "utf16", "latin1+utf16"] as const;

/** The value as the host's `back` saw it and as it came back. */
async function travel(engine: Engine, type: ValueType, encoding: StringEncoding, values: unknown[]) {
  const compiled = await engine.compile(roundTrip(type, encoding));
  const isResult = resolve(type).kind === "result";
  let seen: unknown;
  const back = (value: unknown) => {
    seen = value;
    if (!isResult) return value;
    const { tag, val } = value as { tag: string; val: unknown };
    if (tag === "ok") return val;
    throw new ComponentError(val, "back");
  };
  const there = compiled.instantiate({ $root: { back } }).function("there");
  return values.map((value) => {
    const returned = there(value);
    return { seen, returned };
  });
}

/** A type and values of it. */
function typed(among: readonly StringEncoding[], options: Parameters<typeof anyValueType>[0] = {}) {
  return anyValueType(options)
    .map(withFewFlags)
    .chain((type) =>
      fc.record({
        type: fc.constant(type),
        encoding: fc.constantFrom(...among),
        values: fc.array(anyValueOf(type), { minLength: 1, maxLength: 8 }),
      }),
    );
}

describe("values of every type", () => {
  const engine = createDirectEngine();

  test("cross both ways, flat and through memory, in every encoding", async () => {
    await fc.assert(
      fc.asyncProperty(typed(encodings, { fixedLengthLists: true }), async ({ type, encoding, values }) => {
        for (const [i, { seen, returned }] of (await travel(engine, type, encoding, values)).entries()) {
          expect(seen).toEqual(values[i]);
          expect(returned).toEqual(values[i]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("variants in variants share their core values", async () => {
    const variants = typed(encodings, { composites: ["variant", "option", "result", "tuple"], depth: 4 });
    await fc.assert(
      fc.asyncProperty(variants, async ({ type, encoding, values }) => {
        for (const [i, { seen, returned }] of (await travel(engine, type, encoding, values)).entries()) {
          expect(seen).toEqual(values[i]);
          expect(returned).toEqual(values[i]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Of a function's result that has a result in it, jco loses which of the two was the error. */
function isResultOfResult(type: ValueType): boolean {
  const outer = resolve(type);
  return (
    outer.kind === "result" && [outer.ok, outer.err].some((part) => part && resolve(part).kind === "result")
  );
}

/**
 * What a host function returns for a result is to jco the ok part itself where that has a `tag` too, as flags and
 * records with a field of that name have, and an optional result: an error comes out as ok.
 */
function hasTag(type: ValueType): boolean {
  const part = resolve(type);
  if (part.kind === "option") return hasTag(part.some);
  if (part.kind === "result") return true;
  if (part.kind === "flags") return part.names.includes("tag");
  if (part.kind === "record") return part.fields.some(({ name }) => name === "tag");
  return part.kind === "variant" && part.cases.some(({ name }) => name === "ok" || name === "err");
}

function isResultOfTagged(type: ValueType): boolean {
  const outer = resolve(type);
  return outer.kind === "result" && outer.ok !== undefined && hasTag(outer.ok);
}

describe("beside the jco engine", () => {
  const direct = createDirectEngine();
  const jco = createJcoEngine();
  afterAll(() => jco.close());

  test("values come out the same", async () => {
    await fc.assert(
      fc.asyncProperty(typed(["utf8", "utf16"]), async ({ type, encoding, values }) => {
        fc.pre(!isResultOfResult(type) && !isResultOfTagged(type));
        const ours = await travel(direct, type, encoding, values);
        const theirs = await travel(jco, type, encoding, values).catch((error: HotcellError) => {
          // jco can't transpile upper-case words in names, for one.
          fc.pre(error.code !== "unsupported-feature");
          throw error;
        });
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 100 },
    );
  });
});
