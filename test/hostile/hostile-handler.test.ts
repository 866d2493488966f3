/** Handlers that have the host keep or do what nobody pays for: each comes to a stated end, and leaves nothing behind. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { handlerGuest } from "../drive/handler-guest.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { refusalOf } from "../support/thrown.ts";

const wasm = await handlerGuest();

describe.each(["inline", "process"] as const)("a hostile HTTP handler, placed %s", (placement) => {
  let host: Host;
  beforeAll(async () => {
    host = await createHost({ log: () => {} });
    // Eight attacks may fall into one second.
    const limits = { fuel: 300_000_000, fuelPerSecond: 6_000_000_000 };
    const settings = { placement, grants: { clocks: true }, limits } as const;
    await host.registry.deploy("guest", wasm, { settings });
  });
  afterAll(() => host.close());

  it.each([
    ["/attack-fields", "trap", /bytes for its handles/],
    ["/attack-headers", "trap", /bytes for its handles/],
    ["/attack-responses", "trap", /objects for its handles/],
    ["/attack-kept", "trap", /bytes for its handles/],
    ["/attack-zero", "out-of-fuel", /units of fuel/],
    ["/attack-flush", "out-of-fuel", /units of fuel/],
    ["/attack-read", "out-of-fuel", /units of fuel/],
    ["/attack-pollables", "trap", /objects for its handles/],
  ])("comes to an end: %s", async (target, code, says) => {
    const handler = await host.registry.handler("guest");
    const exchange = new MemoryExchange({ target, fed: true, fields: ["a", "b"] });
    const error = await refusalOf(handler.handle(exchange));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(says);
    expect(["aborted", undefined]).toContain(exchange.response?.end);
    expect(exchange.body!.discarded).toBe(true);
    const next = new MemoryExchange({ target: "/hello" });
    await handler.handle(next);
    expect(next.response).toMatchObject({ text: "Hello.", end: "finished" });
  });
});
