/** Bounds of what the host keeps for plugins that serve HTTP and their clients. */
import { type HostBounds, KiB } from "./host-bound.ts";

export const serveBounds = {
  requestWindow: {
    value: 64 * KiB,
    unit: "bytes",
    of: "part of a request's body that came and that a plugin has yet to read",
    effect: "the client is not read from until it has",
  },
  wholeAnswer: {
    value: 64 * KiB,
    unit: "bytes",
    of: "answer of a plugin that is sent whole, with its length",
    effect: "a longer one is sent as it comes",
  },
  uncountedAnswer: {
    value: 64 * KiB,
    unit: "bytes",
    of: "part of each plugin's answer under way that is not counted",
    effect: "what is beyond is taken from the heap that requests share",
  },
  answerWindow: {
    value: 256 * KiB,
    unit: "bytes",
    of: "part of a plugin's answer that its client has yet to read",
    effect: "the plugin waits; where the host has no room, beyond what is not counted",
  },
} satisfies HostBounds;
