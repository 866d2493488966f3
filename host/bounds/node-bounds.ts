import type { HostBounds } from "./host-bound.ts";

/** Bounds between hosts that share a folder or a store. */
export const nodeBounds = {
  beginTime: {
    value: 30_000,
    unit: "ms",
    of: "time for the host that has a plugin's one cell to begin a call, however many hosts that is meanwhile",
    code: "process-died",
  },
  endTime: {
    value: 1_000,
    unit: "ms",
    of: "time for it to begin one of a host that ends",
    code: "closed",
  },
  behind: {
    value: 20,
    unit: "",
    of: "plugins that a host names to the others as not following what is stored",
    effect: "the rest are counted",
  },
} satisfies HostBounds;
