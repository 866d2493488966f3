import { join } from "node:path";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { dataFiles } from "../../sqlite/data-files.ts";
import type { KeyValueStore } from "./key-value-store.ts";
import { MemoryKeyValue } from "./memory-key-value.ts";
import { SqliteKeyValue } from "./sqlite/sqlite-key-value.ts";

/** Store of key-value buckets in this folder, in a file of at most `maxBytes`, or in memory. A new driver is chosen here. */
export function openKeyValue(data: string | undefined, heap?: HeapAccount, maxBytes?: number): KeyValueStore {
  return data === undefined
    ? new MemoryKeyValue(heap)
    : new SqliteKeyValue({
        file: join(data, dataFiles.keyValue),
        ...(maxBytes !== undefined && { maxBytes }),
      });
}
