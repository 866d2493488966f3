import { describe, expect, it } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { CellMemory } from "../../../host/engine/cell/cell-memory.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { defaultLimits } from "../../../host/registry/plugin-limits.ts";
import { component } from "../../guests/engine-components.ts";
import { coreModule, startBombs, starting } from "../../guests/start-bombs.ts";
import { refusal } from "../../support/thrown.ts";

const MiB = 2 ** 20;

function hostOf(heapBytes = 512 * MiB) {
  const heap = new HeapAccount(heapBytes);
  const memory = new CellMemory({ cellMemory: 256 * MiB }, heap);
  return { heap, memory, engine: createDirectEngine(memory) };
}

describe("starting a cell is paid for", () => {
  it.each(startBombs)("$name", async ({ bytes, refused }) => {
    const { heap, memory, engine } = hostOf();
    const binary = bytes();
    const inspected = inspectComponent(binary, defaultLimits);
    if (refused === "component-limit") {
      await expect(engine.compile(inspected, defaultLimits)).rejects.toMatchObject({
        code: "component-limit",
        facts: { subject: "links", limit: 300_000, actual: expect.any(String), remedy: expect.any(String) },
      });
      return;
    }
    const compiled = await engine.compile(inspected, defaultLimits);
    if (refused) {
      const { code, facts } = refusal(() => compiled.instantiate({}, defaultLimits));
      expect(code).toBe("out-of-fuel");
      expect(facts).toMatchObject({
        limit: defaultLimits.fuel,
        remedy: expect.stringContaining("limits.fuel"),
      });
      expect(facts.actual).toBeGreaterThan(defaultLimits.fuel);
      // Before anything was made.
      expect([heap.inUse, memory.cells]).toEqual([0, 0]);
      return;
    }
    const cell = compiled.instantiate({}, defaultLimits);
    expect(cell.fuelUsed).toBeGreaterThan(100_000);
    expect(heap.inUse).toBeGreaterThan(0);
    cell.function("go")();
    cell.dispose();
    expect([heap.inUse, memory.cells, memory.inUse]).toEqual([0, 0, 0]);
  });

  it("costs more the more there is to make, and where it was not spent, it is left to start functions", async () => {
    const { engine } = hostOf();
    const used = async (globals: number) => {
      const bytes = starting([coreModule({ globals })], [{ module: 0, times: 1 }]);
      return (await engine.compile(inspectComponent(bytes))).instantiate({}).fuelUsed;
    };
    expect((await used(40_000)) - (await used(10))).toBeGreaterThan(1_000_000);
    const spinning = component(`
      (core module $m (func $f (loop (br 0))) (start $f)) (core instance (instantiate $m))`);
    const { code, facts } = refusal(await instantiating(spinning, { fuel: 50_000 }));
    expect([code, facts.limit]).toEqual(["out-of-fuel", 50_000]);
  });

  it("lets small cells start, however little a call may spend", async () => {
    const { engine } = hostOf();
    const bytes = starting([coreModule({ functions: 50, exports: 20 })], [{ module: 0, times: 1 }]);
    const cell = (await engine.compile(inspectComponent(bytes))).instantiate({}, { fuel: 1_000 });
    cell.carryOver();
    cell.function("go")();
    expect(cell.alive).toBe(true);
  });

  it("and what a call in the same turn spends comes out of the same budget", async () => {
    const fuel = 40_000_000;
    const told = { fuel: 0 };
    const spinning = component(`
      (core module $m ${Array.from({ length: 3_000 }, (_, i) => `(func (export "f${i}"))`).join("")}
        (func (export "spin") (loop (br 0))))
      (core instance $i (instantiate $m))
      (func (export "spin") (canon lift (core func $i "spin")))`);
    const spent = (await hostOf().engine.compile(spinning)).instantiate({}, { fuel, starting: told });
    const started = spent.fuelUsed;
    expect(started).toBeGreaterThan(16_000_000);
    expect(told.fuel).toBe(started);
    spent.carryOver();
    const { code, facts } = refusal(() => spent.function("spin")());
    expect([code, facts.limit]).toEqual(["out-of-fuel", fuel]);
    expect(spent.fuelUsed).toBeLessThan(fuel + started / 2);
  });

  it("says what it used where it fails, too", async () => {
    const told = { fuel: 0 };
    const stillborn = component(
      `(core module $m (func $f unreachable) (start $f)) (core instance (instantiate $m))`,
    );
    refusal(await instantiating(stillborn, { starting: told }));
    expect(told.fuel).toBeGreaterThan(10_000);
  });
});

async function instantiating(guest: ReturnType<typeof component>, options: object) {
  const compiled = await hostOf().engine.compile(guest);
  return () => compiled.instantiate({}, options);
}

describe("what a cell takes of the heap", () => {
  const table = () => starting([coreModule({ tables: [60_000] })], [{ module: 0, times: 1 }]);

  it("is taken before it is made, given back when it ends, and refused where there is no more", async () => {
    const { heap, memory, engine } = hostOf(4 * MiB);
    const compiled = await engine.compile(inspectComponent(table()));
    const cells = [compiled.instantiate({}), compiled.instantiate({})];
    expect(heap.inUse).toBeGreaterThan(2 * 60_000 * 24);
    const { code, status, facts } = refusal(() => compiled.instantiate({}));
    expect([code, status]).toEqual(["no-capacity", 503]);
    expect(facts).toMatchObject({
      limit: 4 * MiB,
      actual: expect.any(Number),
      retryAfter: 1,
      remedy: expect.any(String),
    });
    expect(memory.cells).toBe(2);
    cells.shift()!.dispose();
    expect(compiled.instantiate({}).alive).toBe(true);
  });

  it("makes idle cells give way", async () => {
    const { memory, engine } = hostOf(4 * MiB);
    const compiled = await engine.compile(inspectComponent(table()));
    const idle = [compiled.instantiate({}), compiled.instantiate({})];
    memory.addReclaimer(() => {
      const cell = idle.pop();
      cell?.dispose();
      return cell !== undefined;
    });
    expect(compiled.instantiate({}).alive).toBe(true);
    expect(idle).toHaveLength(1);
  });

  it("counts tables as large as they may grow", async () => {
    const { heap, engine } = hostOf();
    const growing = component(`
      (core module $m (table 1 funcref)
        (func (export "grow") (result i32) (table.grow (ref.null func) (i32.const 60000))))
      (core instance $i (instantiate $m))
      (func (export "grow") (result s32) (canon lift (core func $i "grow")))`);
    const cell = (await engine.compile(growing)).instantiate({});
    const before = heap.inUse;
    expect(before).toBeGreaterThan(65_000 * 24);
    expect(cell.function("grow")()).toBe(1);
    expect(heap.inUse).toBe(before);
  });

  it("grows with the handles that it holds, which are refused where there is no room", async () => {
    const { heap, engine } = hostOf(1 * MiB);
    const holding = component(`
      (type $thing (resource (rep i32))) (core func $new (canon resource.new $thing))
      (core module $m (import "e" "new" (func $new (param i32) (result i32)))
        (func (export "hold") (param i32)
          (loop (drop (call $new (i32.const 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
      (core instance $i (instantiate $m (with "e" (instance (export "new" (func $new))))))
      (func (export "hold") (param "count" u32) (canon lift (core func $i "hold")))`);
    const cell = (await engine.compile(holding)).instantiate({});
    const before = heap.inUse;
    cell.function("hold")(5_000);
    expect(heap.inUse).toBeGreaterThan(before + 5_000 * 64);
    expect(refusal(() => cell.function("hold")(20_000))).toMatchObject({
      code: "trap",
      message: expect.stringContaining("no room for more than"),
    });
    expect(heap.inUse).toBe(0);
  });
});
