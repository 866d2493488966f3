/** Setting `rate`: requests that one client of a plugin may make over HTTP. */
import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";

const hosts = hostsOfTests();
const { host } = hosts;

/** An hour for each: none comes back while the test runs. */
const hourly = (more: object = {}) => ({ rate: { requests: 2, seconds: 7_200, ...more } });

async function deploy(settings: object, access: object = {}): Promise<void> {
  await host.registry.deploy("live", sample(), { settings: { ...settings, ...access } });
}

const call = (headers: Record<string, string> = {}, path = "/call/live/version") =>
  host.send("GET", path, { anonymous: true, headers });
const from = (address: string) => ({ "x-forwarded-for": `203.0.113.9, ${address}` });

it("refuses more with 429, says when there is more, and counts it", async () => {
  await hosts.start();
  await deploy(hourly());
  const first = await call();
  expect(first.status).toBe(200);
  expect(first.headers.get("ratelimit-policy")).toBe('"live";q=2;w=7200');
  expect(first.headers.get("ratelimit")).toMatch(/^"live";r=1;t=36\d\d$/);
  await call();
  const refused = await call();
  expect({ status: refused.status, code: refused.json.code }).toEqual({ status: 429, code: "rate-limited" });
  expect(refused.json).not.toHaveProperty("quota");
  expect(refused.headers.get("ratelimit")).toMatch(/^"live";r=0;t=7\d\d\d$/);
  const retryAfter = Number(refused.headers.get("retry-after"));
  expect(retryAfter).toBe(refused.json.retryAfter);
  expect(retryAfter).toBeGreaterThan(3_500);
  expect((await host.call("live/version", [])).status).toBe(429);
  const { counters } = host.registry.details("live");
  expect(counters).toMatchObject({ calls: 2, limits: { "rate-limited": 2 } });
});

it("holds for every way to call, for refused ones too, and for nothing else", async () => {
  await hosts.start();
  await deploy(hourly());
  await host.registry.deploy("other", sample());
  const wrong = await host.call("live/no-such-function", []);
  expect(wrong.status).toBe(404);
  expect(wrong.headers.get("ratelimit")).toMatch(/^"live";r=1;/);
  expect((await host.call("live/version", [])).headers.get("ratelimit")).toMatch(/^"live";r=0;/);
  expect((await host.call("live/version", [])).status).toBe(429);
  for (let i = 0; i < 5; i++) expect((await host.send("GET", "/plugins/live")).status).toBe(200);
  const other = await host.call("other/version", []);
  expect([other.status, other.headers.has("ratelimit")]).toEqual([200, false]);
});

it("counts by the client's address, an IPv6 network being one, where a proxy is trusted", async () => {
  await hosts.start({ trustProxy: true });
  await deploy(hourly());
  const statuses = async (...addresses: string[]) => {
    const all: number[] = [];
    for (const address of addresses) all.push((await call(from(address))).status);
    return all;
  };
  expect(await statuses("198.51.100.1", "198.51.100.1", "198.51.100.1", "198.51.100.2")).toEqual([
    200, 200, 429, 200,
  ]);
  expect(await statuses("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1")).toEqual([
    200, 200, 429, 200,
  ]);
});

it("believes nobody who is no proxy", async () => {
  await hosts.start();
  await deploy(hourly());
  const all: number[] = [];
  for (const address of ["198.51.100.1", "198.51.100.2", "198.51.100.3"])
    all.push((await call(from(address))).status);
  expect(all).toEqual([200, 200, 429]);
});

it.each([
  ["token", 401],
  ["public", 200],
] as const)(
  "counts by token where it says so, and by address without one, with access %s",
  async (access, wrong) => {
    await hosts.start({ trustProxy: true });
    await deploy(hourly({ per: "token" }), { access });
    const [a, b] = await Promise.all([1, 2].map(() => host.tokens.create({ scopes: ["call"] }, "test")));
    const statuses = async (token: string) => {
      const all: number[] = [];
      for (const address of ["198.51.100.1", "198.51.100.2", "198.51.100.3"])
        all.push((await call({ ...from(address), authorization: `Bearer ${token}` })).status);
      return all;
    };
    expect(await statuses(a!.token)).toEqual([200, 200, 429]);
    expect(await statuses(b!.token)).toEqual([200, 200, 429]);
    expect(await statuses("wrong")).toEqual([wrong, wrong, wrong]);
    // What is no token of the host's is nobody's.
    const last = await call({ ...from("198.51.100.3"), authorization: "Bearer other" });
    const next = await call({ ...from("198.51.100.3"), authorization: "Bearer another" });
    expect([last.status, next.status]).toEqual(access === "public" ? [200, 429] : [401, 401]);
  },
);

it("changes with the setting, from the next request on", async () => {
  await hosts.start();
  await deploy(hourly());
  for (let i = 0; i < 3; i++) await call();
  const { settings, asked } = await host.registry.configure("live", { rate: { burst: 3 } });
  expect({ settings: settings.rate, asked: asked.rate }).toEqual({
    settings: { requests: 2, seconds: 7_200, burst: 3, per: "address" },
    asked: { requests: 2, seconds: 7_200, burst: 3 },
  });
  expect((await call()).status).toBe(200);
  expect((await call()).status).toBe(429);
  await host.registry.configure("live", { rate: null });
  const free = await call();
  expect([free.status, free.headers.has("ratelimit")]).toEqual([200, false]);
});

it("is no change where it is sent back as it was read", async () => {
  await hosts.start();
  await deploy(hourly());
  const { settings } = host.registry.details("live");
  const { outcome, asked } = await host.registry.configure("live", { rate: settings.rate! });
  expect({ outcome, asked: asked.rate }).toEqual({
    outcome: "unchanged",
    asked: { requests: 2, seconds: 7_200 },
  });
});

it.each([
  [{}, "settings.rate.requests"],
  [{ requests: 0 }, "settings.rate.requests"],
  [{ requests: 1.5 }, "settings.rate.requests"],
  [{ requests: 1, seconds: 86_401 }, "settings.rate.seconds"],
  [{ requests: 1, burst: 0 }, "settings.rate.burst"],
  [{ requests: 1, per: "user" }, "settings.rate.per"],
  [{ requests: 1, window: 5 }, "settings.rate.window"],
  ["10/s", "settings.rate"],
])("is refused as %j", async (rate, subject) => {
  await hosts.start();
  await host.registry.deploy("live", sample());
  const { status, json } = await host.send("PATCH", "/plugins/live", {
    body: JSON.stringify({ rate }),
    headers: { "content-type": "application/json" },
  });
  expect({ status, code: json.code, subject: json.subject }).toEqual({
    status: 400,
    code: "bad-settings",
    subject,
  });
});
