import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import type { Component } from "../../host/component/component.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { Placement, PlacementMode } from "../../host/placement/placement.ts";
import { Restarts } from "../../host/placement/restarts.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { component } from "../guests/engine-components.ts";
import { refusal } from "../support/thrown.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
/** What was placed has a timer in common with others' until it is closed: theirs would be of this file's making. */
const open: Placement[] = [];
afterEach(() => {
  for (const placement of open.splice(0)) placement.close();
  vi.useRealTimers();
});

/** Traps when it is told to; begins with so many exported functions, made 30 times. */
const trapping = (functions: number) =>
  component(`
    (core module $Weight ${Array.from({ length: functions }, (_, i) => `(func (export "f${i}"))`).join("")})
    (component $Heavy (alias outer 1 $Weight (core module $W)) (core instance (instantiate $W)))
    ${"(instance (instantiate $Heavy))".repeat(30)}
    (core module $m (func (export "go") (param i32) (if (local.get 0) (then unreachable))))
    (core instance $i (instantiate $m))
    (func (export "go") (param "trap" bool) (canon lift (core func $i "go")))`);

async function placed(guest: Component, mode: PlacementMode) {
  const placement = await placeInline({
    compiled: await createDirectEngine().compile(guest),
    supply: linkImports(guest.world, parseGrants({})).supply(),
    recipient: { plugin: "guest", log() {} },
    mode,
    limits: defaultLimits,
  });
  open.push(placement);
  const { key, type } = exportedFunctions(guest.world)[0]!;
  const go = placement.bind(key, type);
  return (trap: boolean) => {
    const usage = { fuel: 0 };
    try {
      return { value: go([trap], usage), fuel: usage.fuel };
    } catch (error) {
      return {
        error: refusal(() => {
          throw error;
        }),
        fuel: usage.fuel,
      };
    }
  };
}

describe.each(["shared", "fresh"] as const)("a plugin that traps again and again (%s)", (mode) => {
  it("is started again at once where that costs little", async () => {
    const go = await placed(trapping(1), mode);
    for (let i = 0; i < 50; i++) expect(go(true).error).toMatchObject({ code: "trap" });
    expect(go(false)).toMatchObject({ value: undefined });
  });

  it("pays for every start, and waits for ever more of them, until a call goes well", async () => {
    const go = await placed(trapping(2_000), mode);
    const started = 30 * 2_000 * 1_000;
    expect(go(true)).toMatchObject({ error: { code: "trap" } });
    let waited = 0;
    for (let i = 0; i < 20; i++) {
      const paused = go(true);
      if (paused.error?.code !== "backing-off") {
        expect(paused.error).toMatchObject({ code: "trap" });
        expect(paused.fuel).toBeGreaterThan(started);
        continue;
      }
      expect(paused.fuel).toBe(0);
      const { retryAfter, limit, actual, remedy } = paused.error.facts;
      expect([limit, actual, remedy]).toEqual([expect.any(String), expect.any(String), expect.any(String)]);
      expect(paused.error.status).toBe(503);
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      waited += retryAfter!;
      vi.advanceTimersByTime(retryAfter! * 1000);
    }
    expect(waited).toBeGreaterThan(8);
    vi.advanceTimersByTime(30_000);
    // It goes well, and is forgiven.
    expect(go(false)).toMatchObject({ value: undefined });
    expect(go(true).error).toMatchObject({ code: "trap" });
    vi.advanceTimersByTime(1_000);
    expect(go(false).value).toBe(undefined);
  });
});

describe("pauses", () => {
  it("double with every cell that ends, up to half a minute, and end with success", () => {
    const restarts = new Restarts("guest");
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      restarts.ended(4e9);
      const { code, facts } = refusal(() => restarts.require());
      expect([code, facts.subject]).toEqual(["backing-off", "guest"]);
      pauses.push(facts.retryAfter!);
      vi.advanceTimersByTime(facts.retryAfter! * 1000);
      restarts.require();
    }
    expect(pauses).toEqual([1, 2, 4, 7, 13, 26, 26, 26, 26]);
    restarts.succeeded();
    restarts.ended(4e9);
    expect(refusal(() => restarts.require()).facts.retryAfter).toBe(1);
  });

  it("are left out where starting costs next to nothing", () => {
    const restarts = new Restarts("guest");
    for (let i = 0; i < 1_000; i++) restarts.ended(100_000);
    restarts.require();
  });
});
