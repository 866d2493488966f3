import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { component, sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
beforeAll(async () => {
  expect((await host.put("calc", sample())).status).toBe(201);
});

const get = (path: string) => host.send("GET", `/call/${path}`, { anonymous: true });

describe("POST /call/{name}/{function}", () => {
  it("takes arguments by position or by name", async () => {
    const answer = await host.call("calc/add", [40, 2]);
    expect(answer).toMatchObject({ status: 200, json: 42 });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect((await host.call("calc/add", { b: 2, a: 40 })).json).toBe(42);
  });

  it("takes application/json whatever its parameters and case", async () => {
    for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"]) {
      const answer = await host.send("POST", "/call/calc/add", {
        body: "[1,2]",
        headers: { "content-type": type },
      });
      expect(answer).toMatchObject({ status: 200, json: 3 });
    }
  });

  it("takes no body at all for no arguments", async () => {
    expect(await host.send("POST", "/call/calc/version")).toMatchObject({ status: 200, json: 1 });
    const headers = { "content-type": "application/json" };
    expect(await host.send("POST", "/call/calc/version", { headers })).toMatchObject({
      status: 200,
      json: 1,
    });
  });

  it("answers 204 where there is no result", async () => {
    const answer = await host.call("calc/nothing", []);
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.headers.get("content-type")).toBeNull();
  });

  it("gives the ok value of a result, and its err as 422 with the payload", async () => {
    expect(await host.call("calc/divide", [42, 2])).toMatchObject({ status: 200, json: 21 });
    const answer = await host.call("calc/divide", [42, 0]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer).toMatchObject({
      status: 422,
      json: { type: "urn:hotcell:error:guest-error", code: "guest-error", payload: "divide by zero" },
    });
  });

  it("answers 502 to a trap, and the plugin serves on", async () => {
    expect(await host.call("calc/boom", [])).toMatchObject({ status: 502, json: { code: "trap" } });
    expect((await host.call("calc/add", [1, 1])).json).toBe(2);
    expect(host.faults).toEqual([]);
  });

  it.each([
    "math/add-up",
    "math/addUp",
    "add-up",
    "demo:calc/math@1.0.0/add-up",
    "demo:calc/math/add-up",
    "demo%3Acalc%2Fmath%401.0.0%2Fadd-up",
  ])("finds a function of an interface as %s", async (path) => {
    expect(await host.call(`calc/${path}`, [40, 2])).toMatchObject({ status: 200, json: 42 });
  });

  it("carries strings of all kinds and of 1 MiB both ways", async () => {
    const strings = [
      "",
      "Zoë 👩‍👩‍👧 e\u0301\u0000 \u2028",
      "x".repeat(2 ** 20),
      "\u0000".repeat(2 ** 20),
      "🌍".repeat(2 ** 18),
    ];
    for (const string of strings) {
      const answer = await host.call("calc/echo", [string]);
      expect(answer.status).toBe(200);
      expect(answer.json === string).toBe(true);
    }
  });

  it("answers from exactly one version while another goes live", async () => {
    await host.put("swapped", sample({ version: 1 }));
    const builds = [1, 2].map((version) => sample({ version }));
    let swapping = true;
    const answers: number[] = [];
    const caller = async () => {
      while (swapping) {
        const { status, json } = await host.call("swapped/version", []);
        answers.push(status === 200 ? json : status);
      }
    };
    const callers = Promise.all(Array.from({ length: 4 }, caller));
    for (let i = 1; i <= 10; i++) expect((await host.put("swapped", builds[i % 2]!)).status).toBe(200);
    swapping = false;
    await callers;
    expect(new Set(answers)).toEqual(new Set([1, 2]));
    expect((await host.call("swapped/version", [])).json).toBe(1);
  });
});

describe("GET /call/{name}/{function}", () => {
  it("takes scalar parameters from the query", async () => {
    expect(await get("calc/add?a=40&b=2")).toMatchObject({ status: 200, json: 42 });
    expect(await get("calc/echo?text=a%20%26%20b+c")).toMatchObject({ status: 200, json: "a & b c" });
    expect(await get("calc/version")).toMatchObject({ status: 200, json: 1 });
  });

  it("is never cached", async () => {
    expect((await get("calc/version")).headers.get("cache-control")).toBe("no-store");
  });

  it("refuses parameters that are missing, unknown or of another type", async () => {
    for (const query of ["", "?a=1", "?a=1&b=x", "?a=1&b=2&c=3", "?a=1&b=-1"]) {
      expect(await get(`calc/add${query}`)).toMatchObject({ status: 400, json: { code: "bad-argument" } });
    }
  });

  it("refuses functions whose parameters are no scalars", async () => {
    await host.put(
      "pairs",
      component(`
        (core module $m (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        (core instance $i (instantiate $m))
        (func (export "sum") (param "pair" (tuple u32 u32)) (result u32) (canon lift (core func $i "sum")))`),
    );
    expect(await get("pairs/sum?pair=1")).toMatchObject({
      status: 400,
      json: { code: "not-callable", subject: "pair" },
    });
    expect((await host.call("pairs/sum", [[1, 2]])).json).toBe(3);
  });
});

describe("what a web page could make a browser send", () => {
  it.each([
    ["GET", { "sec-fetch-site": "cross-site" }],
    ["GET", { "sec-fetch-site": "same-site" }],
    ["POST", { "sec-fetch-site": "cross-site" }],
    ["POST", { origin: "http://evil.example" }],
    ["POST", { origin: "http://evil.example", "content-type": "text/plain" }],
    // Ahead of who might open it. Speculation rules of any page have no site that they come from.
    ["GET", { "sec-fetch-site": "none", "sec-purpose": "prefetch" }],
    ["GET", { "sec-fetch-site": "none", "sec-purpose": "prefetch;prerender" }],
    ["GET", { "sec-fetch-site": "same-origin", "sec-purpose": "prefetch" }],
  ])("%s with %j is refused", async (method, headers) => {
    // The fetch of Node does not let Sec-Fetch-Site through as given, so these go by hand.
    const answer = await raw(method, "/call/calc/version", headers as Record<string, string>);
    expect(answer).toMatchObject({ status: 403, body: { code: "cross-site" } });
  });

  it("does not get an answer to a preflight, nor CORS headers on anything", async () => {
    const preflight = await raw("OPTIONS", "/call/calc/version", {
      origin: "http://evil.example",
      "access-control-request-method": "POST",
    });
    expect(preflight.status).toBe(405);
    const answer = await get("calc/version");
    for (const [name] of [...preflight.headers, ...answer.headers])
      expect(name).not.toMatch(/^access-control-/);
  });

  it("may be the page of the address itself", async () => {
    expect(await raw("GET", "/call/calc/version", { "sec-fetch-site": "none" })).toMatchObject({
      status: 200,
      body: 1,
    });
  });
});

function raw(method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: [string, unknown][]; body: unknown }>((resolve, reject) => {
    const sent = request({ port: host.port, host: "127.0.0.1", method, path, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      resolve({
        status: answer.statusCode ?? 0,
        headers: Object.entries(answer.headers),
        body: text === "" ? undefined : JSON.parse(text),
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
