/** Requests to registries, one at a time each: to checked addresses, with bounds for what comes back and how slowly. */
import { lookup } from "node:dns";
import { Agent, type Dispatcher, request } from "undici";
import type { AddressPolicy } from "../../backends/http-client/addresses.ts";
import { type AddressLookup, checkedConnector } from "../../backends/http-client/checked-connect.ts";
import { failureOf, overflow } from "../../backends/http-client/error-codes.ts";
import { leastPart, ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { type AnsweredHead, PassingFailure } from "./passing-failure.ts";
import { registryFailed } from "./registry-errors.ts";
import type { RegistryRules } from "./registry-rules.ts";

/** Times, in milliseconds, where they are to be others than the bounds'. */
export interface RegistryTimes {
  readonly time: number;
  readonly connect: number;
  readonly firstByte: number;
  readonly rateTime: number;
  /** Wait before the second try; each after that is twice as long. */
  readonly backoff: number;
}

export const registryTimes: RegistryTimes = {
  time: ociBounds.time.value,
  connect: ociBounds.connect.value,
  firstByte: ociBounds.firstByte.value,
  rateTime: ociBounds.rateTime.value,
  backoff: 500,
};

export interface TransportOptions {
  readonly rules: RegistryRules;
  readonly times: RegistryTimes;
  /** Lookup of names; by default the system's. */
  readonly lookup?: AddressLookup;
  /** Certificates of authorities in place of Node's, as PEM. */
  readonly ca?: string;
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface RegistryAnswer extends AnsweredHead {
  readonly url: URL;
  /** Whole body; throws `PassingFailure` for one that is cut or slow, and for one of more than `most` bytes `tooMuch`, or `registry-failed`. */
  bytes(most: number, tooMuch?: () => Error): Promise<Uint8Array>;
}

const systemLookup: AddressLookup = (name, callback) => lookup(name, { all: true }, callback);

export class RegistryTransport {
  readonly #options: TransportOptions;
  readonly #agents = new Map<AddressPolicy, Agent>();
  readonly #closing = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Signal of the end: whoever waits to ask again waits no longer. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Answer to a request on behalf of a registry with that origin. Throws `PassingFailure`, `registry-failed` for what stays as it is, and
   * what the signal was aborted with.
   */
  async send(
    registry: string,
    url: URL,
    { method, headers = {}, body }: RegistryRequest,
    signal: AbortSignal,
  ): Promise<RegistryAnswer> {
    const { times, rules } = this.#options;
    this.closing.throwIfAborted();
    const policy = rules.policyFor(url, registry);
    if (policy === undefined || url.username !== "" || url.password !== "")
      throw registryFailed(
        url.host,
        "it is to be asked without TLS, or by a login in an address, and is not",
      );
    try {
      const answer = await request(url, {
        dispatcher: this.#agent(policy),
        method,
        // Whatever comes is hashed as it is: nobody asks for it compressed.
        headers: { "user-agent": "hotcell", "accept-encoding": "identity", ...headers },
        ...(body && { body }),
        headersTimeout: body ? 0 : times.firstByte,
        bodyTimeout: 0,
        signal,
      });
      return answerOf(url, answer, times.rateTime, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      throw failure(url, thrown);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new HotcellError("closed", "Nothing is pulled any more: the host ends."));
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  #agent(policy: AddressPolicy): Agent {
    const { times, lookup: own = systemLookup, ca } = this.#options;
    const agent =
      this.#agents.get(policy) ??
      new Agent({
        connect: checkedConnector({ policy, lookup: own, ca, timeout: times.connect }),
        allowH2: false,
        pipelining: 1,
        keepAliveTimeout: 1000,
        maxHeaderSize: ociBounds.fields.value,
      });
    this.#agents.set(policy, agent);
    return agent;
  }
}

function answerOf(
  url: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  rateTime: number,
  signal: AbortSignal,
): RegistryAnswer {
  // Whoever reads it is told of its errors; one of what nobody reads any more is nobody's, and must not end the host.
  body.on("error", () => {});
  return {
    url,
    status: statusCode,
    field: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    bytes: async (most, tooMuch = () => sendsMore(url, most)) => {
      const coding = headers["content-encoding"];
      if (coding !== undefined && coding !== "identity") {
        body.destroy();
        throw registryFailed(url.host, "it answers compressed, which nobody asked for");
      }
      try {
        return await whole(body, most, tooMuch, rateTime, url);
      } catch (thrown) {
        body.destroy();
        signal.throwIfAborted();
        throw thrown instanceof PassingFailure ? thrown : failure(url, thrown);
      }
    },
    drop: () => void body.destroy(),
  };
}

async function whole(
  body: Dispatcher.ResponseData["body"],
  most: number,
  tooMuch: () => Error,
  rateTime: number,
  url: URL,
): Promise<Uint8Array> {
  // Copied: a part may be a byte, and hold a buffer of the socket's.
  let room = Buffer.allocUnsafeSlow(Math.min(most, leastPart));
  let [received, before] = [0, 0];
  const timer = setInterval(() => {
    if (received - before < leastPart)
      body.destroy(
        new PassingFailure(`${url.host} sent ${received - before} bytes in ${rateTime / 1000} s`, "slow"),
      );
    before = received;
  }, rateTime);
  try {
    for await (const part of body as AsyncIterable<Uint8Array>) {
      received += part.byteLength;
      if (received > most) throw tooMuch();
      if (received > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(received, 2 * room.length)));
        room.copy(larger);
        room = larger;
      }
      room.set(part, received - part.byteLength);
    }
  } finally {
    clearInterval(timer);
  }
  return room.subarray(0, received);
}

function sendsMore(url: URL, most: number): Error {
  return registryFailed(url.host, `it sends more than the ${most} bytes that there may be`);
}

/** Tags of failures that another try does not mend. */
const lasting = new Set(["TLS-certificate-error", "TLS-protocol-error", "HTTP-protocol-error"]);

/** Failure in the host's own words: what Node says of it may tell of the host. */
function failure(url: URL, thrown: unknown): Error {
  if (thrown instanceof HotcellError) return thrown;
  const { code } = thrown as { readonly code?: string };
  if (code === overflow || code === "UND_ERR_HEADERS_OVERFLOW")
    return registryFailed(
      url.host,
      `its answer has more than ${ociBounds.fields.value} bytes of header fields`,
    );
  const { tag } = failureOf(thrown).told;
  if (tag === "destination-IP-prohibited") {
    return registryFailed(url.host, "it is at an address that is not public", {
      actual: url.host,
      remedy: "Have the host's owner add the word private to HOTCELL_REGISTRIES, if that is meant.",
    });
  }
  const what = `${url.host}: ${tag}`;
  if (tag === "TLS-protocol-error") {
    return registryFailed(url.host, tag, {
      remedy: `If it is of this machine and speaks no TLS, say so: http://${url.host} in HOTCELL_REGISTRIES, or --plain-http on the command line.`,
    });
  }
  if (lasting.has(tag)) return registryFailed(url.host, tag);
  return new PassingFailure(what, tag.endsWith("timeout") ? "slow" : "failed");
}
