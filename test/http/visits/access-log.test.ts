/** The access log of a server of our own: a line for whatever was asked, by every way in. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AccessLogForm, accessLog } from "../../../host/http/visits/access-log.ts";
import type { Visit } from "../../../host/http/visits/visit.ts";
import { wholeWrite } from "../../../host/platform/line-sink.ts";
import { sample } from "../../guests/small-plugins.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const lines: string[] = [];
const texts: string[] = [];
const log = (form: AccessLogForm, into: string[]) =>
  accessLog({
    form,
    lines: { write: (line) => void into.push(line) },
    revisionOf: (plugin) => host.registry.revision(plugin),
  });
const watchers = [log("json", lines), log("text", texts)];
const host = await hostOfFile({
  serverLimits: { headerLines: 20 },
  watcher: { ended: (visit: Visit) => watchers.forEach((watcher) => void watcher.ended(visit)) },
});
beforeAll(async () => {
  await host.registry.deploy("sample", sample());
  await host.registry.deploy("router", exampleWasm("router"));
  await host.registry.deploy("tool", sample(), { settings: { mcp: true } });
  await host.registry.deploy("rated", sample(), { settings: { rate: { requests: 100 } } });
  await host.registry.contracts.put("sums", sample() as Uint8Array<ArrayBuffer>, { plugins: ["tool"] });
});
beforeEach(() => {
  lines.length = 0;
  texts.length = 0;
});

/** The lines so far, once there are so many. */
async function logged(count = 1): Promise<Record<string, unknown>[]> {
  await until(() => lines.length >= count);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const common = { client: "127.0.0.1", time: expect.stringMatching(/^\d{4}-.*Z$/), ms: expect.any(Number) };

describe("an access log", () => {
  it("has a call with its plugin, function, revision and trace", async () => {
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    await host.send("POST", "/call/sample/add", {
      anonymous: true,
      body: "[1, 2]",
      headers: {
        "content-type": "application/json",
        traceparent: `00-${trace}-00f067aa0ba902b7-01`,
        "x-request-id": "abc-1",
      },
    });
    expect(await logged()).toEqual([
      {
        ...common,
        method: "POST",
        path: "/call/sample/add",
        status: 200,
        bytes: expect.any(Number),
        plugin: "sample",
        function: "add",
        revision: 1,
        trace,
        request: "abc-1",
      },
    ]);
    expect(texts[0]).toMatch(
      /^\S+Z 127\.0\.0\.1 POST \/call\/sample\/add 200 \d+ [\d.]+ms plugin=sample function=add revision=1 trace=4bf9\w+ request=abc-1$/,
    );
  });

  it("has the bytes that were sent, head and all", async () => {
    const client = await RawClient.open(host);
    const fields = ["Content-Type: application/json", "Content-Length: 6", "Connection: close"];
    const answer = await client.send(`${head("POST /call/sample/add", ...fields)}[1, 2]`).end();
    expect(await logged()).toMatchObject([{ bytes: answer.length }]);
  });

  it("has bytes for each of several requests that came in one piece", async () => {
    const client = await RawClient.open(host);
    const get = head("GET /call/sample/add?a=1&b=2");
    const last = head("GET /healthz", "Connection: close");
    const answer = await client.send(get + get + last).end();
    const told = await logged(3);
    expect(told.map(({ path }) => path)).toEqual(["/call/sample/add", "/call/sample/add", "/healthz"]);
    const bytes = told.map((line) => line.bytes as number);
    expect(bytes[0]).toBe(bytes[1]);
    expect(bytes[0]! + bytes[1]! + bytes[2]!).toBe(answer.length);
  });

  it("has no query, in which clients may have secrets", async () => {
    await host.send("GET", "/call/sample/echo?text=hush", { anonymous: true });
    await host.send("GET", "/http/router/hello/Ada?key=hush", { anonymous: true });
    const client = await RawClient.open(host);
    await client.send(head("GET http://user:hush@localhost/healthz?hush", "Connection: close")).end();
    await logged(3);
    expect(lines.join() + texts.join()).not.toContain("hush");
  });

  it("has the code of what is refused and of what a plugin fails with, and who asked", async () => {
    await host.send("POST", "/call/sample/boom", {
      body: "[]",
      headers: { "content-type": "application/json" },
    });
    await host.send("GET", "/call/nobody/add", { anonymous: true });
    await host.send("PATCH", "/plugins/sample", { anonymous: true, body: "{}" });
    await host.send("DELETE", "/plugins/nobody");
    await host.send("GET", "/http/nobody/", { anonymous: true });
    await host.send("GET", "/nowhere", { anonymous: true });
    expect(await logged(6)).toMatchObject([
      { status: 502, code: "trap", plugin: "sample", function: "boom" },
      { status: 404, code: "plugin-not-found", plugin: "nobody" },
      { status: 401, code: "unauthorized", plugin: "sample" },
      { status: 404, code: "plugin-not-found", plugin: "nobody", token: "admin" },
      { status: 404, code: "plugin-not-found", plugin: "nobody" },
      { status: 404, code: "route-not-found", path: "/nowhere" },
    ]);
  });

  it("has what plugins serve", async () => {
    await host.send("GET", "/http/router/hello/Ada", { anonymous: true });
    expect(await logged()).toMatchObject([
      { status: 200, plugin: "router", path: "/http/router/hello/Ada", revision: 1 },
    ]);
  });

  it("has the plugin and the function of a tool's call and of a hook's, which paths don't name", async () => {
    const use = (name: string) => {
      const params = { name, arguments: {} };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      return host.send("POST", "/mcp", { body, headers, anonymous: true });
    };
    await use("tool.boom");
    await host.call("@sums/add", [1, 2]);
    await use("tool.\x1b[2J".repeat(200));
    expect(await logged(3)).toMatchObject([
      { status: 200, path: "/mcp", plugin: "tool", function: "boom", code: "trap", revision: 1 },
      { status: 200, plugin: "@sums", function: "add" },
      { status: 200, path: "/mcp" },
    ]);
    expect(lines[2]!.length).toBeLessThan(1_700);
  });

  it("names the trace that problems name too, of those that are watched and of what came with one", async () => {
    const asked = [
      host.call("sample/boom", []),
      host.call("nobody/boom", []),
      host.send("PATCH", "/plugins/sample", { anonymous: true, body: "{}" }),
      host.send("GET", "/http/nobody/", { anonymous: true }),
      host.send("GET", "/nowhere", { anonymous: true }),
      // By the app, with what is left of its quota.
      host.send("GET", "/call/%72ated/boom", { anonymous: true }),
    ];
    const problems = (await Promise.all(asked)).map(({ json }) => json.trace as string);
    const traces = (await logged(6)).map((line) => line.trace as string);
    expect(lines.every((line) => line.includes(`"code":`))).toBe(true);
    expect(problems.toSorted()).toEqual(traces.toSorted());
    expect(new Set(traces).size).toBe(6);
  });

  it("has heads that were refused, and what is no HTTP", async () => {
    const many = Array.from({ length: 20 }, (_, i) => `x-${i}: 1`);
    for (const text of [
      head("GET /healthz", ...many),
      head("GET /healthz", `x: ${"x".repeat(20_000)}`),
      "GET /healthz HTTP/1.1\r\n\r\n",
      "nonsense\r\n\r\n",
      head("CONNECT example.com:443"),
      `${head("POST /call/sample/add", "Content-Type: application/json", "Transfer-Encoding: chunked")}zz\r\n`,
    ])
      await (await RawClient.open(host)).send(text).end();
    expect(await logged(6)).toMatchObject([
      { status: 431, code: "headers-too-large", path: "/healthz" },
      { status: 431, code: "headers-too-large", bytes: expect.any(Number) },
      { status: 400, code: "bad-request", path: "/healthz" },
      { status: 400, code: "bad-request" },
      { status: 405, code: "method-not-allowed", method: "CONNECT" },
      { status: 400, code: "bad-request", path: "/call/sample/add", plugin: "sample" },
    ]);
    expect(lines).toHaveLength(6);
    expect((await logged()).every(({ bytes, left }) => (bytes as number) > 0 && left === undefined)).toBe(
      true,
    );
  });

  it("has an event stream when its client has left, and a client that left before it was answered", async () => {
    const stream = await RawClient.open(host);
    await stream
      .send(head("GET /events", "Accept: text/event-stream", `Authorization: ${authorization}`))
      .until(/\r\n\r\n/);
    stream.socket.destroy();
    expect(await logged()).toMatchObject([{ path: "/events", status: 200, left: true }]);
    const caller = await RawClient.open(host);
    caller.send(head("POST /call/sample/add", "Content-Type: application/json", "Content-Length: 6"));
    // Its head is read by the time that another one, sent after it, is answered.
    await host.send("GET", "/healthz");
    caller.socket.resetAndDestroy();
    const [, , left] = await logged(3);
    expect(left).toMatchObject({ path: "/call/sample/add", left: true });
    expect(left).not.toHaveProperty("status");
    expect(texts[2]).toMatch(
      / POST \/call\/sample\/add - 0 [\d.]+ms plugin=sample function=add .*left=true$/,
    );
  });

  it("has a line for each, whatever they wrote into paths and fields", async () => {
    const acting = "%1b[31m\x1b[2J\u202e";
    const client = await RawClient.open(host);
    const fields = ["Connection: close", "X-Request-Id: a b\x1b[31m", "traceparent: 00-\x1b-1-1"];
    await client.send(head(`GET /call/sample/${acting.slice(0, 7)}`, ...fields)).end();
    await (await RawClient.open(host)).send(`GET /\x1b[2Jx HTTP/1.1\r\n\r\n`).end();
    await host.send("GET", `/call/%E2%80%AEsample/a%0Ab`, { anonymous: true });
    await logged(3);
    for (const line of [...lines, ...texts]) expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(lines[0]).not.toContain('"request"');
  });

  it("has as much of a long path as is looked at", async () => {
    await host.send("GET", `/call/sample/${"a".repeat(9_000)}`, { anonymous: true });
    await logged();
    expect(lines[0]!.length).toBeLessThan(1_700);
  });

  it("has no line that is too long to be written as a whole, whatever is escaped in it", async () => {
    // Controls that are escaped where they are decoded, and quotes where nothing is.
    await host.send("POST", `/call/sample/${"%F3%A0%80%81".repeat(500)}`, { anonymous: true });
    const quoted = await RawClient.open(host);
    await quoted.send(head(`GET /call/sample/${'"'.repeat(6_000)}`, "connection: close")).end();
    await logged(2);
    expect(lines[1]).toContain('\\"\\"');
    for (const line of [...lines, ...texts]) expect(Buffer.byteLength(line)).toBeLessThan(wholeWrite);
  });

  it("has the token that was needed, and never what it is", async () => {
    const { token, id } = await host
      .send("POST", "/tokens", {
        body: JSON.stringify({ name: "reader", scopes: ["read"] }),
        headers: { "content-type": "application/json" },
      })
      .then(({ json }) => json as { token: string; id: string });
    await host.send("PATCH", "/plugins/sample", {
      body: "{}",
      headers: { authorization: `Bearer ${token}` },
    });
    const told = await logged(2);
    expect(told[0]).toMatchObject({ token: "admin", path: "/tokens" });
    expect(told[1]).toMatchObject({ code: "forbidden", path: "/plugins/sample" });
    expect(JSON.stringify(told) + texts.join()).not.toContain(token);
    expect(JSON.stringify(told) + texts.join()).not.toContain(authorization.slice(7));
    expect(id).toBeDefined();
  });
});
