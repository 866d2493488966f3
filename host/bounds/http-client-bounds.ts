/** Bounds of the requests that plugins make: those that a grant may set have their most here, and their defaults. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const httpClientBounds = {
  connectTimeout: {
    value: 60_000,
    unit: "ms",
    of: "time to connect, `timeouts.connect`; 10 s where nothing is set",
    effect: "the guest gets `connection-timeout`, or `DNS-timeout`",
  },
  firstByteTimeout: {
    value: 600_000,
    unit: "ms",
    of: "time to the head of a response, `timeouts.firstByte`; 30 s where nothing is set",
    effect: "the guest gets `HTTP-response-timeout`",
  },
  betweenBytesTimeout: {
    value: 600_000,
    unit: "ms",
    of: "time between pieces of its body, `timeouts.betweenBytes`; 30 s where nothing is set",
    effect: "the guest gets `connection-read-timeout`",
  },
  wholeTimeout: {
    value: 3_600_000,
    unit: "ms",
    of: "time of a request with its response, `timeouts.whole`; 5 minutes where nothing is set",
    effect: "the guest gets `HTTP-response-timeout`",
  },
  requestBytes: {
    value: 1024 * MiB,
    unit: "bytes",
    of: "body of a request, `requestBytes`; 16 MiB where nothing is set",
    effect: "the guest gets `HTTP-request-body-size`",
  },
  responseBytes: {
    value: 1024 * MiB,
    unit: "bytes",
    of: "body of a response, `responseBytes`; 16 MiB where nothing is set",
    effect: "the guest gets `HTTP-response-body-size`",
  },
  requestsPerSecond: {
    value: 100_000,
    unit: "",
    of: "requests in a second, `requestsPerSecond`; 100 where nothing is set",
    effect: "the guest gets `connection-limit-reached`",
  },
  concurrent: {
    value: 1_024,
    unit: "",
    of: "requests at one time, `concurrent`; 64 where nothing is set",
    effect: "the guest gets `connection-limit-reached`",
  },
  lookups: {
    value: 1,
    unit: "",
    of: "lookups of names at one time for a plugin; for all together half of Node's threads (`UV_THREADPOOL_SIZE`)",
    effect: "the next waits, within its time to connect",
  },
  redirects: {
    value: 10,
    unit: "",
    of: "redirects that are followed, `redirects`; 0 where nothing is set",
    effect: "the response that redirects is the answer",
  },
  requestFields: {
    value: 32 * KiB,
    unit: "bytes",
    of: "header fields of a request",
    effect: "the guest gets `HTTP-request-header-section-size`",
  },
  responseFields: {
    value: 32 * KiB,
    unit: "bytes",
    of: "header fields of a response, and its trailers",
    effect: "the guest gets `HTTP-response-header-section-size`",
  },
  informational: {
    value: 16,
    unit: "",
    of: "responses before a response (1xx)",
    effect: "the guest gets `HTTP-protocol-error`",
  },
  target: {
    value: 8 * KiB,
    unit: "characters",
    of: "path of a request with its query",
    effect: "the guest gets `HTTP-request-URI-too-long`",
  },
  entries: { value: 100, unit: "", of: "entries of `allow`", code: "bad-settings" },
  credentials: { value: 8, unit: "", of: "members of `secrets`", code: "bad-settings" },
  credential: { value: 4_096, unit: "characters", of: "value of one of these", code: "bad-settings" },
  idleConnection: {
    value: 4_000,
    unit: "ms",
    of: "time for which a connection is kept for the next request",
    effect: "it is closed",
  },
} satisfies HostBounds;
