/** Bounds of what is made of a plugin's types and docs, for people and programs. */
import { type HostBounds, MiB } from "./host-bound.ts";

export const describeBounds = {
  schema: {
    value: MiB,
    unit: "characters",
    of: "JSON Schema of a plugin's types",
    effect: "what is beyond is told to be left out",
  },
} satisfies HostBounds;
