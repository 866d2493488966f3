/** Guests that are refused memory or table elements: what their calls come to, and what is no matter of memory. */
import { describe, expect, it } from "vitest";
import { CellMemory } from "../../../host/engine/cell/cell-memory.ts";
import type { CellMemoryLimits } from "../../../host/engine/cell/cell-memory-limits.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { CellLimits, CellOptions } from "../../../host/engine/engine.ts";
import type { HotcellError } from "../../../host/errors.ts";
import { component } from "../../guests/engine-components.ts";

const page = 65_536;
const limits = { memory: 4 * page, tableElements: 100 };

interface Setting {
  /** What the core module has besides `go`. */
  readonly more?: string;
  /** Of its memory, in pages. */
  readonly size?: string;
  readonly type?: string;
  readonly perCell?: Partial<CellLimits>;
  readonly host?: CellMemoryLimits;
  readonly options?: Partial<CellOptions>;
}

/** A cell of a component whose `go` has this body. */
async function start(body: string, setting: Setting = {}) {
  const { more = "", size = "1", type = "", perCell = limits, host = {}, options = {} } = setting;
  const bytes = component(`
    (core module $Main (memory (export "memory") ${size}) (table $t 1 funcref) ${more}
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (drop (memory.grow (i32.const 100))) (i32.const 0))
      (func (export "go") ${body}))
    (core instance $main (instantiate $Main))
    (alias core export $main "memory" (core memory $memory))
    (alias core export $main "realloc" (core func $realloc))
    (func (export "go") ${type} (canon lift (core func $main "go") (memory $memory) (realloc $realloc)))`);
  const compiled = await createDirectEngine(new CellMemory(host)).compile(bytes, perCell);
  return compiled.instantiate({}, { plugin: "shop", ...options });
}

/** What a call comes to that throws. */
async function failure(body: string, setting: Setting = {}, args: unknown[] = []): Promise<HotcellError> {
  const cell = await start(body, setting);
  try {
    cell.function("go")(...args);
  } catch (thrown) {
    expect(cell.alive).toBe(false);
    return thrown as HotcellError;
  }
  throw new Error("it did not fail");
}

const grow = (pages: number) => `(drop (memory.grow (i32.const ${pages})))`;

describe("a guest that is refused memory and ends over it", () => {
  it("is told as out of memory: who, where, the limit, what it had and what it asked for", async () => {
    const error = await failure(`${grow(2)} ${grow(2)} unreachable`);
    expect(error).toMatchObject({
      code: "out-of-memory",
      status: 502,
      message:
        'shop ran out of memory while calling "go": it had 196608 bytes and asked for 131072 more, but limits.memory is 262144. Then it ended: unreachable.',
      facts: {
        subject: "go",
        setting: "limits.memory",
        limit: 4 * page,
        actual: 5 * page,
        remedy: "Use less in one call, or raise limits.memory in its settings.",
        extra: { had: 3 * page, asked: 2 * page, stack: [expect.stringContaining("wasm-function")] },
      },
    });
  });

  it.each([
    ["asking for less at last, as AssemblyScript does", `${grow(9)} ${grow(4)} unreachable`, 4],
    [
      "writing where it thinks it has memory",
      `${grow(4)} (i32.store (i32.const ${2 * page}) (i32.const 1))`,
      4,
    ],
    ["filling it", `${grow(4)} (memory.fill (i32.const ${page}) (i32.const 0) (i32.const 9))`, 4],
    ["throwing", `${grow(4)} (throw $bad)`, 4],
    ["a few hundred instructions later", `${grow(4)} ${"(drop (i32.const 1))".repeat(500)} unreachable`, 4],
    [
      "in a loop that calls nothing",
      `(local i32) (loop (local.set 0 (memory.grow (i32.const 1))) (br_if 0 (i32.ge_s (local.get 0) (i32.const 0)))) unreachable`,
      1,
    ],
  ])("%s", async (_, body, asked) => {
    const error = await failure(body, { more: "(tag $bad)" });
    expect(error).toMatchObject({ code: "out-of-memory", facts: { extra: { asked: asked * page } } });
  });

  it("while it starts", async () => {
    const starting = start("", { more: `(func $start ${grow(4)} unreachable) (start $start)` });
    await expect(starting).rejects.toMatchObject({
      code: "out-of-memory",
      message: expect.stringContaining("shop ran out of memory while starting: it had 65536 bytes"),
      facts: { limit: 4 * page },
    });
  });

  it("while it makes room for an argument: it traps, gives no address, or one beyond", async () => {
    const type = '(param "text" string)';
    const body = "(param i32 i32)";
    expect(await failure(body, { type }, ["Ada"])).toMatchObject({
      code: "out-of-memory",
      message: expect.stringMatching(/realloc found no memory\.$/),
      facts: { extra: { asked: 100 * page } },
    });
  });

  it("passes on a pointer to what it did not get", async () => {
    const body = `(result i32) ${grow(9)} (i32.store (i32.const 8) (i32.const ${2 * page}))
      (i32.store (i32.const 12) (i32.const 5)) (i32.const 8)`;
    expect(await failure(body, { type: "(result string)" })).toMatchObject({
      code: "out-of-memory",
      message: expect.stringContaining("a string that lies outside its memory"),
    });
  });

  it("is told when it is its own maximum that ends it, which no setting raises", async () => {
    expect(await failure(`${grow(2)} unreachable`, { size: "1 2" })).toMatchObject({
      code: "out-of-memory",
      message: expect.stringContaining("the component itself says that it may have no more than 131072"),
      facts: { limit: 2 * page, remedy: expect.stringContaining("build it with a larger maximum") },
    });
  });

  it("is told when no memory could be so large", async () => {
    const error = await failure(`${grow(-1)} unreachable`);
    expect(error).toMatchObject({
      code: "out-of-memory",
      facts: { actual: 2 ** 48, remedy: "Ask for less at once: limits.memory is 262144." },
    });
    expect(error.facts.setting).toBeUndefined();
  });

  it("is told of its share, where it has several memories", async () => {
    const error = await failure(`${grow(2)} unreachable`, { more: "(memory $other 1)" });
    expect(error).toMatchObject({
      code: "out-of-memory",
      message: expect.stringContaining("limits.memory is 262144, of which this part of it may have 131072"),
    });
  });

  it("is told when it is the host that has no room, which is not its doing", async () => {
    const error = await failure(`${grow(3)} unreachable`, { host: { cellMemory: 3 * page } });
    expect(error).toMatchObject({
      code: "no-capacity",
      status: 503,
      message: expect.stringContaining(
        "of the 196608 bytes that the host has for all cells 65536 are in use",
      ),
      facts: {
        limit: 3 * page,
        remedy: "Use less in one call, or raise the host's cellMemory (HOTCELL_CELL_MEMORY).",
      },
    });
    expect(error.facts.retryAfter).toBeUndefined();
  });

  it("is told to try again when others have ended, where that would help", async () => {
    const memory = new CellMemory({ cellMemory: 3 * page });
    const compiled = await createDirectEngine(memory).compile(
      component(`(core module $Main (memory 1) (func (export "go") ${grow(2)} unreachable))
        (core instance $main (instantiate $Main)) (func (export "go") (canon lift (core func $main "go")))`),
      limits,
    );
    const [one, other] = [compiled.instantiate({}), compiled.instantiate({})];
    expect(() => one.function("go")()).toThrow(
      expect.objectContaining({
        code: "no-capacity",
        facts: expect.objectContaining({
          retryAfter: 1,
          remedy: expect.stringContaining("Try again when other cells have ended"),
        }),
      }),
    );
    other.dispose();
    expect(() => compiled.instantiate({}).function("go")()).toThrow(
      expect.objectContaining({ code: "trap" }),
    );
  });

  it("of table elements, the same", async () => {
    const body = "(drop (table.grow $t (ref.null func) (i32.const 100)))";
    for (const end of ["unreachable", "(table.set $t (i32.const 100) (ref.null func))"]) {
      expect(await failure(`${body} ${end}`)).toMatchObject({
        code: "out-of-memory",
        message: expect.stringContaining(
          'shop ran out of table elements while calling "go": it had 1 elements and asked for 100 more, but limits.tableElements is 100',
        ),
        facts: { setting: "limits.tableElements", limit: 100, actual: 101 },
      });
    }
  });
});

describe("what is no matter of memory", () => {
  const elsewhere = "(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
  it.each([
    ["a trap of another kind", `${grow(9)} (drop (i32.div_u (i32.const 1) (i32.const 0)))`],
    ["a trap after growth that was granted", `${grow(9)} ${grow(1)} unreachable`],
    ["a trap without any growth", "unreachable"],
    ["a trap after growth by nothing", `${grow(3)} ${grow(0)} unreachable`],
    [
      "a trap long after",
      `(local i32) ${grow(9)} (local.set 0 (i32.const 1000000)) ${elsewhere} unreachable`,
    ],
    ["an index beyond a table", `${grow(9)} (table.set $t (i32.const 9) (ref.null func))`],
  ])("%s", async (_, body) => {
    const error = await failure(body);
    expect(error.code).toBe("trap");
    expect(error.message).not.toContain("memory");
  });

  it("a trap in a later call", async () => {
    const cell = await start(
      `(if (global.get $again) (then unreachable)) (global.set $again (i32.const 1)) ${grow(9)}`,
      {
        more: "(global $again (mut i32) (i32.const 0))",
      },
    );
    cell.function("go")();
    expect(() => cell.function("go")()).toThrow(expect.objectContaining({ code: "trap" }));
  });

  it("growth that is refused while there is no fuel left", async () => {
    const error = await failure(`(loop ${grow(9)} (br 0))`, { options: { fuel: 1e6 } });
    expect(error).toMatchObject({
      code: "out-of-fuel",
      message: 'shop spent all 1000000 units of fuel that it had while calling "go".',
      facts: { setting: "limits.fuel", limit: 1e6 },
    });
  });

  it("growth that is refused and goes without: the call returns, and the cell can be put back", async () => {
    const cell = await start(`(result i32) (memory.grow (i32.const 9))`, { type: "(result s32)" });
    cell.save();
    for (let i = 0; i < 3; i++) {
      expect(cell.function("go")()).toBe(-1);
      expect(cell.reset()).toBe(true);
    }
  });
});
