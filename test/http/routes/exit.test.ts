/** Plugins that end themselves by `wasi:cli/exit`, as programs do: what their calls come to. */
import { afterAll, describe, expect, it } from "vitest";
import { ExitError } from "../../../host/errors.ts";
import { open, suspending } from "../../../host/index.ts";
import { component } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
afterAll(() => expect(host.faults).toEqual([]));

/** The core function `exit`, of a status; `more` is beside the exports, `start` is run when it starts. */
function program({ more = "", start = "nop", imported = "" } = {}): Uint8Array<ArrayBuffer> {
  return component(`
    (import "wasi:cli/exit@0.2.12" (instance $cli
      (export "exit" (func (param "status" (result)))) (export "exit-with-code" (func (param "status-code" u8)))))
    ${imported}
    (core func $leave (canon lower (func $cli "exit")))
    (core func $exit (canon lower (func $cli "exit-with-code")))
    (core module $Main
      (import "cli" "leave" (func $leave (param i32))) (import "cli" "exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (global $calls (mut i32) (i32.const 0))
      (func (export "count") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls))
      (func (export "exit") (param i32) (call $exit (local.get 0)) unreachable)
      (func (export "leave") (param i32) (result i32) (call $leave (local.get 0)) unreachable)
      (func (export "number") (param i32) (result i32) (call $exit (local.get 0)) unreachable)
      (func $start ${start}) (start $start))
    (core instance $main (instantiate $Main (with "cli" (instance
      (export "leave" (func $leave)) (export "exit" (func $exit))))))
    (func (export "count") (result u32) (canon lift (core func $main "count")))
    (func (export "exit") (param "status" u8) (canon lift (core func $main "exit")))
    (func $leaving (param "badly" bool) (result (result)) (canon lift (core func $main "leave")))
    (func (export "leave") (param "badly" bool) (result (result)) (canon lift (core func $main "leave")))
    (func (export "number") (param "status" u8) (result u32) (canon lift (core func $main "number")))
    (component $Run (import "leave" (func $leave (param "badly" bool) (result (result))))
      (core func $leave (canon lower (func $leave)))
      (core module $M (import "a" "leave" (func $leave (param i32) (result i32)))
        (func (export "run") (result i32) (call $leave (i32.const 0))))
      (core instance $m (instantiate $M (with "a" (instance (export "leave" (func $leave))))))
      (func $run (result (result)) (canon lift (core func $m "run")))
      (export "run" (func $run)))
    (instance $run (instantiate $Run (with "leave" (func $leaving))))
    (export "wasi:cli/run@0.2.12" (instance $run))
    ${more}`);
}

async function deploy(bytes: Uint8Array<ArrayBuffer>, settings: object, checks?: object) {
  await host.send("DELETE", "/plugins/program");
  const form = new FormData();
  form.set("plugin", new Blob([bytes]), "program.wasm");
  form.set("settings", JSON.stringify(settings));
  if (checks) form.set("checks", JSON.stringify(checks));
  return host.send("PUT", "/plugins/program", { body: form });
}

/** What is counted of the plugin by a test, whose counters go on when it is removed. */
async function counting(): Promise<() => Promise<{ calls: number; traps: number; limits: object }>> {
  const counters = async () => (await host.send("GET", "/plugins/program")).json.counters;
  const before = await counters();
  return async () => {
    const { calls, traps, limits } = await counters();
    return { calls: calls - before.calls, traps: traps - before.traps, limits };
  };
}

describe.each([
  { placement: "inline", engine: "direct", mode: "shared" },
  { placement: "inline", engine: "direct", mode: "fresh" },
  { placement: "process", engine: "direct", mode: "shared" },
  { placement: "process", engine: "jco", mode: "shared" },
])("a program, $placement, $engine, $mode", (settings) => {
  it("that ends with success has succeeded: its call returns what it would have returned", async () => {
    expect((await deploy(program(), settings)).status).toBe(201);
    const counted = await counting();
    for (const [path, args] of [
      ["exit", [0]],
      ["leave", [false]],
      ["run", []],
      ["wasi:cli/run@0.2.12/run", []],
    ] as const) {
      const answer = await host.call(`program/${path}`, args);
      expect([path, answer.status, answer.text]).toEqual([path, 204, ""]);
      expect(Number(answer.headers.get("hotcell-fuel"))).toBeGreaterThan(0);
    }
    expect(await counted()).toEqual({ calls: 4, traps: 0, limits: {} });
  });

  it("that ends with another status has failed, and the status is told", async () => {
    await deploy(program(), settings);
    const counted = await counting();
    for (const [path, args, status] of [
      ["exit", [3], 3],
      ["leave", [true], 1],
      ["number", [255], 255],
    ] as const) {
      const answer = await host.call(`program/${path}`, args);
      expect(answer).toMatchObject({
        status: 502,
        json: {
          code: "exited",
          title: "The plugin ended itself",
          detail: `program ended itself (wasi:cli/exit) with status ${status} while calling "${path}".`,
          subject: path,
          actual: status,
          expected: "0",
          remedy: expect.stringContaining("its log"),
        },
      });
    }
    expect(await counted()).toEqual({ calls: 3, traps: 3, limits: {} });
  });

  it("that ends with success where a value is due has returned none", async () => {
    await deploy(program(), settings);
    const answer = await host.call("program/number", [0]);
    expect(answer.json).toMatchObject({
      code: "exited",
      detail:
        'program ended itself (wasi:cli/exit) with status 0 while calling "number". It has to return a value first.',
    });
  });

  it("loses what it held, and is there for the next call", async () => {
    await deploy(program(), settings);
    const fresh = settings.mode === "fresh";
    for (let i = 1; i <= 2; i++) expect((await host.call("program/count", [])).json).toBe(fresh ? 1 : i);
    await host.call("program/exit", [0]);
    expect((await host.call("program/count", [])).json).toBe(1);
  });

  it("that ends while it starts is refused, whatever the status", async () => {
    for (const status of [0, 7]) {
      const answer = await deploy(program({ start: `(call $exit (i32.const ${status}))` }), settings);
      expect(answer).toMatchObject({
        status: 400,
        json: {
          code: "trial-failed",
          reason: "exited",
          detail: `The component does not start: program ended itself (wasi:cli/exit) with status ${status} while starting.`,
        },
      });
    }
  });

  it("passes checks that expect just that", async () => {
    const calls = [
      { call: "exit", args: [0] },
      { call: "leave", args: [false] },
      { call: "exit", args: [1], traps: true },
    ];
    expect((await deploy(program(), settings, { calls })).status).toBe(201);
    const failing = { calls: [{ call: "exit", args: [4] }] };
    const refused = await deploy(program(), settings, failing);
    expect(refused.json).toMatchObject({ code: "checks-failed" });
    expect(refused.json.detail).toContain("status 4");
  });
});

it("a plugin that ends in its health check, or when its state is taken, has not passed them", async () => {
  const more = `(func $health (result (result (error string)))
      (canon lift (core func $life "health") (memory $memory)))
    (instance $lifecycle (export "health" (func $health)))
    (export "hotcell:plugin/lifecycle@1.0.0" (instance $lifecycle))`;
  const life = `(core module $Life (import "cli" "exit" (func $exit (param i32))) (memory (export "memory") 1)
      (func (export "health") (result i32) (call $exit (i32.const 0)) unreachable))
    (core instance $life (instantiate $Life (with "cli" (instance (export "exit" (func $exit))))))
    (alias core export $life "memory" (core memory $memory))`;
  const answer = await deploy(program({ more: `${life} ${more}` }), {});
  expect(answer.json).toMatchObject({ code: "unhealthy" });
  expect(answer.json.detail).toContain("status 0");
});

describe("embedded", () => {
  it("calls return or throw likewise, and the next one finds a new cell", async () => {
    await using plugin = await open(program());
    const exit = plugin.lookup("exit").as<(status: number) => void>("func(status: u8)");
    const leave = plugin.lookup("leave").as<(badly: boolean) => void>("func(badly: bool) -> result");
    expect(exit(0)).toBeUndefined();
    expect(leave(false)).toBeUndefined();
    expect(() => exit(2)).toThrow(ExitError);
    expect(() => exit(2)).toThrow(expect.objectContaining({ code: "exited", exitStatus: 2 }));
    expect(plugin.lookup("count").as<() => number>("func() -> u32")()).toBe(1);
  });

  it("where calls are suspended, and inside the call of another plugin", async () => {
    const bytes = program({
      imported: '(import "wait" (func $wait))',
      more: '(export "again" (func $wait))',
    });
    await using plugin = await open(bytes, { imports: { $root: { wait: suspending(async () => {}) } } });
    const exit = plugin.lookup("exit").as<(status: number) => Promise<void>>("func(status: u8)");
    await expect(exit(0)).resolves.toBeUndefined();
    await expect(exit(9)).rejects.toMatchObject({ code: "exited", exitStatus: 9 });

    await using inner = await open(program());
    const innerExit = inner.lookup("exit").as<(status: number) => void>("func(status: u8)");
    const outer = component(`
      (import "sub" (func $sub (param "status" u8)))
      (core func $sub (canon lower (func $sub)))
      (core module $M (import "a" "sub" (func $sub (param i32)))
        (func (export "go") (param i32) (result i32) (call $sub (local.get 0)) (i32.const 5)))
      (core instance $m (instantiate $M (with "a" (instance (export "sub" (func $sub))))))
      (func (export "go") (param "status" u8) (result u32) (canon lift (core func $m "go")))`);
    await using calling = await open(outer, { imports: { $root: { sub: innerExit } } });
    const go = calling.lookup("go").as<(status: number) => number>("func(status: u8) -> u32");
    expect(go(0)).toBe(5);
    expect(() => go(6)).toThrow(expect.objectContaining({ code: "exited", exitStatus: 6 }));
  });
});
