/** What a call by a link costs: string → string, beside the same call inside of one component, and over HTTP. */
import { loadWasmTools } from "../guest-plugins/toolchain/wasm-tools.ts";
import { createHost } from "../host/host.ts";
import { defaultCeilings } from "../host/registry/plugin-limits.ts";
import { serve } from "../host/server.ts";
import type { Table } from "./support/table.ts";

const { parse } = await loadWasmTools();

const memory = `(memory (export "memory") 1)
  (global $top (mut i32) (i32.const 4096))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local i32)
    (local.set 4 (global.get $top)) (global.set $top (i32.add (global.get $top) (local.get 3))) (local.get 4))`;

const callee = `
  (core module $m ${memory}
    (func (export "echo") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
    (func (export "done") (param i32) (global.set $top (i32.const 4096))))
  (core instance $i (instantiate $m))
  (func $echo (param "text" string) (result string)
    (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "realloc")) (post-return (core func $i "done"))))
  (instance $out (export "echo" (func $echo)))
  (export "acme:bench/echoes" (instance $out))`;

/** `repeat` makes so many calls with a text of 12 characters. */
const caller = `
  (import "acme:bench/echoes" (instance $echoes (export "echo" (func (param "text" string) (result string)))))
  (core module $memory ${memory} (func (export "reset") (global.set $top (i32.const 4096))))
  (core instance $own (instantiate $memory))
  (core func $echo (canon lower (func $echoes "echo") (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
  (core module $m
    (import "own" "memory" (memory 1)) (import "own" "reset" (func $reset))
    (import "own" "echo" (func $echo (param i32 i32 i32)))
    (data (i32.const 64) "Hello, Ada !")
    (func (export "repeat") (param i32) (result i32)
      (loop $again
        (call $echo (i32.const 64) (i32.const 12) (i32.const 16)) (call $reset)
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.load (i32.const 20))))
  (alias core export $own "memory" (core memory $shared)) (alias core export $own "reset" (core func $reset))
  (core instance $i (instantiate $m (with "own" (instance
    (export "memory" (memory $shared)) (export "reset" (func $reset)) (export "echo" (func $echo))))))
  (func (export "repeat") (param "times" u32) (result u32) (canon lift (core func $i "repeat")))`;

const composed = `
  (component $callee ${callee}) (component $caller ${caller})
  (instance $one (instantiate $callee))
  (instance $two (instantiate $caller (with "acme:bench/echoes" (instance $one "acme:bench/echoes"))))
  (export "repeat" (func $two "repeat"))`;

const component = (text: string) => new Uint8Array(parse(`(component ${text})`));

const times = 20_000;
const rounds = 15;

export async function run(): Promise<Table[]> {
  const host = await createHost();
  const settings = { limits: { fuelPerSecond: defaultCeilings.fuelPerSecond ?? 3e9 } };
  const links = { ...settings, grants: { plugins: { "acme:bench/echoes": "callee" } } };
  await host.registry.deploy("callee", component(callee), { settings });
  await host.registry.deploy("caller", component(caller), { settings: links });
  await host.registry.deploy("one", component(composed), { settings });
  await host.registry.deploy("apart", component(caller), { settings: { ...links, placement: "process" } });
  const server = await serve(host, { host: "127.0.0.1", port: 0, token: "bench", ready: () => true });
  const repeat = async (plugin: string, count: number) => {
    const began = performance.now();
    await host.registry.callJson(plugin, "repeat", [count]);
    return ((performance.now() - began) / count) * 1e6;
  };
  /** By the thread's own time, which all of it takes: what else the machine does meanwhile is left out. */
  const alone = async (plugin: string, count: number) => {
    const before = process.threadCpuUsage();
    await repeat(plugin, count);
    const { user, system } = process.threadCpuUsage(before);
    return ((user + system) / count) * 1e3;
  };
  const overHttp = async (count: number) => {
    const began = performance.now();
    for (let i = 0; i < count; i++) {
      const answer = await fetch(`${server.url}/call/callee/echoes/echo`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '["Hello, Ada !"]',
      });
      await answer.text();
    }
    return ((performance.now() - began) / count) * 1e6;
  };
  const contenders: readonly (readonly [string, () => Promise<number>])[] = [
    ["by a link", () => alone("caller", times)],
    ["inside one component", () => alone("one", times)],
    ["by a link out of a process", () => repeat("apart", times / 40)],
    ["over HTTP", () => overHttp(times / 40)],
  ];
  for (let warm = 0; warm < 20; warm++) for (const plugin of ["caller", "one"]) await repeat(plugin, times);
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, measured] of contenders)
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, await measured()));
  }
  await server.close();
  await host.close();
  return [
    {
      title: "A call of another plugin",
      subject: "by a link",
      rows: [{ name: "string → string", nanoseconds: best }],
    },
  ];
}
