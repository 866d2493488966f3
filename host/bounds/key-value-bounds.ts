/** Bounds of what plugins keep in key-value buckets, whatever their grants say. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const keyValueBounds = {
  key: { value: 4 * KiB, unit: "bytes", of: "key, of `grants.kv.keyBytes`", code: "bad-settings" },
  value: { value: 960 * KiB, unit: "bytes", of: "value, of `grants.kv.valueBytes`", code: "bad-settings" },
  bytes: {
    value: 16 * 1024 * MiB,
    unit: "bytes",
    of: "keys and values of a plugin, of `grants.kv.bytes`",
    code: "bad-settings",
  },
  keys: { value: 10_000_000, unit: "", of: "keys of a plugin, of `grants.kv.keys`", code: "bad-settings" },
  batch: { value: 10_000, unit: "", of: "keys of one operation", effect: "the plugin gets an error" },
  buckets: { value: 100, unit: "", of: "buckets of a plugin", code: "bad-settings" },
  guestPage: {
    value: 100,
    unit: "",
    of: "keys that a plugin is told at once",
    effect: "the next page has the others",
  },
  page: {
    value: 1_000,
    unit: "",
    of: "keys that owners are told at once",
    effect: "the next page has the others",
  },
  pageBytes: {
    value: 256 * KiB,
    unit: "bytes",
    of: "keys that are listed at once, together",
    effect: "the next page has the others",
  },
  shared: {
    value: 256 * MiB,
    unit: "bytes",
    of: "keys and values of all plugins in a store on NATS",
    code: "store-full",
    set: "`HOTCELL_KV_DISK`, `createHost({ kvDisk })`",
  },
  answer: {
    value: 960 * KiB,
    unit: "bytes",
    of: "values of several keys that are read at once",
    effect: "the plugin gets an error",
  },
  changes: {
    value: 50,
    unit: "",
    of: "events in a second of values that owners change, on a host",
    effect: "those of one bucket are told together, with their number",
  },
} satisfies HostBounds;
