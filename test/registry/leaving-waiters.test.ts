/** Calls that wait for something else than their plugin's own calls, and whose callers leave. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { processBounds } from "../../host/bounds/cell-bounds.ts";
import { createHost } from "../../host/host.ts";
import { Turns, tooManyCalls } from "../../host/placement/turns.ts";
import { CallsInFlight } from "../../host/registry/traffic/calls-in-flight.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { bindAll, closeAll, place } from "../support/placed-guest.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

afterAll(closeAll);
const reason = new Error("gone");
const soon = () => performance.now() + 20;

describe("while state is handed over, a call", () => {
  it("leaves when its caller does, or at its deadline, and the others go on to the successor", async () => {
    const gate = new CallsInFlight<string>("p", () => {});
    const goOn = gate.hold();
    const controller = new AbortController();
    const left = gate.wait({ signal: controller.signal }, "go");
    const late = gate.wait({ deadline: soon() }, "go");
    const stays = gate.wait({ signal: new AbortController().signal }, "go");
    controller.abort(reason);
    expect(await refusalOf(left)).toMatchObject({ code: "cancelled", cause: reason });
    expect(await refusalOf(late)).toMatchObject({ code: "timeout" });
    goOn("successor");
    expect(await stays).toBe("successor");
  });
});

describe("of a version that is retired, a call", () => {
  it("that ends after its time releases nothing again", async () => {
    vi.useFakeTimers();
    try {
      let released = 0;
      const gate = new CallsInFlight<string>("p", () => void released++);
      gate.enter();
      const retired = gate.retire();
      vi.advanceTimersByTime(60_000);
      await retired;
      gate.leave();
      expect(released).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("in a queue, a call", () => {
  it("that leaves takes nobody's turn, and one that has its turn keeps it", async () => {
    const turns = new Turns(1, 10, tooManyCalls("p"));
    const controller = new AbortController();
    expect(turns.take({ signal: controller.signal })).toBeUndefined();
    const waiting = turns.take({ signal: controller.signal }, "go")!;
    const next = turns.take()!;
    controller.abort(reason);
    expect(await refusalOf(waiting)).toMatchObject({ code: "cancelled", facts: { subject: "go" } });
    turns.give();
    await next;
    expect(turns.full).toBe(true);
    turns.give();
    expect(turns.full).toBe(false);
  });
});

describe("while another process is started for it, a call", () => {
  it("leaves when its caller does, and the process takes the next one", async () => {
    const placement = await place({ mode: "fresh", processes: 2 });
    const call = bindAll(placement);
    const spinning = call("spin", []).catch(() => {});
    const controller = new AbortController();
    const left = call("count", [], { fuel: 0, signal: controller.signal });
    controller.abort(reason);
    expect(await refusalOf(left)).toMatchObject({ code: "cancelled", facts: { extra: { began: false } } });
    expect(await call("count", [])).toBe(1);
    expect(placement.pids).toHaveLength(2);
    placement.close();
    await spinning;
  });

  it("whose caller has left before has none started", async () => {
    const placement = await place({ mode: "fresh", processes: 2 });
    const call = bindAll(placement);
    const spinning = call("spin", []).catch(() => {});
    const left = call("count", [], { fuel: 0, signal: AbortSignal.abort(reason) });
    expect(await refusalOf(left)).toMatchObject({ code: "cancelled", facts: { extra: { began: false } } });
    // A process is there as soon as there is room for it, which there is.
    await new Promise(setImmediate);
    expect(placement.pids).toHaveLength(1);
    placement.close();
    await spinning;
  });

  it("is told apart in its process from those before it, and the process goes on", async () => {
    const placement = await place({ mode: "fresh", processes: 1 });
    const call = bindAll(placement);
    const [pid] = placement.pids;
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const left = call("count", [], { fuel: 0, signal: controller.signal });
      controller.abort(reason);
      // Its answer may have been on its way.
      await left.catch((error: unknown) => expect(error).toMatchObject({ code: "cancelled" }));
    }
    expect(await call("count", [])).toBe(1);
    expect(placement.pids).toEqual([pid]);
  });

  it("whose deadlines end one process after the other keeps nobody else from having one", async () => {
    const call = bindAll(await place({ mode: "fresh", processes: 1 }));
    // One more than may die over their first call. They last until their caller has a process: else it would leave before.
    for (let i = 0; i <= processBounds.deaths.value; i++) {
      const context = { fuel: 0, deadline: performance.now() + 500 };
      expect(await refusalOf(call("spin", [], context))).toMatchObject({ code: "timeout" });
    }
    expect(await call("count", [])).toBe(1);
  });

  it("costs no more than its time where its process ends at its deadline", async () => {
    const placement = await place();
    const context = { fuel: 0, deadline: performance.now() + 100 };
    expect(await refusalOf(bindAll(placement)("spin", [], context))).toMatchObject({ code: "timeout" });
    expect(context.fuel).toBeGreaterThan(0);
    expect(context.fuel).toBeLessThan(1e12);
  });
});

describe("while its plugin wakes, a call", () => {
  it("leaves when its caller does, or at its deadline, and the plugin wakes all the same", async () => {
    const data = await mkdtemp(join(tmpdir(), "hotcell-leaving-"));
    const settings = { placement: "process", grants: { clocks: true, logging: true } } as const;
    const first = await createHost({ data, log: () => {} });
    await first.registry.deploy("waits", waitingGuest(), { settings });
    await first.close();
    const { registry, close } = await createHost({ data, log: () => {} });
    const controller = new AbortController();
    const left = registry.callJson("waits", "count", [], { signal: controller.signal });
    const late = registry.callJson("waits", "count", [], { deadline: performance.now() + 1 });
    controller.abort(reason);
    expect(await refusalOf(left)).toMatchObject({ code: "cancelled", cause: reason });
    expect(await refusalOf(late)).toMatchObject({ code: "timeout" });
    expect(await registry.callJson("waits", "count")).toBe(1);
    await until(() => registry.details("waits").counters.inFlight === 0);
    expect(registry.details("waits").counters).toMatchObject({ calls: 1, traps: 0 });
    await close();
    await rm(data, { recursive: true });
  });
});
