/** Bounds of plugins' files, which nobody sets. Quotas are settings of the grant `files`. */
import { GiB, type HostBounds, KiB, MiB } from "./host-bound.ts";

export const fileBounds = {
  name: { value: 255, unit: "bytes", of: "name of a file", effect: "the guest gets `name-too-long`" },
  path: { value: 4 * KiB, unit: "bytes", of: "path of a file", effect: "the guest gets `name-too-long`" },
  objectName: {
    value: KiB,
    unit: "bytes",
    of: "name of an object, or of a container of some",
    effect: "the guest gets an error",
  },
  wholeObject: {
    value: 512 * KiB,
    unit: "bytes",
    of: "object that a plugin reads as a list",
    effect: "the guest gets an error, and reads it as a stream",
  },
  depth: {
    value: 128,
    unit: "",
    of: "directories in one another in which one can be made",
    effect: "the guest gets `name-too-long`",
  },
  open: {
    value: 1_024,
    unit: "",
    of: "files and directories that a cell has open",
    effect: "the guest gets `insufficient-memory`",
  },
  quotaBytes: {
    value: 4 * GiB,
    unit: "bytes",
    of: "`quota.bytes` of a plugin's files",
    code: "bad-settings",
  },
  quotaFiles: { value: 1_000_000, unit: "", of: "`quota.files` of them", code: "bad-settings" },
  mounts: { value: 16, unit: "", of: "mounts of a plugin", code: "bad-settings" },
  sentCached: {
    value: 32 * MiB,
    unit: "bytes",
    of: "what is kept at hand of files that came with versions",
    effect: "what was read longest ago is read from the store again",
  },
  unsynced: {
    value: 1_000,
    unit: "ms",
    of: "time after which what a plugin wrote is durable, where it did not ask for that",
    effect: "it is written to the disk",
  },
} satisfies HostBounds;
