import { type HostBounds, MiB } from "./host-bound.ts";

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
  rolloutTime: {
    value: 240_000,
    unit: "ms",
    of: "time for which one host has a new version alone, `rollout.time`",
    code: "bad-settings",
  },
  rolloutWait: {
    value: 10_000,
    unit: "ms",
    of: "time for which the answer to a rollout waits for the other hosts to follow",
    effect: "it says how many have not said so",
  },
  behind: {
    value: 20,
    unit: "",
    of: "plugins that a host names to the others as not following what is stored",
    effect: "the rest are counted",
  },
  connectTime: {
    value: 5_000,
    unit: "ms",
    of: "time to connect to it, and to show the key that both have",
    effect: "it is tried again, until the time to begin is over",
  },
  connections: {
    value: 1_000,
    unit: "",
    of: "connections to one other host, and so calls under way there",
    effect: "further ones wait",
  },
  idleTime: {
    value: 60_000,
    unit: "ms",
    of: "time for which idle connections to it are kept",
    effect: "they are closed",
  },
  strangers: {
    value: 100,
    unit: "",
    of: "connections of others that have not shown the key yet",
    effect: "the oldest is closed",
  },
  keepEvery: {
    value: 1_000,
    unit: "ms",
    of: "least time from one to the next for which a plugin's state is kept",
    code: "bad-settings",
  },
  state: {
    value: 64 * MiB,
    unit: "bytes",
    of: "state of a plugin that is kept for the host that has its cell next",
    effect: "a larger one is not kept, which the host's log says",
  },
  message: {
    value: 256 * MiB,
    unit: "bytes",
    of: "arguments or result of a call of a cell that another host has",
    code: "argument-too-large",
    effect: "or `result-too-large`",
  },
} satisfies HostBounds;
