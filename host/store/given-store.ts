/** Store of an embedder's: what it lacks is told before anything is done with it, and what it gives where it is used. */

import { HotcellError } from "../errors.ts";
import { kindOf } from "../text/kind-of.ts";
import type { SharedStore, Store, StoreListener } from "./store.ts";

/** True for a store that has what plugins keep besides, for all its hosts. */
export function isShared(store: Store): store is SharedStore {
  return "keyValue" in store;
}

const methods: { readonly [Name in Exclude<keyof Store, symbol>]: true } = {
  list: true,
  plugin: true,
  commit: true,
  deployments: true,
  uses: true,
  binary: true,
  verify: true,
  prune: true,
  collect: true,
  append: true,
  events: true,
  eventRange: true,
  trimEvents: true,
  watch: true,
  tokens: true,
  addToken: true,
  revokeToken: true,
  contracts: true,
  putContract: true,
  removeContract: true,
  backup: true,
  close: true,
};

/** Throws `bad-settings` naming the methods that it lacks. */
export function requireStore(store: object): void {
  const missing = Object.keys(methods).filter((name) => typeof Reflect.get(store, name) !== "function");
  if (missing.length === 0) return;
  const names = missing.join(", ");
  const several = missing.length > 1 ? "methods" : "method";
  throw new HotcellError("bad-settings", `The store of createHost lacks the ${several} ${names}.`, {
    subject: "store",
    expected: "an object with all methods of Store",
    remedy: `Add the ${several}: the type Store of hotcell says what each does.`,
  });
}

/** Listens to a store's events; gives what ends it. Throws `bad-settings` where the store gives nothing that could. */
export function watchStore(store: Store, listener: StoreListener): () => void {
  const end: unknown = store.watch(listener);
  if (typeof end === "function") return end as () => void;
  throw new HotcellError("bad-settings", `The store's method watch gave ${kindOf(end)}, and no function.`, {
    subject: "store",
    expected: "a function that ends the watch",
    actual: kindOf(end),
    remedy: "Return a function from watch, at once and not as a promise: called, it ends what watch began.",
  });
}

/** Refusal of a host that is told two places to keep things in. */
export function twoStores(data: string): HotcellError {
  return new HotcellError("bad-settings", "createHost got both data and store.", {
    subject: "store",
    actual: `data ${JSON.stringify(data)} and a store`,
    expected: "one of them",
    remedy: "Leave data out: your store keeps what the folder would.",
  });
}
