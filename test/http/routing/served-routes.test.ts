/** Requests that reach plugins by host and path, over sockets, in a server of our own. */
import { afterAll, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { tellingSite } from "../../guests/telling-site.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import type { TestHostOptions } from "../../support/test-host.ts";

// One after the other: asc has one build at a time in a process.
const shop = await tellingSite("shop");
const blog = await tellingSite("blog");
afterAll(removeTemporaryFolders);

const hosts = hostsOfTests();
const { host } = hosts;

async function start(settings: Record<string, object>, options: TestHostOptions = {}): Promise<void> {
  await hosts.start(options);
  const builds: Record<string, Uint8Array> = { shop, blog };
  for (const [name, asked] of Object.entries(settings))
    await host.registry.deploy(name, builds[name] ?? sample(), { settings: asked });
}

interface Told {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** As a client says it, byte by byte: names that no resolver knows, and targets that no URL library leaves alone. */
async function ask(
  line: string,
  name = `127.0.0.1:${host.port}`,
  fields: readonly string[] = [],
  at = host.port,
) {
  const client = await RawClient.open({ port: at });
  const text = await client
    .send(`${line} HTTP/1.1\r\n${[`Host: ${name}`, ...fields, "Connection: close"].join("\r\n")}\r\n\r\n`)
    .end();
  const [first = "", ...rest] = text.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1.1 (\d+)/.exec(first)?.[1]),
    head: first.toLowerCase(),
    body: rest.join("\r\n\r\n"),
  };
}
const told = ({ status, body }: Told) => (status === 200 ? body.trimEnd().split("\n") : status);

it("shows the plugin its part of the path, and tells it of the rest", async () => {
  await start({ shop: { routes: [{ path: "/shop/*" }, { path: "/about" }] } });
  const own = `x-forwarded-host: 127.0.0.1:${host.port}`;
  expect(told(await ask("GET /shop/a%20b/c?d=/e"))).toEqual([
    "shop: GET /a%20b/c?d=/e",
    own,
    "x-forwarded-prefix: /shop",
  ]);
  expect(told(await ask("DELETE /%73hop/x"))).toEqual(["shop: DELETE /x", own, "x-forwarded-prefix: /shop"]);
  expect(told(await ask("GET /x/../shop/./a"))).toEqual(["shop: GET /a", own, "x-forwarded-prefix: /shop"]);
  expect(told(await ask("GET /about?x"))).toEqual(["shop: GET /about?x", own]);
  const slash = await ask("GET /shop?a=/b");
  expect([slash.status, /location: (.*)/.exec(slash.head)?.[1]]).toEqual([308, "/shop/?a=/b"]);
});

it("leaves everything else to the API, with or without routes", async () => {
  await start({ shop: {}, live: {} });
  expect((await ask("GET /shop/a")).status).toBe(404);
  await host.registry.configure("shop", { routes: [{ path: "/*" }] });
  expect(told(await ask("GET /shop/a"))).toContain("shop: GET /shop/a");
  expect((await ask("GET /call/live/version")).body).toBe("1");
  expect((await ask("GET /x/../healthz")).body).not.toContain("shop:");
  expect((await host.send("GET", "/plugins")).json.plugins).toHaveLength(2);
  await host.registry.remove("shop");
  expect((await ask("GET /shop/a")).status).toBe(404);
});

it("gives a plugin a name of its own, without the API and without a sandbox", async () => {
  await start(
    { shop: { routes: [{ path: "/*", host: "shop.example.com" }, { path: "/shop/*" }] }, live: {} },
    { address: "0.0.0.0", allowedHosts: ["plugins.example"] },
  );
  const own = await ask("GET /plugins?x", "Shop.Example.Com:8080");
  expect(told(own)).toEqual(["shop: GET /plugins?x", "x-forwarded-host: Shop.Example.Com:8080"]);
  expect(own.head).not.toContain("content-security-policy");
  expect(own.head).toContain("set-cookie: seen=1; path=/");
  expect(told(await ask("GET /call/live/version", "shop.example.com"))).toContain(
    "shop: GET /call/live/version",
  );
  const shared = await ask("GET /shop/", "plugins.example");
  expect(shared.head).toMatch(/content-security-policy: .*sandbox/);
  // Who says another name is let in nowhere.
  expect((await ask("GET /shop/", "evil.example")).status).toBe(403);
  expect((await ask("GET /call/live/version", "evil.example")).status).toBe(403);
});

it("sandboxes plugins that share a name", async () => {
  await start({
    shop: { routes: [{ path: "/shop/*", host: "both.example" }] },
    blog: { routes: [{ path: "/blog/*", host: "both.example" }] },
  });
  expect(told(await ask("GET /blog/x", "both.example"))).toContain("blog: GET /x");
  expect((await ask("GET /shop/x", "both.example")).head).toMatch(/content-security-policy: .*sandbox/);
  const nothing = await ask("GET /plugins", "both.example");
  expect(JSON.parse(nothing.body)).toMatchObject({ code: "route-not-found", status: 404 });
  await host.registry.remove("blog");
  expect((await ask("GET /shop/x", "both.example")).head).not.toContain("content-security-policy");
});

it("leads NAME.localhost to that plugin on loopback, all paths of it, and nowhere else", async () => {
  await start({ shop: {}, live: {} });
  const name = `shop.localhost:${host.port}`;
  const own = await ask("GET /call/live/version?x", name);
  expect(told(own)).toEqual(["shop: GET /call/live/version?x", `x-forwarded-host: ${name}`]);
  expect(own.head).not.toContain("content-security-policy");
  expect(JSON.parse((await ask("GET /", "live.localhost")).body)).toMatchObject({ code: "no-handler" });
  expect(JSON.parse((await ask("GET /", "shup.localhost")).body)).toMatchObject({
    code: "plugin-not-found",
    near: ["shop"],
  });
  expect((await ask("GET /", "a.shop.localhost")).status).toBe(403);
  await hosts.start({ address: "0.0.0.0" });
  expect((await ask("GET /", "shop.localhost")).status).toBe(404);
});

it("asks for a token where the plugin's access does, and never shows it one", async () => {
  await start({
    shop: { access: "token", routes: [{ path: "/shop/*" }, { path: "/*", host: "shop.example.com" }] },
  });
  const { token } = await host.tokens.create({ scopes: ["call"], plugins: ["shop"] }, "test");
  const { token: others } = await host.tokens.create({ scopes: ["call"], plugins: ["blog"] }, "test");
  for (const [line, name] of [
    ["GET /shop/", undefined],
    ["GET /", "shop.example.com"],
    ["GET /", "shop.localhost"],
  ] as const) {
    const refused = await ask(line, name);
    expect([refused.status, refused.head.includes("www-authenticate: bearer")]).toEqual([401, true]);
    expect((await ask(line, name, [`Authorization: Bearer ${others}`])).status).toBe(403);
    const { status, body } = await ask(line, name, [`Authorization: Bearer ${token}`]);
    expect([status, body.includes("authorization")]).toEqual([200, false]);
    const two = await ask(line, name, [`Authorization: Bearer ${token}`, "Authorization: Bearer other"]);
    expect(two.status).toBe(401);
  }
});

it("counts requests by the plugin's rate, together with its calls", async () => {
  await start({ shop: { rate: { requests: 2, seconds: 3_600 }, routes: [{ path: "/shop/*" }] } });
  const first = await ask("GET /shop/");
  expect(first.head).toMatch(/\r\nratelimit: "shop";r=1;t=\d+/);
  expect((await ask("GET /", "shop.localhost")).status).toBe(200);
  const refused = await ask("GET /shop/");
  expect(refused.status).toBe(429);
  expect(refused.head).toMatch(/\r\nretry-after: \d+/);
  expect((await host.call("shop/x", [])).status).toBe(429);
  expect(host.registry.details("shop").counters.limits).toEqual({ "rate-limited": 2 });
});

it("takes the methods that a route is for", async () => {
  await start({ shop: { routes: [{ path: "/shop/*", methods: ["GET"] }] } });
  expect((await ask("HEAD /shop/")).status).toBe(200);
  const refused = await ask("POST /shop/", undefined, ["Content-Length: 0"]);
  expect([refused.status, /\r\nallow: (.*)/.exec(refused.head)?.[1]]).toEqual([405, "get"]);
});

it("serves them at the public listener alone, where the API has one of its own", async () => {
  await start({ shop: { routes: [{ path: "/plugins/*" }] } }, { admin: { host: "127.0.0.1", port: 0 } });
  host.registry.routes.reserve({ paths: ["call"], names: [] });
  const { port } = host.api!;
  expect(told(await ask("GET /plugins/x"))).toContain("shop: GET /x");
  for (const name of ["127.0.0.1", "shop.localhost"]) {
    const { body } = await ask("GET /http/shop/x", name, [], port);
    expect(body).not.toContain("shop: GET");
  }
  expect((await ask("GET /plugins/x", undefined, [], port)).body).not.toContain("shop: GET");
});

it("goes on with what came before, and takes what comes after, on one connection", async () => {
  await start({ shop: { routes: [{ path: "/shop/*" }] }, live: {} });
  const client = await RawClient.open(host);
  client.send(
    head("GET /shop/a") + head("GET /call/live/version") + head("GET /shop/b", "Connection: close"),
  );
  const text = await client.end();
  expect(text.match(/shop: GET \/[ab]|\r\n\r\n1(?=HTTP)/g)).toEqual([
    "shop: GET /a",
    "\r\n\r\n1",
    "shop: GET /b",
  ]);
});

it("leaves the host its own names, below localhost too, whatever plugins are called", async () => {
  await start({ shop: { routes: [{ path: "/*" }] } }, { allowedHosts: ["shop.localhost", "API.localhost."] });
  for (const name of ["shop.localhost", "api.localhost:80"]) {
    expect((await ask("GET /plugins/shop", name)).body).toContain('"name":"shop"');
    expect((await ask("PUT /http/shop/a", name)).head).toContain("content-security-policy: sandbox");
  }
  expect((await host.send("GET", "/plugins/shop")).json.servedAt).toEqual(["/http/shop/", "/"]);
});
