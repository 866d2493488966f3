import { type HostBounds, KiB } from "./host-bound.ts";

export const filterBounds = {
  fields: {
    value: 64,
    unit: "",
    of: "header fields that a filter changes, or answers with",
    code: "bad-response",
  },
  characters: {
    value: 16 * KiB,
    unit: "characters",
    of: "header fields that a filter changes, or answers with, together",
    code: "bad-response",
  },
  body: { value: 64 * KiB, unit: "characters", of: "body that a filter answers with", code: "bad-response" },
} satisfies HostBounds;
