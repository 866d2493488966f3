/** Capability of the table, made of what an embedder gave. */
import type { HostPrice } from "../../engine/engine.ts";
import type { Capability } from "../capability.ts";
import type { HostCapability, OwnPrice } from "./host-capability.ts";
import { OwnBinding } from "./own-binding.ts";
import { settingsOf } from "./own-settings.ts";

const defaultPrice: HostPrice = { call: 1_000, byte: 0 };
const defaultConcurrency = 256;

/** Capability of the table; what was given has been checked. `fault` hears of the embedder's own failures. */
export function ownCapability(
  name: string,
  own: HostCapability,
  version: string | undefined,
  supports: (version: string | undefined) => boolean,
  fault: (error: unknown) => void,
): Capability {
  const { grant, allows = `the functions of ${name}`, settings, concurrency = defaultConcurrency } = own;
  return {
    name: grant,
    grant: { allows, ...settingsOf(settings) },
    offers: [{ name, supports, versions: version ?? "no version", free: false }],
    wit: {},
    prices: { [name]: pricesOfOwn(own.price) },
    beside: true,
    bind: (parsed, deployment) => {
      const binding = new OwnBinding({ name, own, settings: parsed, deployment, concurrency, fault });
      return { supply: (cell) => binding.supply(cell) };
    },
  };
}

function pricesOfOwn(price: HostCapability["price"]): Readonly<Record<string, HostPrice>> {
  if (price === undefined) return { "*": defaultPrice };
  if (isPrice(price)) return { "*": { ...defaultPrice, ...price } };
  const rows = Object.entries(price).map(([name, own]) => [name, { ...defaultPrice, ...own }] as const);
  return { "*": defaultPrice, ...Object.fromEntries(rows) };
}

export function isPrice(price: NonNullable<HostCapability["price"]>): price is OwnPrice {
  return Object.values(price).every((value) => value === undefined || typeof value === "number");
}
