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
    of: "time for it to begin a call that a host has sent which is about to end",
    code: "closed",
  },
  connectTime: {
    value: 5_000,
    unit: "ms",
    of: "time to connect to another host, and to show it the key that both have",
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
    of: "time for which idle connections to another host are kept",
    effect: "they are closed",
  },
  strangers: {
    value: 100,
    unit: "",
    of: "connections from elsewhere that have not shown the key yet",
    effect: "the oldest is closed",
  },
  message: {
    value: 256 * MiB,
    unit: "bytes",
    of: "arguments or result of a call of a cell that another host has",
    code: "argument-too-large",
    effect: "or `result-too-large`",
  },
  keepEvery: {
    value: 1_000,
    unit: "ms",
    of: "least time between two times that a plugin's state is kept, `state.every`",
    code: "bad-settings",
  },
  state: {
    value: 64 * MiB,
    unit: "bytes",
    of: "state of a plugin that is kept for the host that has its cell next",
    effect: "a larger one is not kept, which the host's log says",
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
  trialSilence: {
    value: 30_000,
    unit: "ms",
    of: "time for which a host that tries a version for another one may not say how that goes",
    code: "rollout-failed",
  },
  decideTime: {
    value: 10_000,
    unit: "ms",
    of: "time for which a host that has tried a version for another one waits for what that decides, and that for the end of the trial",
    effect: "each goes by what is stored",
  },
  behind: {
    value: 20,
    unit: "",
    of: "plugins that a host names to the others as not following what is stored",
    effect: "the rest are counted",
  },
} satisfies HostBounds;
