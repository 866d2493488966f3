/** Health, as load balancers ask for it, and as whoever looks into it does. */

import { describe, expect, it } from "vitest";
import { sample } from "../../../guests/small-plugins.ts";
import { hostsOfTests } from "../../../support/hosts.ts";
import { until } from "../../../support/processes.ts";

const hosts = hostsOfTests();
const { host } = hosts;

describe("GET /readyz?verbose", () => {
  it("tells the host's state to whoever may read", async () => {
    await hosts.start({ address: "0.0.0.0" });
    await host.put("calc", sample());
    const room = { inUse: expect.any(Number), limit: expect.any(Number) };
    const { status, json } = await host.send("GET", "/readyz?verbose");
    expect(status).toBe(200);
    expect(json).toEqual({
      status: "ready",
      damaged: [],
      store: { answers: true, ms: expect.any(Number) },
      versions: { version: expect.any(String), node: process.versions.node },
      uptime: expect.any(Number),
      plugins: 1,
      cells: { inline: 1, process: 0 },
      memory: { cells: room, processes: room, heap: room },
      eventLoopDelay: { p50: expect.any(Number), p99: expect.any(Number), max: expect.any(Number) },
    });
  });

  it("tells of plugins that other hosts on the store have changed, where that can't run here", async () => {
    await hosts.start();
    await host.put("calc", sample());
    await host.registry.wake("calc");
    await host.store.commit({
      ...{ plugin: "calc", expected: 1, settings: 7, at: new Date().toISOString(), outcome: "configured" },
      ...{ live: host.registry.details("calc").version, event: { kind: "deployed" } },
    });
    await until(() => host.registry.behind === 1);
    const { json } = await host.send("GET", "/readyz?verbose");
    const behind = { revision: 2, code: "plugin-damaged", since: expect.any(String) };
    expect(json.behind).toEqual([{ plugin: "calc", ...behind, detail: expect.stringContaining("settings") }]);
    expect((await host.send("GET", "/plugins/calc")).json).toMatchObject({ behind });
    expect((await host.send("GET", "/metrics")).text).toMatch(/^hotcell_plugins_behind 1$/m);
  });

  it("is refused without a token, as the short answer is not", async () => {
    await hosts.start({ address: "0.0.0.0" });
    const verbose = await host.send("GET", "/readyz?verbose", { anonymous: true });
    expect(verbose).toMatchObject({ status: 401, json: { code: "unauthorized" } });
    const short = await host.send("GET", "/readyz", { anonymous: true });
    expect(short).toMatchObject({ status: 200, json: { status: "ready" } });
  });

  it("tells of some plugins only to a token that is good for some", async () => {
    await hosts.start({ address: "0.0.0.0" });
    const made = await host.send("POST", "/tokens", {
      body: JSON.stringify({ scopes: ["read"], plugins: ["calc"] }),
      headers: { "content-type": "application/json" },
    });
    const headers = { authorization: `Bearer ${made.json.token}` };
    const { status, json } = await host.send("GET", "/readyz?verbose", { headers });
    expect([status, Object.keys(json)]).toEqual([200, ["status", "damaged", "store"]]);
  });

  it("has details of a host that is not ready too", async () => {
    await hosts.start({ ready: () => false });
    const verbose = await host.send("GET", "/readyz?verbose", { anonymous: true });
    expect(verbose).toMatchObject({ status: 503, json: { status: "not-ready", plugins: 0 } });
    expect(await host.send("GET", "/readyz")).toMatchObject({ status: 503, json: { code: "closed" } });
  });
});
