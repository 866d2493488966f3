import { describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";

const { host, ...hosts } = hostsOfTests();

const origin = "https://console.example";
const preflight = (path: string, headers: Record<string, string> = {}) =>
  host.send("OPTIONS", path, {
    anonymous: true,
    headers: { origin, "access-control-request-method": "POST", ...headers },
  });
const corsHeaders = ({ headers }: { headers: Headers }) =>
  [...headers].filter(([name]) => name.startsWith("access-control-"));

describe("without allowed origins", () => {
  it("no answer says yes", async () => {
    await hosts.start();
    await host.put("calc", sample());
    for (const answer of [
      await preflight("/call/calc/add"),
      await preflight("/plugins/calc"),
      await host.send("GET", "/plugins", { headers: { origin } }),
      await host.send("GET", "/call/calc/version", { headers: { origin } }),
    ]) {
      expect(corsHeaders(answer)).toEqual([]);
    }
    expect((await preflight("/call/calc/add")).status).toBe(405);
    expect((await host.send("GET", "/call/calc/version", { headers: { origin } })).status).toBe(403);
  });
});

describe("with allowed origins", () => {
  const start = async () => {
    await hosts.start({ cors: [origin, "http://localhost:3000"] });
    await host.put("calc", sample());
  };

  it("their pages may ask for calls and for the API", async () => {
    await start();
    for (const path of ["/call/calc/add", "/plugins/calc", "/events", "/tokens"]) {
      const { status, headers, text } = await preflight(path);
      expect({ status, text }).toEqual({ status: 204, text: "" });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-allow-methods")).toMatch(/PUT.*DELETE/);
      expect(headers.get("access-control-allow-headers")).toMatch(/authorization.*content-type.*if-match/);
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("vary")).toBe("Origin");
    }
  });

  it("their pages may read answers, errors too", async () => {
    await start();
    const headers = { origin, "sec-fetch-site": "cross-site" };
    for (const [path, status] of [
      ["/call/calc/version", 200],
      ["/call/calc/divide?dividend=1&divisor=0", 422],
      ["/call/calc/none", 404],
      ["/plugins", 200],
      ["/nowhere", 404],
    ] as const) {
      const answer = await host.send("GET", path, { headers });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      expect(answer.headers.get("access-control-expose-headers")).toContain("etag");
      expect(answer.headers.get("vary")).toBe("Origin");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
    const text = { ...headers, "content-type": "text/plain" };
    expect((await host.send("POST", "/call/calc/add", { headers: text, body: "[1,2]" })).status).toBe(415);
  });

  it.each([
    "https://evil.example",
    "https://console.example.evil.example",
    "https://evil-console.example",
    "http://console.example",
    "https://console.example:444",
    "https://CONSOLE.example",
    "null",
  ])("pages of %s may not", async (other) => {
    await start();
    const asked = await preflight("/call/calc/add", { origin: other });
    expect(asked.status).toBe(405);
    expect(corsHeaders(asked)).toEqual([]);
    const answer = await host.send("GET", "/call/calc/version", { headers: { origin: other } });
    expect(answer).toMatchObject({ status: 403, json: { code: "cross-site" } });
    expect(corsHeaders(answer)).toEqual([]);
    // Caches must not give them what an allowed one got.
    expect(answer.headers.get("vary")).toBe("Origin");
  });

  it("tokens are needed all the same", async () => {
    await start();
    const anonymous = { anonymous: true, headers: { origin } };
    expect((await host.send("DELETE", "/plugins/calc", anonymous)).status).toBe(401);
    const allowed = { headers: { origin, authorization } };
    expect((await host.send("DELETE", "/plugins/calc", allowed)).status).toBe(204);
  });

  it("an OPTIONS that is no preflight is a method that is not taken", async () => {
    await start();
    const { status, headers } = await host.send("OPTIONS", "/plugins", { headers: { origin } });
    expect(status).toBe(405);
    expect(headers.get("allow")).toBe("GET, HEAD");
  });
});
