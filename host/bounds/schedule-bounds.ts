import { type HostBounds, KiB } from "./host-bound.ts";

export const scheduleBounds = {
  entries: { value: 16, unit: "", of: "entries of a plugin's `schedule`", code: "bad-settings" },
  cron: { value: 100, unit: "characters", of: "pattern of an entry", code: "bad-settings" },
  name: { value: 64, unit: "characters", of: "name of an entry", code: "bad-settings" },
  arguments: {
    value: 16 * KiB,
    unit: "characters",
    of: "arguments of an entry, as JSON",
    code: "bad-settings",
  },
  told: {
    value: 60_000,
    unit: "ms",
    of: "time in which an entry's calls that went well are told together",
    effect: "an event says how many they were",
  },
  missed: {
    value: 1_000,
    unit: "",
    of: "times that one event tells as missed",
    effect: "more are not counted",
  },
} satisfies HostBounds;
