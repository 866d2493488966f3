/** Bounds of what plugins answer requests with, which nobody sets. Those of whole bodies are limits of the plugin. */
import { type HostBounds, KiB } from "./host-bound.ts";

export const handlerBounds = {
  fields: {
    value: 32 * KiB,
    unit: "bytes",
    of: "header fields of a response, or its trailer fields",
    code: "handler-error",
  },
  informational: {
    value: 16,
    unit: "",
    of: "informational responses (1xx) to one request",
    effect: "the plugin gets an error for more",
  },
} satisfies HostBounds;
