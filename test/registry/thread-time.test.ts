/** What calls take of the thread beyond their fuel, by clocks that the test sets. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { unitsPerMillisecond } from "../../host/fuel-prices.ts";
import { createHost, type Host } from "../../host/host.ts";
import { ThreadTime } from "../../host/registry/traffic/thread-time.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";

/** Milliseconds. */
let [wall, thread] = [0, 0];
const clocks = { wall: () => wall, thread: () => thread };

/** Units owed for `calls` calls that each take so long and pay so much. */
function owedFor(time: ThreadTime, calls: number, took: number, fuel: number, ofThread = took): number {
  let owed = 0;
  for (let i = 0; i < calls; i++) {
    const timed = time.begin();
    wall += took;
    thread += ofThread;
    if (timed) owed += time.owed(time.pause(), fuel);
  }
  return owed;
}

/** Number of 1,000 calls that are looked at. */
function looks(time: ThreadTime): number {
  return Array.from({ length: 1_000 }, () => time.begin()).filter((timed) => timed).length;
}

describe("time of the thread", () => {
  it("that fuel does not say is owed, but for the calls until somebody looks", () => {
    const owed = owedFor(new ThreadTime(clocks), 1_000, 5, 1_000);
    expect(owed).toBeLessThan(1_000 * 5 * unitsPerMillisecond);
    expect(owed).toBeGreaterThan((1_000 - 32) * (5 * unitsPerMillisecond - 201_000));
  });

  it("is not owed by calls that pay for it, or take little", () => {
    expect(owedFor(new ThreadTime(clocks), 1_000, 5, 5 * unitsPerMillisecond)).toBe(0);
    expect(owedFor(new ThreadTime(clocks), 1_000, 0.015, 100)).toBe(0);
  });

  it("is not owed by who only waited for it", () => {
    expect(owedFor(new ThreadTime(clocks), 1_000, 5, 1_000, 0)).toBe(0);
  });

  it("is owed also where the thread's clock ticks in steps", () => {
    const time = new ThreadTime(clocks);
    let owed = 0;
    for (let i = 0; i < 1_000; i++) owed += owedFor(time, 1, 1, 100, i % 4 === 3 ? 4 : 0);
    expect(owed).toBeGreaterThan(900 * unitsPerMillisecond);
  });

  it("is not looked at any more when calls have been short for a while", () => {
    const time = new ThreadTime(clocks);
    owedFor(time, 100, 5, 0);
    owedFor(time, 64, 0.001, 0);
    expect(looks(time)).toBeLessThan(200);
    expect(looks(time)).toBeGreaterThan(20);
  });

  it("is not looked at any more when calls were long only because others had the processor", () => {
    const time = new ThreadTime(clocks);
    owedFor(time, 100, 5, 0);
    owedFor(time, 64, 5, 0, 0.001);
    expect(looks(time)).toBeLessThan(200);
  });
});

describe("fuel per second", () => {
  const hosts: Host[] = [];
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const host of hosts.splice(0)) await host.close();
  });

  async function deployed(limits: Record<string, number> = {}) {
    const host = await createHost({ log: () => {} });
    hosts.push(host);
    await host.registry.deploy("greet", exampleWasm("greet"), { settings: { limits } });
    const { call } = awake(host.registry.callable("greet", "greet"));
    // Whoever looks at a clock finds that five milliseconds have gone by.
    let now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => (now += 5));
    vi.spyOn(process, "threadCpuUsage").mockImplementation(() => ({ user: now * 1e3, system: 0 }));
    return () => call(["Ada"]).catch((error: unknown) => error);
  }

  it("is a share of the thread too: calls that pay little and take long are refused", async () => {
    const fuelPerSecond = 150_000_000;
    const call = await deployed({ fuelPerSecond });
    const began = performance.now();
    const outcomes: unknown[] = [];
    for (let i = 0; i < 2_000; i++) outcomes.push(await call());
    const seconds = (performance.now() - began) / 1_000;
    const answered = outcomes.filter((outcome) => outcome === "Hello, Ada!").length;
    expect(outcomes.find((outcome) => outcome !== "Hello, Ada!")).toMatchObject({ code: "fuel-rate" });
    // A whole call's worth was saved up, which is 20 seconds', and nobody looks at the first calls.
    expect((answered - 32) * 5 * unitsPerMillisecond).toBeLessThan((20 + seconds) * 1.1 * fuelPerSecond);
  });

  it("never refuses for more than a second what only took long", async () => {
    const call = await deployed({ fuel: 1_000_000, fuelPerSecond: 10_000 });
    const outcomes: unknown[] = [];
    for (let i = 0; i < 1_000; i++) outcomes.push(await call());
    const refusal = outcomes.find((outcome) => typeof outcome !== "string");
    expect(refusal).toMatchObject({ code: "fuel-rate", facts: { retryAfter: expect.any(Number) } });
    expect((refusal as { facts: { retryAfter: number } }).facts.retryAfter).toBeLessThanOrEqual(2);
  });
});
