import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RateRoom, type RequestRate, RequestRates } from "../../host/access/request-rates.ts";
import { HotcellError } from "../../host/errors.ts";
import { thrownBy } from "../support/thrown.ts";

const ten: RequestRate = { requests: 10, seconds: 1, burst: 20, per: "address" };

function start(room: RateRoom = { clients: 100, shared: 4 }) {
  let now = 5_000;
  const rates = new RequestRates(room, () => now);
  return {
    rates,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Requests of so many that are let in. */
    let: (client: string, count: number, rate = ten, plugin = "shop") => {
      let taken = 0;
      for (let i = 0; i < count; i++) if (isTaken(() => rates.take(plugin, client, rate))) taken++;
      return taken;
    },
  };
}

function isTaken(take: () => unknown): boolean {
  try {
    take();
    return true;
  } catch (error) {
    if (error instanceof HotcellError && error.code === "rate-limited") return false;
    throw error;
  }
}

describe("RequestRates", () => {
  it("lets a burst in, and then as many as the rate says", () => {
    const { let: letIn, pass } = start();
    expect(letIn("a", 30)).toBe(20);
    pass(1_000);
    expect(letIn("a", 30)).toBe(10);
    pass(100);
    expect(letIn("a", 30)).toBe(1);
    pass(3_600_000);
    expect(letIn("a", 30)).toBe(20);
  });

  it("knows clients and plugins apart", () => {
    const { let: letIn } = start();
    expect([letIn("a", 30), letIn("b", 30), letIn("a", 30, ten, "blog"), letIn("a", 1)]).toEqual([
      20, 20, 20, 0,
    ]);
  });

  it("tells what is left, and when there is more", async () => {
    const { rates, pass } = start();
    const policy = '"shop";q=20;w=2';
    expect(rates.take("shop", "a", ten)).toEqual({ policy, left: '"shop";r=19;t=1' });
    for (let i = 0; i < 18; i++) rates.take("shop", "a", ten);
    expect(rates.take("shop", "a", ten)).toEqual({ policy, left: '"shop";r=0;t=2' });
    const slow = { requests: 1, seconds: 60, burst: 1, per: "address" } as const;
    rates.take("slow", "a", slow);
    pass(500);
    const error = (await thrownBy(() => rates.take("slow", "a", slow))) as HotcellError;
    expect(error.message).toBe("slow takes no more requests of this address at present.");
    expect(error.facts).toMatchObject({
      setting: "rate",
      limit: "1 in 60 s, 1 at once",
      retryAfter: 60,
      extra: { quota: { policy: '"slow";q=1;w=60', left: '"slow";r=0;t=60' } },
    });
  });

  it("holds nobody to what a setting said before for longer than the one of now does", () => {
    const { let: letIn, pass } = start();
    expect(letIn("a", 5, { requests: 1, seconds: 86_400, burst: 3, per: "address" })).toBe(3);
    expect(letIn("a", 1)).toBe(0);
    pass(1_000);
    expect(letIn("a", 30)).toBe(10);
  });

  it("keeps no more buckets than there is room for, and none that is full where there is not", () => {
    const { rates, let: letIn, pass } = start({ clients: 10, shared: 4 });
    for (let i = 0; i < 1_000; i++) letIn(`${i}`, 1);
    expect(rates.size).toBe(10);
    pass(2_000);
    expect(letIn("late", 30)).toBe(20);
    expect(rates.size).toBe(10);
  });

  it("gives no client more than its rate, whoever else comes", () => {
    const steps = fc.array(
      fc.record({
        client: fc.integer({ min: 0, max: 12 }),
        after: fc.constantFrom(0, 0, 1, 40, 100, 350, 4_000),
      }),
      { maxLength: 400 },
    );
    const rate = fc.record({
      requests: fc.integer({ min: 1, max: 20 }),
      seconds: fc.integer({ min: 1, max: 5 }),
      burst: fc.integer({ min: 1, max: 10 }),
      per: fc.constant("address" as const),
    });
    const room = fc.record({
      clients: fc.integer({ min: 0, max: 15 }),
      shared: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(steps, rate, room, (sequence, asked, given) => {
        const { rates, pass } = start(given);
        const interval = (asked.seconds * 1000) / asked.requests;
        // A bucket that leaks, for each client alone: what it refuses must not be let in.
        const level = new Map<number, { at: number; full: number }>();
        let now = 0;
        for (const { client, after } of sequence) {
          now += after;
          pass(after);
          const { at, full } = level.get(client) ?? { at: now, full: asked.burst };
          const left = Math.min(asked.burst, full + (now - at) / interval);
          const taken = isTaken(() => rates.take("shop", `${client}`, asked));
          if (taken) expect(left).toBeGreaterThan(1 - 1e-3);
          level.set(client, { at: now, full: taken ? left - 1 : left });
          expect(rates.size).toBeLessThanOrEqual(given.clients);
        }
      }),
    );
  });

  it("gives a client all of its rate where there is room for all", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 10, 99, 101, 2_000), { maxLength: 300 }), (waits) => {
        const { rates, pass } = start();
        let left = ten.burst;
        for (const wait of waits) {
          pass(wait);
          left = Math.min(ten.burst, left + wait / 100);
          const taken = isTaken(() => rates.take("shop", "a", ten));
          if (left > 1 + 1e-3) expect(taken).toBe(true);
          if (taken) left--;
        }
      }),
    );
  });

  it("is one rate in the long run where several count, whoever is asked", () => {
    let now = 5_000;
    const all = [1, 2].map(() => new RequestRates(undefined, () => now, 2));
    const onTheWay: (() => void)[] = [];
    for (const [i, rates] of all.entries())
      rates.taken = (client, milliseconds) =>
        onTheWay.push(() => all[1 - i]!.takenElsewhere(client, milliseconds));
    let taken = 0;
    for (let i = 0; i < 1_000; i++) {
      // Each is asked before it knows what the other has let in.
      for (const rates of all) if (isTaken(() => rates.take("shop", "a", ten))) taken++;
      for (const tell of onTheWay.splice(0)) tell();
      now += 100;
    }
    // A burst, ten a second, and one that was let in twice and is owed.
    expect(taken).toBeGreaterThanOrEqual(20 + 999);
    expect(taken).toBeLessThanOrEqual(20 + 1_000 + 1);
  });
});
