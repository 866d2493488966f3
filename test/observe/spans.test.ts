/** Spans as an OTLP receiver gets them of the real SDK, over requests to plugins that call and ask others. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { recordSpans } from "../../host/observe/spans.ts";
import { errandDesk, errandRunner } from "../guests/errand-guests.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import { refusalOf } from "../support/thrown.ts";
import {
  hasSdk,
  type ReceivedSpan,
  type Receiver,
  receiver,
  registeredSdk,
  type Sdk,
} from "./otlp-receiver.ts";

const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];

describe.skipIf(!hasSdk)("spans", async () => {
  const host = await hostOfFile({ allow: ["http://127.0.0.1:*", "private"] });
  const asked: (string | undefined)[] = [];
  let status = 200;
  const outside = createServer(({ headers }, response) => {
    asked.push(headers.traceparent as string | undefined);
    response.writeHead(status).end("done");
  });
  await once(outside.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`;
  let collected: Receiver;
  let sdk: Sdk;
  let end: () => void;

  beforeAll(async () => {
    collected = await receiver();
    sdk = registeredSdk(collected.url);
    // One after the other: the compiler builds one plugin at a time.
    const runner = await errandRunner();
    const desk = await errandDesk();
    await host.registry.deploy("calc", sample());
    for (const placement of ["inline", "process"] as const) {
      const grants = { http: { allow: ["http://127.0.0.1:*"], private: true }, logging: true };
      await host.registry.deploy(`runner-${placement}`, runner, { settings: { placement, grants } });
      const plugins = { "t:errands/errands": `runner-${placement}` };
      await host.registry.deploy(`desk-${placement}`, desk, { settings: { placement, grants: { plugins } } });
    }
    end = recordSpans(sdk.api);
  });
  afterAll(async () => {
    end?.();
    await sdk?.shutdown();
    collected?.close();
    outside.close();
  });
  beforeEach(async () => {
    await sdk.flush();
    collected.spans.length = asked.length = 0;
  });

  /** Spans that have ended so far, as a tree: names with those of what is within. */
  async function spans(): Promise<readonly ReceivedSpan[]> {
    // The end of an answer is told when its connection has been told of it.
    await host.send("GET", "/healthz");
    await sdk.flush();
    return collected.spans.filter(({ name }) => name !== "GET /healthz");
  }

  it.each(["inline", "process"])(
    "are one tree of a request, its call, a call by a link, and a request out (%s)",
    async (placement) => {
      const headers = { traceparent: `00-${trace}-${parent}-01`, tracestate: "a=1" };
      await host.send("GET", `/http/desk-${placement}/run?url=${url}`, { anonymous: true, headers });
      let all = await spans();
      // A handler in a process may end after its answer.
      while (all.length < 4) all = await spans();
      const chain: ReceivedSpan[] = [];
      for (let id: string | undefined = parent; ; id = chain.at(-1)!.spanId) {
        const within = all.filter(({ parentSpanId }) => parentSpanId === id);
        expect(within.length).toBeLessThan(2);
        if (within.length === 0) break;
        chain.push(within[0]!);
      }
      expect(chain).toHaveLength(all.length);
      expect(chain.map(({ name, kind }) => [name, kind])).toEqual([
        ["GET /http/{name}/*", 2],
        [`desk-${placement} wasi:http/incoming-handler@0.2.0#handle`, 1],
        [`runner-${placement} t:errands/errands@1.0.0#run`, 1],
        ["http-client request", 3],
      ]);
      expect(new Set(chain.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
      expect(new Set(chain.map(({ traceState }) => traceState))).toEqual(new Set(["a=1"]));
      expect(asked).toEqual([`00-${trace}-${chain.at(-1)!.spanId}-01`]);
      expect(chain[0]!.facts).toMatchObject({
        "http.request.method": "GET",
        "url.path": `/http/desk-${placement}/run`,
        "http.response.status_code": 200,
        "client.address": "127.0.0.1",
        "hotcell.plugin": `desk-${placement}`,
      });
      expect(chain[2]!.facts).toMatchObject({
        "faas.name": `runner-${placement}`,
        "faas.version": expect.stringMatching(/^sha256:/),
        "hotcell.caller": `plugin:desk-${placement}`,
        "hotcell.fuel": expect.anything(),
      });
      expect(chain[3]!.facts).toMatchObject({
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": expect.anything(),
        "url.scheme": "http",
        "http.response.status_code": 200,
      });
      expect(JSON.stringify(all)).not.toContain("url=");
    },
  );

  it("tell what failed by its code, and leave out what a client did wrong", async () => {
    await host.call("calc/boom", []);
    await host.call("calc/divide", [1, 0]);
    await host.call("calc/missing", []);
    const all = await spans();
    const [boom, divide] = ["calc boom", "calc divide"].map(
      (name) => all.find((span) => span.name === name)!,
    );
    expect(boom).toMatchObject({ status: { code: 2 }, facts: { "error.type": "trap" } });
    expect(boom!.events.map(({ name }) => name)).toEqual(["exception"]);
    expect(divide).toMatchObject({ facts: { "error.type": "guest-error" } });
    expect(divide!.status.code ?? 0).toBe(0);
    const requests = all.filter(({ kind }) => kind === 2);
    expect(
      requests.map(({ facts, status }) => [facts["http.response.status_code"], status.code ?? 0]),
    ).toEqual([
      [502, 2],
      [422, 0],
      [404, 0],
    ]);
    expect(requests[0]!.facts["error.type"]).toBe("trap");
  });

  it.each(["inline", "process"])(
    "tell a request out that is answered with an error, or with nothing (%s)",
    async (placement) => {
      status = 503;
      const run = (to: string) =>
        host.send("GET", `/http/desk-${placement}/run?url=${to}`, { anonymous: true });
      await run(url);
      await run("http://127.0.0.1:1/secret");
      status = 200;
      let all = await spans();
      while (all.length < 8) all = await spans();
      const out = all.filter(({ kind }) => kind === 3);
      expect(out.map(({ facts, status: { code } }) => [facts["error.type"], code])).toEqual([
        ["503", 2],
        ["connection-refused", 2],
      ]);
      expect(JSON.stringify(out)).not.toContain("secret");
    },
  );

  it("have a deployment with its stages within the request that brought it", async () => {
    await host.put("fresh", sample());
    await refusalOf(host.registry.deploy("fresh", new Uint8Array(8)));
    const all = await spans();
    const [request] = all.filter(({ name }) => name === "PUT /plugins/{name}");
    const deploys = all.filter(({ name }) => name === "deploy upload");
    expect(deploys[0]).toMatchObject({
      parentSpanId: request!.spanId,
      facts: { "hotcell.plugin": "fresh", "hotcell.outcome": "created", "hotcell.caller": "admin" },
    });
    const stages = all.filter(({ parentSpanId }) => parentSpanId === deploys[0]!.spanId);
    expect(stages.map(({ name }) => name)).toContain("compile");
    expect(stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeLessThanOrEqual(
      deploys[0]!.milliseconds + 1,
    );
    expect(deploys[1]).toMatchObject({ status: { code: 2 }, facts: { "error.type": expect.any(String) } });
    expect(deploys[1]!.parentSpanId).toBeUndefined();
  });

  it("hang from a span of the program's own that is active where it calls", async () => {
    const { trace: tracing, context } = sdk.api as unknown as {
      trace: {
        getTracer(name: string): {
          startSpan(name: string): { end(): void; spanContext(): { spanId: string } };
        };
        setSpan(context: unknown, span: unknown): unknown;
      };
      context: { with<T>(context: unknown, work: () => T): T; active(): unknown };
    };
    const own = tracing.getTracer("program").startSpan("own");
    await context.with(tracing.setSpan(context.active(), own), () =>
      host.registry.callJson("calc", "add", [1, 2]),
    );
    own.end();
    const call = (await spans()).find(({ name }) => name === "calc add");
    expect(call!.parentSpanId).toBe(own.spanContext().spanId);
  });

  it("are none where the trace that came is not sampled, and its place is handed on", async () => {
    const headers = { traceparent: `00-${trace}-${parent}-00` };
    await host.send("GET", `/http/desk-inline/run?url=${url}`, { anonymous: true, headers });
    expect(await spans()).toEqual([]);
    expect(asked).toEqual([expect.stringMatching(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`))]);
  });

  it("are asked of the SDK for a part of what begins here, and for what comes sampled", async () => {
    const sampled = { traceparent: `00-${trace}-${parent}-01` };
    const not = { traceparent: `00-${trace}-${parent}-00`, tracestate: "a=1" };
    end();
    end = recordSpans(sdk.api, { ratio: 0 });
    await host.call("calc/add", [1, 2]);
    await host.registry.callJson("calc", "add", [1, 2]);
    const run = `/http/desk-inline/run?url=${url}`;
    for (const headers of [{}, not, sampled]) await host.send("GET", run, { anonymous: true, headers });
    const all = await spans();
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([trace]));
    expect(all).toHaveLength(4);
    // Others are told of a trace that nobody records, and each of its own; what came is handed on as it came.
    expect(asked[0]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]$/);
    expect(asked[0]).not.toContain(trace);
    expect(asked[1]).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
    end();
    expect(() => recordSpans(sdk.api, { ratio: 2 })).toThrow("The ratio of traces that are recorded is 2.");
    end = recordSpans(sdk.api);
  });

  it("are of a whole trace or of nothing of it, where the host draws", async () => {
    end();
    end = recordSpans(sdk.api, { ratio: 0.5 });
    for (let i = 0; i < 40; i++) await host.call("calc/add", [i, 2]);
    end();
    end = recordSpans(sdk.api);
    const all = await spans();
    expect(all.length).toBeGreaterThan(0);
    const requests = all.filter(({ kind }) => kind === 2);
    expect(requests.length).toBeLessThan(40);
    const within = all.map(({ parentSpanId }) => parentSpanId).filter((id) => id !== undefined);
    expect(within.sort()).toEqual(requests.map(({ spanId }) => spanId).sort());
  });

  it("are none once they are recorded no more", async () => {
    end();
    await host.call("calc/add", [1, 2]);
    expect(await spans()).toEqual([]);
    end = recordSpans(sdk.api);
  });
});
