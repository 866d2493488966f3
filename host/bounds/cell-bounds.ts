/**
 * Bounds of cells, of processes and of the host's work for a plugin, which nobody sets. Those that a plugin's owner sets, with
 * their defaults, are in `registry/plugin-limits.ts`.
 */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const pluginBounds = {
  drainTime: {
    value: 30_000,
    unit: "ms",
    of: "time for calls that run on a version when another one is live",
    code: "closed",
  },
  handoverTime: {
    value: 10_000,
    unit: "ms",
    of: "time for calls that run to end before state is handed over",
    code: "timeout",
  },
  waiting: {
    value: 10_000,
    unit: "",
    of: "calls that wait while state is handed over",
    code: "too-many-calls",
  },
  traps: {
    value: 5,
    unit: "",
    of: "calls of a plugin that ended their cell and are remembered",
    effect: "the oldest is forgotten",
  },
  trapText: {
    value: 1_000,
    unit: "characters",
    of: "text of each",
    effect: "it is cut",
  },
  idleTime: {
    value: 30_000,
    unit: "ms",
    of: "time for which idle cells keep their memory",
    effect: "it is given back",
  },
  checks: { value: 256 * KiB, unit: "bytes", of: "checks of a plugin", code: "bad-settings" },
  checkResponse: {
    value: 256 * KiB,
    unit: "bytes",
    of: "body of a response to a request of its checks",
    code: "checks-failed",
  },
  checkFields: {
    value: 16 * KiB,
    unit: "characters",
    of: "header of such a response",
    code: "checks-failed",
  },
  checkHeaders: {
    value: 50,
    unit: "",
    of: "headers that one such request has, or compares",
    code: "bad-settings",
  },
  audit: {
    value: 50,
    unit: "",
    of: "events in a second of what a plugin reaches",
    effect: "more are dropped, and counted",
  },
  env: { value: 131_072, unit: "characters", of: "`env` of a plugin", code: "bad-settings" },
  secrets: { value: 32_768, unit: "characters", of: "secrets in it", code: "bad-settings" },
  expression: {
    value: 1_000_000,
    unit: "characters",
    of: "WIT type that an embedder asserts",
    code: "bad-type-expression",
  },
  expressionDepth: {
    value: 100,
    unit: "",
    of: "types in one another in it",
    code: "bad-type-expression",
  },
} satisfies HostBounds;

export const cellBounds = {
  cells: {
    value: 10_000,
    unit: "",
    of: "cells of a host at one time",
    code: "no-capacity",
    set: "`createHost({ cells })`",
  },
  instances: {
    value: 10_000,
    unit: "",
    of: "instances that one cell makes, nested ones as often as they are",
    code: "component-limit",
  },
  links: {
    value: 300_000,
    unit: "",
    of: "links of a component, nested ones as often as they are instantiated",
    code: "component-limit",
  },
  handles: { value: 100_000, unit: "", of: "handles of resources in one cell", code: "trap" },
  objects: {
    value: 10_000,
    unit: "",
    of: "objects of the host in one cell, such as streams",
    code: "trap",
  },
  objectBytes: { value: MiB, unit: "bytes", of: "what these hold together", code: "trap" },
  random: { value: MiB, unit: "bytes", of: "random bytes of one call", code: "trap" },
  write: { value: 64 * KiB, unit: "bytes", of: "one write to an output stream", code: "trap" },
  lineTable: {
    value: MiB,
    unit: "bytes",
    of: "table of lines in a module",
    effect: "a larger one is not read",
  },
  transpileTime: {
    value: 20_000,
    unit: "ms",
    of: "time to make a component ready for the engine `jco`",
    code: "component-limit",
  },
  transpileMemory: {
    value: 512 * MiB,
    unit: "bytes",
    of: "memory for that",
    code: "component-limit",
  },
  transpileOutput: {
    value: 8 * MiB,
    unit: "bytes",
    of: "what comes of that, beyond four times the component",
    code: "component-limit",
  },
  logLine: {
    value: 8_192,
    unit: "characters",
    of: "line of a log",
    effect: "it is cut, and says how much is missing",
  },
  logLines: { value: 1_000, unit: "", of: "lines of one write", effect: "the others are counted" },
} satisfies HostBounds;

export const restartBounds = {
  pause: {
    value: 30_000,
    unit: "ms",
    of: "pause between cells that end one after the other",
    code: "backing-off",
  },
  pauseFrom: {
    value: 50,
    unit: "ms",
    of: "shorter pause",
    effect: "it is left out",
  },
} satisfies HostBounds;

export const processBounds = {
  launchTime: { value: 10_000, unit: "ms", of: "launch of a plugin's process", code: "timeout" },
  startTime: {
    value: 1_000,
    unit: "ms",
    of: "start of a plugin in it, where `limits.time` is shorter",
    code: "timeout",
  },
  idleTime: {
    value: 30_000,
    unit: "ms",
    of: "time that a process which nobody calls is kept, unless it is the last",
    effect: "it ends",
  },
  firstPause: {
    value: 250,
    unit: "ms",
    of: "pause after a start that failed, doubled with each",
    effect: "calls get the start's error, with `Retry-After`",
  },
  longestPause: {
    value: 30_000,
    unit: "ms",
    of: "such a pause at most",
    effect: "calls get the start's error, with `Retry-After`",
  },
  deaths: {
    value: 3,
    unit: "",
    of: "processes that end one after the other over their first call",
    code: "process-died",
    effect: "a pause begins",
  },
  tries: {
    value: 3,
    unit: "",
    of: "processes that a call is given to which ended before they read it",
    code: "process-died",
  },
  output: {
    value: MiB,
    unit: "bytes",
    of: "what a process prints by itself",
    code: "process-died",
  },
  endTime: {
    value: 5_000,
    unit: "ms",
    of: "time that a killed process is waited for, where its memory is needed",
    code: "no-capacity",
  },
} satisfies HostBounds;

export const backendBounds = {
  outstanding: {
    value: 256,
    unit: "",
    of: "operations that a cell has under way in its backends",
    code: "trap",
  },
  data: { value: MiB, unit: "bytes", of: "data of what it asks, or is answered", code: "trap" },
  bytes: {
    value: 16 * MiB,
    unit: "bytes",
    of: "all that it has under way there, with room for parts of exchanges",
    code: "trap",
  },
  window: {
    value: 128 * KiB,
    unit: "bytes",
    of: "parts of an exchange that were sent and not taken, each way",
    effect: "who sends waits",
  },
  part: { value: 64 * KiB, unit: "bytes", of: "one of these parts", code: "fault" },
  messages: {
    value: 20_000,
    unit: "",
    of: "messages of a process to backends in a second, parts apart",
    code: "process-died",
  },
  unread: {
    value: 64 * MiB,
    unit: "bytes",
    of: "what a process leaves unread of what came back",
    code: "process-died",
  },
} satisfies HostBounds;
