// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * What plugins that keep values by key import as "hotcell/assembly/kv": a `KvBucket` has texts, bytes, JSON and numbers. The
 * world imports `store`, `atomics` and `batch` of `wasi:keyvalue`.
 */
export { Json } from "../http/json-value";
export { textOf, utf8 } from "../http/texts";
export { KvBucket } from "./kv-bucket";
export { KvEdit } from "./kv-edit";
export { KvError } from "./kv-error";
export { KvKeys } from "./kv-keys";
