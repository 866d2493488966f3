/** Clients who leave plugins that serve HTTP, or read nothing: what they hold is bounded, and given back at once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveBounds } from "../../host/bounds/serve-bounds.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { handlerGuest } from "../drive/handler-guest.ts";
import { until } from "../support/processes.ts";
import { head, RawClient } from "../support/raw-client.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";

const wasm = await handlerGuest();
const heap = new HeapAccount();
let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ heap, serverLimits: { checkEvery: 50 } });
});
afterAll(() => host.close());

describe.each(["inline", "process"] as const)("a plugin that serves HTTP, %s", (placement) => {
  const name = `site-${placement}`;
  const url = `/http/${name}`;
  const limits = { concurrency: 4, streamTime: 600_000, time: 600_000 };
  beforeAll(async () => {
    await host.registry.deploy(name, wasm, {
      settings: { placement, mode: "fresh", grants: { clocks: true }, limits },
    });
    expect((await host.send("GET", `${url}/hello`, { anonymous: true })).text).toBe("Hello.");
  });
  const inFlight = () => host.registry.details(name).counters.inFlight;
  const calls = () => host.registry.details(name).counters.calls;

  it("ends, at its time, an answer that nobody reads", async () => {
    await host.registry.configure(name, { limits: { ...limits, streamTime: 500 } });
    const before = heap.inUse;
    const client = await RawClient.open(host);
    client.socket.pause();
    client.send(head(`GET ${url}/bytes?60000000`));
    let most = 0;
    await until(() => inFlight() === 1);
    await until(() => {
      most = Math.max(most, heap.inUse - before);
      return inFlight() === 0;
    });
    // With the framing of chunks.
    expect(most).toBeLessThan(serveBounds.answerWindow.value + 1024);
    client.socket.resume();
    expect(await client.end()).not.toMatch(/\r\n0\r\n\r\n$/);
    await until(() => heap.inUse <= before);
    await host.registry.configure(name, { limits });
  });

  it("is free at once when its client leaves", async () => {
    const upload = head(`POST ${url}/echo`, "Transfer-Encoding: chunked");
    const asked = ["/sleep", "/sleep-after", "/bytes?60000000"].map((path) => head(`GET ${url}${path}`));
    for (const request of [...asked, upload, `${upload}5\r\nhello\r\n`]) {
      const client = await RawClient.open(host);
      client.socket.pause();
      const started = calls();
      client.send(request);
      await until(() => calls() > started);
      client.socket.destroy();
      await until(() => inFlight() === 0);
    }
  });

  it("is free when a client leaves who sent requests one behind the other", async () => {
    const client = await RawClient.open(host);
    const started = calls();
    client.send(head(`GET ${url}/sleep`) + head(`GET ${url}/sleep`) + head(`GET ${url}/sleep`));
    await until(() => calls() === started + 3);
    client.socket.destroy();
    await until(() => inFlight() === 0);
  });

  it("ends with the upload that never ends, once it has answered", async () => {
    const client = await RawClient.open(host);
    client.send(head(`POST ${url}/hello`, "Transfer-Encoding: chunked"));
    expect(await client.until(/Hello\./)).toMatch(/^HTTP\/1\.1 200 /);
    await client.end();
    expect(inFlight()).toBe(0);
  });

  it("comes to the end of its fuel where it loops after its head, whoever has left", async () => {
    await host.registry.configure(name, { limits: { ...limits, fuel: 50_000_000 } });
    for (const leaves of [false, true]) {
      const client = await RawClient.open(host);
      const started = calls();
      client.send(head(`GET ${url}/spin-after`, "Connection: close"));
      if (leaves) client.socket.destroy();
      // Its head may not have been sent by then.
      else expect(await client.end()).toMatch(/^HTTP\/1\.1 504 |half\r\n$/);
      await until(() => (leaves || calls() > started) && inFlight() === 0);
    }
    expect((await host.send("GET", `${url}/hello`, { anonymous: true })).text).toBe("Hello.");
    expect(host.faults).toEqual([]);
  });
});
