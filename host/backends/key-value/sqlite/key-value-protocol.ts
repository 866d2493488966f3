/** Messages between a key-value store and its thread, which come in batches both ways. */
import type { AskedChange, KeyValueFile } from "./key-value-file.ts";

/** Methods of the file that only read. */
type ReadOperation = "get" | "version" | "list" | "usage" | "plugins";

export type KeyValueRequest = { readonly id: number } & (
  | { readonly operation: ReadOperation; readonly args: Parameters<KeyValueFile[ReadOperation]> }
  | { readonly operation: "change"; readonly args: readonly [AskedChange] }
  | { readonly operation: "forget"; readonly args: readonly [plugin: string] }
  | { readonly operation: "close"; readonly args: readonly [] }
);
