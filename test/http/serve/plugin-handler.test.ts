/** Plugins at paths of an embedder's app: in Hono, on Node and without, and below what has mounted the app. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
// @ts-expect-error: the package brings no types.
import express from "express";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHost } from "../../../host/host.ts";
import { pluginHandler, pluginRoutes } from "../../../host/http/embed.ts";
import { exampleWasm } from "../../support/examples.ts";
import { refusal } from "../../support/thrown.ts";

const host = await createHost({ log: () => {} });
afterAll(() => host.close());
beforeAll(async () => {
  await host.registry.deploy("router", exampleWasm("router"));
});
let app: Hono;
beforeEach(() => {
  app = new Hono();
});

async function served(listener: Parameters<typeof createServer>[1]) {
  const server = createServer(listener as Parameters<typeof createServer>[0]);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe("pluginHandler", () => {
  it("answers the route with what the plugin says of what is where the star is", async () => {
    app.all("/people/*", pluginHandler(host, "router"));
    const answer = await app.request("/people/hello/Ada?x=1");
    expect([answer.status, await answer.text()]).toEqual([200, "Hello, Ada!"]);
    expect(answer.headers.get("content-security-policy")).toBe(
      "sandbox allow-scripts allow-forms allow-downloads",
    );
  });

  it("takes the whole path where the route has no star, and parameters before one", async () => {
    app.all("/hello/Ada", pluginHandler(host, "router"));
    app.all("/of/:tenant/*", pluginHandler(host, "router"));
    expect(await (await app.request("/hello/Ada")).text()).toBe("Hello, Ada!");
    expect(await (await app.request("/of/a%20b/hello/Bo")).text()).toBe("Hello, Bo!");
  });

  it("works in an app that is mounted in another", async () => {
    app.all("/people/*", pluginHandler(host, "router"));
    const outer = new Hono().route("/inner", app);
    expect(await (await outer.request("/inner/people/hello/Ada")).text()).toBe("Hello, Ada!");
  });

  it("leads to the slash where there is none", async () => {
    app.all("/people/*", pluginHandler(host, "router"));
    const answer = await app.request("/people?x=1", { method: "POST" });
    expect([answer.status, answer.headers.get("location")]).toEqual([308, "/people/?x=1"]);
  });

  it("leaves fields of the app's own middleware in place", async () => {
    app.use(secureHeaders());
    app.all("/people/*", pluginHandler(host, "router", { origin: "trusted" }));
    using server = await served(getRequestListener(app.fetch));
    const answer = await fetch(`${server.url}/people/hello/Ada`);
    expect(await answer.text()).toBe("Hello, Ada!");
    expect(answer.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(answer.headers.get("content-security-policy")).toBeNull();
  });

  it("answers HEAD on Node", async () => {
    app.all("/people/*", pluginHandler(host, "router"));
    using server = await served(getRequestListener(app.fetch));
    const answer = await fetch(`${server.url}/people/nothing-here`, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([404, ""]);
  });

  it("answers a problem where the plugin can't", async () => {
    app.all("/a/*", pluginHandler(host, "nobody"));
    const answer = await app.request("/a/");
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: "plugin-not-found" }]);
  });

  it("refuses options that are none, and names them", () => {
    expect(refusal(() => pluginHandler(host, "router", { origin: "mine" as "own" }))).toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining("origin"),
    });
    expect(refusal(() => pluginHandler(host, "router", { orign: "own" } as object))).toMatchObject({
      code: "bad-settings",
    });
    expect(refusal(() => pluginHandler({} as typeof host, "router"))).toMatchObject({ code: "bad-settings" });
  });
});

describe("pluginRoutes", () => {
  it("serve plugins too, and leave other origins to them", async () => {
    app.route("/api", pluginRoutes(host, { token: "t".repeat(30), cors: ["https://console.example"] }));
    const headers = { origin: "https://console.example", "access-control-request-method": "GET" };
    const answer = await app.request("/api/http/router/hello/Ada", { headers });
    expect(await answer.text()).toBe("Hello, Ada!");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    const preflight = await app.request("/api/http/router/hello/Ada", { method: "OPTIONS", headers });
    expect(preflight.headers.get("access-control-allow-methods")).toBeNull();
    const other = await app.request("/api/plugins", { method: "OPTIONS", headers });
    expect(other.headers.get("access-control-allow-methods")).toContain("GET");
  });

  it("know the path at which Express has mounted them", async () => {
    const mounted = express();
    mounted.use("/api", getRequestListener(pluginRoutes(host).fetch));
    using server = await served(mounted);
    expect(await (await fetch(`${server.url}/api/http/router/hello/Ada`)).text()).toBe("Hello, Ada!");
    const slash = await fetch(`${server.url}/api/http/router`, { redirect: "manual" });
    expect(slash.headers.get("location")).toBe("/api/http/router/");
  });
});
