import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { CellMemory } from "../../host/engine/cell/cell-memory.ts";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { harden } from "../../host/harden/harden.ts";
import type { HardenLimits } from "../../host/harden/module-limits.ts";

const tools = await loadWasmTools();

export const plenty = 2 ** 50;

const room = new CellMemory({ cellMemory: 2 ** 46 });

/** What hardened modules import besides their own imports, with room for any memory. */
export function added(fuel: Fuel): WebAssembly.Imports {
  return { ...fuel.imports, ...room.imports };
}

/** WebAssembly text → binary. Not validated. */
export function assemble(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(tools.parse(text));
}

// biome-ignore lint/suspicious/noExplicitAny: exports of modules under test are of all types.
export type Exports = Record<string, any>;

export interface Metered {
  readonly exports: Exports;
  readonly fuel: Fuel;
}

export function start(bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as Exports;
}

export function startHardened(
  bytes: Uint8Array,
  imports: WebAssembly.Imports = {},
  budget: number = plenty,
  limits: Partial<HardenLimits> = {},
): Metered {
  const fuel = new Fuel();
  fuel.set(budget);
  const exports = start(harden(bytes, { limits }).bytes, { ...imports, ...added(fuel) });
  return { exports, fuel };
}

/** What a call comes to, in a form that can be compared. */
export function outcome(call: () => unknown): unknown {
  try {
    return { returns: call() };
  } catch (thrown) {
    if (thrown instanceof WebAssembly.Exception) return { throws: "a WebAssembly exception" };
    return { throws: (thrown as Error).message };
  }
}
