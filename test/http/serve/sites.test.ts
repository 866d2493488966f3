/** Plugins that serve HTTP in a server of our own: whose request it is, who may ask, what the plugin sees. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const host = await hostOfFile({ cors: ["https://console.example"] });
beforeAll(async () => {
  await host.registry.deploy("router", exampleWasm("router"));
  await host.registry.deploy("greet", exampleWasm("greet"));
});

const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  host.send(method, path, { anonymous: true, headers });

describe("a request below /http/{name}/", () => {
  it("is answered by the plugin, which sees the path without that", async () => {
    const { status, text, headers } = await ask("/http/router/hello/Ada");
    expect([status, text]).toEqual([200, "Hello, Ada!"]);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(headers.get("content-length")).toBe("11");
    expect(headers.get("content-security-policy")).toBe("sandbox allow-scripts allow-forms allow-downloads");
  });

  it("is told in the counters", async () => {
    const { calls } = host.registry.details("router").counters;
    await ask("/http/router/hello/Ada");
    expect(host.registry.details("router").counters.calls).toBe(calls + 1);
  });

  it("is led to the slash where there is none, with what it sends", async () => {
    const answer = await fetch(`${host.url}/http/router?a=1`, {
      method: "POST",
      body: "x",
      redirect: "manual",
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([308, "/http/router/?a=1"]);
  });

  it("is a problem where there is no such plugin, or it serves no HTTP", async () => {
    expect(await ask("/http/nobody/")).toMatchObject({ status: 404, json: { code: "plugin-not-found" } });
    expect(await ask("/http/greet/")).toMatchObject({ status: 404, json: { code: "no-handler" } });
    expect(await ask("/http/No%20body/")).toMatchObject({ status: 404, json: { code: "plugin-not-found" } });
    expect(await ask("/http/")).toMatchObject({ status: 404, json: { code: "route-not-found" } });
  });

  it("may have any method that there is", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND", "M-SEARCH"]) {
      const { status, json } = await ask("/http/router/hello/Ada", {}, method);
      // The example's own answer to what it does not route.
      expect([method, status, json?.type]).toEqual([method, status, undefined]);
    }
  });

  it("leads nowhere else by its dots", async () => {
    const client = await RawClient.open(host);
    const text = await client.send(head("GET /http/router/../../healthz", "Connection: close")).end();
    expect(text).toContain('{"status":"ok"');
  });

  it.each([
    "/http/router/./hello/Ada",
    "/http/x/../router/hello/%41da",
    "/%68ttp/rout%65r/hello/Ada",
    "http://localhost/http/router/hello/Ada",
  ])("is answered in one way however it is written: %s", async (target) => {
    const answerTo = async (written: string) => {
      const client = await RawClient.open(host);
      const text = await client.send(head(`GET ${written}`, "Connection: close")).end();
      return text.replace(/^date: .*\r\n/im, "");
    };
    expect(await answerTo(target)).toBe(await answerTo("/http/router/hello/Ada"));
  });

  it("asks the plugin and not the host about other origins", async () => {
    const origin = "https://console.example";
    const preflight = { origin, "access-control-request-method": "POST" };
    const { headers } = await ask("/http/router/hello/Ada", preflight, "OPTIONS");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect((await ask("/healthz", { origin })).headers.get("access-control-allow-origin")).toBe(origin);
  });

  it("may come from a page of another site", async () => {
    const { status } = await ask("/http/router/hello/Ada", {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
    });
    expect(status).toBe(200);
  });

  it("is refused where Host says another name", async () => {
    const client = await RawClient.open(host);
    client.send("GET /http/router/hello/Ada HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    expect(await client.end()).toContain('"code":"forbidden-host"');
  });
});

describe("where calls need a token", () => {
  beforeEach(() => host.registry.configure("router", { access: "token" }));

  it("so do requests, and a good one is let in", async () => {
    expect(await ask("/http/router/hello/Ada")).toMatchObject({ status: 401 });
    expect(await ask("/http/router/hello/Ada", { authorization })).toMatchObject({ status: 200 });
    const { token } = await host.tokens.create({ scopes: ["call"], plugins: ["other"] }, "test");
    expect(await ask("/http/router/", { authorization: `Bearer ${token}` })).toMatchObject({ status: 403 });
  });

  it("nobody may send two, of which another reader takes the other one", async () => {
    for (const path of ["http/router/hello/Ada", "call/router/none"]) {
      const client = await RawClient.open(host);
      const fields = [`Authorization: ${authorization}`, "Authorization: Bearer other", "Connection: close"];
      const text = await client.send(head(`GET /${path}`, ...fields)).end();
      expect([path, text]).toEqual([path, expect.stringContaining("HTTP/1.1 401")]);
    }
  });
});
