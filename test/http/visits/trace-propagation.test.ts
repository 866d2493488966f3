/** Traces (W3C Trace Context) that requests come with, and what they are handed on to. */

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LogLine } from "../../../host/backends/log/log-line.ts";
import { errandDesk, errandRunner } from "../../guests/errand-guests.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";

const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
const traceparent = `00-${trace}-${parent}-01`;

const lines: LogLine[] = [];
const host = await hostOfFile({
  allow: ["http://127.0.0.1:*", "private"],
  log: (line) => void lines.push(line),
});

/** Heads of requests that came to somebody outside. */
const asked: IncomingHttpHeaders[] = [];
const outside = createServer(({ headers }, response) => {
  asked.push(headers);
  response.end("done");
});
await once(outside.listen(0, "127.0.0.1"), "listening");
afterAll(() => void outside.close());
const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`;

const placements = ["inline", "process"] as const;
beforeAll(async () => {
  // One after the other: the compiler builds one plugin at a time.
  const runner = await errandRunner();
  const desk = await errandDesk();
  for (const placement of placements) {
    const http = { allow: ["http://127.0.0.1:*"], private: true };
    const grants = { http, logging: true };
    await host.registry.deploy(`runner-${placement}`, runner, { settings: { placement, grants } });
    const plugins = { "t:errands/errands": `runner-${placement}` };
    await host.registry.deploy(`desk-${placement}`, desk, { settings: { placement, grants: { plugins } } });
  }
});
beforeEach(() => {
  asked.length = lines.length = 0;
});

const run = (placement: string, headers: Record<string, string>, own = "") =>
  host.send("GET", `/http/desk-${placement}/run?url=${url}&traceparent=${own}`, { anonymous: true, headers });

describe.each(placements)("a trace that a request to a plugin comes with (%s)", (placement) => {
  it("goes by a link to another plugin, and out with its request", async () => {
    const { text } = await run(placement, { traceparent, tracestate: "a=1,b@c=2" });
    expect(text).toBe("done");
    expect(asked).toMatchObject([{ traceparent, tracestate: "a=1,b@c=2" }]);
  });

  it("is named by the lines of the plugin's log, and by the events of them and of the request", async () => {
    await run(placement, { traceparent });
    expect(lines).toMatchObject([{ plugin: `runner-${placement}`, context: "errands", trace }]);
    const plugin = `runner-${placement}`;
    const ofTrace = async () =>
      (await host.store.events({ limit: 1_000 })).filter(
        (event) => event.plugin === plugin && (event.data as { trace?: string }).trace === trace,
      );
    await until(async () => (await ofTrace()).some(({ kind }) => kind === "reached"));
    expect(new Set((await ofTrace()).map(({ kind }) => kind))).toEqual(new Set(["log", "reached"]));
  });

  it("overrules what the plugin itself says, which may be what it was asked with", async () => {
    const own = `00-${trace}-${"1".repeat(16)}-01`;
    await run(placement, { traceparent, tracestate: "a=1" }, own);
    expect(asked).toMatchObject([{ traceparent, tracestate: "a=1" }]);
    expect(asked[0]!.traceparent).toBe(traceparent);
  });

  it("is none where it can't be read, and then the plugin's own goes out as it is", async () => {
    await run(placement, { traceparent: traceparent.toUpperCase(), tracestate: "a=1" });
    expect(asked[0]).not.toHaveProperty("traceparent");
    expect(asked[0]).not.toHaveProperty("tracestate");
    const own = `00-${trace}-${"1".repeat(16)}-01`;
    await run(placement, {}, own);
    expect(asked[1]).toMatchObject({ traceparent: own });
    expect(lines.map((line) => line.trace)).toEqual([undefined, undefined]);
  });
});

describe("a trace that a call comes with", () => {
  const call = (name: string, headers: Record<string, string>, body: string) =>
    host.send("POST", name, { anonymous: true, headers: { ...headers, traceparent }, body });

  it("goes with it by every way in", async () => {
    const name = "/call/runner-inline/t:errands/errands@1.0.0/run";
    const json = { "content-type": "application/json" };
    const args = JSON.stringify([url, ""]);
    await call(name, json, args);
    await call(name, { ...json, "idempotency-key": "one" }, args);
    await call(name, { "content-type": "application/x-ndjson" }, `${args}\n`);
    // Not plain to read, and so by the app.
    await call(name.replace("runner", "%72unner"), json, args);
    await host.send("GET", `${name}?url=${url}&traceparent=`, { anonymous: true, headers: { traceparent } });
    expect(asked.map((headers) => headers.traceparent)).toEqual(Array(5).fill(traceparent));
  });
});
