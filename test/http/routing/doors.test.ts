/** A host whose API has a listener of its own: what is found at which of the two, and what is said at the wrong one. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { apiRoutes } from "../../../host/http/routes/api-routes.ts";
import type { Route } from "../../../host/http/routes/route.ts";
import { routesBehind } from "../../../host/http/routing/doors.ts";
import { apiPaths, publicPaths } from "../../../host/registry/routing/own-places.ts";
import { serve } from "../../../host/server.ts";
import { sample } from "../../guests/small-plugins.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { RawClient } from "../../support/raw-client.ts";
import { authorization, type TestHost } from "../../support/test-host.ts";

const hosts = hostsOfTests();
const { host } = hosts;
const start = (options: Parameters<typeof hosts.start>[0] = {}) =>
  hosts.start({ admin: { host: "127.0.0.1", port: 0 }, ...options });

async function ask(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = { authorization },
) {
  const answer = await fetch(url + path, { method, headers });
  const text = await answer.text();
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
  const json: any = answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
  return { status: answer.status, headers: answer.headers, json };
}
const api = (at: TestHost) => at.api!.url;

it("has the API at the one, and calls and health at both", async () => {
  await start();
  await host.registry.deploy("live", sample());
  for (const url of [host.url, api(host)]) {
    expect((await ask(url, "GET", "/call/live/version")).status).toBe(200);
    expect((await ask(url, "GET", "/healthz")).status).toBe(200);
    expect((await ask(url, "GET", "/readyz")).status).toBe(200);
  }
  for (const [method, path] of [
    ["GET", "/plugins"],
    ["GET", "/plugins/live/wit"],
    ["GET", "/tokens"],
  ] as const) {
    expect((await ask(api(host), method, path)).status).toBe(200);
    expect((await ask(host.url, method, path)).status).toBe(404);
  }
});

it("makes a call with a key once, at whichever of them it comes", async () => {
  await start();
  await host.registry.deploy("live", sample());
  const replayed: boolean[] = [];
  for (const url of [host.url, api(host)]) {
    const answer = await ask(url, "GET", "/call/live/version", { authorization, "idempotency-key": "k" });
    replayed.push(answer.headers.get("idempotency-replayed") === "true");
  }
  expect(replayed).toEqual([false, true]);
});

it("says at the wrong one which it is, and not where the other one is", async () => {
  await start();
  for (const [method, path] of [
    ["GET", "/plugins"],
    ["PUT", "/plugins/live"],
    ["POST", "/plugins"],
    ["DELETE", "/tokens/x"],
    ["GET", "/events"],
  ] as const) {
    const { status, json } = await ask(host.url, method, path);
    expect({ status, code: json.code }).toEqual({ status: 404, code: "route-not-found" });
    expect(json.detail).toContain("the host has another listener for it");
    expect(JSON.stringify(json)).not.toContain(String(host.api!.port));
  }
  const nowhere = await ask(host.url, "GET", "/nowhere");
  expect(nowhere.json).toMatchObject({ detail: "Nothing is at /nowhere." });
  expect(nowhere.json.remedy).not.toContain("/plugins");
  expect((await ask(host.url, "DELETE", "/call/live/version")).status).toBe(405);
});

it("says at each where names are allowed there", async () => {
  await start();
  const remedy = async (url: string) => {
    const client = await RawClient.open({ port: Number(new URL(url).port) });
    const text = await client
      .send("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
      .end();
    return JSON.parse(text.slice(text.indexOf("{"))).remedy;
  };
  expect(await remedy(host.url)).toContain("HOTCELL_ALLOWED_HOSTS");
  expect(await remedy(api(host))).toMatch(/allow this one: HOTCELL_ADMIN_HOSTS or --admin-host\.$/);
});

it("has nothing of plugins' own at the API's, and says so", async () => {
  await start();
  await host.registry.deploy("router", exampleWasm("router"));
  expect((await ask(host.url, "GET", "/http/router/hello/Ada")).status).toBe(200);
  for (const method of ["GET", "POST", "OPTIONS"]) {
    const { status, json } = await ask(api(host), method, "/http/router/hello/Ada");
    expect({ status, code: json.code }).toEqual({ status: 404, code: "route-not-found" });
    expect(json.detail).toContain("this is the listener of the API");
  }
});

it("checks Host and origins at each by its own settings", async () => {
  const cors = ["https://site.example"];
  const own = {
    host: "127.0.0.1",
    port: 0,
    cors: ["https://console.example"],
    allowedHosts: ["admin.example"],
  };
  await start({ address: "0.0.0.0", allowedHosts: ["plugins.example"], cors, admin: own });
  const { port } = host;
  const from = async (url: string, origin: string) =>
    (await ask(url, "GET", "/healthz", { origin })).headers.get("access-control-allow-origin");
  const at = `http://localhost:${port}`;
  expect(await from(at, "https://site.example")).toBe("https://site.example");
  expect(await from(at, "https://console.example")).toBeNull();
  expect(await from(api(host), "https://console.example")).toBe("https://console.example");
  expect(await from(api(host), "https://site.example")).toBeNull();
  const status = async (on: Pick<TestHost, "port">, name: string) => {
    const client = await RawClient.open(on);
    const answer = await client
      .send(`GET /healthz HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`)
      .end();
    return /^HTTP\/1.1 (\d+)/.exec(answer)?.[1];
  };
  expect(await status(host, "plugins.example")).toBe("200");
  expect(await status(host, "admin.example")).toBe("403");
  expect(await status(host.api!, "admin.example")).toBe("200");
  expect(await status(host.api!, "plugins.example")).toBe("403");
});

it("needs no token to read at an API on loopback, wherever the other one is", async () => {
  await start({ address: "0.0.0.0" });
  expect((await ask(api(host), "GET", "/plugins", {})).status).toBe(200);
  expect((await ask(api(host), "GET", "/tokens", {})).status).toBe(401);
});

it("counts a client's requests together", async () => {
  await start();
  await host.registry.deploy("live", sample(), { settings: { rate: { requests: 2, seconds: 3_600 } } });
  const statuses: number[] = [];
  for (const url of [host.url, api(host), host.url])
    statuses.push((await ask(url, "GET", "/call/live/version")).status);
  expect(statuses).toEqual([200, 200, 429]);
});

it("keeps for the host what its routes need, at each listener", () => {
  const firstParts = (routes: readonly Route[]) => routes.map(({ path }) => path.split("/")[1]!);
  expect(firstParts(apiRoutes).filter((part) => !apiPaths.includes(part))).toEqual([]);
  expect(firstParts(routesBehind("public")).filter((part) => !publicPaths.includes(part))).toEqual([]);
});

it("leaves the paths of the API to plugins at the other one", async () => {
  await start();
  await host.registry.deploy("live", sample(), { settings: { routes: [{ path: "/plugins/*" }] } });
  const call = host.registry.deploy("other", sample(), { settings: { routes: [{ path: "/call/*" }] } });
  await expect(call).rejects.toMatchObject({ code: "route-taken" });
});

it("takes paths back where it has one listener again, and says so at the start", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-doors-"));
  onTestFinished(() => rm(data, { recursive: true }));
  await start({ data });
  await host.registry.deploy("live", sample(), { settings: { routes: [{ path: "/plugins/*" }] } });
  await host.close();
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => said.mockRestore());
  await hosts.start({ data });
  expect(said.mock.calls.flat()).toEqual([
    "live has lost the route /plugins/*: the host itself answers there. PATCH /plugins/live with other routes.",
  ]);
  expect((await ask(host.url, "GET", "/plugins/live")).json.lostRoutes).toEqual([
    { route: { path: "/plugins/*" } },
  ]);
  expect((await ask(host.url, "GET", "/call/live/version")).status).toBe(200);
});

it("does not start where the second address can't be had, and says which setting that is", async () => {
  await start();
  const { port } = host.api!;
  const options = { host: "127.0.0.1", port: 0, admin: { host: "127.0.0.1", port } };
  await expect(serve(host.host, options)).rejects.toMatchObject({
    code: "bad-settings",
    message: `127.0.0.1:${port} is in use already.`,
    facts: { remedy: expect.stringContaining("HOTCELL_ADMIN or --admin") },
  });
});
