/** OpenAPI documents of a host with all examples, held against a validator; and of worlds that mean no good. */
import { validate } from "@readme/openapi-parser";
import { describe, expect, it, test } from "vitest";
import { openApi } from "../../host/describe/openapi/openapi.ts";
import type { DescribedPlugin } from "../../host/describe/openapi/plugin-operations.ts";
import type { DescribedSite } from "../../host/describe/openapi/site-operations.ts";
import { errorCodes } from "../../host/errors.ts";
import { apiRoutes } from "../../host/http/routes/api-routes.ts";
import type { TypeDefinition, World } from "../../host/wit/model.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { sample } from "../guests/small-plugins.ts";
import { deployExample, exampleWasm, runnableExamples } from "../support/examples.ts";
import { hostOfFile } from "../support/hosts.ts";
import { startTestHost } from "../support/test-host.ts";

const host = await hostOfFile();
const examples = await runnableExamples();
for (const name of examples) await deployExample(host.registry, name);
await host.registry.contracts.put("greeting", exampleWasm("greet"), { plugins: ["greet"] });
await host.registry.contracts.put("pricing", exampleWasm("pricing"), { plugins: ["pricing", "greeter-*"] });

interface Operation {
  readonly operationId: string;
  readonly [member: string]: unknown;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { readonly name: string; readonly [member: string]: unknown }[];
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly [member: string]: unknown;
}

async function documentOf(query = ""): Promise<Document> {
  const { status, json } = await host.send("GET", `/openapi.json${query}`);
  expect([status, json.detail]).toEqual([200, undefined]);
  return json as unknown as Document;
}

async function problemsOf(document: object): Promise<unknown> {
  // The validator changes what it is given.
  const result = await validate(structuredClone(document) as Parameters<typeof validate>[0]);
  return result.valid ? [] : result.errors;
}

const operationsOf = ({ paths }: Document) =>
  Object.values(paths).flatMap((item) =>
    Object.entries(item).flatMap(([key, one]) => (key === "servers" ? [] : one)),
  );

describe("the document of all examples", async () => {
  const document = await documentOf();

  it("is valid", async () => {
    expect(await problemsOf(document)).toEqual([]);
  });

  it("has every route of the host's own API, and every function that can be called", () => {
    const own = apiRoutes.filter(({ method, permission }) => method !== "ANY" && permission !== "call");
    expect(operationsOf(document).filter(({ operationId }) => operationId.startsWith("HOST."))).toHaveLength(
      own.length,
    );
    expect(Object.keys(document.paths)).toContain("/call/pricing/price");
    expect(document.paths["/call/greet/greet"]?.post).toMatchObject({
      tags: ["greet"],
      operationId: "greet.greet",
      requestBody: { required: true },
      responses: { 200: { content: { "application/json": { schema: { type: "string" } } } } },
      security: [{}, { token: ["call"] }],
    });
    expect(document.paths["/http/router/{path}"]).toHaveProperty("patch");
    const ids = operationsOf(document).map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has the hook points of contracts, with their types and their modes", () => {
    const hook = document.paths["/call/@greeting/greet"]?.post;
    expect(hook).toMatchObject({
      tags: ["@greeting"],
      operationId: "HOOK.greeting.greet",
      parameters: [
        { name: "mode", schema: { enum: ["collect", "first", "chain"] } },
        { name: "deadline" },
        { $ref: "#/components/parameters/IdempotencyKey" },
      ],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { properties: { name: { type: "string" } } } } },
      },
      security: [{}, { token: ["call"] }],
    });
    expect(JSON.stringify(document.paths["/call/@pricing/price"])).toContain(
      "#/components/schemas/Hook-pricing.quote",
    );
    expect(document.components.schemas).toHaveProperty(["Hook-pricing.quote"]);
    expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(["@greeting", "@pricing"]));
  });

  it("has hook points alone where they are asked for, and none that a token is not good for", async () => {
    const asked = async (query: string) => Object.keys((await documentOf(query)).paths).sort();
    expect(await asked("?plugin=@greeting")).toEqual(["/call/@greeting/greet"]);
    expect(await asked("?plugin=@gr*&plugin=greet")).toEqual(["/call/@greeting/greet", "/call/greet/greet"]);
    expect(await asked("?plugin=greet")).toEqual(["/call/greet/greet"]);
    const codeOf = async (query: string) => (await host.send("GET", `/openapi.json${query}`)).json.code;
    expect(await codeOf("?plugin=@nothing")).toBe("contract-not-found");
    expect(await codeOf("?plugin=@")).toBe("bad-plugin-name");
  });

  it("has no hook points of plugins that a token is not good for", async () => {
    // On a loopback address reads need no token, and none is looked at.
    const other = await startTestHost({ address: "0.0.0.0" });
    const wasm = exampleWasm("greet");
    for (const name of ["greet", "greeter"]) await other.registry.deploy(name, wasm);
    await other.registry.contracts.put("greeting", wasm, { plugins: ["greet"] });
    await other.registry.contracts.put("both", wasm, { plugins: ["greet*"] });
    const { token } = await other.tokens.create({ scopes: ["read"], plugins: ["greet"] }, "test");
    const headers = { authorization: `Bearer ${token}` };
    const { json } = await other.send("GET", "/openapi.json?host=false", { headers, anonymous: true });
    expect(Object.keys(json.paths).sort()).toEqual(["/call/@greeting/greet", "/call/greet/greet"]);
    await other.close();
  });

  it("says nothing of the arguments that all plugins of a contract are asked with, which may be an array", () => {
    expect(document.paths["/call/@{contract}/{function}"]?.post).toMatchObject({
      tags: ["host"],
      parameters: [{ name: "contract" }, { name: "function" }, { name: "mode" }, { name: "deadline" }],
      requestBody: { content: { "application/json": {} } },
    });
    const text = JSON.stringify(document.paths["/call/@{contract}/{function}"]?.post?.requestBody);
    expect(text).not.toContain("object");
  });

  it("has the schemas of types by their plugin, with the docs that came with them", () => {
    expect(document.components.schemas["pricing.quote"]).toMatchObject({
      type: "object",
      properties: { total: { description: "Cents to pay." } },
      required: ["subtotal", "discounts", "total"],
    });
    expect(document.paths["/call/pricing/price"]!.post!.responses).toMatchObject({
      422: {
        content: {
          "application/problem+json": {
            schema: {
              allOf: [
                { $ref: "#/components/schemas/Problem" },
                { properties: { payload: { $ref: "#/components/schemas/pricing.problem" } } },
              ],
            },
          },
        },
      },
    });
  });

  it("names all codes of errors", () => {
    expect(document.components.schemas.Problem).toMatchObject({ properties: { code: { enum: errorCodes } } });
  });
});

describe("?plugin", () => {
  it("is about those plugins, without the host's API unless that is asked for", async () => {
    const document = await documentOf("?plugin=greet&plugin=t*");
    expect(document.tags.map(({ name }) => name)).toEqual(["greet", "tally", "tax", "text-stats"]);
    expect(await problemsOf(document)).toEqual([]);
    expect((await documentOf("?plugin=greet&host")).tags.map(({ name }) => name)).toEqual(["greet", "host"]);
  });

  it("names the plugin that there is not", async () => {
    const { status, json } = await host.send("GET", "/openapi.json?plugin=grete");
    expect([status, json.code]).toEqual([404, "plugin-not-found"]);
  });
});

test("docs of functions are summaries and descriptions", async () => {
  const docs = { worlds: { root: { docs: "Numbers.", func_exports: { add: "Adds.\n\nTwo of them." } } } };
  const bytes = withSections(sample(), [
    ["description", "A calculator."],
    ["package-docs", packageDocs(docs)],
  ]);
  await host.registry.deploy("calc", bytes);
  const document = await documentOf("?plugin=calc");
  expect(document.tags).toEqual([{ name: "calc", description: "A calculator.\n\nNumbers." }]);
  expect(document.paths["/call/calc/add"]?.post).toMatchObject({
    summary: "Adds.",
    description: "Adds.\n\nTwo of them.",
  });
  expect(document.paths["/call/calc/add-up"]?.post).toMatchObject({ summary: "func(a: u32, b: u32) -> u32" });
  await host.registry.remove("calc");
});

test("calls of a plugin's checks are examples, by name, for who may call it", async () => {
  const calls = [
    { call: "boom", traps: true },
    { call: "add", args: [1, 2], returns: 3 },
  ] as const;
  await host.registry.deploy("calc", sample(), { checks: { calls } });
  const { paths } = await documentOf("?plugin=calc");
  expect(paths["/call/calc/add"]?.post).toMatchObject({
    requestBody: { content: { "application/json": { example: { a: 1, b: 2 } } } },
    responses: { 200: { content: { "application/json": { example: 3 } } } },
  });
  await host.registry.configure("calc", { access: "token" });
  const anonymous = await host.send("GET", "/openapi.json?plugin=calc", { anonymous: true });
  expect(JSON.stringify(anonymous.json)).not.toContain('"example"');
  await host.registry.remove("calc");
});

describe("worlds of all kinds", () => {
  const world = (functions: Readonly<Record<string, string>>, more: World["exports"] = []): World => ({
    ...{ name: "root", package: "root:component", imports: [] },
    exports: [
      ...Object.entries(functions).map(([name, type]) => ({
        kind: "function" as const,
        name,
        type: parseFunctionType(type),
      })),
      ...more,
    ],
  });
  const documentOfWorld = (own: World) =>
    openApi({
      ...{ server: "", version: "1", routes: [] },
      plugins: [{ name: "p", world: own, isDriven: () => false, isOpen: true, sites: [] }],
    }) as unknown as Document;

  it("functions with resources are listed, and said not to be callable", async () => {
    const file: TypeDefinition = { name: "file", owner: { direction: "export" }, body: { kind: "resource" } };
    const type = { parameters: [{ name: "of", type: { kind: "borrow", resource: file } as const }] };
    const document = documentOfWorld(world({ ok: "func()" }, [{ kind: "function", name: "read", type }]));
    expect(Object.keys(document.paths)).toEqual(["/call/p/ok"]);
    expect(document.tags[0]).toMatchObject({
      "x-not-callable": [{ function: "read", why: "it takes or returns resources, which have no JSON" }],
    });
    expect(await problemsOf(document)).toEqual([]);
  });

  it("a list<u8> is bytes as they are, beside JSON, with the others in the query", async () => {
    const { paths } = documentOfWorld(
      world({
        resize:
          "func(photo: list<u8>, width: u32, kinds: list<string>, name: option<string>) -> result<list<u8>, string>",
        many: "func(n: list<option<u8>>)",
        two: "func(a: list<u8>, b: list<u8>) -> list<u8>",
        deep: "func(photo: list<u8>, of: record { a: u8 })",
      }),
    );
    const { post } = paths["/call/p/resize"]!;
    expect(post).toMatchObject({
      requestBody: {
        required: true,
        content: { "application/json": {}, "application/octet-stream": { "x-wit-parameter": "photo" } },
      },
      responses: { 200: { content: { "application/json": {}, "application/octet-stream": {} } } },
    });
    const beside = (needed: string) => `Only with a body of application/octet-stream${needed}.`;
    const integer = { type: "integer", minimum: 0, maximum: 4294967295 };
    const list = { type: "array", items: { type: "string" } };
    expect(post?.parameters).toEqual([
      { name: "width", in: "query", schema: integer, description: beside(", which needs it") },
      { name: "kinds", in: "query", schema: list, description: beside("") },
      { name: "name", in: "query", schema: { type: "string" }, description: beside("") },
      { $ref: "#/components/parameters/IdempotencyKey" },
    ]);
    expect(Object.keys((paths["/call/p/two"]!.post!.requestBody as { content: object }).content)).toEqual([
      "application/json",
      "application/x-ndjson",
    ]);
    expect(post?.responses).toMatchObject({ "2XX": { content: { "application/x-ndjson": {} } } });
    const bytes = { type: "integer", minimum: 0, maximum: 255 };
    expect(paths["/call/p/many"]?.get?.parameters).toMatchObject([
      { name: "n", schema: { items: bytes } },
      {},
    ]);
    expect(paths["/call/p/two"]?.get?.parameters).toMatchObject([
      { name: "a", schema: { contentEncoding: "base64url" } },
      {},
      {},
    ]);
    expect(Object.keys(paths["/call/p/deep"]!)).toEqual(["post"]);
    expect(await problemsOf(documentOfWorld(world({ f: "func(a: list<u8>, b: list<u64, 2>)" })))).toEqual([]);
  });

  it("paths that several answer are there once, with the hosts at which each does", async () => {
    const plugin = (name: string, ...sites: readonly DescribedSite[]): DescribedPlugin => ({
      ...{ name, world: world({}), isDriven: () => false, isOpen: true, sites },
    });
    const document = openApi({
      ...{ server: "", version: "1" },
      routes: [
        {
          ...{
            method: "GET",
            path: "/plugins/{name}",
            summary: "a plugin",
            scopes: [["read"]],
            isOpen: false,
          },
          ...{ once: [], often: [], takes: [], gives: "application/json" },
        },
      ],
      plugins: [
        plugin("a", { path: "/*", host: "a.example" }, { path: "/shop" }),
        plugin("b", { path: "/*", host: "b.example" }, { path: "/shop", methods: ["POST"] }),
        plugin("c", { path: "/plugins/*", host: "c.example" }),
      ],
    }) as unknown as Document;
    expect(await problemsOf(document)).toEqual([]);
    expect(document.paths["/{path}"]?.get).toMatchObject({
      tags: ["a", "b"],
      servers: [{ url: "//a.example" }, { url: "//b.example" }],
      description: "Answered by the plugin itself\n\nAt b.example: b, Answered by the plugin itself.",
    });
    // The more specific one takes the request.
    expect(document.paths["/shop"]).toMatchObject({ get: { tags: ["a"] }, post: { tags: ["b"] } });
    expect(document.paths["/plugins/{name}"]).toMatchObject({
      get: {
        tags: ["host", "c"],
        servers: [{ url: "/" }, { url: "//c.example" }],
        security: [{ token: ["read"] }, {}, { token: ["call"] }],
      },
      put: { tags: ["c"], servers: [{ url: "//c.example" }], parameters: [{ name: "name", in: "path" }] },
    });
    expect(document.paths["/plugins/{name}"]?.get).not.toHaveProperty("parameters.1");
    expect(Object.keys(document.paths)).toHaveLength(3);
  });

  it("fields that are one name in JSON make no schema, and their function is not callable", () => {
    const document = documentOfWorld(world({ f: "func(v: record { a1: u8, a-1: u8 })" }));
    expect(document.paths).toEqual({});
  });

  it("functions beyond a thousand are counted, and types beyond a bound left out", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_200 }, (_, i) => [`f${i}`, "func(v: tuple<u8, string>)"]),
    );
    const document = documentOfWorld(world(many));
    expect(Object.keys(document.paths)).toHaveLength(1_000);
    expect(document.tags[0]).toMatchObject({ "x-not-callable": [{ function: "200 more" }] });
    const wide = `func(v: enum { ${Array.from({ length: 5_000 }, (_, i) => `${"n".repeat(20)}${i}`).join(", ")} })`;
    const large = documentOfWorld(
      world(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}`, wide]))),
    );
    expect(JSON.stringify(large).length).toBeLessThan(2 * 2 ** 20);
    expect(await problemsOf(large)).toEqual([]);
  });
});
