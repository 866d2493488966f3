import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { Engines } from "../../host/engine/engines.ts";
import { ComponentError, TrapError } from "../../host/errors.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { component, importing, resourceful, stillborn, values } from "../guests/engine-components.ts";
import { logImports } from "../guests/log-imports.ts";
import { all, bindAll, closeAll, collect, guest, place } from "../support/placed-guest.ts";
import { isRunning, until } from "../support/processes.ts";

afterEach(closeAll);

const nothingSupplied = {
  supply: linkImports(values.world, parseGrants({})).supply(),
  recipient: { plugin: "guest", log() {} },
};
const logging = guestThatLogs();
const limits = { ...defaultLimits, fuel: 1e12, time: 60_000 };

describe("calls of a plugin in a process", () => {
  it("give what they give inline, and say what they used", async () => {
    const inline = await placeInline({
      compiled: await createDirectEngine().compile(values),
      ...nothingSupplied,
      mode: "shared",
      limits,
    });
    const placement = await place({ component: values });
    const [here, there] = [bindAll(inline, values), bindAll(placement, values)];
    const calls: [string, unknown[]][] = [
      ["echo", ["Grüße, 世界 🌍"]],
      ["echo", ["x".repeat(200_000)]],
      ["numbers", [new Uint32Array([1, 2 ** 32 - 1])]],
      ["bytes", [new Uint8Array(300_000).fill(7)]],
      ["record", [{ itemCount: 3, label: "three" }]],
      ["divide", [12, 4]],
      ["check", [false]],
      ["demo:calc/math@1.0.0#double-it", [2n ** 40n]],
      ["count", []],
      ["count", []],
    ];
    for (const [name, args] of calls) {
      const [used, usedThere] = [{ fuel: 0 }, { fuel: 0 }];
      expect(await there(name, args, usedThere)).toEqual(await here(name, args, used));
      expect(usedThere).toEqual(used);
    }
    inline.close();
  });

  it("reject with the payload of a returned error", async () => {
    const call = bindAll(await place());
    await expect(call("check", [true])).rejects.toEqual(expect.any(ComponentError));
    await expect(call("check", [true])).rejects.toMatchObject({ payload: 7, facts: { subject: "check" } });
    expect(await call("check", [false])).toBe(7);
  });

  it("refuse bad arguments before they leave the host", async () => {
    const call = bindAll(await place());
    await expect(call("echo", [7])).rejects.toMatchObject({
      code: "bad-argument",
      facts: { subject: "[0]" },
    });
    await expect(call("echo", [])).rejects.toMatchObject({ code: "bad-argument" });
  });

  it("trap with the guest's stack, in the same process, and lose the cell's state", async () => {
    const placement = await place();
    const { pids } = placement;
    const call = bindAll(placement);
    expect(await call("count", [])).toBe(1);
    const trapped = await call("trap", []).catch((error: unknown) => error);
    expect(trapped).toBeInstanceOf(TrapError);
    expect(trapped).toMatchObject({
      code: "trap",
      facts: { extra: { stack: [expect.stringContaining("wasm-function")] } },
    });
    expect(await call("count", [])).toBe(1);
    expect(placement.pids).toEqual(pids);
  });

  it("run out of fuel as inline", async () => {
    const call = bindAll(await place({ limits: { ...limits, fuel: 1e6 } }));
    await expect(call("spin", [])).rejects.toMatchObject({ code: "out-of-fuel", facts: { limit: 1e6 } });
    expect(await call("count", [])).toBe(1);
  });

  it("keep state in mode shared, and none in mode fresh", async () => {
    const [shared, fresh] = [bindAll(await place()), bindAll(await place({ mode: "fresh", processes: 1 }))];
    for (const expected of [1, 2, 3]) expect(await shared("count", [])).toBe(expected);
    for (let i = 0; i < 3; i++) expect(await fresh("count", [])).toBe(1);
  });

  it("can't pass resources, and say what to do", async () => {
    const call = bindAll(await place({ component: resourceful }), resourceful);
    await expect(call("demo:count/counters#[constructor]counter", [1])).rejects.toMatchObject({
      code: "unsupported-feature",
      facts: { subject: "counter", remedy: expect.stringContaining("inline") },
    });
  });
});

describe("starting", () => {
  it("fails with what the component fails with", async () => {
    await expect(place({ component: stillborn })).rejects.toMatchObject({ code: "trap", name: "TrapError" });
    const spinning = component(
      `(core module $m (func $f (loop (br 0))) (start $f)) (core instance $i (instantiate $m))`,
    );
    await expect(place({ component: spinning, limits: { ...limits, fuel: 1e6 } })).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    await expect(place({ component: importing })).rejects.toMatchObject({ code: "unknown-import" });
  });

  it("is ended when it takes too long", async () => {
    const spinning = component(
      `(core module $m (func $f (loop (br 0))) (start $f)) (core instance $i (instantiate $m))`,
    );
    await expect(place({ component: spinning, startTime: 500 })).rejects.toMatchObject({
      code: "timeout",
      facts: { limit: "500 ms" },
    });
  });

  it.each([
    ["a start function", "(func $f (loop (br 0))) (start $f)", undefined],
    ["its first call", '(func (export "init") (loop (br 0)))', { key: "init", args: [] }],
  ])("has as long as a call, without what the process itself takes: %s", async (_, code, first) => {
    const spinning = component(
      `(core module $m ${code}) (core instance $i (instantiate $m))
      ${first ? '(func (export "init") (canon lift (core func $i "init")))' : ""}`,
    );
    const starting = place({ component: spinning, limits: { ...limits, time: 1_500 }, first });
    await expect(starting).rejects.toMatchObject({
      code: "timeout",
      facts: { subject: "guest", limit: "1500 ms", remedy: expect.stringContaining("limits.time") },
    });
  });

  it("makes the first call on every new cell, and fails with its refusal", async () => {
    const configured = guest(
      `(global $sum (mut i32) (i32.const 0))
      (func (export "init") (param i32) (result i32)
        (global.set $sum (i32.add (global.get $sum) (local.get 0)))
        (i32.store8 (i32.const 16) (i32.eqz (local.get 0)))
        (i32.store (i32.const 20) (i32.const 64)) (i32.store (i32.const 24) (i32.const 2)) (i32.const 16))
      (func (export "sum") (result i32) (global.get $sum))
      (func (export "trap") unreachable)
      (data (i32.const 64) "no")`,
      { init: '(param "by" u32) (result (result (error string)))', sum: "(result u32)", trap: "" },
    );
    const call = bindAll(
      await place({ component: configured, first: { key: "init", args: [5] } }),
      configured,
    );
    expect(await call("sum", [])).toBe(5);
    await expect(call("trap", [])).rejects.toMatchObject({ code: "trap" });
    expect(await call("sum", [])).toBe(5);
    await expect(place({ component: configured, first: { key: "init", args: [0] } })).rejects.toMatchObject({
      code: "init-failed",
      message: expect.stringMatching(/no$/),
    });
  });

  it("takes what was transpiled, for the engine jco", async () => {
    const engines = new Engines();
    const transpiled = await engines.transpile(values, defaultLimits);
    await engines.close();
    const placement = await place({ component: values, transpiled });
    const { pids } = placement;
    const call = bindAll(placement, values);
    expect(await call("echo", ["Grüße, 世界 🌍"])).toBe("Grüße, 世界 🌍");
    expect(await call("record", [{ itemCount: 3, label: "three" }])).toEqual(
      await bindAll(await place({ component: values }), values)("record", [{ itemCount: 3, label: "three" }]),
    );
    expect([await call("count", []), await call("count", [])]).toEqual([1, 2]);
    expect(placement.pids).toEqual(pids);
    process.kill(pids[0]!, "SIGKILL");
    await until(() => placement.pids.length > 0 && placement.pids[0] !== pids[0]);
    expect(await call("count", [])).toBe(1);
  });
});

describe("a process that ends", () => {
  it("at the deadline of a call has a successor at once, and nobody else waits", async () => {
    const inline = await placeInline({
      compiled: await createDirectEngine().compile(all),
      ...nothingSupplied,
      mode: "shared",
      limits,
    });
    const quick = bindAll(inline);
    const placement = await place({ limits: { ...limits, time: 1_000 } });
    const [pid] = placement.pids;
    const call = bindAll(placement);
    expect(await call("count", [])).toBe(1);
    let ended = false;
    const used = { fuel: 0 };
    const spinning = call("spin", [], used).catch((error: unknown) => {
      ended = true;
      return error;
    });
    let served = 0;
    while (!ended) {
      expect(await quick("echo", ["hello"])).toBe("hello");
      served++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(served).toBeGreaterThan(10);
    // Nobody knows what it used, so it is all that it might have.
    expect(used).toEqual({ fuel: limits.fuel });
    expect(await spinning).toMatchObject({
      code: "timeout",
      status: 504,
      facts: { subject: "spin", limit: "1000 ms" },
    });
    expect(await call("count", [])).toBe(1);
    expect(placement.pids).toHaveLength(1);
    expect(placement.pids).not.toEqual([pid]);
    await until(() => !isRunning(pid!));
    inline.close();
  });

  it("because its JavaScript heap is full fails the call, and no other process", async () => {
    const placement = await place({
      heap: 64 * 1024 * 1024,
      memory: 4 * 1024 ** 3,
      limits: { ...limits, resultBytes: 1024 ** 3 },
    });
    const [pid] = placement.pids;
    const call = bindAll(placement);
    expect(await call("pairs", [1000])).toHaveLength(1000);
    await expect(call("pairs", [19_000_000])).rejects.toMatchObject({
      code: "process-died",
      status: 502,
      message: expect.stringContaining("JavaScript heap was full"),
      facts: { subject: "guest", remedy: expect.stringContaining("limits.processMemory") },
    });
    expect(await call("echo", ["still here"])).toBe("still here");
    expect(placement.pids).not.toContain(pid);
  });

  it("because it takes too much memory is ended by the host", async () => {
    const call = bindAll(
      await place({
        heap: 4 * 1024 ** 3,
        memory: 200 * 1024 * 1024,
        limits: { ...limits, resultBytes: 1024 ** 3 },
      }),
    );
    await expect(call("pairs", [19_000_000])).rejects.toMatchObject({
      code: "process-died",
      facts: { limit: `${200 * 1024 * 1024} bytes` },
    });
    expect(await call("count", [])).toBe(1);
  });

  it("by somebody's hand fails the call that ran; those that waited run in the next", async () => {
    const { lines, log } = collect();
    const placement = await place({ component: logging, grants: { logging: true }, log });
    const call = bindAll(placement, logging);
    const spinning = expect(call("say-and-spin", [])).rejects.toMatchObject({
      code: "process-died",
      facts: { actual: "signal SIGKILL" },
    });
    const waiting = [1, 2, 3].map(() => call("count", []));
    await until(() => lines.length > 0);
    process.kill(placement.pids[0]!, "SIGKILL");
    await spinning;
    expect(await Promise.all(waiting)).toEqual([1, 2, 3]);
    expect(lines).toHaveLength(1);
  });

  it("without having read a call leaves it to the next", async () => {
    const placement = await place();
    const call = bindAll(placement);
    await call("count", []);
    const [pid] = placement.pids;
    process.kill(pid!, "SIGSTOP");
    const sent = call("count", []);
    process.kill(pid!, "SIGKILL");
    expect(await sent).toBe(1);
  });

  it("while nobody calls it is replaced before somebody does", async () => {
    const placement = await place();
    const call = bindAll(placement);
    await call("count", []);
    await call("count", []);
    const [pid] = placement.pids;
    process.kill(pid!, "SIGKILL");
    await until(() => placement.pids.length > 0 && placement.pids[0] !== pid);
    expect(await call("count", [])).toBe(1);
  });

  it("again and again before it is called is started at longer and longer intervals", async () => {
    const placement = await place();
    const call = bindAll(placement);
    process.kill(placement.pids[0]!, "SIGKILL");
    await until(() => placement.pids.length === 0);
    await expect(call("count", [])).rejects.toMatchObject({
      code: "process-died",
      facts: { retryAfter: 1 },
    });
    await until(() => placement.pids.length > 0);
    expect(await call("count", [])).toBe(1);
  });

  it("over every call it is given is not started for every call", async () => {
    const call = bindAll(await place({ limits: { ...limits, time: 50 } }));
    const outcomes = [];
    for (let i = 0; i < 5; i++)
      outcomes.push(await call("spin", [], { fuel: 0 }).catch((error) => error.code));
    expect(outcomes).toEqual(["timeout", "timeout", "timeout", "timeout", "process-died"]);
  });

  it("ends with the placement, and calls under way and waiting with it", async () => {
    const placement = await place();
    const call = bindAll(placement);
    const { pids } = placement;
    const calls = ["spin", "count", "count"].map((name) => call(name, []));
    placement.close();
    for (const outcome of await Promise.allSettled(calls))
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "closed" } });
    await expect(call("count", [])).rejects.toMatchObject({ code: "closed" });
    for (const pid of pids) await until(() => !isRunning(pid));
  });
});

describe("a host that ends", () => {
  const script = `
    import { place, bindAll } from ${JSON.stringify(new URL("../support/placed-guest.ts", import.meta.url).href)};
    const placement = await place();
    await bindAll(placement)("count", []);
    process.send(placement.pids[0]);`;
  const start = (more = "") =>
    spawn(process.execPath, ["--input-type=module", "-e", script + more], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });

  it("is not kept alive by an idle process, and leaves none behind", async () => {
    const host = start();
    const [pid] = (await once(host, "message")) as [number];
    host.disconnect();
    const [code] = await once(host, "exit");
    expect(code).toBe(0);
    await until(() => !isRunning(pid));
  });

  it("by a crash leaves none behind", async () => {
    const host = start();
    const [pid] = (await once(host, "message")) as [number];
    host.kill("SIGKILL");
    await until(() => !isRunning(pid));
  });

  it("by a crash leaves none behind that was stopped", async () => {
    const host = start();
    const [pid] = (await once(host, "message")) as [number];
    process.kill(pid, "SIGSTOP");
    host.kill("SIGKILL");
    await until(() => !isRunning(pid));
  });

  it("by a crash leaves none behind that spins, with all its fuel left", async () => {
    const host = start('bindAll(placement)("spin", []).catch(() => {});');
    const [pid] = (await once(host, "message")) as [number];
    host.kill("SIGKILL");
    await until(() => !isRunning(pid));
  });
});

describe("many calls", () => {
  it("take their turns in order, and beyond the queue are told to come back", async () => {
    const placement = await place({ limits: { ...limits, queue: 3 } });
    const call = bindAll(placement);
    const running = [1, 2, 3, 4].map(() => call("count", []));
    await expect(call("count", [])).rejects.toMatchObject({
      code: "too-many-calls",
      status: 429,
      facts: { limit: 3, retryAfter: expect.any(Number) },
    });
    expect(await Promise.all(running)).toEqual([1, 2, 3, 4]);
    expect(await call("count", [])).toBe(5);
  });

  it("of a fresh plugin run in several processes, started when they are needed", async () => {
    const placement = await place({ mode: "fresh", processes: 2, limits: { ...limits, time: 2_000 } });
    expect(placement.pids).toHaveLength(1);
    const call = bindAll(placement);
    const spinning = call("spin", []).catch((error: unknown) => error);
    expect(await Promise.all([call("count", []), call("count", []), call("count", [])])).toEqual([1, 1, 1]);
    expect(placement.pids).toHaveLength(2);
    expect(await spinning).toMatchObject({ code: "timeout" });
  });
});

describe("what a plugin logs", () => {
  it("reaches the host under the plugin's name, before the answer", async () => {
    const { lines, log } = collect();
    const call = bindAll(await place({ component: logging, grants: { logging: true }, log }), logging);
    await call("say", [1]);
    expect(lines).toEqual([{ plugin: "guest", level: "warn", context: "ctx", message: "hello" }]);
  });

  it("is cut by the process, and is no reason to end it", async () => {
    const { lines, log } = collect();
    const placement = await place({ component: logging, grants: { logging: true }, log, logBytes: 500 });
    const { pids } = placement;
    const call = bindAll(placement, logging);
    await call("say", [100_000]);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(500);
    expect(placement.pids).toEqual(pids);
  });
});

/** `say(n)` logs a line n times. `count` counts its calls. */
function guestThatLogs() {
  return component(`
    ${logImports('(data (i32.const 8) "ctxhello")')}
    (core module $main
      (import "env" "log" (func $log (param i32 i32 i32 i32 i32)))
      (func $say (export "say") (param $n i32)
        (loop
          (call $log (i32.const 3) (i32.const 8) (i32.const 3) (i32.const 11) (i32.const 5))
          (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "say-and-spin") (call $say (i32.const 1)) (loop (br 0)))
      (global $count (mut i32) (i32.const 0))
      (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count)))
    (core instance $main (instantiate $main (with "env" (instance (export "log" (func $lowered))))))
    (func (export "say") (param "times" u32) (canon lift (core func $main "say")))
    (func (export "say-and-spin") (canon lift (core func $main "say-and-spin")))
    (func (export "count") (result u32) (canon lift (core func $main "count")))`);
}
