/** `hotcell client`: what it writes is checked by TypeScript, and calls every example over HTTP. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { clientOf } from "../../host/describe/client/client.ts";
import { standaloneSchemas } from "../../host/describe/function-schemas.ts";
import { diffWorlds } from "../../host/wit/diff/diff.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { type FunctionType, resolve, type World } from "../../host/wit/model.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { anyValueOf } from "../support/arbitrary-values.ts";
import { finished, startHotcell } from "../support/cli.ts";
import { argumentsFromJson, toJson } from "../support/conversions.ts";
import { exampleChecks, exampleWasm } from "../support/examples.ts";
import { hostOfFile } from "../support/hosts.ts";
import { twoFunctionTypes } from "../wit/diff-arbitrary.ts";
import { anyJsonFor } from "./arbitrary-json.ts";
import { ajv } from "./schema-validator.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "hotcell-client-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const host = await hostOfFile();
const examples = [
  "counter",
  "friendly-time-v1",
  "greet",
  "pricing",
  "shapes",
  "tally",
  "text-stats",
] as const;
for (const name of examples) {
  const { settings = {} } = exampleChecks(name);
  await host.registry.deploy(name, exampleWasm(name), { settings });
}

const file = join(folder, "client.ts");
const run = await finished(startHotcell(["client", "-o", file, "--url", host.url]));

type Functions = Record<string, Record<string, (...args: unknown[]) => Promise<Outcome>>>;
type Outcome =
  | { ok: true; value: unknown }
  | { ok: false; error: { code: string; payload?: unknown; problem?: { code: string }; cause?: unknown } };
interface Client {
  createClient(options: object): Functions;
  unwrap(outcome: Outcome): unknown;
  CallFailed: new () => Error;
}

/** What TypeScript has against the files, in its strictest mode. */
async function complaints(...names: readonly string[]): Promise<string> {
  const config = {
    compilerOptions: {
      ...{
        target: "esnext",
        module: "nodenext",
        lib: ["esnext", "dom"],
        types: [],
        noEmit: true,
        strict: true,
      },
      ...{
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        noPropertyAccessFromIndexSignature: true,
      },
      ...{
        noImplicitOverride: true,
        erasableSyntaxOnly: true,
        verbatimModuleSyntax: true,
        isolatedModules: true,
      },
      ...{ noUnusedLocals: true, allowImportingTsExtensions: true },
    },
    files: names,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const result = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch((error) => error);
  return result.stdout;
}

test("is written by the command line, and says what it wrote", () => {
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toMatch(/^Wrote .*client\.ts\.$/m);
});

test("has types that programs use, under strict, and whatever a document says", async () => {
  await writeFile(
    join(folder, "use.ts"),
    `import { type Client, createClient, type PricingQuote, unwrap } from "./client.ts";
const client: Client = createClient({ url: "http://127.0.0.1", token: "t", retries: 0 });
export const greeting: string = unwrap(await client.greet.greet({ name: "Ada" }, { signal: AbortSignal.timeout(1) }));
const outcome = await client.pricing.price({ cart: { customer: "gold", lines: [] } });
if (outcome.ok) {
  const quote: PricingQuote = outcome.value;
  const total: number | string = quote.total;
  const hint: string | null | undefined = quote.hint;
  void [total, hint];
} else if (outcome.error.code === "guest-error") {
  const problem: "empty-cart" | "zero-quantity" | "unknown-coupon" | "coupon-needs-member" = outcome.error.payload;
  void problem;
} else {
  const code: string = outcome.error.code;
  void code;
}
// @ts-expect-error No such parameter.
await client.greet.greet({ nam: "Ada" });
// @ts-expect-error No such customer.
await client.pricing.price({ cart: { customer: "silver", lines: [] } });
`,
  );
  const hostile = clientOf(hostileDocument, 'http://x/\n"; process.exit(1); //');
  await writeFile(join(folder, "hostile.ts"), hostile);
  expect(await complaints("client.ts", "use.ts", "hostile.ts")).toBe("");
  const written = await import(/* @vite-ignore */ pathToFileURL(join(folder, "hostile.ts")).href);
  expect(Object.keys(written.createClient({ url: "http://x" }))).toEqual(["abort", "a-1", "a1"]);
});

/** Names and texts that would mean something where they come to stand. */
const hostileDocument = {
  paths: {
    "/call/abort/signal": {
      post: {
        summary: "Ends. */ process.exit(1); /*",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/abort.signal" } } },
        },
        responses: { 200: { content: { "application/json": { schema: { const: '\u2028"`$' } } } } },
      },
    },
    "/call/a-1/then": { post: { responses: {} } },
    "/call/a1/constructor": {
      post: { responses: { 200: { content: { "application/json": { schema: { type: "x" } } } } } },
    },
    "/call/a1/x:y/z@1.0.0/f": { post: { responses: {} } },
    "/call/a1/z/f": { post: { responses: {} } },
    "/call/A'+process.exit()+'/f": { post: {} },
    "/plugins": { get: {} },
  },
  components: {
    schemas: {
      "abort.signal": {
        type: "object",
        properties: { "a-b": { type: "string", description: "*/" }, __proto__: {} },
      },
      "a.promise": { enum: ["x", 1, null] },
      "a.Promise": { oneOf: [] },
      Promise: { not: {} },
      "1.2": { type: "array", items: { anyOf: [{ type: "null" }, { $ref: "#/nowhere" }] } },
    },
  },
};

describe("calls", async () => {
  const { createClient, unwrap, CallFailed } = (await import(
    /* @vite-ignore */ pathToFileURL(file).href
  )) as Client;
  const client = createClient({ url: `${host.url}/` });

  it.each(examples)("all that calls.json of %s has, with its answers", async (plugin) => {
    const functions = exportedFunctions(await host.registry.world(plugin));
    for (const { call, args, returns, err, traps } of exampleChecks(plugin).calls) {
      const { name, type } = functions.find((one) => call === one.name || call.endsWith(`/${one.name}`))!;
      const outcome = await client[camelCase(plugin)]![camelCase(name)]!(...named(type, args));
      if (traps) expect(outcome).toMatchObject({ ok: false, error: { code: "trap" } });
      else if (err !== undefined) expect(errorIn(outcome)).toEqual(["guest-error", err]);
      else if (returns === undefined) expect(outcome.ok).toBe(true);
      else expect(outcome.ok && [outcome.value ?? null]).toEqual([returns]);
    }
  });

  it("tells refusals and hosts that do not answer by codes, and throws them where values are wanted", async () => {
    const wrong = await client.greet!.greet!({ name: 1 });
    expect(wrong).toMatchObject({
      ok: false,
      error: { code: "bad-argument", status: 400, problem: { title: "Invalid argument" } },
    });
    expect(() => unwrap(wrong)).toThrow(CallFailed);
    const nobody = createClient({ url: "http://127.0.0.1:1" });
    expect(await nobody.greet!.greet!({ name: "Ada" })).toMatchObject({
      ok: false,
      error: { code: "unreachable" },
    });
  });

  it("ends by its signal, with the signal's reason", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(client.greet!.greet!({ name: "Ada" }, { signal })).rejects.toThrow("enough");
  });

  it("is sent again where it was refused before it was made, and nowhere else", async () => {
    const asked: string[] = [];
    const answers = (...codes: readonly string[]) =>
      createClient({
        url: "http://host",
        fetch: async (url: string) => {
          asked.push(url);
          const code = codes[asked.length - 1];
          if (code === undefined) return Response.json("Hello");
          return Response.json({ code, detail: "no" }, { status: 503, headers: { "retry-after": "0" } });
        },
      }).greet!.greet!({ name: "Ada" });
    expect(await answers("too-many-calls", "rate-limited")).toEqual({ ok: true, value: "Hello" });
    expect(asked.splice(0)).toHaveLength(3);
    expect(await answers("backing-off", "backing-off", "backing-off")).toMatchObject({
      error: { code: "backing-off" },
    });
    expect(asked.splice(0)).toHaveLength(3);
    expect(await answers("timeout")).toMatchObject({ error: { code: "timeout" } });
    expect(asked.splice(0)).toHaveLength(1);
  });
});

function errorIn(outcome: Outcome): unknown {
  return outcome.ok ? outcome : [outcome.error.code, outcome.error.payload ?? null];
}

/** Arguments by name, as the client takes them; none for a function without parameters. */
function named({ parameters }: FunctionType, args: unknown): unknown[] {
  if (parameters.length === 0) return [];
  if (!Array.isArray(args)) return [args ?? {}];
  return [Object.fromEntries(args.map((arg, i) => [camelCase(parameters[i]!.name), arg]))];
}

test("a client of the version before goes on working after an upgrade that is called compatible", () => {
  const world = (type: FunctionType): World => ({
    ...{ name: "root", package: "root:component", imports: [] },
    exports: [{ kind: "function", name: "f", type }],
  });
  let compatible = 0;
  const pairs = twoFunctionTypes.chain(([before, after]) =>
    fc.tuple(
      fc.constant([before, after] as const),
      fc.array(anyJsonFor(standaloneSchemas(before)!.arguments), { maxLength: 4 }),
      after.result ? fc.array(anyValueOf(after.result), { maxLength: 3 }) : fc.constant([]),
    ),
  );
  fc.assert(
    fc.property(pairs, ([[before, after], bodies, values]) => {
      const changes = diffWorlds(world(before), world(after));
      if (changes.some(({ verdict }) => verdict === "breaking")) return;
      compatible++;
      const [old, now] = [standaloneSchemas(before)!, standaloneSchemas(after)!];
      const validate = ajv().compile(old.arguments);
      const sent = bodies.filter(
        (body) => validate(body) && !/"-?\d{19,20}"|\\ud[89a-f]/.test(JSON.stringify(body)),
      );
      for (const body of sent) argumentsFromJson(after, body);
      // What it reads is there: its types are open for more.
      if (!old.result || !now.result || resolve(after.result!).kind === "result") return;
      const reads = ajv().compile(opened(old.result) as object);
      for (const value of values) {
        const json: unknown = JSON.parse(JSON.stringify(toJson(after.result!, value)));
        expect(reads(json), JSON.stringify([json, old.result])).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(compatible).toBeGreaterThan(10);
});

/** The schema without what forbids other members: a program that reads some is not troubled by others. */
function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened);
  if (typeof schema !== "object" || schema === null) return schema;
  const { additionalProperties: _, ...rest } = schema as Record<string, unknown>;
  return Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, opened(part)]));
}
