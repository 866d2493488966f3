/** A version that takes over between the moment a request's handler is found and the one its body has come. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import type { HttpExchange } from "../../../host/capabilities/http/http-exchange.ts";
import { PluginSites } from "../../../host/http/serve/plugin-sites.ts";
import { pluginClosed } from "../../../host/placement/closed.ts";
import type { Handler } from "../../../host/registry/api.ts";

it("answers a request by the version that is live when it is ready", async () => {
  const limits = { requestBytes: 1_000, responseBytes: 1_000 };
  const refuse = () => Promise.reject(pluginClosed());
  const retired: Handler = { plugin: "a", limits, handle: refuse, handleSoon: refuse, putOff: setImmediate };
  const live: Handler = {
    ...retired,
    handleSoon(exchange: HttpExchange) {
      exchange.respond({ status: 200, fields: [] }).finish(undefined);
    },
  };
  const handlers = [retired, live];
  const registry = { handler: () => handlers.shift()!, countRefusal() {}, countDroppedFields() {} };
  const faults: unknown[] = [];
  const sites = new PluginSites({
    registry,
    heap: undefined,
    logFault: (error: unknown) => faults.push(error),
    trustProxy: false,
    isOwnToken: () => false,
  });
  const server = createServer((request, response) => {
    void sites.serveNode(
      { plugin: "a", prefix: "/http/a", prefixLength: 7, origin: "shared" },
      request,
      response,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}/http/a/x`, { method: "POST", body: "some" });
  server.close();
  expect([status, faults]).toEqual([200, []]);
});
