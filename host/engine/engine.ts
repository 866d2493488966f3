/**
 * What an engine is: it turns a checked component into cells that can be called. The registry and the embedding
 * API know only this file, so that engines can be exchanged.
 */
import type { Component } from "../component/component.ts";

/**
 * Host functions for one cell: interface id as the component imports it (or `$root` for functions imported by the
 * world itself) → JS name (camelCase) → function, in the JS mapping of DESIGN §5.
 */
export type HostImports = Readonly<Record<string, Readonly<Record<string, HostFunction>>>>;
// biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
export type HostFunction = (...args: any[]) => unknown;

export interface Engine {
  readonly name: string;
  /**
   * Compiles a component once; the result makes any number of cells.
   * Throws HotcellError (`unsafe-name`, `unsupported-feature`, `invalid-component`, …) for what it can't run.
   */
  compile(component: Component): Promise<CompiledComponent>;
  /** Ends helper processes. Compiled components stay usable. */
  close(): Promise<void>;
}

export interface CompiledComponent {
  /**
   * A new cell: core modules instantiated and started. `fuel` is what starting it, and then each call, may spend, in
   * units; an engine that does not meter ignores it. Throws TrapError if a start function or initialiser traps,
   * `out-of-fuel` if it does not end in time.
   */
  instantiate(imports: HostImports, fuel?: number): Cell;
}

/** About half a second of a guest's work. */
export const defaultFuel = 1e9;

/** One sandboxed instance. Not reentrant: a call made while another runs is refused with a fault. */
export interface Cell {
  /** False after a trap, a fault or `dispose`: such a cell is never called again. */
  readonly alive: boolean;
  /**
   * The callable of an export: `name` or `ns:pkg/iface@1.0.0#name`, exactly as the component exports it.
   * Arguments are trusted to be valid values of their types (`host/wit/values.ts` checks them before).
   * A call returns the lifted value (`result` types as `{tag, val}`, also at top level), or throws TrapError
   * or `out-of-fuel`; after that the cell is dead. Throws a TypeError for a name that is not an exported function.
   */
  function(name: string): (...args: unknown[]) => unknown;
  /** Units of fuel that the last call used; 0 where the engine does not meter. */
  readonly fuelUsed: number;
  /** Takes what the cell is now for what `reset` returns to. */
  save(): void;
  /**
   * Puts the cell back to what it was at `save`. False if that can't be done soundly (its memory has grown, its tables
   * may have changed, handles are live): then it must not be used again.
   */
  reset(): boolean;
  dispose(): void;
}
