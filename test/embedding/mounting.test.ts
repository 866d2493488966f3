import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, serve } from "@hono/node-server";
// @ts-expect-error It comes without types.
import express from "express";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createHost } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { exampleWasm } from "../support/examples.ts";

const wasm = exampleWasm("greet") as Uint8Array<ArrayBuffer>;
const host = await createHost();
const routes = pluginRoutes(host, { token: "t" });
const listener = getRequestListener(routes.fetch) as RequestListener;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(() => host.registry.deploy("greet", wasm));
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closing.splice(0)) await close();
});
afterAll(() => host.close());

async function listening(handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

async function listeningHono(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  closing.push(async () => {
    server.close();
    await once(server, "close");
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

const json = { "content-type": "application/json", authorization: "Bearer t" };

/** Every way in that takes a body: a call (of declared length and chunked), an upload, settings, a token, a rollback. */
function everyBody(base: string): Promise<Response>[] {
  const chunks = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('["Ada"]'));
      controller.close();
    },
  });
  const chunked = { method: "POST", headers: json, body: chunks, duplex: "half" };
  return [
    fetch(`${base}/call/greet/greet`, { method: "POST", headers: json, body: '["Ada"]' }),
    fetch(`${base}/call/greet/greet`, chunked as RequestInit),
    fetch(`${base}/plugins/greet`, {
      method: "PUT",
      headers: { ...json, "content-type": "application/wasm" },
      body: wasm,
    }),
    fetch(`${base}/plugins/greet`, { method: "PATCH", headers: json, body: '{"limits":{"queue":5}}' }),
    fetch(`${base}/tokens`, { method: "POST", headers: json, body: '{"scopes":["read"]}' }),
    fetch(`${base}/plugins/greet/rollback`, { method: "POST", headers: json, body: '{"to":"sha256:0"}' }),
  ];
}

/** All are refused with what to do, and what needs no body goes on. */
async function expectTaken(base: string): Promise<void> {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  for (const answer of await Promise.all(everyBody(base))) {
    const problem = (await answer.json()) as Record<string, unknown>;
    expect([answer.status, problem.code, problem.detail]).toEqual([
      500,
      "body-taken",
      "Something else in this server has read the request's body before.",
    ]);
    expect(problem.remedy).toContain("Mount the routes before what reads bodies, such as express.json()");
  }
  expect(logged).toHaveBeenCalled();
  expect(await (await fetch(`${base}/call/greet/greet?name=Bo`)).json()).toBe("Hello, Bo!");
  const remedied = await fetch(`${base}/call/greet/greet`, { method: "POST" });
  expect(((await remedied.json()) as { code: string }).code).toBe("bad-argument");
}

async function expectRead(base: string): Promise<void> {
  const [called, chunked, uploaded] = await Promise.all(everyBody(base));
  expect(await called!.json()).toBe("Hello, Ada!");
  expect(await chunked!.json()).toBe("Hello, Ada!");
  expect(uploaded!.status).toBe(200);
}

it("leaves paths and methods it does not have to an app that it is a route of, and answers them where it is called", async () => {
  const app = new Hono().route("/api", routes);
  app.notFound((c) => c.text("Nothing of ours.", 404));
  for (const [method, path, status, code] of [
    ["GET", "/nothing", 404, "route-not-found"],
    ["PUT", "/call/greet/greet", 405, "method-not-allowed"],
    ["OPTIONS", "/call/greet/greet", 405, "method-not-allowed"],
  ] as const) {
    const outside = await app.request(`/api${path}`, { method });
    expect([outside.status, await outside.text()]).toEqual([404, "Nothing of ours."]);
    const called = await routes.request(path, { method });
    expect(called.status).toBe(status);
    expect(await called.json()).toMatchObject({ code });
  }
});

describe("in Express", () => {
  it("works before body parsers", async () => {
    const app = express();
    app.use("/api", listener);
    app.use(express.json());
    await expectRead(await listening(app as RequestListener));
  });

  it("says so after them", async () => {
    const app = express();
    app.use(express.json(), express.raw({ type: "application/wasm" }));
    app.use("/api", listener);
    await expectTaken(await listening(app as RequestListener));
  });

  it("works after those that leave its paths alone", async () => {
    const app = express();
    app.use("/other", express.json());
    app.use("/api", listener);
    await expectRead(await listening(app as RequestListener));
  });
});

describe("in Hono", () => {
  it("says so where something has read the body, whichever way", async () => {
    for (const read of ["json", "text", "arrayBuffer", "blob"] as const) {
      const app = new Hono();
      app.use("/api/*", async (c, next) => {
        await c.req[read]().catch(() => {});
        await next();
      });
      app.route("/api", routes);
      await expectTaken(await listeningHono(app));
    }
  });

  it("works behind middleware that hands the body on", async () => {
    const app = new Hono();
    app.use("/api/*", bodyLimit({ maxSize: 1024 * 1024 }));
    app.route("/api", routes);
    await expectRead(await listeningHono(app));
  });

  it("works without a server", async () => {
    const app = new Hono().route("/api", routes);
    const answer = await app.request("/api/call/greet/greet", {
      method: "POST",
      headers: json,
      body: '["Ada"]',
    });
    expect(await answer.json()).toBe("Hello, Ada!");
  });
});

describe("on a server of Node's own", () => {
  const below: RequestListener = (request, response) => {
    request.url = request.url!.slice("/api".length);
    listener(request, response);
  };

  it("works", async () => expectRead(await listening(below)));

  it("says so where the program has read the body", async () => {
    const base = await listening(async (request, response) => {
      for await (const _ of request);
      below(request, response);
    });
    await expectTaken(base);
  });
});
