/** `hotcell client`: what it writes is checked by TypeScript, and calls every example over HTTP. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it, test } from "vitest";
import { clientOf } from "../../host/describe/client/client.ts";
import { isDriven } from "../../host/drive/http-handler.ts";
import { exportedFunctions, findByPath } from "../../host/wit/exports.ts";
import { takesJson } from "../../host/wit/json/json-function.ts";
import type { FunctionType } from "../../host/wit/model.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { guest } from "../guests/hostile-text.ts";
import { finished, startHotcell } from "../support/cli.ts";
import { deployExample, exampleChecks, exampleWasm, runnableExamples } from "../support/examples.ts";
import { hostOfFile } from "../support/hosts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "hotcell-client-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const host = await hostOfFile();
const examples = await runnableExamples();
for (const name of examples) await deployExample(host.registry, name);

/** Gives its bytes back, as many times shorter as it is told. */
const blobs = guest(
  `(func (export "part") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (i32.div_u (local.get 1) (local.get 2))) (i32.const 4))
  (func (export "size") (param i32 i32 i32 i32 i32) (result i32) (local.get 1))`,
  {
    part: `(param "data" (list u8)) (param "by" u32) (param "name" (option string)) (result (list u8))`,
    size: `(param "data" (list u8)) (param "tags" (option (list string))) (result u32)`,
  },
);
await host.registry.deploy("blobs", blobs());
await host.registry.deploy("greet-two", exampleWasm("greet"));
await host.registry.contracts.put("greeting", exampleWasm("greet"), { plugins: ["greet", "greet-two"] });
await host.registry.contracts.put("pricing", exampleWasm("pricing"), { plugins: ["pricing"] });

const file = join(folder, "client.ts");
const run = await finished(startHotcell(["client", "-o", file, "--url", host.url]));

type HookFunctions = Record<string, Record<string, Record<string, (...args: unknown[]) => Promise<Outcome>>>>;
type Functions = Record<string, Record<string, (...args: unknown[]) => Promise<Outcome>>>;
type Outcome =
  | { ok: true; value: unknown }
  | { ok: false; error: { code: string; payload?: unknown; problem?: { code: string }; cause?: unknown } };
interface Client {
  createClient(options: object): Functions;
  createHooks(options: object): HookFunctions;
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
    `import { type Client, createClient, createHooks, type Hooks, type PricingQuote, unwrap } from "./client.ts";
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
const hooks: Hooks = createHooks({ url: "http://127.0.0.1" });
const all = unwrap(await hooks.pricing.price.collect({ cart: { customer: "gold", lines: [] } }, { deadline: 100 }));
for (const [plugin, { value, error }] of Object.entries(all)) {
  const total: number | string | undefined = value?.total;
  const refused: "empty-cart" | "zero-quantity" | "unknown-coupon" | "coupon-needs-member" | undefined = error?.payload;
  void [plugin, total, refused, error?.code];
}
const first: string | undefined = unwrap(await hooks.greeting.greet.first({ name: "Ada" }))?.value;
const last: string = unwrap(await hooks.greeting.greet.chain({ name: "Ada" })).value;
void [first, last];
// @ts-expect-error No such parameter.
await hooks.greeting.greet.collect({ nam: "Ada" });
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
    "/call/@x/then/a": { post: { responses: {} } },
    "/call/@x/y": {
      post: {
        summary: "*/ process.exit(1)",
        responses: {
          200: {
            content: {
              "application/json": {
                schema: {
                  anyOf: [{ title: "collect" }, { title: "chain" }, { title: "}; process.exit(1)" }, 1],
                },
              },
            },
          },
        },
      },
    },
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
  const { createClient, createHooks, unwrap, CallFailed } = (await import(
    /* @vite-ignore */ pathToFileURL(file).href
  )) as Client;
  const client = createClient({ url: `${host.url}/` });

  it.each(examples)("all that calls.json of %s has, with its answers", async (plugin) => {
    const functions = exportedFunctions(await host.registry.world(plugin));
    const left = new Set(functions.filter((one) => takesJson(one.type) && !isDriven(one)));
    for (const { call, args, returns, err, traps } of exampleChecks(plugin).calls) {
      const exported = findByPath(functions, call)!;
      left.delete(exported);
      const outcome = await client[camelCase(plugin)]![camelCase(exported.name)]!(
        ...named(exported.type, args),
      );
      if (traps) expect(outcome).toMatchObject({ ok: false, error: { code: "trap" } });
      else if (err !== undefined) expect(errorIn(outcome)).toEqual(["guest-error", err]);
      else if (returns === undefined) expect(outcome.ok).toBe(true);
      else expect(outcome.ok && [inJson(outcome.value)]).toEqual([returns]);
    }
    expect([...left], "functions that calls.json does not call").toEqual([]);
  });

  it("asks all plugins of a contract, in each mode", async () => {
    const { greeting, pricing } = createHooks({ url: host.url });
    const { greet } = greeting!;
    const answer = { value: "Hello, Ada!" };
    expect(await greet!.collect!({ name: "Ada" }, { deadline: 60_000 })).toEqual({
      ...{ ok: true, value: { greet: answer, "greet-two": answer } },
    });
    expect(await greet!.first!({ name: "Ada" })).toEqual({ ok: true, value: { plugin: "greet", ...answer } });
    expect(await greet!.chain!({ name: "Ada" })).toEqual({
      ok: true,
      value: { value: "Hello, Hello, Ada!!" },
    });
    expect(await greet!.collect!({ name: "Ada" }, { deadline: 0 })).toMatchObject({
      error: { code: "bad-request" },
    });
    expect(await pricing!.price!.collect!({ cart: { customer: "gold", lines: [] } })).toMatchObject({
      ...{ ok: true, value: { pricing: { error: { code: "guest-error", payload: "empty-cart" } } } },
    });
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

  it("sends and gets bytes as they are, with the other arguments in the query", async () => {
    const asked: [url: string, type: string][] = [];
    const { blobs } = createClient({
      url: host.url,
      fetch: (url: string, init: RequestInit) => {
        asked.push([url.slice(host.url.length), new Headers(init.headers).get("content-type")!]);
        return fetch(url, init);
      },
    });
    const octets = "application/octet-stream";
    const data = Uint8Array.from({ length: 512 }, (_, i) => i);
    const part = { ok: true, value: data.slice(0, 256) };
    expect(await blobs!.part!({ data, by: 2, name: "a & ü" })).toEqual(part);
    expect(await blobs!.part!({ data: data.subarray(0), by: 2 })).toEqual(part);
    expect(await blobs!.part!({ data, by: 0 })).toMatchObject({ error: { code: "trap", status: 502 } });
    // A query can't tell an empty list from none.
    expect(await blobs!.size!({ data: Buffer.from(data).toString("base64"), tags: [] })).toEqual({
      ...{ ok: true, value: 512 },
    });
    expect(asked).toEqual([
      ["/call/blobs/part?by=2&name=a+%26+%C3%BC", octets],
      ["/call/blobs/part?by=2", octets],
      ["/call/blobs/part?by=0", octets],
      ["/call/blobs/size", "application/json"],
    ]);
  });

  it("with a key is sent again where its answer is lost, and made once", async () => {
    let sent = 0;
    const { counter } = createClient({
      url: host.url,
      fetch: async (url: string, init: RequestInit) => {
        const answer = await fetch(url, init);
        if (++sent === 1) throw new TypeError("The connection was cut.");
        return answer;
      },
    });
    const key = 'a "key" of \\ mine';
    const first = await counter!.increment!({ by: 5 }, { key });
    expect([sent, first.ok]).toEqual([2, true]);
    expect(await counter!.increment!({ by: 5 }, { key })).toEqual(first);
    expect(await counter!.increment!({ by: 6 }, { key })).toMatchObject({ error: { code: "other-call" } });
    expect(await client.counter!.value!()).toEqual(first);
  });

  it("with a key is sent again where hosts could not keep that", async () => {
    let sent = 0;
    const refused = { code: "store-unavailable", status: 503, title: "", type: "", detail: "NATS is away." };
    const { greet } = createClient({
      url: host.url,
      fetch: async (url: string, init: RequestInit) => {
        if (++sent > 1) return fetch(url, init);
        return new Response(JSON.stringify(refused), { status: 503, headers: { "retry-after": "0" } });
      },
    });
    expect(await greet!.greet!({ name: "Ada" }, { key: "away" })).toEqual({ ok: true, value: "Hello, Ada!" });
    sent = 0;
    expect(await greet!.greet!({ name: "Ada" })).toMatchObject({ error: { code: "store-unavailable" } });
  });

  it("is not sent, and rejected, where a header can't carry what the program gives", async () => {
    await expect(client.greet!.greet!({ name: "Ada" }, { key: "🔑" })).rejects.toThrow(TypeError);
    const wrong = createClient({ url: host.url, token: "a\nb" });
    await expect(wrong.greet!.greet!({ name: "Ada" })).rejects.toThrow(TypeError);
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

/** A value as calls.json has it. */
function inJson(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value ?? null);
}

function errorIn(outcome: Outcome): unknown {
  return outcome.ok ? outcome : [outcome.error.code, outcome.error.payload ?? null];
}

/** Arguments by name, as the client takes them; none for a function without parameters. */
function named({ parameters }: FunctionType, args: unknown): unknown[] {
  if (parameters.length === 0) return [];
  if (!Array.isArray(args)) return [args ?? {}];
  return [Object.fromEntries(args.map((arg, i) => [camelCase(parameters[i]!.name), arg]))];
}
