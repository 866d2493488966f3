import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const contractBounds = {
  bytes: { value: 256 * KiB, unit: "bytes", of: "a contract", code: "too-large" },
  allBytes: {
    value: 16 * MiB,
    unit: "bytes",
    of: "all contracts that a host keeps",
    code: "contract-limit",
  },
  kept: { value: 200, unit: "", of: "versions of contracts that a host keeps", code: "contract-limit" },
  removed: {
    value: 200,
    unit: "",
    of: "names whose highest removed version is remembered",
    effect: "new versions of others have numbers above those of names that were forgotten",
  },
  asked: { value: 8, unit: "", of: "contracts that a plugin's setting names", code: "bad-settings" },
  changes: {
    value: 1000,
    unit: "",
    of: "changes by which plugins miss a contract that is put, in one answer",
    effect: "more are counted only",
  },
  clashes: {
    value: 100,
    unit: "",
    of: "pairs of contracts that are compared to find which clash, where a plugin misses one",
    effect: "the upload is refused as one that misses it",
  },
  patterns: {
    value: 100,
    unit: "",
    of: "names and patterns of plugins that a contract holds for",
    code: "bad-request",
  },
} satisfies HostBounds;
