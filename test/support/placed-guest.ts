/** Guests for placements, and the settings that their tests leave out. */
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { type Grants, parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import type { Component } from "../../host/component/component.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { Bound } from "../../host/placement/placement.ts";
import { ProcessBudget } from "../../host/placement/process/budget.ts";
import {
  type ProcessPlacement,
  type ProcessPlacementOptions,
  placeInProcess,
} from "../../host/placement/process/process.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { allocator, lift, main } from "../guests/component-text.ts";
import { component } from "../guests/small-plugins.ts";

/** The main module has these functions; each export has the type given. */
export function guest(functions: string, exports: Record<string, string>, more = ""): Component {
  const lifted = Object.entries(exports).map(
    ([name, type]) => `(func (export "${name}") ${type} ${lift(name)})`,
  );
  return inspectComponent(component(`${more} ${allocator} ${main(functions)} ${lifted.join(" ")}`));
}

/** Counts its calls, gives back strings, fails in every way, and never returns from `spin`. */
export const all = guest(
  `(global $count (mut i32) (i32.const 0))
  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
  (func (export "echo") (param i32 i32) (result i32)
    (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
  (func (export "spin") (loop (br 0)))
  (func (export "trap") unreachable)
  (func (export "check") (param i32) (result i32)
    (i32.store8 (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (i32.const 7)) (i32.const 16))
  (func (export "pairs") (param i32) (result i32)
    (drop (memory.grow (i32.const 600)))
    (i32.store (i32.const 8) (i32.const 65536)) (i32.store (i32.const 12) (local.get 0)) (i32.const 8))`,
  {
    count: "(result u32)",
    echo: '(param "text" string) (result string)',
    spin: "",
    trap: "",
    check: '(param "fail" bool) (result (result u32 (error u32)))',
    pairs: '(param "count" u32) (result (list (tuple u8 u8)))',
  },
);

const open: ProcessPlacement[] = [];

/** Closed by `closeAll`. */
export async function place({
  component = all,
  grants = {},
  linked = linkImports(component.world, parseGrants(grants)),
  ...options
}: Partial<ProcessPlacementOptions> & { readonly grants?: Grants } = {}): Promise<ProcessPlacement> {
  const placement = await placeInProcess({
    plugin: "guest",
    component,
    linked,
    budget: new ProcessBudget(),
    mode: "shared",
    // More than any test runs for: what ends a guest here is its process.
    limits: { ...defaultLimits, fuel: 1e12, time: 60_000 },
    cells: defaultLimits,
    log: () => {},
    logBytes: defaultLimits.logBytes,
    ...options,
  });
  open.push(placement);
  return placement;
}

export function closeAll(): void {
  for (const placement of open.splice(0)) placement.close();
}

/** Every exported function, bound. */
export function bindAll(placement: Pick<ProcessPlacement, "bind">, component = all) {
  const functions = exportedFunctions(component.world);
  return (name: string, ...args: Parameters<Bound>): Promise<unknown> => {
    const { key, type } = functions.find((f) => f.key === name)!;
    return placement.bind(key, type)(...args) as Promise<unknown>;
  };
}

export function collect(): { lines: LogLine[]; log: (line: LogLine) => void } {
  const lines: LogLine[] = [];
  return { lines, log: (line) => void lines.push(line) };
}
