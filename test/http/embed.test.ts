import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { sample } from "../guests/small-plugins.ts";

const host = await createHost();
afterAll(() => host.close());

const put = (app: Hono, path: string) =>
  app.request(path, {
    method: "PUT",
    body: sample() as Uint8Array<ArrayBuffer>,
    headers: { authorization: "Bearer t", "content-type": "application/wasm" },
  });

describe("pluginRoutes", () => {
  it("mounts the API below a path of an existing app", async () => {
    const app = new Hono();
    app.get("/", (c) => c.text("the app's own"));
    app.route("/api", pluginRoutes(host, { token: "t" }));
    const created = await put(app, "/api/plugins/calc");
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe("/api/plugins/calc");
    const sum = await app.request("/api/call/calc/add?a=40&b=2");
    expect(await sum.json()).toBe(42);
    expect((await app.request("/api/plugins")).status).toBe(401);
    const wrong = await app.request("/api/call/calc/add?a=x&b=2");
    expect(wrong.headers.get("content-type")).toBe("application/problem+json");
    expect(await (await app.request("/")).text()).toBe("the app's own");
  });

  it("allows only calls and health checks without a token", async () => {
    const app = pluginRoutes(host);
    expect((await put(app, "/plugins/other")).status).toBe(401);
    expect((await app.request("/plugins")).status).toBe(401);
    expect((await app.request("/healthz")).status).toBe(200);
  });

  it("opens reads where the app says it listens on loopback, and checks Host", async () => {
    const app = pluginRoutes(host, { address: "127.0.0.1" });
    const headers = { host: "localhost:3000" };
    expect((await app.request("/plugins", { headers })).status).toBe(200);
    expect((await app.request("/plugins", { headers: { host: "evil.example" } })).status).toBe(403);
  });
});
