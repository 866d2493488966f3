/** Files of the console over HTTP: what they are, what browsers may do with them, and that there are no others. */
import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { pluginRoutes } from "../../host/http/embed.ts";
import { startTestHost } from "../support/test-host.ts";

const host = await startTestHost();
afterAll(() => host.close());
const get = (path: string, headers: Record<string, string> = {}) =>
  host.send("GET", path, { anonymous: true, headers });

describe("the console's files", () => {
  it("are there for everybody: a page, its style, its program, its icon", async () => {
    const types = {
      "/console/": "text/html; charset=utf-8",
      "/console/console.css": "text/css; charset=utf-8",
      "/console/console.js": "text/javascript; charset=utf-8",
      "/console/page/page.ts": "text/javascript; charset=utf-8",
      "/console/lib/preact/hooks.mjs": "text/javascript; charset=utf-8",
      "/console/icon.svg": "image/svg+xml",
    };
    for (const [path, type] of Object.entries(types)) {
      const { status, headers } = await get(path);
      expect([path, status, headers.get("content-type")]).toEqual([path, 200, type]);
    }
  });

  it("come under a policy that lets nothing of others in, and no inline code", async () => {
    const { headers } = await get("/console/");
    const policy = headers.get("content-security-policy")!;
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "connect-src 'self'",
    ])
      expect(policy.split("; ")).toContain(part);
    expect(policy).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  });

  it("import each other, and packages, by places that are there", async () => {
    const seen = new Set<string>();
    const visit = async (path: string) => {
      if (seen.has(path)) return;
      seen.add(path);
      const { status, text } = await get(path);
      expect([path, status]).toEqual([path, 200]);
      for (const [, specifier] of text.matchAll(/\b(?:from|import)\s*"([^"\s]+)"/g)) {
        expect(specifier).toMatch(/^\.{1,2}\//);
        await visit(new URL(specifier!, `http://host${path}`).pathname);
      }
    };
    await visit("/console/console.js");
    expect(seen.size).toBeGreaterThan(30);
  });

  it("are not sent again to who has them", async () => {
    const { headers } = await get("/console/console.css");
    const etag = headers.get("etag")!;
    for (const given of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await get("/console/console.css", { "if-none-match": given });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await get("/console/console.css", { "if-none-match": '"x"' })).status).toBe(200);
  });

  it("are those of the page, and nothing else of the machine", async () => {
    for (const path of [
      "console.ts",
      "page/tsconfig.json",
      "page/styles/base.css",
      "page/nothing.ts",
      "page/..%2fconsole.ts",
      "page/%2e%2e/console.ts",
      "page//page.ts",
      "lib/hono.mjs",
      "lib/preact/hooks.mjs.map",
      "page/page.ts%00",
      "built/console.js",
    ]) {
      const { status, json } = await get(`/console/${path}`);
      expect([path, status, json?.code]).toEqual([path, 404, "route-not-found"]);
    }
  });

  it("are below whatever path the host is mounted at", async () => {
    const app = new Hono().route("/api/v1", pluginRoutes(host.host, { token: "t" }));
    const { status, headers } = await app.request("/api/v1/console");
    expect(status).toBe(308);
    expect(new URL(headers.get("location")!, "http://host/api/v1/console").pathname).toBe("/api/v1/console/");
    expect(await (await app.request("/api/v1/console/")).text()).toContain('src="console.js"');
  });
});

describe("a host whose API has a listener of its own", () => {
  it("has the console there, and not at the address for everybody", async () => {
    const two = await startTestHost({ admin: { host: "127.0.0.1", port: 0 } });
    try {
      expect((await fetch(`${two.api!.url}/console/`)).status).toBe(200);
      expect((await fetch(`${two.url}/console/`)).status).toBe(404);
      expect((await fetch(`${two.url}/rights`)).status).toBe(404);
    } finally {
      await two.close();
    }
  });
});

describe("a host that has none", () => {
  it("says so, and has all else", async () => {
    const without = await startTestHost({ console: false });
    try {
      for (const path of ["/console", "/console/", "/console/console.js"]) {
        const { status, json } = await without.send("GET", path);
        expect([status, json.detail]).toEqual([404, "This host has no console."]);
      }
      expect((await without.send("GET", "/rights")).status).toBe(200);
    } finally {
      await without.close();
    }
  });
});

describe("GET /rights", () => {
  it("tells strangers what needs no token", async () => {
    const { json } = await get("/rights");
    expect(json).toMatchObject({ who: "anonymous", scopes: [], plugins: null, expiresAt: null });
    expect(json.may).toEqual(json.open);
    expect(json.may).toContain("list");
    expect(json.lacks).toMatchObject({ events: ["read"], remove: ["deploy", "configure"] });
  });

  it("tells the admin, and who has a token, what that is good for", async () => {
    const { json } = await host.send("GET", "/rights");
    expect([json.who, json.scopes, json.lacks]).toEqual(["admin", ["admin"], {}]);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { token, id } = await host.tokens.create(
      { scopes: ["read", "deploy"], plugins: ["shop", "t42-*"], expiresAt },
      "test",
    );
    const mine = await get("/rights", { authorization: `Bearer ${token}` });
    expect(mine.json).toMatchObject({
      who: id,
      scopes: ["read", "deploy"],
      plugins: ["shop", "t42-*"],
      expiresAt,
    });
    expect(mine.json.may).toEqual(expect.arrayContaining(["events", "deploy"]));
    expect(mine.json.lacks).toMatchObject({ tokens: ["admin"], remove: ["configure"] });
  });

  it("refuses a token that is not good, and says why", async () => {
    const { status, json } = await get("/rights", { authorization: "Bearer wrong" });
    expect([status, json.code]).toEqual([401, "unauthorized"]);
  });

  it("is for the names of the host only, as are the files", async () => {
    const app = pluginRoutes(host.host, { address: "127.0.0.1" });
    for (const path of ["/rights", "/console/", "/console/console.js"]) {
      const answer = await app.request(`http://evil.example${path}`, { headers: { host: "evil.example" } });
      expect([answer.status, await answer.json()]).toMatchObject([403, { code: "forbidden-host" }]);
    }
  });
});
