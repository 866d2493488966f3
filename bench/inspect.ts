/** What the first look at an upload and its whole inspection cost: of real components, and of the worst there are. */
import { readFile } from "node:fs/promises";
import { inspectComponent } from "../host/component/inspect.ts";
import { StructureMeter } from "../host/component/structure-limits.ts";
import { checkStructure } from "../host/component/validate/structure.ts";
import { component, decodingBombs, leb, structureBombs } from "../test/guests/component-bombs.ts";
import type { Table } from "./support/table.ts";

const look = "first look";
const inspection = "whole inspection";

export async function run(): Promise<Table[]> {
  return [await speed(), hostile()];
}

const root = new URL("../", import.meta.url);
const files = [
  [
    "StarlingMonkey, the heart of JavaScript components",
    "node_modules/@bytecodealliance/componentize-js/lib/starlingmonkey_embedding.wasm",
  ],
  ["wasm-tools", "node_modules/@bytecodealliance/jco-transpile/vendor/wasm-tools.core.wasm"],
  ["friendly-time", "build/friendly-time-v1.wasm"],
  ["shapes", "build/shapes.wasm"],
] as const;

async function speed(): Promise<Table> {
  const rows = [];
  for (const [name, path] of files) {
    const bytes = asComponent(await readFile(new URL(path, root)));
    const nanoseconds = new Map([
      [look, quickest(() => checkStructure(bytes, new StructureMeter()))],
      [inspection, quickest(() => inspectComponent(bytes))],
    ]);
    const rates = [...nanoseconds.values()].map((time) => ((bytes.length / time) * 1000).toFixed(0));
    rows.push({ name: `${name} (${rates.join(" and ")} MB/s)`, nanoseconds });
  }
  return { title: "Components inspected", subject: look, rows };
}

/** A core module, in a component that does nothing with it. */
function asComponent(bytes: Uint8Array): Uint8Array {
  if (bytes[6] === 0x01) return Uint8Array.from(bytes);
  return Uint8Array.from(Buffer.concat([component(), Uint8Array.from([1, ...leb(bytes.length)]), bytes]));
}

function hostile(): Table {
  const rows = [...structureBombs, ...decodingBombs].map(({ name, bytes }) => {
    const binary = bytes();
    const nanoseconds = new Map([
      [look, quickest(() => outcome(() => checkStructure(binary, new StructureMeter())))],
      [inspection, quickest(() => outcome(() => inspectComponent(binary)))],
    ]);
    return { name: `${name} (${(binary.length / 1000).toFixed(0)} kB)`, nanoseconds };
  });
  return { title: "Hostile components refused", subject: look, rows };
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Nanoseconds, of the quickest of several goes: others share the machine. */
function quickest(run: () => unknown): number {
  const once = () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  };
  const goes = Math.min(200, Math.max(5, Math.ceil(20 / once())));
  return Math.min(...Array.from({ length: goes }, once)) * 1e6;
}
