/**
 * Bounds that hold whatever a plugin's settings say: how long, how many, how large. Each is declared here once, used
 * where it holds, and listed in docs/limits.md. What an owner can set for a plugin is in `registry/plugin-limits.ts`; what a
 * component and its modules may be made of, in `component/structure-limits.ts` and `harden/module-limits.ts`.
 */

export interface HostBound {
  readonly value: number;
  readonly unit: "ms" | "bytes" | "characters" | "";
  /** The thing that it bounds, as a row of a table begins. */
  readonly of: string;
  /** Code of the error that whoever meets it gets; several with commas between them. */
  readonly code?: string;
  /** Effect where nobody gets an error, or beside it. */
  readonly effect?: string;
  /** Name of what sets it on a host; absent where it can't be set. */
  readonly set?: string;
}

type Bounds = Readonly<Record<string, HostBound>>;

const KiB = 1024;
const MiB = 1024 * KiB;

/** Idle connections outlast the usual 60 s of load balancers. */
export const serverBounds = {
  connections: {
    value: 2_048,
    unit: "",
    of: "connections at one time",
    effect: "one that the host is waiting for is closed, the oldest idle one first",
  },
  headerTime: { value: 15_000, unit: "ms", of: "time for a header to arrive", code: "request-timeout" },
  requestTime: { value: 120_000, unit: "ms", of: "time for a request to arrive", code: "request-timeout" },
  idleTime: { value: 65_000, unit: "ms", of: "time that an idle connection is kept", effect: "it is closed" },
  checkEvery: {
    value: 5_000,
    unit: "ms",
    of: "time between two looks at who has run out of time",
    effect: "times may be exceeded by so much",
  },
  lingerTime: {
    value: 500,
    unit: "ms",
    of: "time for which the rest of a refused body is thrown away",
    effect: "the connection is closed",
  },
  stalledTime: {
    value: 60_000,
    unit: "ms",
    of: "time for which nothing of an answer is read",
    effect: "the connection is closed",
  },
  unreadTime: {
    value: 5_000,
    unit: "ms",
    of: "time after which an unread answer may have to make room",
    effect: "it is cut off where its memory is needed",
  },
  unreadBytes: {
    value: 64 * KiB,
    unit: "bytes",
    of: "part of each unread answer that is not counted",
    effect: "what is beyond is taken from the heap that requests share",
  },
  headerSize: {
    value: 16 * KiB,
    unit: "bytes",
    of: "request line and header together",
    code: "headers-too-large",
  },
  headerLines: { value: 100, unit: "", of: "lines of a header", code: "headers-too-large" },
  endTime: {
    value: 10_000,
    unit: "ms",
    of: "time for requests under way when the host ends",
    code: "closed",
    effect: "an answer that has begun is cut off",
  },
} satisfies Bounds;

export const bodyBounds = {
  upload: {
    value: 64 * MiB,
    unit: "bytes",
    of: "uploaded component",
    code: "too-large",
    set: "the ceiling of `componentBytes`",
  },
  json: {
    value: 8 * MiB,
    unit: "bytes",
    of: "JSON body of a call",
    code: "too-large",
    set: "the ceiling of `argumentBytes`",
  },
  settings: { value: 8 * MiB, unit: "bytes", of: "JSON body of another request", code: "too-large" },
  jsonAtOnce: {
    value: 128 * MiB,
    unit: "bytes",
    of: "JSON bodies that arrive at one time, together",
    code: "too-many-requests",
  },
  uncounted: {
    value: 64 * KiB,
    unit: "bytes",
    of: "part of each JSON body that is not counted there",
    effect: "what is beyond counts",
  },
  uploadsAtOnce: { value: 4, unit: "", of: "uploads at one time", effect: "others wait" },
  uploadsWaiting: { value: 16, unit: "", of: "uploads that wait", code: "too-many-requests" },
  downloadsAtOnce: {
    value: 2,
    unit: "",
    of: "requests at one time that read a version's binary",
    effect: "others wait",
  },
  downloadsWaiting: {
    value: 256,
    unit: "",
    of: "requests that wait to read a version's binary",
    code: "too-many-requests",
  },
  codings: { value: 2, unit: "", of: "content codings over one another", code: "unsupported-coding" },
  inflatedAtOnce: {
    value: 2,
    unit: "",
    of: "compressed bodies that are inflated at one time",
    effect: "others wait",
  },
  inflatedWaiting: {
    value: 512,
    unit: "",
    of: "compressed bodies that wait to be inflated",
    code: "too-many-requests",
  },
  smallInflated: {
    value: 64 * KiB,
    unit: "bytes",
    of: "compressed body that waits for no larger one",
    effect: "it waits its turn among the large ones",
  },
  zstdWindow: { value: 2 ** 23, unit: "bytes", of: "window that zstd may ask for", code: "bad-request" },
  formParts: { value: 8, unit: "", of: "parts of a form", code: "bad-request" },
  partHeader: { value: 8 * KiB, unit: "bytes", of: "header of a part of a form", code: "bad-request" },
  formExtra: {
    value: 256 * KiB,
    unit: "bytes",
    of: "what a form has besides the component",
    code: "too-large",
  },
  formField: { value: 8 * MiB, unit: "bytes", of: "JSON field of a form", code: "too-large" },
  jsonNesting: {
    value: 500,
    unit: "",
    of: "arrays and objects of JSON in one another",
    code: "bad-json",
  },
  jsonBecomes: {
    value: 8 * MiB,
    unit: "bytes",
    of: "what the JSON of settings, checks and tokens becomes in memory",
    code: "bad-request",
  },
} satisfies Bounds;

export const answerBounds = {
  json: { value: 64 * MiB, unit: "characters", of: "result of a call as JSON", code: "result-too-large" },
  payload: {
    value: MiB,
    unit: "characters",
    of: "error of a function as JSON",
    code: "result-too-large",
  },
  listed: {
    value: 1_000,
    unit: "",
    of: "plugins that one answer lists",
    effect: "`next` says where to go on",
  },
  listedNames: {
    value: MiB,
    unit: "characters",
    of: "names of functions that one answer lists",
    effect: "`next` says where to go on",
  },
  asked: { value: 100, unit: "", of: "names and patterns in one query", code: "bad-request" },
  worldText: { value: 4 * MiB, unit: "characters", of: "world as WIT", code: "component-limit" },
  detail: { value: 10_000, unit: "characters", of: "text of an error", effect: "it is cut" },
  fact: { value: 2_000, unit: "characters", of: "other member of a problem", effect: "it is cut" },
  quoted: { value: 2_000, unit: "characters", of: "what a plugin says in an error", effect: "it is cut" },
  paths: { value: 20, unit: "", of: "settings that a refusal names", effect: "the others are counted" },
  frames: {
    value: 30,
    unit: "",
    of: "functions in the stack of a trap",
    effect: "the outer ones are left out",
  },
} satisfies Bounds;

export const streamBounds = {
  streams: { value: 1_024, unit: "", of: "event streams at one time", code: "too-many-requests" },
  streamsEach: {
    value: 512,
    unit: "",
    of: "event streams of one token at one time",
    code: "too-many-requests",
  },
  stalledTime: {
    value: 60_000,
    unit: "ms",
    of: "time for which nothing of an event stream is read",
    effect: "it is closed; its client goes on by `Last-Event-ID`",
  },
  events: { value: 200, unit: "", of: "events that one stream holds", effect: "the rest waits in the store" },
  eventBytes: {
    value: 64 * KiB,
    unit: "bytes",
    of: "events that one stream holds, together",
    effect: "the rest waits in the store",
  },
  slowTime: {
    value: 1_000,
    unit: "ms",
    of: "time after which an unread event stream may have to make room",
    effect: "the slowest is closed where its memory is needed",
  },
  heartbeat: {
    value: 15_000,
    unit: "ms",
    of: "silence of an event stream",
    effect: "a comment keeps it open",
  },
} satisfies Bounds;

export const tokenBounds = {
  wrong: {
    value: 20,
    unit: "",
    of: "wrong tokens of one address at once",
    code: "too-many-requests",
  },
  wrongEvery: {
    value: 3_000,
    unit: "ms",
    of: "time for one more wrong token of that address",
    code: "too-many-requests",
  },
  addresses: {
    value: 10_000,
    unit: "",
    of: "addresses of wrong tokens that are remembered",
    effect: "the oldest is forgotten",
  },
  plugins: { value: 100, unit: "", of: "names and patterns that limit a token", code: "bad-request" },
  lifetime: {
    value: 36_525 * 86_400_000,
    unit: "ms",
    of: "time for which a token may be good",
    code: "bad-request",
  },
} satisfies Bounds;

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
  idleTime: {
    value: 30_000,
    unit: "ms",
    of: "time for which idle cells keep their memory",
    effect: "it is given back",
  },
  checks: { value: 256 * KiB, unit: "bytes", of: "checks of a plugin", code: "bad-settings" },
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
} satisfies Bounds;

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
} satisfies Bounds;

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
} satisfies Bounds;

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
} satisfies Bounds;

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
} satisfies Bounds;

/** Groups of all bounds, by what a page calls them. */
export const bounds: Readonly<Record<string, Bounds>> = {
  "The HTTP server": serverBounds,
  "Request bodies": bodyBounds,
  Answers: answerBounds,
  "Event streams": streamBounds,
  Tokens: tokenBounds,
  Plugins: pluginBounds,
  Cells: cellBounds,
  "Cells that end one after the other": restartBounds,
  "Plugins in processes": processBounds,
  "The store": storeBounds,
};
