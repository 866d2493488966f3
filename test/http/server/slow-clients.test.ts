/** Clients that take their time: nobody else waits for them. */
import { describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { head } from "../../support/raw-client.ts";
import { authorization, type TestHostOptions } from "../../support/test-host.ts";

const { host, connect, disconnect, ...hosts } = hostsOfTests();
const start = async (options: TestHostOptions) => {
  await hosts.start(options);
  await host.put("calc", sample());
};

const json = "Content-Type: application/json";

describe("a request", () => {
  it("whose header does not come in time is answered 408", async () => {
    await start({ serverLimits: { headerTime: 50, checkEvery: 10 } });
    const client = await connect();
    const answer = await client.send("GET /healthz HTTP/1.1\r\nHost: local").end();
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(answer).toContain('"code":"request-timeout"');
  });

  it("whose body does not come in time is answered 408", async () => {
    await start({ serverLimits: { headerTime: 50, requestTime: 60, checkEvery: 10 } });
    const client = await connect();
    const answer = await client
      .send(head("POST /call/calc/add", json, "Content-Length: 6"))
      .send("[1,")
      .end();
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(host.faults).toEqual([]);
  });

  it("of which a byte comes now and then is cut off too", async () => {
    await start({ serverLimits: { headerTime: 50, requestTime: 60, checkEvery: 10 } });
    const client = await connect();
    client.send("POST /call/calc/add HTTP/1.1\r\n");
    const drip = setInterval(() => client.send("X-Drip: 1\r\n"), 5);
    const answer = await client.end();
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe("when all connections are taken", () => {
  it("by those that send no whole header, others are served", async () => {
    await start({ serverLimits: { connections: 20 } });
    const slow = await Promise.all(Array.from({ length: 100 }, connect));
    for (const client of slow) client.send("GET /healthz HTTP/1.1\r\nHost: local");
    for (let round = 0; round < 20; round++) {
      expect((await host.call("calc/add", [40, 2])).json).toBe(42);
    }
  });

  it("by those that send no whole body, others are served", async () => {
    await start({ serverLimits: { connections: 20 } });
    for (let sent = 0; sent < 100; sent++) {
      const client = await connect();
      client.send(head("POST /call/calc/add", json, "Content-Length: 6", "Expect: 100-continue"));
      // From here on the server waits for the body.
      await client.until(/100 Continue/);
    }
    expect((await host.call("calc/add", [40, 2])).json).toBe(42);
  });

  it("the idle go first, and those that are being answered stay", async () => {
    await start({ serverLimits: { connections: 3 } });
    const following = await connect();
    following.send(head("GET /events", `Authorization: ${authorization}`));
    await following.until(/retry/);
    const sending = await connect();
    sending.send(head("POST /call/calc/add", json, "Content-Length: 6", "Expect: 100-continue"));
    await sending.until(/100 Continue/);
    const idle = await connect();
    idle.send(head("GET /healthz"));
    await idle.until(/"ok"/);
    const fresh = await connect();
    await idle.end();
    fresh.send(head("GET /healthz"));
    await fresh.until(/"ok"/);
    sending.send("[40,2]");
    await sending.until(/42$/);
    await host.send("DELETE", "/plugins/calc");
    await following.until(/"kind":"removed"/);
  });
});

describe("large bodies", () => {
  it("that never end leave room for others", async () => {
    const MiB = 1024 * 1024;
    await start({ limits: { jsonAtOnce: MiB } });
    const holding = await connect();
    const refused = await connect();
    for (const client of [holding, refused]) {
      client.send(head("POST /call/calc/echo", json, `Content-Length: ${2 * MiB}`));
      client.send(" ".repeat(0.7 * MiB));
    }
    const late = await Promise.race([holding, refused].map((client) => client.until(/\r\n\r\n/)));
    expect(late).toMatch(/^HTTP\/1.1 429 /);
    expect(late).toMatch(/\r\nretry-after: 1\r\n/i);
    expect(late).toContain('"code":"too-many-requests"');
    expect((await host.call("calc/echo", ["x".repeat(60_000)])).status).toBe(200);
    disconnect();
    // What they held is free again once the host has noticed.
    let status = 429;
    while (status === 429) ({ status } = await host.call("calc/echo", ["x".repeat(0.9 * MiB)]));
    expect(status).toBe(200);
  });
});
