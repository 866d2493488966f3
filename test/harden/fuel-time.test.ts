/** Time that a guest takes beyond what its units say, by clocks that the test sets. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { unitsPerMillisecond } from "../../host/fuel-prices.ts";
import { harden } from "../../host/harden/harden.ts";
import { added, assemble, outcome, start } from "../support/hardened.ts";

const plenty = 1e12;
/** Milliseconds: on the wall, and of the thread. */
let [wall, thread] = [0, 0];

beforeEach(() => {
  [wall, thread] = [1e6, 0];
  vi.spyOn(performance, "now").mockImplementation(() => wall);
  vi.spyOn(process, "threadCpuUsage").mockImplementation(() => ({ user: thread * 1e3, system: 0 }));
});
afterEach(() => vi.restoreAllMocks());

/** A guest that does little in each of `rounds` rounds, and takes `milliseconds` for it. */
function guest(milliseconds: number, ofThread = milliseconds) {
  const fuel = new Fuel();
  const text = `(module (import "host" "take" (func $take))
    (func (export "run") (param i32)
      (loop (call $take) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`;
  const take = () => {
    wall += milliseconds;
    thread += ofThread;
  };
  const { run } = start(harden(assemble(text)).bytes, { host: { take }, ...added(fuel) });
  return { fuel, run: run as (rounds: number) => void };
}

/** What a round costs by itself. */
const round = 40;
const timed = 1_000;

describe("time", () => {
  it("is paid for whole, however little the units say", () => {
    const { fuel, run } = guest(1);
    fuel.set(plenty);
    run(timed);
    const milliseconds = (plenty - fuel.get()) / unitsPerMillisecond;
    // But for the first slice, the last one, and pauses that may be V8's.
    expect(milliseconds).toBeGreaterThan(timed - (2 * 2 ** 13 + 2 ** 15) / round - 20);
    expect(milliseconds).toBeLessThan(timed);
  });

  it("stops a guest whose units say nothing, soon after its budget", () => {
    const { fuel, run } = guest(0.1);
    fuel.set(1e9);
    expect(outcome(() => run(1e9))).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(true);
    // Beside the 400 ms, a slice at the beginning and one at the end, of 0.1 ms a round, and the pauses.
    expect(wall - 1e6).toBeLessThan(400 + 0.1 * ((2 ** 13 + 2 ** 15) / 36) + 20);
  });

  it("is the thread's own: others may run meanwhile", () => {
    const { fuel, run } = guest(1, 0);
    fuel.set(plenty);
    run(timed);
    expect(plenty - fuel.get()).toBeLessThan(timed * 2 * round);
  });

  it("is not looked at in a short call", () => {
    const { fuel, run } = guest(1_000);
    fuel.set(plenty);
    run(100);
    expect(plenty - fuel.get()).toBeLessThan(100 * 2 * round);
  });

  it("is forgiven where it may be a pause of V8's, but for more than a fiftieth of all time", () => {
    const { fuel, run } = guest(0.05);
    const paid = () => {
      fuel.set(plenty);
      run(timed);
      return plenty - fuel.get() > 1.5 * timed * round;
    };
    // Each of these calls takes 50 ms: too much for its units, and 15 ms are forgiven in 750.
    const paying = Array.from({ length: 20 }, paid).filter((did) => did).length;
    expect(paying).toBeGreaterThan(18);
    wall += 1_000;
    thread += 1_000;
    const { fuel: another, run: pausing } = guest(0.06);
    another.set(plenty);
    pausing(250);
    expect(plenty - another.get()).toBeLessThan(250 * 2 * round);
  });

  it("that goes back is no debt, and is counted as before from there on", () => {
    // As where another test has set the clocks: all calls of a thread are charged by the same.
    const { fuel, run } = guest(1);
    const paid = () => {
      fuel.set(plenty);
      run(timed);
      return (plenty - fuel.get()) / unitsPerMillisecond;
    };
    wall = thread = 1e9;
    const before = paid();
    for (const [atWall, ofThread] of [
      [2e9, 0],
      [0, 3e9],
      [1e6, 1e6],
    ] as const) {
      [wall, thread] = [atWall, ofThread];
      expect(Math.abs(paid() - before)).toBeLessThan(20);
    }
  });

  it("in functions of the embedder's is charged only as far as a guest's own could take", () => {
    const { fuel, run } = guest(1);
    fuel.expect(0, true);
    fuel.allow(plenty);
    run(4 * timed);
    const spent = plenty - fuel.get();
    expect(spent).toBeLessThan(4 * timed * 2 * round * 81);
    expect(spent).toBeGreaterThan(4 * timed * round * 20);
  });

  it("counts at once for a call that goes on", () => {
    const { fuel, run } = guest(1);
    fuel.resume(plenty);
    run(300);
    expect((plenty - fuel.get()) / unitsPerMillisecond).toBeGreaterThan(2 ** 13 / (2 * round));
  });

  it("is looked at more often where there is much code that may have to be compiled", () => {
    const looks = (codeBytes: number) => {
      const { fuel, run } = guest(0);
      fuel.expect(codeBytes, false);
      fuel.set(plenty);
      vi.mocked(performance.now).mockClear();
      run(300_000);
      return vi.mocked(performance.now).mock.calls.length;
    };
    expect(looks(1_000)).toBeLessThan(20);
    expect(looks(10_000_000)).toBeGreaterThan(100);
  });
});
