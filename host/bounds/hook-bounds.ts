import { type HostBounds, MiB } from "./host-bound.ts";

export const hookBounds = {
  atOnce: {
    value: 32,
    unit: "",
    of: "members of a hook that one call waits for at once",
    effect: "the others are asked when one of them has answered",
  },
  answers: {
    value: 16 * MiB,
    unit: "characters",
    of: "answers of all members to one call of a hook, as JSON",
    code: "result-too-large",
    effect: "it comes in the place of the answers beyond",
  },
  told: {
    value: 1_000,
    unit: "ms",
    of: "time in which one event tells that a member of a hook is left out",
    effect: "more are not told",
  },
} satisfies HostBounds;
