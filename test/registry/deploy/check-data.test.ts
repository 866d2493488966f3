/** Checks of an upload beside what the plugin has: they change nothing of it, and send no requests that nobody asked of them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { buildFilingGuest } from "../../guests/filing-guest.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfEachTest } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";

const { host, registry } = hostOfEachTest({ allow: ["private"] });
const counter = exampleWasm("counter-kv");
const preview = exampleWasm("link-preview");
const filing = await buildFilingGuest();
afterAll(removeTemporaryFolders);

/** A server, and the requests that came to it. */
async function listening() {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(`${request.method} ${request.url}`);
    response.end("<title>There</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { came, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("checks of a deployment", () => {
  it.each(["inline", "process"] as const)(
    "find no values, and leave those that are there: %s",
    async (placement) => {
      const settings = { placement, grants: { kv: true } };
      await registry.deploy("counter", counter, { settings });
      await registry.callJson("counter", "increment", ["visits", 7]);
      const calls = [
        { call: "value", args: ["visits"], returns: 0 },
        { call: "increment", args: ["visits", 5], returns: 5 },
        { call: "value", args: ["visits"], returns: 5 },
        { call: "increment", args: ["strays", 1], returns: 1 },
      ];
      await registry.deploy("counter", counter, { checks: { calls } });
      // Each deployment's checks begin with nothing.
      await registry.deploy("counter", counter);
      expect(await registry.callJson("counter", "value", ["visits"])).toBe(7);
      expect(await registry.callJson("counter", "names", [])).toEqual(["visits"]);
    },
  );

  it("leave values of other plugins that are shared with it", async () => {
    const buckets = { default: { sharedWith: ["other"] } };
    await registry.deploy("counter", counter, { settings: { grants: { kv: { buckets } } } });
    await registry.callJson("counter", "increment", ["visits", 7]);
    const calls = [{ call: "increment", args: ["visits", 1], returns: 1 }];
    const shared = { kv: { buckets: { default: { shared: "counter/default" } } } };
    await registry.deploy("other", counter, { settings: { grants: shared }, checks: { calls } });
    expect(await registry.callJson("other", "value", ["visits"])).toBe(7);
  });

  it("find no files, and leave those that are there", async () => {
    await registry.deploy("filing", filing, { settings: { grants: { files: true, clocks: true } } });
    await registry.callJson("filing", "write", ["a", "live", 0]);
    const calls = [
      { call: "names", args: ["."], returns: [] },
      { call: "write", args: ["a", "of checks", 0], returns: "9" },
      { call: "read", args: ["a"], returns: "of checks" },
    ];
    await registry.deploy("filing", filing, { checks: { calls } });
    expect(await registry.callJson("filing", "read", ["a"])).toBe("live");
  });

  it("keep nothing of the host's heap once they have been made, or have failed", async () => {
    await registry.deploy("filing", filing, { settings: { grants: { files: true, clocks: true } } });
    const before = host.heap.inUse;
    const text = "a".repeat(100_000);
    const calls = [{ call: "write", args: ["a", text, 0], returns: "no" }];
    const checked = registry.deploy("filing", filing, { checks: { calls } });
    expect((await refusalOf(checked)).code).toBe("checks-failed");
    await until(() => host.heap.inUse === before);
  });

  it("send requests where they bring the grant themselves, and none else", async () => {
    const { came, origin } = await listening();
    const http = { allow: [`${origin}/*`], private: true };
    const calls = [
      { call: "previews/fetch", args: [`${origin}/`], err: `HTTP-request-denied: GET ${origin}` },
    ];
    await registry.deploy("preview", preview, { settings: { grants: { http } }, checks: { calls } });
    expect(came).toEqual([]);
    await registry.callJson("preview", "previews/fetch", [`${origin}/live`]);
    expect(came).toEqual(["GET /live"]);
    const sending = { ...calls[0], err: "no such error" };
    const asked = { settings: { grants: { http } }, calls: [sending] };
    const refused = registry.deploy("preview", preview, { checks: asked });
    expect((await refusalOf(refused)).message).toContain("There");
    expect(came).toEqual(["GET /live", "GET /"]);
  });
});
