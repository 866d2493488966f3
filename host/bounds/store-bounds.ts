/** Bounds of what is stored, and of what is read of it at a time. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const storeBounds = {
  versions: {
    value: 20,
    unit: "",
    of: "versions of a plugin that are kept",
    effect: "those used longest ago are forgotten",
    set: "`HOTCELL_KEEP_VERSIONS`, `createHost({ keepVersions })`",
  },
  deployments: {
    value: 1_000,
    unit: "",
    of: "deployments of a plugin that are kept",
    effect: "the oldest are forgotten",
  },
  deploymentBytes: {
    value: 4 * MiB,
    unit: "bytes",
    of: "settings and details of these",
    effect: "the oldest are forgotten",
  },
  events: { value: 10_000, unit: "", of: "events that are kept", effect: "the oldest are forgotten" },
  eventBytes: {
    value: 64 * MiB,
    unit: "bytes",
    of: "events that are kept, together",
    effect: "the oldest are forgotten",
  },
  event: {
    value: 64 * KiB,
    unit: "bytes",
    of: "one event",
    effect: "only how large it was is kept",
  },
  eventText: {
    value: 16 * KiB,
    unit: "characters",
    of: "text in an event",
    effect: "it is cut, and says how much is missing",
  },
  eventsOnTheWay: {
    value: 8 * MiB,
    unit: "bytes",
    of: "events on their way to the store",
    effect: "more are dropped, and counted",
  },
  page: { value: 1_000, unit: "", of: "records that one answer has", effect: "the next page has the others" },
  pageBytes: {
    value: MiB,
    unit: "bytes",
    of: "records that one answer has, together",
    effect: "the next page has the others",
  },
} satisfies HostBounds;
