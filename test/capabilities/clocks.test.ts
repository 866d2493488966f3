import { afterAll, describe, expect, it } from "vitest";
import { buildProbe, deploy } from "../support/capability-probe.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const wasm = await buildProbe(
  `import wasi:clocks/wall-clock@0.2.12;
   import wasi:clocks/monotonic-clock@0.2.12;
   import wasi:io/poll@0.2.12;
   export wall: func() -> u64;
   export wall-step: func() -> u64;
   export monotonic: func() -> u64;
   export monotonic-step: func() -> u64;
   export sleep: func(nanoseconds: u64) -> u64;
   export race: func(durations: list<u64>) -> list<u32>;
   export poll-until: func(nanoseconds: u64) -> u64;`,
  `import * as wallClock from "wasi:clocks/wall-clock@0.2.12";
   import * as clock from "wasi:clocks/monotonic-clock@0.2.12";
   import { Pollable, poll } from "wasi:io/poll@0.2.12";
   import { dropAll } from "wit-types";
   function nanoseconds(at: wallClock.Datetime): u64 { return at.seconds * 1000000000 + at.nanoseconds; }
   export function wall(): u64 { return nanoseconds(wallClock.now()); }
   export function wallStep(): u64 { return nanoseconds(wallClock.resolution()); }
   export function monotonic(): u64 { return clock.now(); }
   export function monotonicStep(): u64 { return clock.resolution(); }
   export function sleep(duration: u64): u64 {
     const before = clock.now();
     const pollable = clock.subscribeDuration(duration);
     pollable.block();
     pollable.drop();
     return clock.now() - before;
   }
   export function race(durations: Uint64Array): Uint32Array {
     const now = clock.now();
     const pollables: Array<Pollable> = [];
     for (let i = 0; i < durations.length; i++) pollables.push(clock.subscribeInstant(now + durations[i]));
     const ready = poll(pollables);
     dropAll(pollables);
     return ready;
   }
   export function pollUntil(duration: u64): u64 {
     const before = clock.now();
     const pollable = clock.subscribeDuration(duration);
     let steps: u64 = 0;
     let last = before;
     while (!pollable.ready()) {
       const now = clock.now();
       if (now != last) steps++;
       last = now;
     }
     pollable.drop();
     return steps;
   }`,
);

const start = async (settings: unknown) => (await deploy(wasm, { grants: { clocks: settings } })).start();

describe("clocks", () => {
  it("go in steps of a millisecond, unless the owner wants finer or coarser ones", async () => {
    for (const [settings, step] of [
      [true, 1_000_000n],
      [{ resolution: 50 }, 50_000_000n],
      [{ resolution: 0.1 }, 100_000n],
    ] as const) {
      const { call } = await start(settings);
      const wallStep = step > 1_000_000n ? step : 1_000_000n;
      expect(await call("monotonic-step")).toBe(step);
      expect(await call("wall-step")).toBe(wallStep);
      expect(((await call("monotonic")) as bigint) % step).toBe(0n);
      const now = (await call("wall")) as bigint;
      expect(now % wallStep).toBe(0n);
      expect(BigInt(Date.now()) * 1_000_000n - now).toBeLessThan(60_000_000_000n);
    }
  });

  it("tell nothing by the monotonic one of how long the machine is up", async () => {
    const { call } = await start(true);
    expect(await call("monotonic")).toBeLessThan(60_000_000_000n);
  });

  it("let a plugin wait while the host goes on", async () => {
    const { cell, call } = await start(true);
    expect(cell.suspends).toBe(true);
    let hostRan = false;
    setImmediate(() => {
      hostRan = true;
    });
    expect(await call("sleep", 200_000_000n)).toBeGreaterThanOrEqual(200_000_000n);
    expect(hostRan).toBe(true);
  });

  it("wake it for the first of several, and don't for one that is ready", async () => {
    const { call } = await start(true);
    expect(await call("race", [3_600_000_000_000n, 5_000_000n, 1n << 62n])).toEqual(Uint32Array.of(1));
    expect(await call("race", [3_600_000_000_000n, 0n, 0n])).toEqual(Uint32Array.of(1, 2));
  });

  it("show no finer time by what is ready", async () => {
    const { call } = await start({ resolution: 20 });
    expect(await call("poll-until", 40_000_000n)).toBeLessThanOrEqual(2n);
  });

  it("leave no timer behind when the cell is ended while it waits", async () => {
    const started = await start(true);
    const asleep = started.call("sleep", 3_600_000_000_000n) as Promise<unknown>;
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeGreaterThan(0);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    started.release();
    expect(timers()).toBe(before - 1);
    await expect(asleep).rejects.toMatchObject({ code: "closed" });
  });

  it("refuse to wait for nothing", async () => {
    const { call } = await start(true);
    await expect(call("race", [])).rejects.toMatchObject({ code: "trap" });
  });

  it("can be stopped, for exact checks; then nothing has to be waited for", async () => {
    const { cell, call } = await start({ fixed: "2026-11-22T10:15:02.500Z" });
    expect(cell.suspends).toBe(false);
    expect(call("wall")).toBe(BigInt(Date.UTC(2026, 10, 22, 10, 15, 2, 500)) * 1_000_000n);
    expect(call("monotonic")).toBe(0n);
    expect(call("sleep", 1n << 62n)).toBe(0n);
  });
});
