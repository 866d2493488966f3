import { describe, expect, it } from "vitest";
import { CellMemory } from "../../../host/engine/cell/cell-memory.ts";
import type { CellMemoryLimits } from "../../../host/engine/cell/cell-memory-limits.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { CellLimits } from "../../../host/engine/engine.ts";
import { component } from "../../guests/engine-components.ts";

const mebibyte = 1024 * 1024;

/** A component that begins with so many pages and grows on demand; `more` goes into its module. */
function growing(pages: number, more = "") {
  return component(`
    (core module $Main (memory (export "memory") ${pages}) ${more}
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "trap") (unreachable)))
    (core instance $main (instantiate $Main))
    (func (export "grow") (param "pages" s32) (result s32) (canon lift (core func $main "grow")))
    (func (export "trap") (canon lift (core func $main "trap")))`);
}

async function host(limits: CellMemoryLimits, pages = 16, more = "", perCell: Partial<CellLimits> = {}) {
  const memory = new CellMemory(limits);
  const compiled = await createDirectEngine(memory).compile(growing(pages, more), perCell);
  return { memory, start: () => compiled.instantiate({}) };
}

const full = expect.objectContaining({ code: "no-capacity", status: 503 });

describe("a host with 24 MiB for cells", () => {
  const limits = { cellMemory: 24 * mebibyte };

  it("takes cells until they are used up, and then says what is wrong", async () => {
    const { memory, start } = await host(limits, 64);
    const cells = Array.from({ length: 6 }, start);
    expect(memory.inUse).toBe(24 * mebibyte);
    expect(cells.map((cell) => cell.memory)).toEqual(Array(6).fill(4 * mebibyte));
    expect(start).toThrow(
      expect.objectContaining({
        code: "no-capacity",
        facts: expect.objectContaining({
          limit: 24 * mebibyte,
          actual: 28 * mebibyte,
          retryAfter: 1,
          remedy: expect.stringContaining("cellMemory"),
          extra: { inUse: 24 * mebibyte, asked: 4 * mebibyte },
        }),
      }),
    );
    for (const cell of cells) expect(cell.function("grow")(0)).toBe(64);
    cells.pop()!.dispose();
    expect(start().memory).toBe(4 * mebibyte);
    expect(start).toThrow(full);
  });

  it("does not invite to try again what can never fit", async () => {
    const { start } = await host(limits, 500);
    expect(start).toThrow(
      expect.objectContaining({ facts: expect.not.objectContaining({ retryAfter: expect.anything() }) }),
    );
  });

  it("lets cells grow as far as there is room for all of them", async () => {
    const { memory, start } = await host(limits);
    const [first, second] = [start(), start()];
    expect(first.function("grow")(300)).toBe(16);
    expect(second.function("grow")(100)).toBe(-1);
    expect(second.function("grow")(-1)).toBe(-1);
    expect(memory.inUse).toBe((316 + 16) * 65_536);
    expect(second.function("grow")(52)).toBe(16);
    expect(memory.inUse).toBe(24 * mebibyte);
    expect(second.function("grow")(1)).toBe(-1);
    expect(second.function("grow")(0)).toBe(68);
    expect(start).toThrow(full);
    first.dispose();
    expect([first.memory, second.memory]).toEqual([0, 68 * 65_536]);
    expect(memory.inUse).toBe(68 * 65_536);
    expect(second.function("grow")(1)).toBe(68);
  });

  it("takes nothing for growth that fails at the cell's own limit", async () => {
    const { memory, start } = await host(limits, 16, "", { memory: 2 * mebibyte });
    const cell = start();
    expect(cell.function("grow")(17)).toBe(-1);
    expect(memory.inUse).toBe(mebibyte);
    expect(cell.function("grow")(16)).toBe(16);
  });

  it("counts what each of several memories grows by", async () => {
    const more = `(memory $second 1)
      (func (export "both") (drop (memory.grow 0 (i32.const 2))) (drop (memory.grow $second (i32.const 3))))
      (func $start (drop (memory.grow $second (i32.const 4)))) (start $start)`;
    const { memory, start } = await host(limits, 1, more);
    const cell = start();
    expect(cell.memory).toBe(6 * 65_536);
    expect(memory.inUse).toBe(6 * 65_536);
    expect(memory.cells).toBe(2);
    cell.dispose();
    expect(memory.inUse).toBe(0);
    expect(memory.cells).toBe(0);
  });

  it("gets everything back from a cell that trapped or could not start", async () => {
    const { memory, start } = await host(limits);
    const cell = start();
    cell.function("grow")(10);
    expect(cell.function("trap")).toThrow(expect.objectContaining({ code: "trap" }));
    expect([memory.inUse, memory.cells]).toEqual([0, 0]);

    const failing = `(func $start (drop (memory.grow (i32.const 20))) unreachable) (start $start)`;
    const compiled = await createDirectEngine(memory).compile(growing(16, failing));
    const running = start();
    running.function("grow")(5);
    for (let i = 0; i < 100; i++)
      expect(() => compiled.instantiate({})).toThrow(expect.objectContaining({ code: "trap" }));
    expect([memory.inUse, memory.cells]).toEqual([21 * 65_536, 1]);
  });

  it("gets back what a cell grew by after it was ended", async () => {
    const memory = new CellMemory(limits);
    const engine = createDirectEngine(memory);
    const compiled = await engine.compile(
      component(`(import "end" (func $end)) (core func $end' (canon lower (func $end)))
        (core module $Main (import "" "end" (func $end)) (memory 1)
          (func (export "run") (call $end) (drop (memory.grow (i32.const 300)))))
        (core instance $main (instantiate $Main (with "" (instance (export "end" (func $end'))))))
        (func (export "run") (canon lift (core func $main "run")))`),
    );
    const cell = compiled.instantiate({ $root: { end: () => cell.dispose() } });
    try {
      cell.function("run")();
    } catch {
      // Whether the call fails is not the point.
    }
    const large = await engine.compile(growing(380));
    expect(large.instantiate({}).memory).toBe(380 * 65_536);
  });
});

describe("a host that is full", () => {
  it("first asks those who hold idle cells to end some", async () => {
    const { memory, start } = await host({ cellMemory: 3 * mebibyte });
    const idle = [start(), start(), start()];
    const asked: number[] = [];
    const remove = memory.addReclaimer((bytes) => {
      asked.push(bytes);
      const cell = idle.pop();
      cell?.dispose();
      return cell !== undefined;
    });
    // Claims to have helped, and has not.
    memory.addReclaimer(() => true);
    start();
    expect(asked).toEqual([mebibyte]);
    expect(idle).toHaveLength(2);
    start();
    start();
    expect(start).toThrow(full);
    remove();
    asked.length = 0;
    expect(start).toThrow(full);
    expect(asked).toEqual([]);
  });

  it("of cells refuses more, however small", async () => {
    const { memory, start } = await host({ cells: 3 }, 0);
    const cells = [start(), start(), start()];
    expect(start).toThrow(
      expect.objectContaining({ code: "no-capacity", facts: expect.objectContaining({ limit: 3 }) }),
    );
    const remove = memory.addReclaimer(() => {
      cells.pop()?.dispose();
      return true;
    });
    start();
    remove();
    expect(memory.cells).toBe(3);
  });
});

describe("a component that begins with more than a cell may have", () => {
  const engine = createDirectEngine();
  const twice = (memory: string) =>
    component(`(core module $M (memory ${memory})) ${"(core instance (instantiate $M))".repeat(2)}`);

  it.each([
    ["in one memory", growing(64), { memory: mebibyte }, 4 * mebibyte, "limits.memory"],
    ["in several instances", twice("10"), { memory: mebibyte }, 20 * 65_536, "limits.memory"],
    ["in tables", growing(1, "(table 100 funcref)"), { tableElements: 50 }, 100, "limits.tableElements"],
  ])("is refused: %s", async (_, given, limits, actual, remedy) => {
    await expect(engine.compile(given, limits)).rejects.toMatchObject({
      code: "component-limit",
      facts: {
        limit: Object.values(limits)[0],
        actual,
        remedy: expect.stringContaining(remedy),
      },
    });
  });

  it("runs with higher limits, and with none given by default", async () => {
    const given = growing(64);
    expect((await engine.compile(given)).instantiate({}).memory).toBe(4 * mebibyte);
    const cell = (await engine.compile(given, { memory: 5 * mebibyte })).instantiate({});
    expect(cell.function("grow")(17)).toBe(-1);
    expect(cell.function("grow")(16)).toBe(64);
  });

  it("shares the limit among its modules by what they need", async () => {
    const text = (first: number, second: number) => `
      (core module $A (memory ${first}) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
      (core module $B (memory ${second} ${second}))
      (core instance $a (instantiate $A)) (core instance (instantiate $B))
      (func (export "grow") (param "pages" s32) (result s32) (canon lift (core func $a "grow")))`;
    const cell = (await engine.compile(component(text(12, 1)), { memory: mebibyte })).instantiate({});
    expect(cell.function("grow")(4)).toBe(-1);
    expect(cell.function("grow")(3)).toBe(12);
  });
});

describe("compiled code", () => {
  it("is the same for the same limits, and not for others", async () => {
    const engine = createDirectEngine();
    const given = growing(1);
    const usual = await engine.compile(given);
    expect(await engine.compile(given, {})).toBe(usual);
    expect(await engine.compile(given, { memory: 64 * mebibyte })).toBe(usual);
    expect(await engine.compile(given, { memory: 2 * mebibyte })).not.toBe(usual);
    expect(await engine.compile(given, { tableElements: 10 })).not.toBe(usual);
  });
});

describe("a process without addresses left", () => {
  it("refuses a cell and goes on", async () => {
    const { memory, start } = await host({ cellMemory: 2 ** 40 }, 1);
    const hoard: WebAssembly.Memory[] = [];
    expect(() => {
      for (;;) hoard.push(new WebAssembly.Memory({ initial: 1, maximum: 1024 }));
    }).toThrow(RangeError);
    expect(start).toThrow(full);
    expect([memory.inUse, memory.cells]).toEqual([0, 0]);
  });

  it("is not what becomes of making and ending cells for long", async () => {
    const { memory, start } = await host({ cellMemory: 24 * mebibyte, cells: 20 });
    // Each cell takes and gives back 10 GiB of addresses, of which a process has 128 TiB: that takes as long as the system likes.
    for (let i = 0; i < 14_000; i++) start().dispose();
    expect(memory.inUse).toBe(0);
  }, 600_000);
});
