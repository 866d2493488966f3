/** Whether the upload of a large component keeps other plugins' callers waiting. */
import { readFile } from "node:fs/promises";
import { loadWasmTools } from "../guest-plugins/toolchain/wasm-tools.ts";
import { createHost } from "../host/host.ts";
import type { Table } from "./support/table.ts";

const { parse } = await loadWasmTools();

/** A component of some 10 MB, all of it code; `salt` gives it a digest of its own. */
function large(salt: number): Uint8Array {
  const adds =
    "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223)))".repeat(40);
  const functions = Array.from(
    { length: 14_000 },
    () => `(func (param i32) (result i32) ${adds} (local.get 0))`,
  );
  return new Uint8Array(
    parse(`(component
      (core module $m ${functions.join("")} (func (export "go") (result i32) (i32.const ${salt})))
      (core instance $i (instantiate $m))
      (func (export "go") (result u32) (canon lift (core func $i "go"))))`),
  );
}

/** Nanoseconds by which the turns of the event loop in which greet is called are apart: median, p99 and longest. */
async function latencies(host: Awaited<ReturnType<typeof createHost>>, until: Promise<unknown>) {
  let running = true;
  void until.finally(() => {
    running = false;
  });
  const samples: number[] = [];
  while (running) {
    const start = performance.now();
    await (await host.registry.callable("greet", "greet")).call(["world"]);
    await new Promise((resolve) => setImmediate(resolve));
    samples.push((performance.now() - start) * 1e6);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), longest: at(1) };
}

export async function run(): Promise<Table[]> {
  await using host = await createHost({ log: () => {} });
  await host.registry.deploy("greet", await readFile("build/greet.wasm"));
  const components = Array.from({ length: 5 }, (_, i) => large(i));
  const alone = await latencies(host, new Promise((resolve) => setTimeout(resolve, 2_000)));
  const uploads = (async () => {
    for (const wasm of components) await host.registry.deploy("large", wasm);
  })();
  const beside = await latencies(host, uploads);
  const row = (name: keyof typeof alone) => ({
    name,
    nanoseconds: new Map([
      ["alone", alone[name]],
      [`beside uploads of ${(components[0]!.length / 1e6).toFixed(1)} MB`, beside[name]],
    ]),
  });
  return [
    {
      title: "Turns with a call in them",
      subject: "alone",
      rows: [row("median"), row("p99"), row("longest")],
    },
  ];
}
