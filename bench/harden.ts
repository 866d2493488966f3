/** How fast modules are hardened, how much time a unit of fuel buys in every way of running away, and who waits for work that nobody paid for once. */
import { readFile } from "node:fs/promises";
import { harden } from "../host/harden/harden.ts";
import { exceptionalRunaways } from "../test/guests/exceptional-runaways.ts";
import { hostile } from "../test/guests/hostile-modules.ts";
import { runaways } from "../test/guests/runaways.ts";
import { assemble, outcome, startHardened } from "../test/support/hardened.ts";
import type { EffortTable, Table } from "./support/table.ts";
import { unpaidWork } from "./support/unpaid.ts";

export async function run(): Promise<(Table | EffortTable)[]> {
  return [await speed(), refusals(), fidelity(), ...(await unpaidWork())];
}

const packages = new URL("../node_modules/@bytecodealliance/", import.meta.url);
const modules = [
  ["StarlingMonkey", "componentize-js/lib/starlingmonkey_embedding.wasm"],
  ["splicer", "componentize-js/lib/spidermonkey-embedding-splicer.core.wasm"],
  ["wasm-tools", "jco-transpile/vendor/wasm-tools.core.wasm"],
  ["WASI adapter", "jco/lib/wasi_snapshot_preview1.command.wasm"],
] as const;

/** Beside V8's own first look at the same bytes. */
async function speed(): Promise<Table> {
  const rows = [];
  for (const [name, path] of modules) {
    const bytes = new Uint8Array(await readFile(new URL(path, packages)));
    // The clock of a thread's CPU time ticks slowly.
    const repeat = Math.ceil(10_000_000 / bytes.length);
    const time = (run: () => unknown) => {
      const times = Array.from({ length: 5 }, () => {
        const start = process.threadCpuUsage();
        for (let i = 0; i < repeat; i++) run();
        return (process.threadCpuUsage(start).user * 1000) / repeat;
      });
      return times.sort((a, b) => a - b)[2]!;
    };
    const nanoseconds = new Map([
      ["harden", time(() => harden(bytes))],
      ["WebAssembly.validate", time(() => WebAssembly.validate(bytes))],
    ]);
    const rate = (bytes.length / nanoseconds.get("harden")!) * 1000;
    rows.push({ name: `${name} (${rate.toFixed(0)} MB/s)`, nanoseconds });
  }
  return { title: "Hardening, CPU time of the thread", subject: "harden", rows };
}

/** How soon one knows that a module is not to be compiled. */
function refusals(): Table {
  const rows = hostile.map(({ name, bytes }) => {
    const refuse = () => outcome(() => harden(bytes));
    const start = performance.now();
    refuse();
    const first = (performance.now() - start) * 1e6;
    const nanoseconds = new Map([["the first time", first]]);
    return { name: `${name} (${(bytes.length / 1000).toFixed(0)} kB)`, nanoseconds };
  });
  return { title: "Hostile modules refused", subject: "the first time", rows };
}

/** Wall time from call to trap. */
function fidelity(): Table {
  const budgets = [1e6, 1e7, 1e8, 1e9];
  const rows = [...runaways, ...exceptionalRunaways].map(({ name, text, start }) => {
    const bytes = assemble(text);
    const nanoseconds = new Map<string, number>();
    for (const budget of budgets) {
      const guest = start ? undefined : startHardened(bytes, {}, budget);
      const begin = performance.now();
      outcome(() => (guest ? guest.exports.run() : startHardened(bytes, {}, budget)));
      nanoseconds.set(`${budget.toExponential(0)} units`, (performance.now() - begin) * 1e6);
    }
    const unit = nanoseconds.get("1e+9 units")! / 1e9;
    return { name: `${name} (${unit.toFixed(3)} ns)`, nanoseconds };
  });
  return { title: "Fuel until it is spent", subject: "1e+8 units", rows };
}
