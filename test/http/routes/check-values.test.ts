/** Who is told what a plugin answers when checks ask it. */
import { beforeEach, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { EventStream } from "../../support/event-stream.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile({ privateCalls: true });
const open = await hostOfFile();

const tokenOf = async (scopes: string[], plugins?: string[]) =>
  (await host.tokens.create({ scopes, ...(plugins && { plugins }) }, "admin")).token;
const reader = await tokenOf(["read"]);
const deployer = await tokenOf(["deploy"]);
const both = await tokenOf(["deploy", "call"]);

let count = 0;
let name = "";
beforeEach(() => {
  name = `plugin-${++count}`;
});

/** What functions return, and what is compared with it, in ways that can be found. */
const calls = [
  { call: "add", args: [40_000_000, 2_000_000], returns: 42_000_000 },
  { call: "echo", args: ["argument-a"], returns: "expected-b" },
  { call: "divide", args: [7_654_321, 0], err: "expected-c" },
  { call: "divide", args: [7_654_321, 1], err: "expected-d" },
  { call: "boom", returns: null },
  { call: "add", args: [1_234_567, 0], traps: true },
  { call: "missing", args: ["argument-e"], returns: "expected-f" },
  { call: "add", args: ["argument-g", 1], returns: 1 },
];
const values = /argument-|expected-|42000000|7654321|1234567|divide by zero|unreachable/;

function upload(checks: unknown, token: string, query = "", to = host, wasm = sample()) {
  const body = new FormData();
  body.set("plugin", new Blob([wasm as Uint8Array<ArrayBuffer>]), "plugin.wasm");
  body.set("checks", JSON.stringify(checks));
  const headers = { authorization: `Bearer ${token}` };
  return to.send("PUT", `/plugins/${name}${query}`, { body, headers });
}

async function eventsAs(token: string, many: number) {
  const query = `?plugin=${name}`;
  const events = await EventStream.open(host, { query, lastId: 0, token: `Bearer ${token}` });
  const taken = await events.take(many);
  events.cut();
  return taken;
}

describe("a check that fails", () => {
  it.each(["", "?dry-run"])("tells values to those who may call %s", async (query) => {
    for (const token of [both, "test-token"]) {
      const refused = await upload({ calls }, token, query);
      expect(refused).toMatchObject({ status: 400, json: { code: "checks-failed", actual: 7 } });
      expect(refused.json.failures).toEqual([
        'echo(["argument-a"]): expected "expected-b", got "argument-a"',
        'divide([7654321,0]): expected err "expected-c", got err "divide by zero"',
        'divide([7654321,1]): expected err "expected-d", got 7654321',
        expect.stringContaining("boom([]): expected null, got a trap (The plugin trapped while calling"),
        "add([1234567,0]): expected a trap, got 1234567",
        expect.stringContaining('exports no function "missing"'),
        expect.stringContaining("argument-g"),
      ]);
    }
  });

  it.each([
    [1, "check 2, echo, returned another value"],
    [2, "check 2, divide, returned another error"],
    [3, "check 2, divide, returned a value"],
    [4, "check 2, boom, trapped"],
    [5, "check 2, add, returned a value"],
    [6, "check 2, missing, is not there"],
    [7, "check 2, add, does not take these arguments"],
  ])("tells others which one, and how: %i", async (index, how) => {
    const refused = await upload({ calls: [calls[0], calls[index], calls[1]] }, deployer);
    expect(refused).toMatchObject({
      status: 400,
      json: { code: "checks-failed", detail: `The checks fail: ${how}.`, failures: [how] },
    });
    expect(refused.text).not.toMatch(values);
    expect(refused.json.remedy).toContain("scope call");
  });

  it("is recorded without values also where it is no check at all", async () => {
    const refused = await upload({ calls: [{ call: "add", args: "argument-a", returns: 1 }] }, deployer);
    expect(refused).toMatchObject({ status: 400, json: { code: "bad-settings" } });
    const [event] = await eventsAs(reader, 1);
    expect(event?.data.data).toMatchObject({ code: "bad-settings" });
    expect(JSON.stringify(event) + refused.text).not.toMatch(values);
  });

  it("answers one guess an upload to those who may not call, however many come", async () => {
    const guesses = Array.from({ length: 50 }, (_, i) => ({ call: "add", args: [20, 3], returns: i }));
    const refused = await upload({ calls: guesses }, deployer);
    expect(refused.json).toMatchObject({ actual: 1, failures: ["check 1, add, returned another value"] });
  });

  it("is recorded without values, whoever sent it", async () => {
    await upload({ calls }, both);
    await upload({ calls }, deployer);
    for (const token of [reader, deployer, both, "test-token"]) {
      const events = await eventsAs(token, 2);
      expect(events.map(({ data }) => data.data)).toEqual([
        {
          code: "checks-failed",
          detail: "7 of 8 checks failed: check 2, echo, returned another value.",
          reached: "built",
        },
        {
          code: "checks-failed",
          detail: "The checks fail: check 2, echo, returned another value.",
          reached: "built",
        },
      ]);
    }
  });

  it("tells values where calls are open to everybody", async () => {
    const { token } = await open.tokens.create({ scopes: ["deploy"] }, "admin");
    expect((await upload({ calls }, token, "", open)).json.failures).toHaveLength(7);
  });

  it("tells values of the plugins that the token may call, and of no others", async () => {
    const other = await tokenOf(["deploy", "call"], ["another"]);
    expect((await upload({ calls }, other)).status).toBe(403);
  });
});

describe("a check by a request", () => {
  const asked = (path: string, response: object) => ({ request: { path: `/hello/${path}` }, response });
  const requests = [
    asked("argument-a", { body: "Hello, argument-a!" }),
    asked("argument-b", { body: "expected-c" }),
    asked("argument-d", { headers: { "content-type": "expected-e" } }),
    asked("argument-f", { status: 418 }),
    { request: { path: "/hello/argument-g" }, traps: true },
  ];
  const router = exampleWasm("router");

  it("tells values to those who may call, and to others which one, and how", async () => {
    const told = await upload({ requests }, both, "", host, router);
    expect(told.json.failures).toEqual([
      'GET /hello/argument-b: expected "expected-c", got "Hello, argument-b!"',
      expect.stringContaining('expected content-type "expected-e", got "text/plain'),
      'GET /hello/argument-f: expected 418, got 200 with "Hello, argument-f!"',
      "GET /hello/argument-g: expected a trap, got 200",
    ]);
    const hows = ["another body", "another header", "another status"].map((what) => `answered with ${what}`);
    for (const [i, how] of [...hows, "answered"].entries()) {
      const refused = await upload({ requests: [requests[0], requests[i + 1]] }, deployer, "", host, router);
      expect(refused.json.failures).toEqual([`check 2, GET, ${how}`]);
      expect(refused.text).not.toMatch(values);
    }
    const events = await eventsAs("test-token", 5);
    expect(JSON.stringify(events)).not.toMatch(values);
  });

  it("is shown whole to those who may call, and to others by its method", async () => {
    const checks = { requests: [{ ...requests[0], request: { method: "GET", path: "/hello/argument-a" } }] };
    expect((await upload(checks, both, "", host, router)).status).toBe(201);
    const shown = async (token: string) =>
      (await host.send("GET", `/plugins/${name}`, { headers: { authorization: `Bearer ${token}` } })).json;
    expect((await shown(both)).checks).toEqual({ calls: [], ...checks });
    expect((await shown(reader)).checks).toEqual({ calls: [], requests: [{ request: { method: "GET" } }] });
  });
});

describe("checks in details", () => {
  const details = async (token: string | undefined) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await host.send("GET", `/plugins/${name}`, { headers, anonymous: true })).json;
  };

  it("are shown whole to those who may call, and to others by the functions that they call", async () => {
    const checks = { settings: { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } }, calls: [calls[0]] };
    expect((await upload(checks, both)).status).toBe(201);
    for (const token of [both, "test-token"]) expect((await details(token)).checks).toEqual(checks);
    for (const token of [undefined, reader, deployer, "a wrong one"])
      expect((await details(token)).checks).toEqual({ calls: [{ call: "add" }] });
    expect(host.registry.details(name).checks).toEqual(checks);
  });

  it("have of the settings that came with them what they use, and never a secret", async () => {
    const env = { KEY: { secret: "marked-s3cret" } };
    const checks = { settings: { env, grants: { random: { seed: 1 } } }, calls: [calls[0]] };
    expect((await upload(checks, both)).status).toBe(201);
    const kept = { settings: { grants: { random: { seed: 1 } } }, calls: [calls[0]] };
    expect((await details(both)).checks).toEqual(kept);
    expect(JSON.stringify(await host.store.list())).not.toContain("marked");
    expect((await upload(kept, both)).json.outcome).toBe("unchanged");
    expect((await upload({ settings: { env: { KEY: 1 } }, calls: [] }, both)).json.code).toBe("bad-settings");
  });
});
