/** Checks by requests, which a plugin's HTTP handler has to answer as they say before its version goes live. */
import { describe, expect, it } from "vitest";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { handlerGuest } from "../drive/handler-guest.ts";
import { exampleWasm } from "../support/examples.ts";
import { hostOfEachTest } from "../support/hosts.ts";

const router = exampleWasm("router");
const { registry } = hostOfEachTest();

const get = (path: string, response: object) => ({ request: { path }, response });
const deploy = (requests: readonly object[], more: object = {}) =>
  registry.deploy("router", router, { checks: { requests, ...more } });
const failures = async (requests: readonly object[]) => {
  const error = await deploy(requests).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "checks-failed", facts: { actual: requests.length } });
  return error.facts.extra.failures;
};

const guest = await handlerGuest();
const tried = (requests: readonly object[], more: SettingsInput = {}) =>
  registry.deploy("guest", guest, {
    settings: { grants: { clocks: true }, limits: { time: 1_000 }, ...more },
    checks: { requests },
  });

describe("requests of checks", () => {
  it("pass where status, headers and body are as they say, by value or pattern", async () => {
    const text = "text/plain; charset=utf-8";
    const requests = [
      get("/hello/Ada", { status: 200, headers: { "Content-Type": text, etag: null }, body: "Hello, Ada!" }),
      get("/hello/Ada", {
        headers: { "content-type": { matches: "text/*" } },
        body: { matches: "Hello,*!" },
      }),
      get("/hello/gr%C3%BCn", { body: "Hello, grün!" }),
      get("/nowhere", { status: 404 }),
      get("/countdown?from=3", { body: "3\n2\n1\n" }),
      {
        request: { method: "POST", path: "/words", body: "one two three" },
        response: {
          headers: { "content-type": ["application/json"] },
          body: { json: { units: 13, words: 3 } },
        },
      },
      {
        request: { method: "POST", path: "/echo", body: { json: [1, { a: "b" }] } },
        response: { headers: { "content-type": "application/json" }, body: '[1,{"a":"b"}]' },
      },
      {
        request: {
          method: "POST",
          path: "/echo",
          headers: { "content-type": "image/png", host: "shop.example.com" },
          body: { bytes: "/wB/" },
        },
        response: { headers: { "content-type": "image/png" }, body: { bytes: "/wB/" } },
      },
    ];
    const deployed = await deploy(requests);
    expect(deployed).toMatchObject({ outcome: "created", changes: [] });
    expect(registry.details("router").checks).toEqual({ calls: [], requests });
  });

  it("refuse the version where they are not, and say what came instead", async () => {
    const requests = [
      get("/hello/Ada", { status: 201 }),
      get("/hello/Ada", { headers: { "content-type": "text/html" } }),
      get("/hello/Ada", { headers: { etag: { matches: "*" } } }),
      get("/hello/Ada", { body: "Hello, Bo!" }),
      get("/hello/Ada", { body: { matches: "Hello, B*!" } }),
      get("/hello/Ada", { body: { json: "Hello, Ada!" } }),
      { request: { method: "POST", path: "/words", body: "" }, response: { body: { json: { words: 1 } } } },
      { request: { path: "/hello/Ada" }, traps: true },
      { request: { path: "/hello/Ada" } },
    ];
    expect(await failures(requests)).toEqual([
      'GET /hello/Ada: expected 201, got 200 with "Hello, Ada!"',
      'GET /hello/Ada: expected content-type "text/html", got "text/plain; charset=utf-8"',
      'GET /hello/Ada: expected etag {"matches":"*"}, got null',
      'GET /hello/Ada: expected "Hello, Bo!", got "Hello, Ada!"',
      'GET /hello/Ada: expected {"matches":"Hello, B*!"}, got "Hello, Ada!"',
      'GET /hello/Ada: expected {"json":"Hello, Ada!"}, got "Hello, Ada!"',
      'POST /words: expected {"json":{"words":1}}, got {"json":{"words":0,"units":0}}',
      "GET /hello/Ada: expected a trap, got 200",
      "GET /hello/Ada: it says no response to expect, and 200 came",
    ]);
    expect(registry.list()).toEqual([]);
  });

  it("stand beside calls, and are counted with them", async () => {
    const refused = await deploy([get("/", {}), get("/nowhere", {})], { calls: [{ call: "nothing" }] }).catch(
      (thrown) => thrown,
    );
    expect(refused).toMatchObject({
      code: "checks-failed",
      message: expect.stringContaining("2 of 3 checks failed"),
      facts: {
        extra: { failures: [expect.stringContaining("nothing"), expect.stringContaining("/nowhere")] },
      },
    });
    await deploy([get("/", {})]);
    expect(await deploy([get("/", {}), get("/nowhere", { status: 404 })])).toMatchObject({
      settingsChanges: [{ path: "checks", kind: "deploy", from: 1, to: 2 }],
    });
  });

  it("are sent one after the other to the version's own cell, or each to a new one", async () => {
    const counted = (...texts: string[]) => texts.map((body) => get("/count", { body }));
    await tried(counted("1", "2", "3"), { mode: "shared" });
    await expect(tried(counted("1", "2"), { mode: "fresh" })).rejects.toMatchObject({
      code: "checks-failed",
    });
    await tried(counted("1", "1"), { mode: "fresh" });
  });

  it("may expect a trap, before the response begins or after", async () => {
    await tried(["/trap-before", "/trap-after"].map((path) => ({ request: { path }, traps: true })));
    const refused = await tried([get("/trap-before", {}), get("/trap-after", { status: 201 })]).catch(
      (thrown) => thrown,
    );
    expect(refused.facts.extra.failures).toEqual([
      expect.stringMatching(/^GET \/trap-before: expected 200, got a trap \(.*before/),
      expect.stringMatching(/^GET \/trap-after: expected 201, got a trap \(.*after/),
    ]);
  });

  it("fail where the response does not come, not whole, or has more than a check takes", async () => {
    const size = 256 * 1024;
    await tried([get(`/bytes?${size}`, { body: { matches: "*" } })]);
    const refused = await tried([
      get("/nothing", {}),
      get("/refuse", {}),
      get("/unfinished", {}),
      get("/sleep", {}),
      get(`/bytes?${size + 1}`, {}),
    ]).catch((thrown) => thrown);
    expect(refused.facts.extra.failures).toEqual([
      "GET /nothing: The handler of guest ended without a response.",
      "GET /refuse: The handler of guest answered with the error internal-error: not today.",
      "GET /unfinished: The handler of guest left the body of its response unfinished.",
      expect.stringMatching(/^GET \/sleep: .* 1000 ms/),
      `GET /bytes?${size + 1}: the body has more than the ${size} bytes that a check takes`,
    ]);
  });

  it("fail where the header has more than a check takes", async () => {
    const echoed = (size: number) => ({
      request: { method: "POST", path: "/echo", headers: { "content-type": "a".repeat(size) } },
      response: { headers: { "content-type": { matches: "a*" } } },
    });
    await deploy([echoed(16_000)]);
    expect(await failures([echoed(16 * 1024)])).toEqual([
      "POST /echo: the header has more than the 16384 characters that a check takes",
    ]);
  });

  it("go to a process where the plugin is placed in one", async () => {
    const size = 256 * 1024;
    const requests = [
      get(`/bytes?${size}`, { body: { matches: "*" } }),
      {
        request: { method: "POST", path: "/echo", body: "a".repeat(70_000) },
        response: { body: "a".repeat(70_000) },
      },
      { request: { path: "/trap-after" }, traps: true },
    ];
    await tried(requests, { placement: "process" });
    const refused = await tried([get(`/bytes?${size + 1}`, {}), get("/hello", { body: "Bye." })], {
      placement: "process",
    }).catch((thrown) => thrown);
    expect(refused.facts.extra.failures).toEqual([
      `GET /bytes?${size + 1}: the body has more than the ${size} bytes that a check takes`,
      'GET /hello: expected "Bye.", got "Hello."',
    ]);
  });

  it("take no body of responses that have none", async () => {
    const empty = (path: string, status: number) => ({
      request: { method: "HEAD", path },
      response: { status, body: "" },
    });
    const statuses = [204, 205, 304].map((status) => get(`/body-with?${status}`, { status, body: "" }));
    const none = get("/status?204", { status: 204, body: "" });
    await tried([empty("/hello", 200), empty("/head", 200), none, ...statuses]);
  });

  it("fail where there is no handler", async () => {
    const checks = { requests: [get("/", {})] };
    await expect(registry.deploy("greet", exampleWasm("greet"), { checks })).rejects.toMatchObject({
      code: "checks-failed",
      message: expect.stringContaining("exports no wasi:http/incoming-handler"),
    });
  });

  it("tell those who may not call which check failed and how, and no more than the first", async () => {
    const requests = [
      get("/hello/a", {}),
      get("/hello/b", { body: "guess" }),
      get("/hello/c", { status: 404 }),
    ];
    const refused = await registry
      .deploy("router", router, { checks: { requests }, mayCall: false })
      .catch((thrown) => thrown);
    expect(refused).toMatchObject({
      code: "checks-failed",
      message: "The checks fail: check 2, GET, answered with another body.",
      facts: { extra: { failures: ["check 2, GET, answered with another body"] } },
    });
    await deploy([get("/hello/secret", { body: "Hello, secret!" })]);
    expect(registry.details("router", { mayCall: false }).checks).toEqual({
      calls: [],
      requests: [{ request: { method: "GET" } }],
    });
  });

  it.each([
    [{ path: "hello" }, {}, "calls.json.requests.0.request.path must be a path"],
    [{ path: "/a b" }, {}, "request.path must be a path"],
    [{}, {}, "request.path is missing"],
    [{ path: "/", method: "CONNECT" }, {}, "request.method must be a method"],
    [{ path: "/", headers: { "a b": "c" } }, {}, "a name of header fields"],
    [{ path: "/", headers: { Connection: "close" } }, {}, "a header that clients send to plugins"],
    [{ path: "/", headers: { a: "b\r\nc: d" } }, {}, "a header's value"],
    [{ path: "/", body: 7 }, {}, 'a text, {"json": …} or {"bytes": "base64"}'],
    [{ path: "/", body: { bytes: "?" } }, {}, 'a text, {"json": …} or {"bytes": "base64"}'],
    [{ path: "/" }, { status: 99 }, "response.status must be"],
    [{ path: "/" }, { body: { matches: "a\\b" } }, '{"matches": "Hello*"}'],
    [{ path: "/" }, { body: { matches: "*".repeat(301) } }, '{"matches": "Hello*"}'],
    [{ path: "/" }, { headers: { a: 1 } }, "or null for none"],
    [
      { path: "/" },
      { headers: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`a${i}`, ""])) },
      "at most 50 headers",
    ],
    [{ path: "/" }, { bdoy: "" }, "response.bdoy is not a known setting"],
  ])("in another format are refused: %j %j", async (request, response, what) => {
    await expect(deploy([{ request, response }])).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining(what),
    });
  });
});
