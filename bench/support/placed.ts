/** A guest placed inline and in processes, with the same limits. */
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import type { Component } from "../../host/component/component.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { CallLimits, Placement } from "../../host/placement/placement.ts";
import { ProcessBudget } from "../../host/placement/process/budget.ts";
import {
  type ProcessPlacement,
  type ProcessPlacementOptions,
  placeInProcess,
} from "../../host/placement/process/process.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";

export type Call = (...args: unknown[]) => unknown;

/** With the fuel of an hour, so that what ends a call is what the bench wants to end it. */
export const limits: CallLimits = { ...defaultLimits, fuel: 1e12, time: 60_000 };

export async function inline(component: Component, changed: Partial<CallLimits> = {}): Promise<Placement> {
  return placeInline({
    compiled: await createDirectEngine().compile(component),
    supply: linkImports(component.world, parseGrants({})).supply(),
    recipient: { plugin: "guest", log() {} },
    mode: "shared",
    limits: { ...limits, ...changed },
  });
}

export function inProcess(
  component: Component,
  options: Partial<ProcessPlacementOptions> = {},
): Promise<ProcessPlacement> {
  const { logBytes } = defaultLimits;
  const usual = {
    plugin: "guest",
    budget: new ProcessBudget(),
    mode: "shared",
    log() {},
    logBytes,
  } as const;
  return placeInProcess({
    ...usual,
    component,
    linked: linkImports(component.world, parseGrants({})),
    limits,
    cells: defaultLimits,
    ...options,
  });
}

export function bound(placement: Placement, { world }: Component, name: string): Call {
  const { key, type } = exportedFunctions(world).find((f) => f.key === name)!;
  const call = placement.bind(key, type);
  return (...args) => call(args);
}
