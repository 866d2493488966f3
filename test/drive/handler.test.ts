/** HTTP handlers of plugins: one contract, wherever the cell is, and whether it begins anew with each request. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HotcellError } from "../../host/errors.ts";
import { createHost, type Host } from "../../host/host.ts";
import type { Counters } from "../../host/registry/counters.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { refusalOf } from "../support/thrown.ts";
import { handlerGuest } from "./handler-guest.ts";
import { type Asked, MemoryExchange } from "./memory-exchange.ts";

const wasm = await handlerGuest();

const placed = [
  ["inline", "fresh"],
  ["inline", "shared"],
  ["process", "fresh"],
  ["process", "shared"],
] as const;

describe.each(placed)("an HTTP handler, placed %s, %s", (placement, mode) => {
  let host: Host;
  const settings = { placement, mode, grants: { clocks: true } } as const;
  beforeAll(async () => {
    host = await createHost({ log: () => {} });
    await host.registry.deploy("guest", wasm, { settings });
  });
  afterAll(() => host.close());

  const handle = async (exchange: MemoryExchange, context?: { fuel: number; signal?: AbortSignal }) => {
    const handler = await host.registry.handler("guest");
    return handler.handle(exchange, context);
  };
  const ask = async (target: string, asked: Asked = {}) => {
    const exchange = new MemoryExchange({ target, ...asked });
    await handle(exchange);
    return exchange.response!;
  };
  const refused = async (target: string, asked: Asked = {}) => {
    const exchange = new MemoryExchange({ target, ...asked });
    const error = await refusalOf(handle(exchange));
    return { exchange, error, response: exchange.response };
  };
  const limited = async <T>(limits: SettingsInput["limits"], run: () => Promise<T>): Promise<T> => {
    await host.registry.configure("guest", { limits });
    try {
      return await run();
    } finally {
      await host.registry.configure("guest", { limits: null });
    }
  };

  it("is called anew for each request", async () => {
    const first = await ask("/count");
    expect(first).toMatchObject({ status: 200, end: "finished" });
    expect((await ask("/count")).text).toBe(mode === "fresh" ? first.text : `${Number(first.text) + 1}`);
  });

  it("is told of the request all but what is the host's", async () => {
    const fields = ["X-One", "a", "x-one", "\xc3\xa9", "Host", "example.com", "Connection", "close"];
    const { text } = await ask("/request", { method: "PURGE", fields });
    expect(text).toBe("other PURGE true example.com|X-One=a|x-one=é|immutable|1");
  });

  it("sets no fields that are the host's, and none that are no fields", async () => {
    const { text } = await ask("/fields");
    expect(text).toBe(`${"forbidden ".repeat(7)}invalid ok invalid forbidden`);
  });

  it("sends several fields of one name, as they are", async () => {
    const response = await ask("/set-cookies");
    expect(response.head).toEqual({ status: 204, fields: ["Set-Cookie", "a=1", "Set-Cookie", "b=\xc3\xa9"] });
  });

  it("answers without a body", async () => {
    expect(await ask("/empty")).toMatchObject({ status: 200, size: 0, end: "finished" });
    expect(await ask("/head", { method: "HEAD" })).toMatchObject({ size: 0, end: "finished" });
  });

  it.each(["/echo", "/polled-echo", "/spliced"])("streams bodies both ways: %s", async (target) => {
    const body = Array.from({ length: 30 }, (_, i) => `${i}`.repeat(1000));
    expect((await ask(target, { method: "POST", body })).text).toBe(body.join(""));
    expect((await ask(target, { method: "POST", body: [] })).text).toBe("");
    expect((await ask(target, { method: "POST" })).text).toBe("");
  });

  it.each(["/echo", "/polled-echo", "/spliced"])(
    "waits for what comes, and for who reads: %s",
    async (target) => {
      const exchange = new MemoryExchange({ target, fed: true, window: 100 });
      const handling = handle(exchange);
      const response = await exchange.begun;
      exchange.body!.feed("x".repeat(1000));
      while (response.size < 1000 && response.end === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        expect(response.room).toBeGreaterThanOrEqual(0);
        if (response.room === 0) response.take();
      }
      expect(response.end).toBeUndefined();
      exchange.body!.feed("end");
      exchange.body!.end();
      await handling;
      expect(response.text).toBe(`${"x".repeat(1000)}end`);
      expect(response.end).toBe("finished");
    },
  );

  it("gives the guest no more of the body than it asks for, in a bounded window", async () => {
    const exchange = new MemoryExchange({ target: "/read?10", body: ["x".repeat(1_000_000)] });
    await handle(exchange);
    expect(exchange.response!.text).toBe("read");
    // On the way to a process are parts in three windows.
    expect(exchange.body!.taken).toBeLessThanOrEqual(placement === "inline" ? 10 : 400_000);
    expect(exchange.body!.discarded).toBe(true);
    const greedy = new MemoryExchange({ target: "/read?100000000000", body: ["x".repeat(1_000_000)] });
    await handle(greedy);
    expect(greedy.body!.taken).toBeLessThanOrEqual(placement === "inline" ? 65_536 : 400_000);
  });

  it("answers before it has read", async () => {
    const exchange = new MemoryExchange({ target: "/early", fed: true });
    const handling = handle(exchange);
    const response = await exchange.begun;
    exchange.body!.feed("12345");
    exchange.body!.end();
    await handling;
    expect(response.text).toBe("begun read 5");
    expect(response.flushes).toBeGreaterThan(0);
  });

  it("takes trailers, and gives them", async () => {
    const trailers = ["X-Sum", "7", "X-Sum", "8"];
    const echoed = await ask("/echo", { body: ["text"], trailers });
    expect(echoed).toMatchObject({ text: "text", trailers, end: "finished" });
    expect((await ask("/trailers-only", { body: ["text"], trailers })).text).toBe("7");
  });

  it("informs before it answers", async () => {
    const exchange = new MemoryExchange({ target: "/informed" });
    await handle(exchange);
    expect(exchange.informed).toEqual([{ status: 103, fields: ["link", "</style.css>; rel=preload"] }]);
    expect(exchange.response!.text).toBe("then");
    expect((await ask("/informed-on")).text).toBe("16");
  });

  it("sends as many header and trailer fields as there may be", async () => {
    expect((await ask("/fields-of?32768")).head.fields).toHaveLength(66);
    expect((await ask("/trailers-of?32768")).trailers).toHaveLength(2);
    expect(await ask("/empty-of?0")).toMatchObject({ size: 0, end: "finished" });
    expect(await ask("/empty-of?9", { method: "HEAD" })).toMatchObject({ size: 0, end: "finished" });
  });

  it("writes before it gives the response, as much as one write may bring", async () => {
    expect(await ask("/before")).toMatchObject({ size: 65_536, end: "finished" });
    expect(await ask("/zeroes")).toMatchObject({ size: 5000, end: "finished" });
    expect(await ask("/right")).toMatchObject({ text: "four", end: "finished" });
  });

  describe("that gives no whole answer", () => {
    it.each([
      ["/nothing", "no-response", "without a response"],
      ["/drop", "no-response", "without a response"],
      ["/refuse", "handler-error", "internal-error: not today"],
      ["/status?150", "handler-error", "150"],
      ["/status?101", "handler-error", "101"],
      ["/status?700", "handler-error", "700"],
      ["/fields-of?32769", "handler-error", "32769 bytes of header fields"],
      ["/empty-of?1", "handler-error", "less of its response"],
    ])("is told of: %s", async (target, code, detail) => {
      const { error, response } = await refused(target);
      expect(response).toBeUndefined();
      expect(error).toMatchObject({ code, status: 502 });
      expect(error.message).toContain(detail);
    });

    it("can't set what is no status", async () => {
      expect((await ask("/status?42")).text).toBe("refused");
      expect((await ask("/status?1000")).text).toBe("refused");
    });

    it.each([
      ["/unfinished", "handler-error"],
      ["/too-long", "handler-error"],
      ["/too-short", "handler-error"],
      ["/trailers-of?32769", "handler-error"],
      ["/kept", "handler-error"],
      ["/trap-after", "trap"],
      ["/drop-body-first", "trap", true],
      ["/drop-request-first", "trap", true],
      ["/finish-first", "trap", true],
      ["/write-too-much", "trap"],
      ["/trap-before", "trap", true],
    ])("has it cut off: %s", async (target, code, before = false) => {
      const { error, response } = await refused(target);
      expect(error).toMatchObject({ code, status: 502 });
      expect(response?.end).toBe(before ? undefined : "aborted");
      // The next one is answered.
      expect((await ask("/hello")).text).toBe("Hello.");
    });

    it("leaves nothing for the next exchange", async () => {
      if (mode === "fresh") return;
      await refused("/kept");
      expect((await ask("/after-kept")).text).toBe("closed");
      await refused("/keep-out");
      expect(await ask("/after-keep-out")).toMatchObject({ status: 200, text: "mine" });
    });
  });

  it("runs out of fuel before its response, and after", async () => {
    await limited({ fuel: 10_000_000 }, async () => {
      expect((await refused("/spin")).error).toMatchObject({ code: "out-of-fuel" });
      const { error, response } = await refused("/spin-after");
      expect(error).toMatchObject({ code: "out-of-fuel" });
      expect(response!.end).toBe("aborted");
    });
  });

  it("takes too long before its response, and after", async () => {
    await limited({ time: 300 }, async () => {
      const { error, response } = await refused("/sleep");
      expect(error).toMatchObject({ code: "timeout", status: 504, facts: { setting: "limits.time" } });
      expect(response).toBeUndefined();
    });
    await limited({ streamTime: 300 }, async () => {
      const { error, response } = await refused("/sleep-after");
      expect(error).toMatchObject({ code: "timeout", facts: { setting: "limits.streamTime" } });
      expect(response!.end).toBe("aborted");
    });
  });

  it("takes too long for a client who reads nothing of its response", async () => {
    await limited({ streamTime: 300 }, async () => {
      for (const target of ["/bytes?1000000", "/flushed?1000000"]) {
        const { error, response } = await refused(target, { window: 100_000 });
        expect(error).toMatchObject({ code: "timeout", facts: { setting: "limits.streamTime" } });
        expect(response).toMatchObject({ end: "aborted" });
        expect(response!.size).toBeLessThanOrEqual(100_000);
      }
    });
  });

  it("is told that a request is too large, and so is who sent it", async () => {
    await limited({ requestBytes: 1000 }, async () => {
      const body = ["x".repeat(600), "y".repeat(600)];
      expect((await ask("/echo", { body: [body[0]!] })).text).toBe(body[0]);
      expect((await ask("/echo", { body })).text).toMatch(/broken \d+$/);
      const { error, exchange } = await refused("/trap-on-error", { body });
      expect(error).toMatchObject({ code: "body-too-large", status: 413, facts: { limit: 1000 } });
      expect(exchange.body!.discarded).toBe(true);
    });
  });

  it("is told that a request broke off, and so is who serves", async () => {
    const exchange = new MemoryExchange({ target: "/echo", fed: true });
    const handling = handle(exchange);
    const response = await exchange.begun;
    exchange.body!.feed("half");
    exchange.body!.breakOff();
    await handling;
    expect(response.text).toMatch(/^halfbroken \d+$/);
    const other = new MemoryExchange({ target: "/trap-on-error", fed: true });
    other.body!.breakOff(new HotcellError("request-timeout", "Too slow."));
    expect(await refusalOf(handle(other))).toMatchObject({ code: "request-timeout" });
  });

  it("writes no more than a response may have", async () => {
    await limited({ responseBytes: 10_000 }, async () => {
      expect(await ask("/bytes?10000")).toMatchObject({ size: 10_000, end: "finished" });
      const { error, response } = await refused("/bytes?10001");
      expect(error).toMatchObject({ code: "result-too-large", facts: { setting: "limits.responseBytes" } });
      expect(response).toMatchObject({ end: "aborted" });
    });
  });

  it("streams more than a call may pass", async () => {
    await limited({ resultBytes: 100_000 }, async () => {
      expect(await ask("/bytes?1000000")).toMatchObject({ size: 1_000_000, end: "finished" });
    });
  });

  it("finds its streams closed when the client has left", async () => {
    const exchange = new MemoryExchange({ target: "/bytes?1000000", window: 100_000 });
    const handling = refusalOf(handle(exchange));
    (await exchange.begun).leave();
    expect(await handling).toMatchObject({ code: "cancelled" });
    expect(exchange.response!.size).toBeLessThanOrEqual(100_000);
  });

  it("ends when its caller leaves, and is counted so", async () => {
    const before = host.registry.details("guest").counters;
    const leaving = new AbortController();
    const exchange = new MemoryExchange({ target: "/echo", fed: true });
    const handling = refusalOf(handle(exchange, { fuel: 0, signal: leaving.signal }));
    await exchange.begun;
    leaving.abort();
    expect(await handling).toMatchObject({ code: "cancelled" });
    // What is shared by others goes on to its end.
    exchange.body!.end();
    await ended(host, before.calls + 1);
    expect(host.registry.details("guest").counters.cancelled).toBe(before.cancelled + 1);
  });

  it("makes as many responses as it likes, one of which it gives", async () => {
    expect((await ask("/discards?600")).text).toBe("Discarded.");
  });

  it("keeps trailers that come to more than a cell's handles may hold for no response", async () => {
    const { error } = await refused("/attack-trailers");
    expect(error).toMatchObject({ code: "trap", facts: { subject: "host bytes" } });
  });

  it("has its exchanges counted as calls are", async () => {
    const before: Counters = host.registry.details("guest").counters;
    await ask("/hello");
    await refused("/trap-before");
    const { calls, traps, inFlight, fuel } = host.registry.details("guest").counters;
    expect({ calls, traps, inFlight }).toEqual({
      calls: before.calls + 2,
      traps: before.traps + 1,
      inFlight: 0,
    });
    expect(fuel).toBeGreaterThan(before.fuel);
    const context = { fuel: 0 };
    await handle(new MemoryExchange({ target: "/hello" }), context);
    expect(context.fuel).toBeGreaterThan(1000);
  });
});

/** Resolves when so many calls have come to their end. */
async function ended({ registry }: Host, calls: number): Promise<void> {
  for (;;) {
    const counters = registry.details("guest").counters;
    if (counters.calls >= calls && counters.inFlight === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
