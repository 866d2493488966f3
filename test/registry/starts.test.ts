import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Engines } from "../../host/engine/engines.ts";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import type { Placement } from "../../host/placement/placement.ts";
import { Placements, type PlaceOptions } from "../../host/placement/placements.ts";
import { ProcessBudget } from "../../host/placement/process/budget.ts";
import { placeInProcess } from "../../host/placement/process/process.ts";
import { Starter } from "../../host/registry/deploy/starter.ts";
import { EventLog } from "../../host/registry/event-log.ts";
import { openRegistry } from "../../host/registry/registry.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { component } from "../guests/small-plugins.ts";
import { coreModule, startBombs, starting, unfolded } from "../guests/start-bombs.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";
import { until } from "../support/processes.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function host(options: HostOptions = {}): Promise<Host> {
  const made = await createHost({ log: () => {}, ...options });
  open.push(() => made.close());
  return made;
}

const spinning = (turns: number) =>
  component(`
    (core module $m
      (func $f (local i32) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const ${turns})))))
      (start $f)
      (func (export "go")))
    (core instance $i (instantiate $m))
    (func (export "go") (canon lift (core func $i "go")))`);

describe("an upload whose start is too dear", () => {
  const dear = startBombs.find(({ refused }) => refused === "out-of-fuel")!;

  it("is refused, with what it would take; what was live serves on", async () => {
    const { registry, heap } = await host();
    await registry.deploy("guest", exampleWasm("greet"));
    const before = heap.inUse;
    for (const dryRun of [true, false]) {
      const error = await registry
        .deploy("guest", dear.bytes(), { allowBreaking: true, dryRun })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "trial-failed",
        status: 400,
        facts: {
          subject: "guest",
          limit: 3e9,
          actual: expect.any(Number),
          remedy: expect.any(String),
          extra: { reason: "out-of-fuel" },
        },
      });
    }
    // Once the refusals are in the log.
    await until(() => heap.inUse === before);
    expect(await awake(registry.callable("guest", "greet")).call(["Ada"])).toContain("Ada");
  });

  it("and starts where its limits allow it", async () => {
    const { registry } = await host();
    const bytes = unfolded([coreModule({ exports: 9_000 })], [{ module: 0, times: 1 }], 20);
    await expect(
      registry.deploy("guest", bytes, { settings: { limits: { fuel: 1_000_000 } } }),
    ).rejects.toMatchObject({ code: "trial-failed" });
    await registry.deploy("guest", bytes, { settings: { limits: { fuel: 400_000_000 } } });
    // What its starts used is counted.
    expect(registry.details("guest").counters.fuel).toBeGreaterThan(20 * 9_000 * 100);
  });
});

it("starts of one plugin, by uploads too, are bounded in a second", async () => {
  const { registry } = await host();
  const settings = { limits: { fuel: 60_000_000, fuelPerSecond: 1_000 } };
  await registry.deploy("guest", spinning(2_000_000), { settings });
  // A call is not refused for it, and neither is the first upload while anything is left.
  await awake(registry.callable("guest", "go")).call([]);
  const deploy = (turns: number) => registry.deploy("guest", spinning(turns), { dryRun: true });
  const errors: unknown[] = [];
  for (let i = 1; i < 30; i++) errors.push(await deploy(2_000_000 + i).catch((error: unknown) => error));
  expect(errors.at(-1)).toMatchObject({
    code: "fuel-rate",
    status: 429,
    facts: { subject: "limits.fuelPerSecond", retryAfter: expect.any(Number) },
  });
  expect(await awake(registry.callable("guest", "go")).call([])).toBe(undefined);
});

it("a stored version that does not start is not tried again for every call", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-starts-"));
  open.push(() => rm(data, { recursive: true, force: true }));
  {
    await using first = await createHost({ data, log: () => {} });
    await first.registry.deploy("guest", spinning(2_000_000));
  }
  await using second = await createHost({ data, log: () => {}, ceilings: { fuel: 1_000_000 } });
  const codes: unknown[] = [];
  for (let i = 0; i < 8; i++) {
    await second.registry.wake("guest")!.catch((error: { code: string; facts: object }) => {
      codes.push(error.code);
      if (error.code === "backing-off") expect(error.facts).toMatchObject({ retryAfter: expect.any(Number) });
    });
  }
  expect(codes[0]).toBe("trial-failed");
  expect(codes.at(-1)).toBe("backing-off");
  // An upload mends it at once.
  await second.registry.deploy("guest", exampleWasm("greet"), { allowBreaking: true });
  expect(await awake(second.registry.callable("guest", "greet")).call(["Ada"])).toContain("Ada");
});

it("a process that the machine has no time to launch is not held against the component", async () => {
  class BusyMachine extends Placements {
    override place(options: PlaceOptions): Promise<Placement> {
      const { limits } = options;
      const { logBytes } = limits;
      // In a millisecond nothing is launched.
      const late = { startTime: 1, budget: new ProcessBudget(), cells: limits, logBytes, log: () => {} };
      return placeInProcess({ ...options, ...late });
    }
  }
  const store = createMemoryStore();
  const engines = new Engines();
  const events = new EventLog(store);
  const starter = new Starter(new BusyMachine(engines, () => {}));
  const registry = await openRegistry({ starter, store, events, ceilings: {} });
  open.push(
    () => engines.close(),
    () => events.close(),
    () => registry.close(),
  );
  const settings = { placement: "process" } as const;
  await expect(registry.deploy("guest", exampleWasm("greet"), { settings })).rejects.toMatchObject({
    code: "timeout",
    facts: { retryAfter: 1, remedy: "Try again when the machine has less to do." },
  });
});

describe("what a host keeps for its plugins", () => {
  it("is on one account, and given back with them", async () => {
    const { registry, heap } = await host();
    expect(heap.inUse).toBe(0);
    const large = starting([coreModule({ functions: 5_000, exports: 5_000 })], [{ module: 0, times: 1 }]);
    await registry.deploy("guest", large, { settings: { env: { text: "x".repeat(100_000) } } });
    const taken = heap.inUse;
    // Its bytes, its code, its functions, its record.
    expect(taken).toBeGreaterThan(large.length + 5_000 * 300 + 100_000);
    await registry.deploy("guest", exampleWasm("greet"), { allowBreaking: true, settings: {} });
    expect(heap.inUse).toBeLessThan(taken / 2);
    await registry.remove("guest");
    // That there was one is remembered.
    expect(heap.inUse).toBeLessThan(10_000);
  });

  it("is bounded: more plugins than it has room for are refused, and those there serve on", async () => {
    const { registry, heap } = await host();
    // What is left is for some.
    heap.take(heap.left - 2_000_000, "somebody else");
    const refused: unknown[] = [];
    let admitted = 0;
    for (let i = 0; refused.length < 5; i++) {
      await registry.deploy(`guest-${i}`, spinning(10 + i)).then(
        () => admitted++,
        (error: unknown) => refused.push(error),
      );
    }
    expect(admitted).toBeGreaterThan(20);
    for (const error of refused) {
      expect(error).toMatchObject({
        code: "no-capacity",
        status: 503,
        facts: { limit: heap.limit, actual: expect.any(Number), remedy: expect.any(String) },
      });
    }
    expect(registry.list()).toHaveLength(admitted);
    await awake(registry.callable("guest-0", "go")).call([]);
    const before = heap.inUse;
    for (let i = 0; i < admitted; i++) await registry.remove(`guest-${i}`);
    expect(heap.inUse).toBeLessThan(before - admitted * 10_000);
    await registry.deploy("late", exampleWasm("greet"));
  });
});
