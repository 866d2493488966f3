/** Calls with an `Idempotency-Key` are made once, however often they are sent. */
import { describe, expect, it, vi } from "vitest";
import { pluginBounds } from "../../../host/bounds/cell-bounds.ts";
import { idempotencyBounds } from "../../../host/bounds/http-bounds.ts";
import type { PlainAnswer } from "../../../host/http/answer/plain-answer.ts";
import { onceFor } from "../../../host/http/routes/call/make-once.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import type { Soon } from "../../../host/platform/soon.ts";
import type { KeyedCall, KeyedCalls } from "../../../host/store/keyed-calls.ts";
import { MemoryCalls } from "../../../host/store/memory/memory-calls.ts";
import { guest } from "../../guests/hostile-text.ts";
import { waitingGuest } from "../../guests/waiting-guest.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { refusal } from "../../support/thrown.ts";

const host = await hostOfFile();
/** Counts its calls. `fail` counts and traps; `no` returns an error with the count; `much` returns a lot. */
const counter = guest(
  `(global $count (mut i32) (i32.const 0))
  (func $next (result i32) (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
  (func (export "next") (result i32) (call $next))
  (func (export "add") (param i32) (result i32) (i32.add (call $next) (local.get 0)))
  (func (export "no") (result i32) (i32.store8 (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (call $next))
    (i32.const 16))
  (func (export "much") (result i32) (drop (call $next)) (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (i32.const 300000)) (i32.const 16))
  (func (export "fail") unreachable)`,
  {
    next: "(result u32)",
    add: '(param "n" u32) (result u32)',
    no: "(result (result (error u32)))",
    much: "(result (list u8))",
    fail: "",
  },
  { memory: "8" },
);
await host.registry.deploy("counter", counter());

const call = (path: string, key: string, args: unknown = []) =>
  host.send("POST", `/call/counter/${path}`, {
    anonymous: true,
    body: JSON.stringify(args),
    headers: { "content-type": "application/json", "idempotency-key": key },
  });

describe("a call with an Idempotency-Key", () => {
  it("is made once, and answered alike whenever it is sent", async () => {
    const first = await call("next", '"a"');
    expect(first).toMatchObject({ status: 200 });
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    const second = await call("next", '"a"');
    expect(second).toMatchObject({ status: 200, json: first.json });
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("hotcell-fuel")).toBe(first.headers.get("hotcell-fuel"));
    expect((await call("next", '"b"')).json).toBe(first.json + 1);
  });

  it("is the same however the key is written", async () => {
    const { json } = await call("next", '"8e03978e-40d5"');
    expect(await call("next", "8e03978e-40d5")).toMatchObject({ status: 200, json });
  });

  it("is made once where the plugin answers with an error, and where it stops", async () => {
    const no = await call("no", '"no"');
    expect(no).toMatchObject({ status: 422, json: { code: "guest-error" } });
    expect((await call("no", '"no"')).json).toEqual(no.json);
    const failed = await call("fail", '"fail"');
    expect(failed).toMatchObject({ status: 502, json: { code: "trap" } });
    expect((await call("fail", '"fail"')).headers.get("idempotency-replayed")).toBe("true");
  });

  it("is made where it was refused before", async () => {
    expect(await call("add", '"args"', [])).toMatchObject({ status: 400, json: { code: "bad-argument" } });
    expect(await call("add", '"args"', [1])).toMatchObject({ status: 200 });
  });

  it("is refused where another has the key", async () => {
    expect(await call("add", '"other"', [1])).toMatchObject({ status: 200 });
    expect(await call("add", '"other"', [2])).toMatchObject({ status: 422, json: { code: "other-call" } });
    expect(await call("next", '"other"')).toMatchObject({ status: 422, json: { code: "other-call" } });
  });

  it("has a key of its own for each token", async () => {
    const sent = (token: string) =>
      host.send("POST", "/call/counter-private/next", {
        headers: { authorization: `Bearer ${token}`, "idempotency-key": '"mine"' },
      });
    await host.registry.deploy("counter-private", counter(), { settings: { access: "token" } });
    const scopes = ["call"] as const;
    const one = (await host.tokens.create({ name: "one", scopes: [...scopes] }, "test")).token;
    const two = (await host.tokens.create({ name: "two", scopes: [...scopes] }, "test")).token;
    expect((await sent(one)).json).toBe(1);
    expect((await sent(two)).json).toBe(2);
    expect((await sent(one)).json).toBe(1);
  });

  it("is not made again where the answer was too large to keep", async () => {
    expect((await call("much", '"much"')).status).toBe(200);
    expect(await call("much", '"much"')).toMatchObject({ status: 409, json: { code: "answer-not-kept" } });
  });

  it.each(["", '""', '"a', "a b", '"é"', `"${"k".repeat(256)}"`, '"a", "b"'])(
    "is refused with the key %s",
    async (key) => {
      expect(await call("next", key)).toMatchObject({ status: 400, json: { subject: "Idempotency-Key" } });
    },
  );
});

describe.each(["inline", "process"] as const)("a call with an Idempotency-Key, placed %s,", (placement) => {
  it("goes on when its client leaves, and its answer is kept", async () => {
    const name = `waits-${placement}`;
    const settings = { placement, mode: "fresh", grants: { clocks: true, logging: true } } as const;
    await host.registry.deploy(name, waitingGuest(), { settings });
    const counters = () => host.registry.details(name).counters;
    const client = await RawClient.open(host);
    const key = `Idempotency-Key: ${name}`;
    const fields = ["Content-Type: application/json", key, "Accept: */*", "Content-Length: 5"];
    client.send(`${head(`POST /call/${name}/wait`, ...fields)}[700]`);
    await until(() => counters().inFlight === 1);
    client.socket.destroy();
    const again = () =>
      host.send("POST", `/call/${name}/wait`, {
        anonymous: true,
        body: "[700]",
        headers: { "content-type": "application/json", "idempotency-key": name },
      });
    let answer = await again();
    while (answer.json?.code === "call-under-way") answer = await again();
    expect(answer).toMatchObject({ status: 200, json: 1 });
    expect(answer.headers.get("idempotency-replayed")).toBe("true");
    expect(counters()).toMatchObject({ calls: 1, cancelled: 0, inFlight: 0 });
  });
});

describe.each(["inline", "process"] as const)(
  "a call that is ended while it is under way, placed %s,",
  (placement) => {
    it("is not made again: it may have done something by then", async () => {
      const name = `ended-${placement}`;
      const grants = { clocks: true, logging: true };
      const settings = { placement, mode: "fresh", limits: { time: 100_000 }, grants } as const;
      await host.registry.deploy(name, waitingGuest(), { settings });
      const counters = () => host.registry.details(name).counters;
      const send = () =>
        host.send("POST", `/call/${name}/wait`, {
          anonymous: true,
          body: "[100000]",
          headers: { "content-type": "application/json", "idempotency-key": name },
        });
      // Its process is there by then, so that a call that is in flight has begun.
      await host.send("POST", `/call/${name}/wait`, {
        anonymous: true,
        body: "[0]",
        headers: { "content-type": "application/json" },
      });
      const first = send();
      await until(() => counters().inFlight === 1);
      // Calls of a plugin that is removed have half a minute.
      vi.useFakeTimers({ toFake: ["setTimeout"] });
      try {
        let ended = false;
        void first.then(() => {
          ended = true;
        });
        const removed = host.registry.remove(name);
        await until(async () => {
          await vi.advanceTimersByTimeAsync(pluginBounds.drainTime.value);
          return ended;
        });
        await removed;
      } finally {
        vi.useRealTimers();
      }
      const { status, json } = await first;
      expect([status, json.code]).toEqual([503, "closed"]);
      await host.registry.deploy(name, waitingGuest(), { settings });
      const { calls } = counters();
      const again = await send();
      expect([again.status, again.json]).toEqual([503, json]);
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      expect(counters()).toMatchObject({ calls, inFlight: 0 });
    });
  },
);

/** Makes a call of which nothing is done where that says so. */
const once = (kept: KeyedCalls, call: KeyedCall, make: () => Soon<PlainAnswer>) =>
  onceFor(kept, call, make, () => ({ began: false, ran: false }));
const answered = { status: 200, headers: {}, body: "1" };
const keyed = (key: string) => ({ caller: "a", network: "n", key, print: "p" });

describe("answers that are kept", () => {
  it("say of a call that it is under way", async () => {
    const kept = new MemoryCalls(new HeapAccount());
    const { promise, resolve } = Promise.withResolvers<typeof answered>();
    const first = once(kept, keyed("k"), () => promise);
    expect(refusal(() => once(kept, keyed("k"), () => answered))).toMatchObject({
      code: "call-under-way",
      status: 409,
    });
    resolve(answered);
    expect(await first).toBe(answered);
    expect(once(kept, keyed("k"), () => promise)).toMatchObject(answered);
  });

  it("are forgotten in time, and what they held is given back", () => {
    let now = 0;
    const heap = new HeapAccount();
    const kept = new MemoryCalls(heap, () => now);
    once(kept, keyed("k"), () => answered);
    expect(heap.inUse).toBeGreaterThan(0);
    now = idempotencyBounds.keptTime.value;
    once(kept, { ...keyed("l"), caller: "b" }, () => ({ ...answered, status: 503 }));
    expect(heap.inUse).toBe(0);
    expect(once(kept, keyed("k"), () => ({ ...answered, body: "2" }))).toMatchObject({ body: "2" });
  });

  it("are so many for a token, and its next call is refused before it is made", () => {
    const kept = new MemoryCalls(new HeapAccount());
    for (let i = 0; i < idempotencyBounds.entries.value; i++) once(kept, keyed(`${i}`), () => answered);
    const made: string[] = [];
    const next = (caller: string) =>
      once(kept, { ...keyed("next"), caller }, () => {
        made.push(caller);
        return answered;
      });
    expect(refusal(() => next("a"))).toMatchObject({ code: "too-many-requests" });
    expect(next("b")).toBe(answered);
    expect(made).toEqual(["b"]);
  });

  it("are so many for an address without a token, and for all of these together; whoever needs one has room", () => {
    const kept = new MemoryCalls(new HeapAccount());
    const stranger = (network: string, key: string) =>
      once(kept, { caller: undefined, network, key, print: "p" }, () => answered);
    const { entries, strangers } = idempotencyBounds;
    for (let i = 0; i < entries.value; i++) stranger("a", `a${i}`);
    expect(refusal(() => stranger("a", "one-more"))).toMatchObject({ code: "too-many-requests" });
    // Keys are theirs together: who has moved gets the same answer.
    expect(stranger("b", "a0")).toMatchObject({ headers: { "idempotency-replayed": "true" } });
    for (let n = 1; n < strangers.value; n++)
      for (let i = 0; i < entries.value; i++) stranger(`n${n}`, `${n}-${i}`);
    expect(refusal(() => stranger("c", "one-more"))).toMatchObject({
      code: "too-many-requests",
      message: expect.stringContaining("all who need no token"),
    });
    expect(once(kept, keyed("one-more"), () => answered)).toBe(answered);
  });

  it("are so large for a token", () => {
    const kept = new MemoryCalls(new HeapAccount());
    const body = "x".repeat(idempotencyBounds.answer.value / 2);
    const fill = () => {
      for (let i = 0; ; i++) once(kept, keyed(`${i}`), () => ({ ...answered, body }));
    };
    expect(refusal(fill)).toMatchObject({
      code: "too-many-requests",
      facts: { limit: idempotencyBounds.bytes.value },
    });
  });

  it("are begun for so many calls of a token at one time", () => {
    const kept = new MemoryCalls(new HeapAccount());
    const { promise } = Promise.withResolvers<typeof answered>();
    const fill = () => {
      for (let i = 0; ; i++) once(kept, keyed(`${i}`), () => promise);
    };
    expect(refusal(fill)).toMatchObject({ facts: { limit: idempotencyBounds.underWay.value } });
  });
});
