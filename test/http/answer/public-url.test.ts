/** Errors of a host that everybody reaches at one address: their type is the URL of a page there, whichever door they come out of. */
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { serverOptions } from "../../../host/cli/server/server-options.ts";
import { pluginHandler, pluginRoutes } from "../../../host/http/embed.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { thrownBy } from "../../support/thrown.ts";

const publicUrl = "https://plugins.example.com/api";
const host = await hostOfFile({ publicUrl, cors: ["https://console.example"] });
await host.registry.deploy("calc", sample());
const close = "Connection: close";

const doors: readonly (readonly [door: string, request: string, code: string])[] = [
  ["a call", head("GET /call/calc/nothing-such", close), "function-not-found"],
  [
    "a call with a key",
    head("GET /call/calc/divide?dividend=1&divisor=0", close, 'Idempotency-Key: "k"'),
    "guest-error",
  ],
  ["a route of the API", head("PUT /plugins/UPPER", close, "Content-Length: 0"), "unauthorized"],
  ["no route", head("GET /nowhere", close), "route-not-found"],
  [
    "no route, by another name",
    head("GET /nowhere", close).replace("localhost", "evil.example"),
    "forbidden-host",
  ],
  ["a plugin that serves nothing", head("GET /http/calc/", close), "no-handler"],
  [
    "a question of a browser",
    head(
      "OPTIONS /plugins",
      close,
      "Origin: https://console.example",
      "Access-Control-Request-Method: GET",
    ).replace("localhost", "evil.example"),
    "forbidden-host",
  ],
  ["a host that is none", head("GET /plugins", close).replace("localhost", "a/b"), "bad-request"],
  [
    "too many lines",
    head("GET /plugins", close, ...Array.from({ length: 300 }, (_, i) => `X-${i}: 1`)),
    "headers-too-large",
  ],
  ["what is no HTTP", "HELO\r\n\r\n", "bad-request"],
];

describe("the type of a problem is the URL of its page:", () => {
  it.each(doors)("%s", async (_, request, code) => {
    const client = await RawClient.open(host);
    const text = await client.send(request).end();
    const problem = JSON.parse(text.slice(text.indexOf("\r\n\r\n")));
    expect(problem).toMatchObject({ code, type: `${publicUrl}/docs/errors/${code}` });
  });

  it("in the answers to lines of calls, and to tools", async () => {
    const lines = { body: "[1,0]\n", headers: { "content-type": "application/x-ndjson" } };
    const { json } = await host.send("POST", "/call/calc/divide", lines);
    expect(json).toMatchObject({ error: { type: `${publicUrl}/docs/errors/guest-error` } });
    await host.registry.configure("calc", { mcp: true });
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "calc.boom" } };
    const tool = { body: JSON.stringify(call), headers: { "content-type": "application/json" } };
    const { result } = (await host.send("POST", "/mcp", tool)).json;
    expect(result._meta["hotcell/problem"].type).toBe(`${publicUrl}/docs/errors/trap`);
    await host.registry.configure("calc", { access: "token" });
    const refused = await host.send("POST", "/mcp", { ...tool, anonymous: true });
    const path = "/.well-known/oauth-protected-resource/mcp";
    expect(refused.headers.get("www-authenticate")).toContain(`resource_metadata="${publicUrl}${path}"`);
    expect((await host.send("GET", path)).json.resource).toBe(`${publicUrl}/mcp`);
    await host.registry.configure("calc", { access: null });
  });

  it("in the answers of a hook", async () => {
    const world = "package a:b; world c { export boom: func(); }";
    await host.registry.contracts.put("boom", componentTypeOf(dummyModule(world)), { plugins: ["calc"] });
    const { json } = await host.send("POST", "/call/@boom/boom");
    expect(json).toMatchObject({ calc: { error: { type: `${publicUrl}/docs/errors/trap` } } });
  });

  it("on that page, too", async () => {
    const { text } = await host.send("GET", "/docs/errors/trap");
    expect(text).toContain(`${publicUrl}/docs/errors/trap`);
  });

  it("in an embedder's app", async () => {
    const app = new Hono().route("/api", pluginRoutes(host.host, { publicUrl }));
    const answer = await app.request("/api/call/calc/divide?dividend=1&divisor=0");
    expect(await answer.json()).toMatchObject({ type: `${publicUrl}/docs/errors/guest-error` });
    const handler = new Hono().all("/calc/*", pluginHandler(host.host, "calc", { publicUrl }));
    const handled = await handler.request("/calc/");
    expect(await handled.json()).toMatchObject({ type: `${publicUrl}/docs/errors/no-handler` });
  });
});

it("is an address of http without a query, or refused by name", () => {
  const named = (value: string) => serverOptions({ HOTCELL_PUBLIC_URL: value });
  for (const url of ["http://localhost:8787", "https://a.example/b/c"])
    expect(named(url).publicUrl).toBe(url);
  for (const url of [
    "a.example",
    "ftp://a.example",
    "https://a.example/",
    "https://a.example/b/",
    "https://a?b",
    "https://u:p@a.example",
    "https://a b",
    "https://A.example",
  ]) {
    expect(thrownBy(() => named(url))).toMatchObject({
      code: "bad-settings",
      facts: { subject: "HOTCELL_PUBLIC_URL" },
    });
  }
  expect(thrownBy(() => pluginRoutes(host.host, { publicUrl: "a" }))).toMatchObject({ code: "bad-settings" });
  expect(serverOptions({}, { "public-url": "http://a" }).publicUrl).toBe("http://a");
});
