import { describe, expect, it } from "vitest";
import { hostsOfTests } from "../../support/hosts.ts";

// One failure comes back in an hour, so none does in these tests.
const { host, start } = hostsOfTests({ failures: { burst: 3, interval: 3_600_000, addresses: 100 } });

const withToken = (token: string, headers: Record<string, string> = {}) =>
  host.send("DELETE", "/plugins/none", { headers: { authorization: `Bearer ${token}`, ...headers } });
const statuses = async (count: number, headers: Record<string, string> = {}) => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await withToken(`wrong-${i}`, headers)).status);
  return all;
};
const strong = "0123456789abcdefghijkl";

describe("wrong tokens from one address", () => {
  it("are told to wait after some", async () => {
    await start();
    expect(await statuses(5)).toEqual([401, 401, 401, 429, 429]);
    const answer = await withToken("wrong");
    expect(answer.json).toMatchObject({ code: "too-many-requests", status: 429 });
    expect(answer.headers.get("retry-after")).toBe("3600");
  });

  it("do not keep those out who have the right one", async () => {
    await start({ adminToken: strong });
    const { token } = await host.tokens.create({ scopes: ["deploy", "configure"] }, "test");
    await statuses(4);
    expect((await withToken(strong)).status).toBe(404);
    expect((await withToken(token)).status).toBe(404);
    expect((await withToken("wrong")).status).toBe(429);
  });

  it("keep a right one out that is so short that it might be a guess", async () => {
    await start({ adminToken: strong.slice(1) });
    const { token } = await host.tokens.create({ scopes: ["deploy", "configure"] }, "test");
    expect((await withToken(strong.slice(1))).status).toBe(404);
    await statuses(4);
    expect((await withToken(strong.slice(1))).status).toBe(429);
    expect((await withToken(token)).status).toBe(404);
  });

  it("keep nobody out who needs none", async () => {
    await start();
    await statuses(4);
    expect((await host.send("GET", "/healthz", { anonymous: true })).status).toBe(200);
    expect((await host.send("DELETE", "/plugins/none", { anonymous: true })).status).toBe(401);
    expect((await withToken("wrong")).status).toBe(429);
  });

  it("count for calls too where those need a token", async () => {
    await start({ privateCalls: true });
    const call = () => host.send("GET", "/call/none/f", { headers: { authorization: "Bearer wrong" } });
    for (let i = 0; i < 3; i++) expect((await call()).status).toBe(401);
    expect((await call()).status).toBe(429);
  });
});

describe("X-Forwarded-For", () => {
  it("is nothing to go by", async () => {
    await start();
    for (let i = 0; i < 3; i++) await withToken("wrong", { "x-forwarded-for": `192.0.2.${i}` });
    expect(await statuses(1, { "x-forwarded-for": "192.0.2.99" })).toEqual([429]);
  });

  it("tells clients apart behind a proxy that is trusted, by what the proxy added", async () => {
    await start({ trustProxy: true });
    const from = (address: string) => ({ "x-forwarded-for": address });
    expect(await statuses(4, from("192.0.2.1"))).toEqual([401, 401, 401, 429]);
    expect(await statuses(1, from("192.0.2.2"))).toEqual([401]);
    expect(await statuses(1, from("192.0.2.77, 192.0.2.1"))).toEqual([429]);
    // One machine has all addresses of its /64.
    expect(await statuses(2, from("2001:db8::1"))).toEqual([401, 401]);
    expect(await statuses(2, from("2001:db8::ffff:2"))).toEqual([401, 429]);
    expect(await statuses(1, from("2001:db8:0:1::1"))).toEqual([401]);
    // What is no address counts for the proxy itself.
    expect(await statuses(3, from("nonsense"))).toEqual([401, 401, 401]);
    expect(await statuses(1, from("other"))).toEqual([429]);
  });
});
