/**
 * Prices of the host functions, in fuel (a unit is about half a nanosecond here, and a tenth where guests run: time is
 * charged where it is more), as `bench -- harden` measures them. What a call takes and gives is paid for by its types and
 * bytes whatever function it is (`engine/abi/weights.ts`); what the function does besides is in its capability's folder,
 * by the figures of `fuel-prices.ts`. No function may be without a price: `test/capabilities/prices.test.ts`.
 */
import type { HostPrice } from "../engine/engine.ts";
import { functionsIn, type Interface } from "../wit/model.ts";
import type { FunctionPrices } from "./capability.ts";

/**
 * Prices of an interface that a capability offers, or that one has as it is bound, by function as WIT has it; none for a function
 * without a price.
 */
export function pricesOf(
  { prices = {} }: { readonly prices?: Readonly<Record<string, FunctionPrices>> },
  interfaceName: string,
  offered: Interface,
  id = interfaceName,
): Readonly<Record<string, HostPrice>> {
  const rows = partFor(prices, id, interfaceName) ?? {};
  const { "*": others, ...named } = rows;
  if (others === undefined) return named;
  const all = functionsIn(offered).map((each) => [each.name, others] as const);
  return { ...Object.fromEntries(all), ...named };
}

/** Part of what a capability has by interface: that for one version alone, where there is such, else that for its name. */
export function partFor<T>(parts: Readonly<Record<string, T>>, id: string, name: string): T | undefined {
  if (Object.hasOwn(parts, id)) return parts[id];
  return Object.hasOwn(parts, name) ? parts[name] : undefined;
}
