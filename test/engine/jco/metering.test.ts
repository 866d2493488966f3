import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { parseGrants } from "../../../host/capabilities/grants.ts";
import { hostInterface } from "../../../host/capabilities/interfaces.ts";
import { linkImports } from "../../../host/capabilities/link.ts";
import { pricesOf } from "../../../host/capabilities/prices.ts";
import { random as capability } from "../../../host/capabilities/random/random.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { CellMemory } from "../../../host/engine/cell/cell-memory.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import {
  type CallBudget,
  type CellLimits,
  type HostImports,
  hostPrices,
} from "../../../host/engine/engine.ts";
import { createJcoEngine } from "../../../host/engine/jco/jco-engine.ts";
import { amplifyingFunction } from "../../guests/amplifying-function.ts";
import { allocator, lift, main } from "../../guests/component-text.ts";
import { component, numbered, values } from "../../guests/engine-components.ts";
import { calling } from "../../guests/host-calls.ts";
import { thrownBy } from "../../support/thrown.ts";

const MiB = 1024 * 1024;
const engine = createJcoEngine();
afterAll(() => engine.close());

interface Start {
  readonly budget?: Partial<CallBudget>;
  readonly limits?: Partial<CellLimits>;
  readonly imports?: HostImports;
}

/** A cell of a component whose main module has these functions; each is exported with the type given. */
async function start(
  functions: string,
  exports: Record<string, string>,
  { budget, limits, imports = {} }: Start = {},
) {
  const lifted = Object.entries(exports).map(
    ([name, type]) => `(func (export "${name}") ${type} ${lift(name)})`,
  );
  const compiled = await engine.compile(
    component(`${allocator} ${main(functions)} ${lifted.join(" ")}`),
    limits,
  );
  return compiled.instantiate(imports, { fuel: 1e6, ...budget });
}

describe("fuel", () => {
  test.for([
    ["an endless loop", `(func (export "go") (loop (br 0)))`],
    ["tail calls", `(func $a (return_call $b)) (func $b (return_call $a)) (func (export "go") (call $a))`],
    [
      "filling memory again and again",
      `(func (export "go") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)))`,
    ],
  ] as const)("%s is stopped, and only its cell ends", async ([, functions]) => {
    const cell = await start(functions, { go: "" });
    expect(thrownBy(cell.function("go"))).toMatchObject({ code: "out-of-fuel", facts: { limit: 1e6 } });
    expect(cell.alive).toBe(false);
    expect((await start(`(func (export "go"))`, { go: "" })).function("go")()).toBeUndefined();
  });

  test("a start function that does not end makes no cell", async () => {
    const spinning = start(`(func $spin (loop (br 0))) (start $spin) (func (export "go"))`, { go: "" });
    await expect(spinning).rejects.toMatchObject({ code: "out-of-fuel" });
  });

  test("every call has it all, and says what it used", async () => {
    const loop = `(func (export "go") (param i32) (loop
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`;
    const cell = await start(loop, { go: `(param "n" u32)` });
    const used = [10, 1_000, 1_000].map((n) => {
      cell.function("go")(n);
      return cell.fuelUsed;
    });
    expect(used[0]).toBeGreaterThan(0);
    expect(used[1]).toBeGreaterThan(used[0]!);
    expect(used[2]).toBe(used[1]);
  });

  test("is spent by nested components, and by the adapters that jco makes between them", async () => {
    const between = component(`
      (component $teller
        ${allocator}
        (core module $m (import "env" "memory" (memory 1)) (data (i32.const 8) "\\20\\00\\00\\00\\e8\\03\\00\\00")
          (func (export "tell") (result i32) (i32.const 8)) (func (export "spin") (loop (br 0))))
        (core instance $i (instantiate $m (with "env" (instance (export "memory" (memory $memory))))))
        (func (export "tell") (result (list u8))
          (canon lift (core func $i "tell") (memory $memory) (realloc $realloc) string-encoding=utf8))
        (func (export "spin") (canon lift (core func $i "spin"))))
      (instance $t (instantiate $teller))
      (alias export $t "tell" (func $tell))
      (alias export $t "spin" (func $spin))
      (component $asker
        (import "tell" (func $tell (result (list u8))))
        (import "spin" (func $spin))
        ${allocator}
        (core func $tell' (canon lower (func $tell) (memory $memory) (realloc $realloc) string-encoding=utf8))
        (core func $spin' (canon lower (func $spin)))
        (core module $m
          (import "env" "tell" (func $tell (param i32))) (import "env" "spin" (func $spin))
          (func (export "once") (call $tell (i32.const 16)))
          (func (export "often") (loop (call $tell (i32.const 16)) (br 0)))
          (func (export "spin") (call $spin)))
        (core instance $i (instantiate $m (with "env" (instance
          (export "tell" (func $tell')) (export "spin" (func $spin'))))))
        (func (export "once") (canon lift (core func $i "once")))
        (func (export "often") (canon lift (core func $i "often")))
        (func (export "spin") (canon lift (core func $i "spin"))))
      (instance $a (instantiate $asker (with "tell" (func $tell)) (with "spin" (func $spin))))
      (export "once" (func $a "once")) (export "often" (func $a "often")) (export "spin" (func $a "spin"))`);
    const compiled = await engine.compile(between);
    for (const name of ["often", "spin"]) {
      const cell = compiled.instantiate({}, { fuel: 1e6 });
      cell.function("once")();
      // The adapter copies a thousand bytes.
      expect(cell.fuelUsed).toBeGreaterThan(100);
      expect(thrownBy(cell.function(name))).toMatchObject({ code: "out-of-fuel" });
    }
  });

  test("is what is left to it after a host function has called another cell, whatever its engine", async () => {
    const caller = component(`
      (import "visit" (func $visit))
      (core func $visit' (canon lower (func $visit)))
      (core module $m (import "env" "visit" (func $visit)) (func (export "go") (call $visit) (loop (br 0))))
      (core instance $i (instantiate $m (with "env" (instance (export "visit" (func $visit'))))))
      (func (export "go") (canon lift (core func $i "go")))`);
    for (const other of [createDirectEngine(), engine]) {
      const visited = (await other.compile(numbered(3))).instantiate({}, { fuel: 1e3 });
      const numbers: unknown[] = [];
      const visit = () => void numbers.push(visited.function("number")());
      const cell = (await engine.compile(caller)).instantiate({ $root: { visit } }, { fuel: 1e6 });
      expect(thrownBy(cell.function("go"))).toMatchObject({ code: "out-of-fuel", facts: { limit: 1e6 } });
      expect(numbers).toEqual([3]);
      expect(visited.alive).toBe(true);
      expect(visited.function("number")()).toBe(3);
    }
  });
});

describe("what jco's code reads of a guest's memory", () => {
  test.for([
    "(list (list (list u8)))",
    "(list (list (list (tuple u8 u8))))",
    "(list (list (list f64)))",
    "(list (list string))",
  ])("%s that lies in the same memory again and again is paid for", async (type) => {
    const go = { go: `(result ${type})` };
    const cell = await start(amplifyingFunction, go, { budget: { fuel: 1e7, resultBytes: 1e12 } });
    expect(thrownBy(cell.function("go"))).toMatchObject({ code: "out-of-fuel" });
    const small = await start(amplifyingFunction, go, { budget: { fuel: 1e12, resultBytes: 100_000 } });
    expect(thrownBy(small.function("go"))).toMatchObject({
      code: "result-too-large",
      facts: { limit: 100_000 },
    });
  });

  test("is paid for by who made the call, not by who runs beside it", async () => {
    const text = "x".repeat(1_000);
    const compiled = await engine.compile(values);
    const [one, other] = [1e9, 1_000].map((fuel) => compiled.instantiate({}, { fuel }));
    expect(one!.function("echo")(text)).toBe(text);
    expect(thrownBy(() => other!.function("echo")(text))).toMatchObject({ code: "out-of-fuel" });
    expect(one!.function("echo")(text)).toBe(text);
  });
});

describe("memory", () => {
  const grow = `(func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))`;
  const exports = { grow: `(param "pages" u32) (result s32)` };

  test("ends at the plugin's limit", async () => {
    const cell = await start(grow, exports, { limits: { memory: 4 * MiB }, budget: { fuel: 1e9 } });
    const pages = cell.memory / 65_536;
    expect(cell.function("grow")(64 - pages)).toBe(pages);
    expect(cell.function("grow")(1)).toBe(-1);
    expect(cell.memory).toBe(4 * MiB);
  });

  test("begins within it", async () => {
    const compiling = engine.compile(
      component(`(core module $m (memory 100)) (core instance (instantiate $m))`),
      {
        memory: 6 * MiB,
      },
    );
    await expect(compiling).rejects.toMatchObject({ code: "component-limit" });
  });

  test("of all instances together too", async () => {
    const many = component(`(core module $m (memory 10))
      ${"(core instance (instantiate $m))".repeat(20)}`);
    await expect(engine.compile(many, { memory: 12 * MiB })).rejects.toMatchObject({
      code: "component-limit",
    });
  });

  test("is the host's, which refuses a cell beyond what it has, and gets back what ended cells had", async () => {
    const memory = new CellMemory({ cellMemory: 1 * MiB });
    const small = createJcoEngine({}, memory);
    const compiled = await small.compile(
      component(`(core module $m (memory 10)) (core instance (instantiate $m))`),
    );
    const cell = compiled.instantiate({});
    expect(memory.inUse).toBe(10 * 65_536);
    expect(thrownBy(() => compiled.instantiate({}))).toMatchObject({ code: "no-capacity" });
    cell.dispose();
    expect(memory.inUse).toBe(0);
    compiled.instantiate({});
    await small.close();
  });
});

test("a host function costs its price, also where it is not much that it gives", async () => {
  const random = inspectComponent(calling("wasi:random/random#get-random-u64")!());
  const { imports } = linkImports(random.world, parseGrants({ random: true }))
    .supply()
    .forCell({ plugin: "p", log: () => {} });
  const compiled = await engine.compile(random);
  const fuel = (given: HostImports) => {
    const cell = compiled.instantiate(given);
    cell.function("call")(1, 10);
    return cell.fuelUsed;
  };
  const free = fuel({ ...imports, [hostPrices]: {} });
  expect(fuel(imports) - free).toBe(
    10 *
      pricesOf(capability, "wasi:random/random", hostInterface("wasi:random/random")!)["get-random-u64"]!
        .call,
  );
});

test("what was transpiled here runs where no process, thread, or code from strings is allowed", async () => {
  const host = fileURLToPath(new URL("../../../host/", import.meta.url));
  const module = (path: string) => JSON.stringify(pathToFileURL(join(host, path)).href);
  const program = `
    import { inspectComponent } from ${module("component/inspect.ts")};
    import { compileTranspiled } from ${module("engine/jco/compile-transpiled.ts")};
    const component = inspectComponent(new Uint8Array(Buffer.from(process.argv[1], "base64")));
    const compiled = await compileTranspiled(component, JSON.parse(process.argv[2]), { memory: 8 << 20 });
    process.stdout.write(compiled.instantiate({}).function("echo")("héllo"));`;
  const transpiled = await engine.transpile(values);
  const flags = ["--permission", `--allow-fs-read=${join(dirname(host), "*")}`];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...flags,
      "--disallow-code-generation-from-strings",
      "--input-type=module",
      "--eval",
      program,
      Buffer.from(values.bytes).toString("base64"),
      JSON.stringify(transpiled),
    ],
    { env: {} },
  );
  expect(stdout).toBe("héllo");
});
