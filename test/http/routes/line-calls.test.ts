/** Many calls in one request, a line each. */
import { describe, expect, it } from "vitest";
import { lineBounds } from "../../../host/bounds/http-bounds.ts";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { sample } from "../../guests/small-plugins.ts";
import { waitingGuest } from "../../guests/waiting-guest.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { head } from "../../support/raw-client.ts";

const hosts = hostsOfTests();
const type = "application/x-ndjson";

interface Answered {
  readonly result?: unknown;
  readonly fuel?: number;
  readonly error?: { readonly code: string; readonly detail: string };
}

async function call(path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await hosts.host.send("POST", `/call/${path}`, {
    body,
    headers: { "content-type": type, ...headers },
  });
  const { status, text, json } = answer;
  const lines =
    status === 200 && text !== ""
      ? text
          .trimEnd()
          .split("\n")
          .map((line): Answered => JSON.parse(line))
      : [];
  return { status, headers: answer.headers, json, lines };
}
const codes = (lines: readonly Answered[]) => lines.map(({ result, error }) => error?.code ?? result);

/** A client that sends lines one after the other, and reads what was answered so far. */
async function talking(path: string, ...fields: string[]) {
  const client = await hosts.connect();
  client.send(head(`POST /call/${path}`, `Content-Type: ${type}`, "Transfer-Encoding: chunked", ...fields));
  const answers = (heard: string) =>
    [...heard.matchAll(/^\{.*\}$/gm)].map(([line]): Answered => JSON.parse(line));
  return {
    client,
    send: (...lines: string[]) => {
      const text = lines.map((line) => `${line}\n`).join("");
      client.send(`${text.length.toString(16)}\r\n${text}\r\n`);
    },
    /** Answers, once there are so many. */
    answers: async (count: number) =>
      answers(await client.until(new RegExp(`(?:^\\{.*\\}$[\\s\\S]*?){${count}}`, "m"))),
    end: async () => answers(await client.send("0\r\n\r\n").until(/\r\n0\r\n\r\n$/)),
  };
}

async function waiting(settings: SettingsInput = {}): Promise<void> {
  await hosts.host.registry.deploy("waits", waitingGuest(), {
    settings: { grants: { clocks: true, logging: true }, limits: { time: 600_000 }, ...settings },
  });
}
const counters = () => hosts.host.registry.details("waits").counters;

describe("lines of calls", () => {
  it("are answered one by one, errors too, and empty ones not at all", async () => {
    await hosts.start();
    await hosts.host.registry.deploy("calc", sample());
    const { status, headers, lines } = await call(
      "calc/divide",
      '[42,2]\n\n{"dividend":1}\n[1,0]\r\n{\n \n[9,3]',
    );
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe(type);
    expect(codes(lines)).toEqual([21, "bad-argument", "guest-error", "bad-json", 3]);
    expect(lines[0]!.fuel).toBeGreaterThan(0);
    expect(lines[2]!.error).toMatchObject({ payload: "divide by zero", status: 422 });
    expect(lines[3]!.error!.detail).toContain("Line 5");
    expect(codes((await call("calc/nothing", "[]\n{}\n")).lines)).toEqual([undefined, undefined]);
    expect(codes((await call("calc/boom", "[]\n[]\n")).lines)).toEqual(["trap", "trap"]);
    expect((await call("calc/version", "")).lines).toEqual([]);
  });

  it.each([
    ["another function", "calc/no", {}, 404, "function-not-found"],
    ["another plugin", "calk/add", {}, 404, "plugin-not-found"],
    ["a key", "calc/add", { "idempotency-key": '"a"' }, 400, "bad-request"],
    ["a coding", "calc/add", { "content-encoding": "gzip" }, 415, "unsupported-coding"],
    [
      "another charset",
      "calc/add",
      { "content-type": `${type}; charset=latin1` },
      415,
      "unsupported-media-type",
    ],
    ["a query", "calc/add?a=1", {}, 400, "bad-request"],
    ["a page of another site", "calc/add", { origin: "http://evil.example" }, 403, "cross-site"],
  ])("with %s are refused whole", async (_, path, headers, status, code) => {
    await hosts.start();
    await hosts.host.registry.deploy("calc", sample());
    expect(await call(path, "[1,2]\n", headers as Record<string, string>)).toMatchObject({
      status,
      json: { code },
    });
  });

  it("are answered while others are still to come, by what is live then", async () => {
    await hosts.start();
    const { registry, tokens } = hosts.host;
    await registry.deploy("calc", sample(), { settings: { access: "token" } });
    const made = await tokens.create({ name: "a", scopes: ["call"], plugins: ["calc"] }, "test");
    const lines = await talking("calc/version", `Authorization: Bearer ${made.token}`);
    await lines.client.until(/\r\n\r\n/);
    lines.send("[]");
    expect(codes(await lines.answers(1))).toEqual([1]);
    await registry.deploy("calc", sample({ version: 2 }));
    lines.send("[]");
    expect(codes(await lines.answers(2))).toEqual([1, 2]);
    await tokens.revoke(made.id, "test");
    lines.send("[]");
    expect(codes(await lines.answers(3))).toEqual([1, 2, "unauthorized"]);
    await registry.remove("calc");
    lines.send("[]");
    expect(codes(await lines.end())).toEqual([1, 2, "unauthorized", "plugin-not-found"]);
  });

  it("are answered in the order in which they came", async () => {
    await hosts.start();
    await waiting({ mode: "fresh" });
    const lines = await talking("waits/wait");
    lines.send("[500]", "[0]", "[0]", "{");
    expect((await lines.end()).map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      "bad-json",
    ]);
    expect(counters().calls).toBe(3);
  });

  it("are counted each by the plugin's rate", async () => {
    await hosts.start();
    const rate = { requests: 1, seconds: 3_600, burst: 3 };
    await hosts.host.registry.deploy("calc", sample(), { settings: { rate } });
    const { headers, lines } = await call("calc/version", "[]\n[]\n[]\n[]\n");
    expect(codes(lines)).toEqual([1, 1, 1, "rate-limited"]);
    expect(headers.get("ratelimit")).toContain("r=2");
    expect((await call("calc/version", "[]\n")).status).toBe(429);
  });

  it("are none longer than the plugin takes, and than a body may be", async () => {
    await hosts.start({ limits: { json: 100 } });
    await hosts.host.registry.deploy("calc", sample(), { settings: { limits: { argumentBytes: 50 } } });
    const long = (length: number) => JSON.stringify(["x".repeat(length)]);
    const { lines } = await call(
      "calc/echo",
      [long(10), long(60), long(200), long(100_000), long(11)].join("\n"),
    );
    expect(codes(lines).map((said) => `${said}`.slice(0, 18))).toEqual([
      ...["x".repeat(10), "argument-too-large", "too-large", "too-large", "x".repeat(11)],
    ]);
  });
});

describe("a client that has yet to send lines", () => {
  it("holds nothing of those before, of what bodies may hold together", async () => {
    await hosts.start({ limits: { json: 250_000, jsonAtOnce: 200_000 } });
    await hosts.host.registry.deploy("calc", sample());
    const long = JSON.stringify(["x".repeat(220_000)]);
    const first = await talking("calc/echo");
    first.send(long);
    await first.answers(1);
    const second = await talking("calc/echo");
    second.send(long);
    expect((await second.end()).map(({ error }) => error)).toEqual([undefined]);
  });

  it("is told when the host ends, after the answers to what it has sent", async () => {
    await hosts.start();
    await waiting({ mode: "fresh" });
    const lines = await talking("waits/wait");
    lines.send("[0]");
    await lines.answers(1);
    lines.send("[300]");
    await until(() => counters().inFlight === 1);
    const closed = hosts.host.close();
    const heard = await lines.client.end();
    expect(heard.match(/^\{.*\}$/gm)!.map((line) => JSON.parse(line).error?.code)).toEqual([
      ...[undefined, undefined, "closed"],
    ]);
    await closed;
  });
});

describe.each(["inline", "process"] as const)("lines of calls, placed %s,", (placement) => {
  it("are made some at a time, and end when their client leaves", async () => {
    await hosts.start();
    await waiting({ placement, mode: "fresh", limits: { time: 600_000, concurrency: 32 } });
    const lines = await talking("waits/wait");
    lines.send(...Array.from({ length: 3 * lineBounds.atOnce.value }, () => "[500000]"));
    await until(() => counters().inFlight === lineBounds.atOnce.value);
    lines.client.socket.destroy();
    await until(() => counters().inFlight === 0);
    expect(counters()).toMatchObject({ cancelled: lineBounds.atOnce.value, traps: 0 });
  });

  it("wait for each other where the plugin takes fewer at a time", async () => {
    await hosts.start();
    await waiting({ placement, limits: { time: 600_000, queue: 0 } });
    const { lines } = await call("waits/wait", "[1]\n".repeat(20));
    expect(lines.map(({ error }) => error?.code)).toEqual(Array.from({ length: 20 }, () => undefined));
  });
});
