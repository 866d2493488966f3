/**
 * Makes a core module safe to run in the host's own thread: rewritten so that it stops when its fuel is spent, can't
 * grow beyond its limits, takes no long time to compile, and can be put back to a saved state. Pure.
 */
import { coreReader } from "../wasm/core-reader.ts";
import type { Hardened } from "./hardened-module.ts";
import { type HardenLimits, limitsOf } from "./module-limits.ts";
import { ModuleRewriter } from "./rewrite/module-rewriter.ts";
import { readOutline } from "./scan/outline.ts";

export interface HardenOptions {
  /** Limits; those not given are `defaultHardenLimits`. */
  readonly limits?: Partial<HardenLimits>;
  /** True where modules that it is linked with may throw exceptions through it; default: only if it has tags itself. */
  readonly unwinds?: boolean;
}

/**
 * The hardened module behaves like the one given, except that it additionally imports a global (`fuelModule`,
 * `fuelImport`), takes from it before it does something, traps when it falls below zero, finds its memories and
 * tables unable to grow beyond the limits, and exports what is named in `reserved.ts`.
 *
 * Throws `malformed-component` for what is no core module, `component-limit` for what exceeds a limit,
 * `unsupported-feature` for instructions, types and sections that are unknown or can't be metered, and `unsafe-name`
 * for imports and exports with reserved names. A module that breaks only validation rules may come out as invalid
 * as it was.
 */
export function harden(bytes: Uint8Array, options: HardenOptions = {}): Hardened {
  const limits = limitsOf(bytes.length, options.limits);
  const outline = readOutline(bytes);
  return new ModuleRewriter(coreReader(bytes, 0, 0), outline, limits, options.unwinds ?? false).run();
}
