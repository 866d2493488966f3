/** Clients written for a version, and what a newer version of the plugin means to them. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { clientOf } from "../../host/describe/client/client.ts";
import { standaloneSchemas } from "../../host/describe/function-schemas.ts";
import { diffWorlds } from "../../host/wit/diff/diff.ts";
import { exportedFunctions, FunctionPaths } from "../../host/wit/exports.ts";
import { takesJson } from "../../host/wit/json/json-function.ts";
import type { FunctionType, ValueType, World } from "../../host/wit/model.ts";
import { errType, okType } from "../../host/wit/outcome.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { anyValueOf } from "../support/arbitrary-values.ts";
import { argumentsFromJson, toJson } from "../support/conversions.ts";
import { hostOfFile } from "../support/hosts.ts";
import { twoFunctionTypes } from "../wit/diff-arbitrary.ts";
import { diffCases, diffCaseWorld } from "../wit/diff-corpus.ts";
import { anyJsonFor } from "./arbitrary-json.ts";
import { ajv } from "./schema-validator.ts";

/** What a client of `before` sends to a plugin that has `after`, and what that answers. */
interface Talk {
  readonly bodies: readonly unknown[];
  readonly values: readonly unknown[];
  readonly errors: readonly unknown[];
}

function anyTalk(before: FunctionType, after: FunctionType): fc.Arbitrary<Talk> {
  const some = (type: ValueType | undefined) =>
    type ? fc.array(anyValueOf(type), { maxLength: 3 }) : fc.constant([]);
  return fc.record({
    bodies: fc.array(anyJsonFor(standaloneSchemas(before)!.arguments), { maxLength: 4 }),
    values: some(okType(after.result)),
    errors: some(errType(after.result)),
  });
}

/** A check of talks, which fails where what the client sends is refused, or what it looks for in an answer is not there. */
function talkingTo(before: FunctionType, after: FunctionType): (talk: Talk) => void {
  const old = standaloneSchemas(before)!;
  const validator = ajv();
  const sends = validator.compile(old.arguments);
  const reader = (schema: object | undefined, type: ValueType | undefined) => {
    if (!schema || !type) return () => {};
    const reads = validator.compile(opened(schema) as object);
    return (value: unknown) => {
      const json: unknown = JSON.parse(JSON.stringify(toJson(type, value)));
      expect(reads(json), JSON.stringify([json, schema])).toBe(true);
    };
  };
  const readValue = reader(old.result, okType(after.result));
  const readError = reader(old.error, errType(after.result));
  return ({ bodies, values, errors }) => {
    // JSON Schema can't tell the range of integers that are written as text, nor lone surrogates (docs/calling.md).
    const told = bodies.filter((body) => !/"-?\d{19,20}"|\\ud[89a-f]/.test(JSON.stringify(body)));
    for (const body of told) if (sends(body)) argumentsFromJson(after, body);
    values.forEach(readValue);
    errors.forEach(readError);
  };
}

/** The schema without what forbids other members: a program that reads some is not troubled by others. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== "object" || schema === null) return schema;
  const { additionalProperties: _, ...rest } = schema as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, opened(part)]));
}

function breaks(before: World, after: World): boolean {
  return diffWorlds(before, after).some(({ verdict }) => verdict === "breaking");
}

describe("an upgrade that the host calls compatible leaves a client of the version before working:", () => {
  test("any two types of a function", () => {
    const world = (type: FunctionType): World => ({
      ...{ name: "root", package: "root:component", imports: [] },
      exports: [{ kind: "function", name: "f", type }],
    });
    let compatible = 0;
    const cases = twoFunctionTypes.chain(([before, after]) =>
      fc.tuple(fc.constant([before, after] as const), anyTalk(before, after)),
    );
    fc.assert(
      fc.property(cases, ([[before, after], talk]) => {
        if (breaks(world(before), world(after))) return;
        compatible++;
        talkingTo(before, after)(talk);
      }),
      { numRuns: 200 },
    );
    expect(compatible).toBeGreaterThan(10);
  });

  const kept = diffCases.filter(
    (name) => !breaks(diffCaseWorld(name, "old.wit"), diffCaseWorld(name, "new.wit")),
  );

  it("has many cases in the corpus of worlds", () => expect(kept.length).toBeGreaterThan(25));

  test.each(kept)("%s", (name) => {
    const before = exportedFunctions(diffCaseWorld(name, "old.wit"));
    const after = exportedFunctions(diffCaseWorld(name, "new.wit"));
    for (const one of before.filter(({ type }) => takesJson(type))) {
      const other = new FunctionPaths(after).find(new FunctionPaths(before).shortest(one)!);
      expect(other, `${one.key} is found by the path that a client has`).toMatchObject({ name: one.name });
      const check = fc.property(anyTalk(one.type, other!.type), talkingTo(one.type, other!.type));
      fc.assert(check, { numRuns: 20 });
    }
  });
});

describe("a client that was written for another version", async () => {
  const host = await hostOfFile();
  const folder = await mkdtemp(join(tmpdir(), "hotcell-old-client-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await host.registry.deploy("calc", sample({ version: 1, without: ["echo"] }));
  const { json } = await host.send("GET", "/openapi.json?plugin=calc");
  const file = join(folder, "client.ts");
  await writeFile(file, clientOf(json, host.url));
  const { createClient } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  const { calc } = createClient({ url: host.url });

  it("calls one that the host took as compatible", async () => {
    expect(await calc.version()).toEqual({ ok: true, value: 1 });
    await host.registry.deploy("calc", sample({ version: 2 }));
    expect(await calc.version()).toEqual({ ok: true, value: 2 });
    expect(await calc.add({ a: 1, b: 2 })).toEqual({ ok: true, value: 3 });
  });

  it("is told what is gone or changed, of one that was allowed to break callers", async () => {
    const other = component(`
      (core module $m (func (export "add") (param i32 i32 i32) (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func (export "add") (param "a" u32) (param "b" u32) (param "modulus" u32) (result u32) (canon lift (core func $i "add")))`);
    await host.registry.deploy("calc", other, { allowBreaking: true });
    const problem = { detail: expect.any(String), remedy: expect.any(String) };
    expect(await calc.divide({ a: 1, b: 2 })).toMatchObject({
      error: { code: "function-not-found", status: 404, problem },
    });
    const changed = await calc.add({ a: 1, b: 2 });
    expect(changed).toMatchObject({ error: { code: "bad-argument", status: 400, problem } });
    expect(changed.error.problem.detail).toContain("modulus");
  });
});
