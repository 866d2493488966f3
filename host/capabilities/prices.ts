/**
 * Prices of the host functions, in fuel (a unit is about half a nanosecond here, and a tenth where guests run: time is
 * charged where it is more), as `bench -- harden` measures them. What a call takes and gives is paid for by its types and
 * bytes whatever function it is (`engine/abi/weights.ts`); what the function does besides is in its capability's folder,
 * by the figures of `fuel-prices.ts`. No function may be without a price: `test/capabilities/prices.test.ts`.
 */
import type { HostPrice } from "../engine/engine.ts";
import { functionsIn, type Interface } from "../wit/model.ts";
import type { Capability } from "./capability.ts";

/** Prices of an interface that a capability offers, by function as WIT has it; none for a function without a price. */
export function pricesOf(
  { prices }: Capability,
  name: string,
  offered: Interface,
): Readonly<Record<string, HostPrice>> {
  const rows = prices[name] ?? {};
  const { "*": others, ...named } = rows;
  if (others === undefined) return named;
  const all = functionsIn(offered).map((each) => [each.name, others] as const);
  return { ...Object.fromEntries(all), ...named };
}
