import { describe, expect, it } from "vitest";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { harden } from "../../host/harden/harden.ts";
import { exceptionalRunaways } from "../guests/exceptional-runaways.ts";
import { type Runaway, runaways } from "../guests/runaways.ts";
import { added, assemble, type Metered, outcome, start, startHardened } from "../support/hardened.ts";

const overflow = "Maximum call stack size exceeded";

describe("a guest that runs away", () => {
  it.each([...runaways, ...exceptionalRunaways])(
    "is stopped, and the next one is not concerned: $name",
    ({ text, start: atStart, deep }: Runaway) => {
      const bytes = assemble(text);
      for (const budget of [0, 1_000, 1e6, 2e7]) {
        let guest: Metered | undefined;
        const result = outcome(() => {
          guest = startHardened(bytes, {}, budget);
          if (!atStart) guest.exports.run();
        });
        const message = (result as { throws: string }).throws;
        if (deep && message === overflow) continue;
        expect(result).toEqual({ throws: "unreachable" });
        if (guest) {
          expect(guest.fuel.spent).toBe(true);
          // Nothing of it goes on either.
          expect(outcome(() => guest!.exports.run())).toEqual({ throws: "unreachable" });
        }
      }
      const { exports } = startHardened(
        assemble(`(module (func (export "next") (result i32) (i32.const 7)))`),
      );
      expect(exports.next()).toBe(7);
    },
  );

  it.each([
    ["exceptions", "(block $c (try_table (catch_all $c) (call $burn)))"],
    ["legacy exceptions", "try (call $burn) catch_all end"],
  ])("can't catch the trap that stops it, nor go on after it: %s", (_, code) => {
    const text = `(module
      (global $after (export "after") (mut i32) (i32.const 0))
      (func $burn (loop (br 0)))
      (func (export "run") ${code} (global.set $after (i32.const 1))))`;
    const { exports, fuel } = startHardened(assemble(text), {}, 1e6);
    expect(outcome(() => exports.run())).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(true);
    expect(exports.after.value).toBe(0);
  });

  it("is told from one that traps by itself", () => {
    const text = `(module (func (export "run") (unreachable)))`;
    const { exports, fuel } = startHardened(assemble(text), {}, 1e6);
    expect(outcome(() => exports.run())).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(false);
  });
});

describe("fuel", () => {
  it("is one for all modules of a cell, also where they call one another in a circle", () => {
    const fuel = new Fuel();
    fuel.set(1e6);
    const first = start(
      harden(
        assemble(`(module (table (export "t") 1 funcref)
          (func (export "run") (return_call_indirect (i32.const 0))))`),
      ).bytes,
      added(fuel),
    );
    const second = assemble(`(module
      (import "first" "run" (func $run)) (import "first" "t" (table 1 funcref))
      (elem (i32.const 0) func $back)
      (func $back (return_call $run)))`);
    start(harden(second).bytes, { first, ...added(fuel) });
    expect(outcome(() => first.run())).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(true);
  });

  it("counts whole units beyond 32 bits", () => {
    const { exports, fuel } = startHardened(
      assemble(`(module (func (export "run") (loop (br_if 0 (i32.const 0)))))`),
    );
    fuel.set(2 ** 40 + 1);
    expect(fuel.get()).toBe(2 ** 40 + 1);
    exports.run();
    expect(fuel.get()).toBeLessThan(2 ** 40 + 1);
    expect(fuel.get()).toBeGreaterThan(2 ** 40 - 100);
  });

  it("is charged by the host too, and a guest can't catch that it ran out", () => {
    const fuel = new Fuel();
    fuel.set(100);
    fuel.charge(60);
    expect(fuel.get()).toBe(40);
    fuel.set(1e6);
    const text = `(module (import "host" "work" (func $work)) (func (export "run")
      (loop (block $c (try_table (catch_all $c) (call $work))) (br 0))))`;
    const guest = start(harden(assemble(text)).bytes, {
      host: { work: () => fuel.charge(10_000) },
      ...added(fuel),
    });
    expect(outcome(() => guest.run())).toEqual({ throws: "unreachable" });
    expect(fuel.spent).toBe(true);
  });
});
