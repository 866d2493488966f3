/** Bounds of the HTTP server, of what it takes and of what it answers. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

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
  accessLog: {
    value: MiB,
    unit: "bytes",
    of: "lines of the access log that wait to be written",
    effect: "further ones are dropped, and a line says how many",
  },
  endTime: {
    value: 10_000,
    unit: "ms",
    of: "time for requests under way when the host ends",
    code: "closed",
    effect: "an answer that has begun is cut off",
  },
} satisfies HostBounds;

export const bodyBounds = {
  upload: {
    value: 64 * MiB,
    unit: "bytes",
    of: "uploaded component",
    code: "too-large",
    set: "the ceiling of `componentBytes`",
  },
  uploadFiles: {
    value: 10_000,
    unit: "",
    of: "files that come with a component",
    code: "bad-files",
    set: "the ceiling of `uploadFiles`",
  },
  uploadFileBytes: {
    value: 32 * MiB,
    unit: "bytes",
    of: "these together",
    code: "bad-files",
    set: "the ceiling of `uploadFileBytes`",
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
  formParts: { value: 128, unit: "", of: "parts of a form", code: "bad-request" },
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
} satisfies HostBounds;

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
  filePaths: {
    value: 200,
    unit: "",
    of: "files that a plan names as added, changed or removed",
    effect: "the others are counted",
  },
  paths: { value: 20, unit: "", of: "settings that a refusal names", effect: "the others are counted" },
  frames: {
    value: 30,
    unit: "",
    of: "functions in the stack of a trap",
    effect: "the outer ones are left out",
  },
} satisfies HostBounds;

export const streamBounds = {
  streams: { value: 1_024, unit: "", of: "event streams at one time", code: "too-many-requests" },
  streamsEach: {
    value: 512,
    unit: "",
    of: "event streams of one token at one time",
    code: "too-many-requests",
  },
  messageId: {
    value: 1_000,
    unit: "characters",
    of: "id of a request to `/mcp`, which a stream repeats with all that it tells",
    effect: "the request is refused (-32600)",
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
} satisfies HostBounds;

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
} satisfies HostBounds;

export const routeBounds = {
  routes: { value: 32, unit: "", of: "routes of one plugin", code: "bad-settings" },
  path: { value: 256, unit: "characters", of: "path of a route", code: "bad-settings" },
} satisfies HostBounds;

export const rateBounds = {
  clients: {
    value: 16_384,
    unit: "",
    of: "clients of plugins with a `rate` that are told apart",
    effect: "others share buckets: none has more than its rate, some may have less",
  },
  shared: { value: 1_024, unit: "", of: "buckets of a plugin that such clients share", effect: "see above" },
} satisfies HostBounds;

/** Requests with many calls, one a line. */
export const lineBounds = {
  lines: {
    value: 100_000,
    unit: "",
    of: "lines of a request with many calls, empty ones too",
    code: "too-large",
    effect: "those before it are answered",
  },
  atOnce: {
    value: 8,
    unit: "",
    of: "calls of such a request that are made at one time",
    effect: "the next line waits, and with it the client",
  },
  answer: {
    value: 4 * MiB,
    unit: "characters",
    of: "result of such a call as JSON",
    code: "result-too-large",
  },
} satisfies HostBounds;

/** Calls with an `Idempotency-Key`, for each token, and for each network of those who need none. */
export const idempotencyBounds = {
  key: { value: 255, unit: "characters", of: "`Idempotency-Key`", code: "bad-request" },
  keptTime: {
    value: 600_000,
    unit: "ms",
    of: "time for which the answer to a call with an `Idempotency-Key` is kept",
    effect: "the same is a new call then",
  },
  entries: {
    value: 1_000,
    unit: "",
    of: "such calls that are kept for a token, or an address without one",
    code: "too-many-requests",
  },
  bytes: {
    value: 4 * MiB,
    unit: "bytes",
    of: "answers that are kept for a token, or an address without one",
    code: "too-many-requests",
  },
  underWay: {
    value: 64,
    unit: "",
    of: "such calls of a token, or of an address without one, that are made at one time",
    code: "too-many-requests",
  },
  answer: {
    value: 256 * KiB,
    unit: "bytes",
    of: "answer that is kept, two bytes for each character",
    code: "answer-not-kept",
  },
  strangers: {
    value: 16,
    unit: "",
    of: "addresses without a token for which as much is kept as may be",
    code: "too-many-requests",
  },
  owed: {
    value: 16 * MiB,
    unit: "bytes",
    of: "answers that one of several hosts holds until what they share can keep them, where that is away for a while",
    code: "answer-not-kept",
  },
  together: {
    value: 32,
    unit: "",
    of: "tokens and addresses for which as much is kept as may be, by all hosts of a folder, or by each host in a store on NATS",
    code: "too-many-requests",
  },
} satisfies HostBounds;
