/** Functions of plugins as tools of the Model Context Protocol. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toolName, toolTarget } from "../../../../host/describe/mcp/tool-names.ts";
import { sample } from "../../../guests/small-plugins.ts";
import { hostOfFile } from "../../../support/hosts.ts";

const host = await hostOfFile();
beforeAll(async () => {
  await host.registry.deploy("calc", sample(), { settings: { mcp: { readOnly: ["add", "math/add-up"] } } });
  await host.registry.deploy("hidden", sample());
});

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const modernHeaders = { "mcp-protocol-version": "2026-07-28" };

const send = (message: unknown, headers: Record<string, string> = {}) =>
  host.send("POST", "/mcp", {
    anonymous: true,
    body: typeof message === "string" ? message : JSON.stringify(message),
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
  });

const modern = (method: string, params: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  send(
    { jsonrpc: "2.0", id: 1, method, params: { _meta: meta, ...params } },
    {
      ...modernHeaders,
      "mcp-method": method,
      ...(typeof params.name === "string" && { "mcp-name": params.name }),
      ...headers,
    },
  );
const legacy = (method: string, params: Record<string, unknown> = {}) =>
  send({ jsonrpc: "2.0", id: "one", method, params }, { "mcp-protocol-version": "2025-11-25" });

const call = async (name: string, args: unknown = {}) =>
  (await modern("tools/call", { name, arguments: args })).json.result;

describe("tools/list", () => {
  it("has a tool for each function of a plugin with the setting mcp", async () => {
    const { status, json } = await modern("tools/list");
    expect(status).toBe(200);
    const { tools, ...others } = json.result;
    expect(others).toEqual({ resultType: "complete", ttlMs: 0, cacheScope: "private" });
    expect(tools.map(({ name }: { name: string }) => name)).toEqual([
      "calc.add-up",
      "calc.echo",
      "calc.add",
      "calc.nothing",
      "calc.boom",
      "calc.divide",
      "calc.version",
    ]);
    expect(tools[2]).toMatchObject({
      description: "func(a: u32, b: u32) -> u32",
      inputSchema: { type: "object", required: ["a", "b"] },
      outputSchema: { type: "integer", minimum: 0 },
      annotations: { readOnlyHint: true },
    });
    expect(tools[0]).toHaveProperty("annotations");
    expect(tools[1]).not.toHaveProperty("annotations");
    expect(tools[3]).not.toHaveProperty("outputSchema");
  });

  it("gives results that are no objects as members of one before 2026-07-28", async () => {
    const { json } = await legacy("tools/list");
    expect(json.id).toBe("one");
    const add = json.result.tools.find(({ name }: { name: string }) => name === "calc.add");
    expect(add.outputSchema).toMatchObject({ type: "object", required: ["result"] });
    const { result } = (await legacy("tools/call", { name: "calc.add", arguments: { a: 40, b: 2 } })).json;
    expect(result).toEqual({ content: [{ type: "text", text: "42" }], structuredContent: { result: 42 } });
    expect(new Ajv2020().validate(add.outputSchema, result.structuredContent)).toBe(true);
  });

  it("shows a token what it may call", async () => {
    await host.registry.deploy("private", sample(), { settings: { mcp: true, access: "token" } });
    const { token } = await host.tokens.create({ name: "p", scopes: ["call"], plugins: ["private"] }, "test");
    const names = async (headers = {}) =>
      new Set(
        (await modern("tools/list", {}, headers)).json.result.tools.map(
          ({ name }: { name: string }) => name.split(".")[0],
        ),
      );
    expect(await names()).toEqual(new Set(["calc"]));
    expect(await names({ authorization: `Bearer ${token}` })).toEqual(new Set(["calc", "private"]));
    const refused = await modern("tools/call", { name: "private.version" });
    expect(refused.status).toBe(401);
    const metadata = `${host.url}/.well-known/oauth-protected-resource/mcp`;
    expect(refused.headers.get("www-authenticate")).toBe(
      `Bearer realm="hotcell", scope="call", resource_metadata="${metadata}"`,
    );
    await host.registry.remove("private");
  });
});

describe("tools/call", () => {
  it("answers with the JSON of /call, and with it as text", async () => {
    expect(await call("calc.add", { a: 40, b: 2 })).toEqual({
      resultType: "complete",
      content: [{ type: "text", text: "42" }],
      structuredContent: 42,
    });
    expect(await call("calc.echo", { text: "Zoë" })).toMatchObject({
      content: [{ type: "text", text: "Zoë" }],
      structuredContent: "Zoë",
    });
    expect(await call("calc.nothing")).toEqual({ resultType: "complete", content: [] });
    expect(await call("calc.math_sadd-up", { a: 1, b: 2 })).toMatchObject({ structuredContent: 3 });
  });

  it.each([
    ["wrong arguments", "calc.add", { a: -1, b: 2 }, "bad-argument", "u32"],
    ["a missing argument", "calc.add", { a: 1 }, "bad-argument", "got nothing"],
    ["an error of the function", "calc.divide", { dividend: 1, divisor: 0 }, "guest-error", "divide by zero"],
    ["a trap", "calc.boom", {}, "trap", "unreachable"],
  ])("tells %s as an error of the tool that says what to change", async (_, name, args, code, says) => {
    const result = await call(name, args);
    expect(result).toMatchObject({ isError: true, _meta: { "hotcell/problem": { code } } });
    expect(result.content[0].text).toContain(code);
    expect(result.content[0].text).toContain(says);
    expect(result).not.toHaveProperty("structuredContent");
  });

  it.each(["hidden.add", "calc.no", "calc", "", "nobody.add", "calc._x", "calc.add_"])(
    "knows no tool %j",
    async (name) => {
      expect((await modern("tools/call", { name })).json.error).toMatchObject({ code: -32602 });
    },
  );
});

describe("a request", () => {
  it("of 2026-07-28 may ask what there is", async () => {
    const { json } = await modern("server/discover");
    expect(json.result).toMatchObject({
      supportedVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
      capabilities: { tools: { listChanged: true } },
    });
  });

  it("of 2025-11-25 begins with initialize, and gets no session", async () => {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    };
    const answer = await send({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    expect(answer.json).toMatchObject({
      id: 0,
      result: { protocolVersion: "2025-11-25", capabilities: { tools: {} } },
    });
    expect(answer.headers.get("mcp-session-id")).toBeNull();
    expect((await send({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
    expect((await legacy("ping")).json).toEqual({ jsonrpc: "2.0", id: "one", result: {} });
  });

  const list = (version: unknown, headers: Record<string, string>) =>
    send(
      {
        jsonrpc: "2.0",
        id: 7,
        method: "tools/list",
        params: { _meta: { ...meta, "io.modelcontextprotocol/protocolVersion": version } },
      },
      headers,
    );
  it.each([
    ["another version", () => list("1900-01-01", { "mcp-protocol-version": "1900-01-01" }), 400, -32022],
    [
      "another version in the header only",
      () => send({ jsonrpc: "2.0", id: 7, method: "ping" }, { "mcp-protocol-version": "1.0" }),
      400,
      -32022,
    ],
    [
      "a version that the header does not say",
      () => list("2026-07-28", { "mcp-protocol-version": "2025-11-25" }),
      400,
      -32020,
    ],
    ["no header", () => list("2026-07-28", {}), 400, -32020],
    ["no Mcp-Method", () => list("2026-07-28", modernHeaders), 400, -32020],
    ["another Mcp-Method", () => modern("tools/list", {}, { "mcp-method": "ping" }), 400, -32020],
    [
      "another Mcp-Name",
      () => modern("tools/call", { name: "calc.add" }, { "mcp-name": "calc.boom" }),
      400,
      -32020,
    ],
    ["no _meta", () => send({ jsonrpc: "2.0", id: 7, method: "tools/list" }, modernHeaders), 400, -32602],
    ["a method that there is not", () => modern("tools/make"), 404, -32601],
    ["a method of another version", () => modern("ping"), 404, -32601],
    ["a method that there was not", () => legacy("server/discover"), 200, -32601],
    ["no JSON", () => send("{"), 400, -32700],
    ["a batch", () => send([]), 400, -32600],
    ["no JSON-RPC", () => send({ id: 1, method: "ping" }), 400, -32600],
    ["a cursor that is none", () => modern("tools/list", { cursor: 1 }), 400, -32602],
  ])("with %s is an error of the protocol", async (_, act, status, code) => {
    const answer = await act();
    expect(answer).toMatchObject({ status, json: { jsonrpc: "2.0", error: { code } } });
  });

  const asking = { accept: "text/event-stream", "mcp-protocol-version": "2025-11-25" };
  const evil = { origin: "http://evil.example" };
  it.each([
    ["of another site's page", () => modern("tools/list", {}, evil), 403],
    [
      "of another site's page for a stream",
      () => host.send("GET", "/mcp", { headers: { ...asking, ...evil } }),
      403,
    ],
    ["of a sandboxed page", () => modern("tools/list", {}, { origin: "null" }), 403],
    ["of another type", () => modern("tools/list", {}, { "content-type": "text/plain" }), 415],
    ["without a type", () => modern("tools/list", {}, { "content-type": "" }), 415],
    ["for a page", () => host.send("GET", "/mcp"), 405],
    [
      "for a stream of 2026-07-28",
      () => host.send("GET", "/mcp", { headers: { ...asking, ...modernHeaders } }),
      405,
    ],
    ["for the head of a stream", () => host.send("HEAD", "/mcp", { headers: asking }), 405],
    ["for the end of a session", () => host.send("DELETE", "/mcp"), 405],
    [
      "for a stream of another version",
      () => host.send("GET", "/mcp", { headers: { ...asking, "mcp-protocol-version": "1999-01-01" } }),
      400,
    ],
  ])("%s is refused", async (_, act, status) => {
    expect(await act()).toMatchObject({ status });
  });

  it("may ask what to send with others (RFC 9728)", async () => {
    const { json } = await host.send("GET", "/.well-known/oauth-protected-resource/mcp", { anonymous: true });
    expect(json).toMatchObject({
      resource: `${host.url}/mcp`,
      bearer_methods_supported: ["header"],
      scopes_supported: ["call"],
    });
    const forwarded = await host.send("GET", "/.well-known/oauth-protected-resource/mcp", {
      headers: { "x-forwarded-proto": "https" },
    });
    expect(forwarded.json.resource).toBe(`${host.url.replace("http:", "https:")}/mcp`);
  });
});

describe("subscriptions/listen", () => {
  it("says when the tools may have changed, and ends with an answer", async () => {
    const params = { _meta: meta, notifications: { toolsListChanged: true, promptsListChanged: true } };
    const { hostname, port } = new URL(host.url);
    const headers = {
      "content-type": "application/json",
      ...modernHeaders,
      "mcp-method": "subscriptions/listen",
    };
    const asked = httpRequest({ hostname, port, method: "POST", path: "/mcp", headers });
    asked.end(JSON.stringify({ jsonrpc: "2.0", id: "sub", method: "subscriptions/listen", params }));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect(response.headers["content-type"]).toBe("text/event-stream");
    const messages = said(response);
    const next = async () => (await messages.next()).value;
    const _meta = { "io.modelcontextprotocol/subscriptionId": "sub" };
    expect(await next()).toMatchObject({
      method: "notifications/subscriptions/acknowledged",
      params: { _meta, notifications: { toolsListChanged: true } },
    });
    await host.registry.deploy("calc", sample({ version: 2 }));
    expect(await next()).toMatchObject({ method: "notifications/tools/list_changed", params: { _meta } });
    expect(await call("calc.version")).toMatchObject({ structuredContent: 2 });
    await host.registry.configure("calc", { mcp: null });
    expect(await next()).toMatchObject({ method: "notifications/tools/list_changed" });
    expect((await modern("tools/list")).json.result.tools).toEqual([]);
    asked.destroy();
  });

  it("is a stream by GET before 2026-07-28", async () => {
    const { hostname, port } = new URL(host.url);
    const headers = { accept: "text/event-stream", "mcp-protocol-version": "2025-11-25" };
    const asked = httpRequest({ hostname, port, path: "/mcp", headers });
    asked.end();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect(response.headers["content-type"]).toBe("text/event-stream");
    const messages = said(response);
    await host.registry.configure("calc", { mcp: true });
    expect((await messages.next()).value).toEqual({
      jsonrpc: "2.0",
      method: "notifications/tools/list_changed",
    });
    asked.destroy();
  });
});

async function* said(response: IncomingMessage): AsyncGenerator<object> {
  let text = "";
  for await (const piece of response) {
    text += piece;
    const events = text.split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const [, data] = /^data: (.*)$/m.exec(event) ?? [];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

const part = fc.stringMatching(/^[a-z][a-zA-Z0-9-]{0,20}$/);
const path = fc.oneof(
  part,
  fc.tuple(part, part).map((parts) => parts.join("/")),
  fc
    .tuple(part, part, fc.stringMatching(/^[0-9.a-z+-]{1,80}$/), part)
    .map(([ns, pkg, version, name]) => `${ns}:${pkg}/iface@${version}/${name}`),
);

it("no two functions have one name", () => {
  const near = fc.constantFrom(..."ab_-/:@#+.scafph0".split("")).chain((a) => fc.constant(a));
  const close = fc.array(near, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.constantFrom("a", "a-b", "a-"),
      close,
      fc.constantFrom("a", "a-b", "b"),
      close,
      (p, one, q, other) => {
        expect(toolName(p, one) === toolName(q, other)).toBe(p === q && one === other);
      },
    ),
    { numRuns: 2_000 },
  );
});

it("names of tools are short, of few characters, and read back", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/), path, (plugin, wanted) => {
      const name = toolName(plugin, wanted);
      expect(name).toMatch(/^[\w.-]{1,128}$/);
      const target = toolTarget(name)!;
      expect(target.plugin).toBe(plugin);
      if (target.path !== undefined) expect(target.path).toBe(wanted);
      else expect(name).toContain("._h");
    }),
    { numRuns: 300 },
  );
});
