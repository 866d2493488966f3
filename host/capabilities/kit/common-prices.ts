/** Prices that host functions of many interfaces have. */
import type { HostPrice } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import type { FunctionPrices } from "../capability.ts";

/** Price of what does nothing besides: the values cost enough. */
export const values: HostPrice = { call: 0 };
/** An object of the host's is made. */
export const object: HostPrice = { call: hostCosts.object };
/** An error is thrown and caught. */
export const refused: HostPrice = { call: hostCosts.refused };
/** It may be. */
export const refusable: HostPrice = { call: hostCosts.refusable };

/** Price of a function that asks a backend; `bytesOf` gives the bytes of its data, of the function's arguments. */
export function asking<A extends unknown[]>(bytesOf: (...args: A) => number): HostPrice {
  return { call: hostCosts.ask, touched: (...args: A) => bytesOf(...args) * hostCosts.askByte };
}

/** An interface whose functions cost what their values do. */
export const allValues: FunctionPrices = { "*": values };
/** An interface that has nothing: whatever can be called of it refuses. */
export const allRefused: FunctionPrices = { "*": refused };
