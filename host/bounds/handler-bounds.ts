/** Bounds of what plugins answer requests with, which nobody sets. Those of whole bodies are limits of the plugin. */
import { type HostBounds, KiB } from "./host-bound.ts";

export const handlerBounds = {
  fields: {
    value: 32 * KiB,
    unit: "bytes",
    of: "header fields of a response, or its trailer fields",
    code: "handler-error",
  },
  requestFields: {
    value: 32 * KiB,
    unit: "bytes",
    of: "header fields of a request that a plugin sends",
    effect: "the plugin gets `HTTP-request-header-section-size`",
  },
  requestPath: {
    value: 8 * KiB,
    unit: "bytes",
    of: "path and query of such a request",
    effect: "the plugin gets `HTTP-request-URI-too-long`",
  },
  informational: {
    value: 16,
    unit: "",
    of: "informational responses (1xx) to one request",
    effect: "the plugin gets an error for more",
  },
  slowTime: {
    value: 2_000,
    unit: "ms",
    of: "time that a handler waits for a slow client while other requests wait for a cell",
    effect: "the slowest client is cut off; its request gets `request-timeout`",
  },
  slowRate: {
    value: 16 * KiB,
    unit: "bytes",
    of: "least that a client takes or sends in a second of that",
    effect: "the client is slow",
  },
} satisfies HostBounds;
