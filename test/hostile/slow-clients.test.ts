/** Clients who hold a plugin's cells by reading or sending next to nothing: whoever waits for a cell gets one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handlerGuest } from "../drive/handler-guest.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";
import { head, RawClient } from "../support/raw-client.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";

const wasm = await handlerGuest();
let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
  await host.registry.deploy("greet", exampleWasm("greet"));
});
afterAll(() => host.close());

const endless = "/bytes?100000000";
/** Beginning of a request to the plugin of that name. */
const requests = {
  "read nothing of their answers": (name: string) => head(`GET /http/${name}${endless}`),
  "send nothing more of their requests": (name: string) =>
    head(`POST /http/${name}/echo`, "Transfer-Encoding: chunked"),
};

// Side by side, each with a plugin of its own: all that takes long here is waiting until somebody has been slow for long enough.
describe.concurrent.each([
  // As many as there are cells, and where there are few, so many that they get them one after the other.
  ["inline", "fresh", 16],
  ["inline", "shared", 4],
  ["process", "fresh", 4],
] as const)("slow clients of a plugin, %s, %s", (placement, mode, crowd) => {
  it.each(Object.entries(requests).map(([what, request], i) => [what, request, i] as const))(
    "who %s make room for others, one after the other",
    async (_, request, i) => {
      const name = `${placement}-${mode}-${i}`;
      const counters = () => host.registry.details(name).counters;
      const hello = async () => (await host.send("GET", `/http/${name}/hello`, { anonymous: true })).text;
      const limits = { streamTime: 600_000, time: 600_000 };
      await host.registry.deploy(name, wasm, {
        settings: { placement, mode, grants: { clocks: true }, limits },
      });
      expect(await hello()).toBe("Hello.");
      const started = counters().calls;
      const clients = await Promise.all(Array.from({ length: crowd }, () => RawClient.open(host)));
      for (const { socket } of clients) socket.pause();
      for (const client of clients) client.send(request(name));
      await until(() => counters().calls === started + crowd);
      expect((await host.call("greet/greet", ["Ada"])).json).toBe("Hello, Ada!");
      expect(await hello()).toBe("Hello.");
      for (const { socket } of clients) socket.destroy();
      await until(() => counters().inFlight === 0);
      expect(await hello()).toBe("Hello.");
      expect(host.faults).toEqual([]);
    },
  );
});
