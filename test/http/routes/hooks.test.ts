/** Hooks over HTTP: all plugins of a contract asked by one request, at each way in. */
import { Hono } from "hono";
import { beforeEach, describe, expect, it } from "vitest";
import { uncounted } from "../../../host/http/body/body-budget.ts";
import { defaultBodyLimits } from "../../../host/http/body/body-limits.ts";
import { pluginRoutes } from "../../../host/http/embed.ts";
import { component } from "../../guests/small-plugins.ts";
import { waitingGuest } from "../../guests/waiting-guest.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { until } from "../../support/processes.ts";
import { head } from "../../support/raw-client.ts";

const started = hostsOfTests();
const { host } = started;

/** A discount, which is none (`null`) where it is odd, and fails where it is a multiple of a hundred thousand. */
const discount = (body: string) =>
  component(`
    (core module $m (memory (export "memory") 1)
      (func $of (param $total i32) (result i32) ${body})
      (func (export "quote") (param $total i32) (result i32) (local $is i32)
        (local.set $is (call $of (local.get $total)))
        (i32.store8 (i32.const 0) (i32.eqz (i32.and (local.get $is) (i32.const 1))))
        (i32.store (i32.const 4) (local.get $is)) (i32.const 0))
      (func (export "note")))
    (core instance $i (instantiate $m))
    (func (export "note") (canon lift (core func $i "note")))
    (func (export "quote") (param "total" u32) (result (option u32))
      (canon lift (core func $i "quote") (memory (core memory $i "memory"))))`);
const half = discount("(i32.shr_u (local.get $total) (i32.const 1))");
const ten = discount("(i32.sub (local.get $total) (i32.const 10))");
const broken = discount("unreachable");
const world =
  "package acme:shop; world discount { export quote: func(total: u32) -> option<u32>; export note: func(); }";

async function deploy(privateCalls = false): Promise<void> {
  await started.start({ privateCalls });
  const { registry } = host;
  await registry.contracts.put("discount", componentTypeOf(dummyModule(world)), { plugins: ["d-*"] });
  await registry.deploy("d-broken", broken);
  await registry.deploy("d-half", half);
  await registry.deploy("d-ten", ten);
}

const ask = async (path: string, args: unknown, headers: Record<string, string> = {}) =>
  host.send("POST", `/call/${path}`, {
    body: JSON.stringify(args),
    headers: { "content-type": "application/json", ...headers },
    anonymous: true,
  });

describe("a hook over HTTP", () => {
  beforeEach(() => deploy());

  it("answers by the names of its members, errors as their problems", async () => {
    const { status, json, headers } = await ask("@discount/quote", [100]);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/json");
    expect(json).toMatchObject({
      "d-broken": { error: { code: "trap", status: 502 } },
      "d-half": { value: 50 },
      "d-ten": { value: 90 },
    });
    const alone = (await ask("d-broken/quote", [100])).json;
    expect((json["d-broken"] as { error: object }).error).toEqual(alone);
    expect((await ask("%40discount%401/quote", { total: 100 })).json).toMatchObject({
      "d-half": { value: 50 },
    });
    expect((await ask("@discount/note", [])).json).toMatchObject({ "d-ten": { value: null } });
  });

  it("gives the first value, or what a chain of them makes", async () => {
    expect((await ask("@discount/quote?mode=first", [100])).json).toEqual({ plugin: "d-half", value: 50 });
    expect((await ask("@discount/quote?mode=first", [7])).text).toBe("null");
    expect((await ask("@discount/quote?mode=chain", [100])).json).toEqual({ value: 40 });
    expect((await ask("@discount/quote?mode=chain", { total: 100 })).json.code).toBe("bad-request");
  });

  it("refuses what it can't ask, as a call does", async () => {
    const code = async (path: string, args: unknown = [100]) => (await ask(path, args)).json.code;
    expect(await code("@discounts/quote")).toBe("contract-not-found");
    expect(await code("@discount@2/quote")).toBe("contract-not-found");
    expect(await code("@discount@x/quote")).toBe("contract-not-found");
    expect(await code("@/quote")).toBe("route-not-found");
    expect(await code("@discount/quotes")).toBe("function-not-found");
    expect(await code("@discount/quote?mode=all")).toBe("bad-request");
    expect(await code("@discount/quote?deadline=0")).toBe("bad-request");
    expect(await code("@discount/quote?total=1")).toBe("bad-request");
    expect((await ask("@discount/quote", ["x"])).json).toMatchObject({
      "d-half": { error: { code: "bad-argument" } },
      "d-ten": { error: { code: "bad-argument" } },
    });
    const bytes = { "content-type": "application/octet-stream" };
    expect((await ask("@discount/quote", [1], bytes)).json.code).toBe("unsupported-media-type");
    const lines = await ask("@discount/quote", [1], { "content-type": "application/x-ndjson" });
    expect(lines.json).toMatchObject({
      code: "unsupported-media-type",
      actual: "application/x-ndjson",
      remedy: expect.stringContaining("a request for each line"),
    });
    const page = { "sec-fetch-site": "cross-site", "content-type": "text/plain" };
    expect((await ask("@discount/quote", [1], page)).json.code).toBe("cross-site");
    const { status, json } = await host.send("GET", "/call/@discount/quote?total=100");
    expect([status, json.code]).toEqual([405, "method-not-allowed"]);
  });

  it("is asked once with an Idempotency-Key", async () => {
    const key = { "idempotency-key": "1" };
    const first = await ask("@discount/quote", [100], key);
    await host.registry.deploy("d-half", ten);
    const again = await ask("@discount/quote", [100], key);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.text).toBe(first.text);
    expect((await ask("@discount/quote", [101], key)).json.code).toBe("other-call");
    expect((await ask("discount/quote", [100], key)).json.code).toBe("plugin-not-found");
  });

  it("counts for the rate of each member, within the limits of each", async () => {
    await host.registry.configure("d-ten", { rate: { requests: 1, seconds: 3_600, burst: 1 } });
    await host.registry.configure("d-half", { limits: { argumentBytes: 4 } });
    expect((await ask("@discount/quote", [100])).json).toMatchObject({
      "d-half": { error: { code: "argument-too-large" } },
      "d-ten": { value: 90 },
    });
    const { json } = await ask("@discount/quote", [22]);
    expect(json).toMatchObject({ "d-half": { value: null }, "d-ten": { error: { code: "rate-limited" } } });
    expect((await ask("d-ten/quote", [100])).json.code).toBe("rate-limited");
  });

  it("leaves out who keeps failing", async () => {
    for (let i = 0; i < 5; i++) expect((await ask("@discount/quote", [100])).json).toHaveProperty("d-broken");
    expect(Object.keys((await ask("@discount/quote", [100])).json)).toEqual(["d-half", "d-ten"]);
  });

  it("is described with the host's routes", async () => {
    const { json } = await host.send("GET", "/openapi.json?host");
    expect(json.paths).toHaveProperty(["/call/@{contract}/{function}", "post"]);
  });

  it("answers alike in an app of an embedder's", async () => {
    const app = new Hono().route("/api", pluginRoutes(host.host, { token: "a-token-that-nobody-guesses" }));
    const answer = await app.request("/api/call/@discount/quote", {
      method: "POST",
      body: "[100]",
      headers: { "content-type": "application/json" },
    });
    expect(await answer.text()).toBe((await ask("@discount/quote", [100])).text);
  });
});

describe("a hook whose members wait", () => {
  it("keeps no room of bodies for them, and is left with its client", async () => {
    await started.start({ limits: { ...defaultBodyLimits, jsonAtOnce: 200_000 } });
    const { registry } = host;
    await registry.contracts.put("waits", waitingGuest(), { plugins: ["w-*"] });
    const settings = { mode: "fresh", grants: { clocks: true, logging: true } } as const;
    for (const name of ["w-a", "w-b"]) await registry.deploy(name, waitingGuest(), { settings });
    const inFlight = () =>
      registry.details("w-a").counters.inFlight + registry.details("w-b").counters.inFlight;
    // Of two such bodies one has room.
    const large = uncounted + 150_000;
    const body = `[500000${" ".repeat(large)}]`;
    const client = await started.connect();
    client.send(
      head("POST /call/@waits/wait", "Content-Type: application/json", `Content-Length: ${body.length}`) +
        body,
    );
    await until(() => inFlight() === 2);
    const { json } = await ask("@waits/wait?deadline=1", [500_000, "x".repeat(large)]);
    expect(json).toMatchObject({ "w-a": { error: { code: "bad-argument" } } });
    const late = await ask("@waits/wait?deadline=1", [500_000]);
    expect(late.json).toMatchObject({
      "w-a": { error: { code: "timeout" } },
      "w-b": { error: { code: "timeout" } },
    });
    started.disconnect();
    await until(
      () => registry.details("w-a").counters.cancelled + registry.details("w-b").counters.cancelled === 2,
    );
  });
});

describe("who may ask a hook", () => {
  it("is who may call each of its members", async () => {
    await deploy(true);
    const holder = async (plugins: string[], scopes: ["call"] | ["read"] = ["call"]) => {
      const { token } = await host.tokens.create({ scopes, plugins }, "test");
      const { status, json } = await ask("@discount/quote", [100], { authorization: `Bearer ${token}` });
      return [status, json.code];
    };
    expect(await holder(["d-*"])).toEqual([200, undefined]);
    expect(await holder(["d-half"])).toEqual([403, "forbidden"]);
    expect(await holder(["d-*"], ["read"])).toEqual([403, "forbidden"]);
    expect((await ask("@discount/quote", [100])).json.code).toBe("unauthorized");
  });

  it("is nobody without a token where a member wants one, and is not told which that is", async () => {
    await deploy();
    await host.registry.configure("d-ten", { access: "token" });
    expect((await ask("@discount/quote", [100])).json.code).toBe("unauthorized");
    const { token } = await host.tokens.create({ scopes: ["call"], plugins: ["d-half"] }, "test");
    const { json, text } = await ask("@discount/quote", [100], { authorization: `Bearer ${token}` });
    expect(json.code).toBe("forbidden");
    expect(text).not.toContain("d-ten");
  });
});
