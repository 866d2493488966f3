/** Bounds of what the workers of a host ask and tell one another. */
import type { HostBounds } from "./host-bound.ts";

export const workerBounds = {
  inTime: {
    value: 2_000,
    unit: "ms",
    of: "time in which a worker tells what it has counted, where somebody asks",
    effect: "the answer goes without its newest, and says so",
  },
  answerTime: {
    value: 10_000,
    unit: "ms",
    of: "time in which the process that has the workers answers one of them",
    code: "workers-unavailable",
    effect: "a worker that ends does not wait longer to tell what it counted last",
  },
  beginTime: {
    value: 120_000,
    unit: "ms",
    of: "time for a worker to get to serve, besides what `--wait-for-data` says",
    code: "closed",
    effect: "it is killed, which the host's log says: a reload ends, and the workers before go on",
  },
  endTime: {
    value: 60_000,
    unit: "ms",
    of: "time for a worker to end that was told to, when the host ends or by a reload",
    effect: "it is killed, which the host's log says",
  },
  telling: {
    value: 1_000,
    unit: "ms",
    of: "time after which a worker tells that unasked",
    effect: "a worker that is killed takes with it what nobody was told",
  },
  gathering: {
    value: 10,
    unit: "ms",
    of: "time for which what clients take of rates, and wrong tokens, are gathered before the other workers are told",
    effect: "who asks several workers within it takes from each",
  },
  onTheWay: {
    value: 100,
    unit: "",
    of: "messages that are on their way to a worker which takes none",
    effect: "it is not told of such takings until it does",
  },
} satisfies HostBounds;
