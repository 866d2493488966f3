import { createMemoryStore } from "./memory/memory-store.ts";
import { openSqliteStore } from "./sqlite/sqlite-store.ts";
import type { Store } from "./store.ts";

/** Store of a host that was given none: in this folder, or in memory. A new driver is chosen here. */
export function openStore(data: string | undefined): Store | Promise<Store> {
  return data === undefined ? createMemoryStore() : openSqliteStore({ folder: data });
}
