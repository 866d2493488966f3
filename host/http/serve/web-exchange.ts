/** Exchanges over web `Request` and `Response`. */

import { ServerResponse } from "node:http";
import type { ExchangeLimits } from "../../capabilities/capability.ts";
import type {
  HttpExchange,
  OutgoingBytes,
  RequestHead,
  ResponseHead,
} from "../../capabilities/http/http-exchange.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { fitTrailers } from "./message-fields.ts";
import { type Mount, targetBelow } from "./mount.ts";
import { addTrailers, cutOff } from "./node-answer.ts";
import { answeredTwice } from "./node-exchange.ts";
import { readRequestFields } from "./request-fields.ts";
import { fitHead, fitInformation } from "./response-fields.ts";
import { refuseUpgrade } from "./upgrade.ts";
import { WebAnswer } from "./web-answer.ts";
import { WebUpload } from "./web-upload.ts";

/** Bindings that a server gave the app beside the request: Node's objects under `@hono/node-server`. */
export interface NodeSide {
  readonly incoming?: {
    readonly url?: string;
    /** Express: `url` before a path was taken away at which it has mounted the app. */
    readonly originalUrl?: unknown;
    readonly rawHeaders?: readonly string[];
    readonly rawTrailers?: readonly string[];
    readonly socket?: { readonly remoteAddress?: string | undefined };
  };
  readonly outgoing?: unknown;
}

export interface WebExchangeOptions {
  readonly limits: ExchangeLimits;
  readonly node: NodeSide;
  readonly heap: HeapAccount | undefined;
  /** Path with query before the mount's own, in characters. */
  readonly prefixLength?: number | undefined;
  /** Path that something before the app has taken away. */
  readonly base?: string | undefined;
  readonly deliver: (response: Response) => void;
}

export class WebExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: WebUpload | undefined;
  dropped = 0;
  answer: WebAnswer | undefined;
  readonly #mount: Mount;
  readonly #options: WebExchangeOptions;
  readonly #trailers: boolean;
  /** Node's side of the response, for what a web response can't carry; absent elsewhere. */
  readonly #outgoing: ServerResponse | undefined;
  readonly #place: { readonly scheme: string; readonly authority: string | undefined; readonly path: string };
  #firstTurn = true;

  /** Throws `body-too-large` and `upgrade-not-supported`. */
  constructor(request: Request, mount: Mount, options: WebExchangeOptions) {
    const { limits, node } = options;
    const { method, url } = request;
    const start = url.indexOf("://") + 3;
    const slash = url.indexOf("/", start);
    const path = withoutFragment(url.slice(slash));
    // What came on the wire, where it is at hand: `Headers` put duplicates together.
    const raw = node.incoming?.rawHeaders ?? rawFields(request.headers);
    const address = node.incoming?.socket?.remoteAddress;
    const read = readRequestFields(raw, mount, { address, secure: url.startsWith("https:") });
    refuseUpgrade(read.upgrade, mount.plugin);
    this.#mount = mount;
    this.#options = options;
    this.#outgoing = node.outgoing instanceof ServerResponse ? node.outgoing : undefined;
    this.#trailers = read.trailers && (this.#outgoing?.useChunkedEncodingByDefault ?? false);
    const authority = read.authority ?? url.slice(start, slash);
    this.#place = {
      scheme: read.scheme,
      authority: read.outerAuthority ?? authority,
      path: (options.base ?? "") + path,
    };
    const target = targetBelow(path, options.prefixLength ?? mount.prefix.length);
    this.request = { method, scheme: read.scheme, authority, target, fields: read.fields() };
    const stream = read.hasBody || raw === undefined || node.incoming === undefined ? request.body : null;
    if (stream) {
      this.body = new WebUpload(stream, mount.plugin, {
        limit: limits.requestBytes,
        length: read.length,
        trailers: () => fitTrailers(node.incoming?.rawTrailers ?? []),
      });
    }
  }

  inform(head: ResponseHead): void {
    const outgoing = this.#outgoing;
    if (!outgoing || outgoing.headersSent || outgoing.destroyed || this.answer?.begun) return;
    if (outgoing.req.httpVersionMinor === 0 || typeof outgoing.writeInformation !== "function") return;
    const fit = fitInformation(head, this.#mount, this.#place);
    if (!fit) return;
    this.dropped += fit.dropped;
    outgoing.writeInformation(head.status, fit.fields);
  }

  respond(head: ResponseHead): OutgoingBytes {
    const { plugin } = this.#mount;
    if (this.answer) throw answeredTwice(plugin);
    const fit = fitHead(head, this.request.method, this.#mount, this.#place);
    this.dropped += fit.dropped;
    const outgoing = this.#outgoing;
    this.answer = new WebAnswer(fit, {
      plugin,
      limit: this.#options.limits.responseBytes,
      heap: this.#options.heap,
      head: this.request.method === "HEAD",
      deliver: this.#options.deliver,
      announces: this.#trailers,
      cut: outgoing && ((declared) => cutOff(outgoing, declared)),
      sendTrailers: outgoing && this.#trailers ? (trailers) => addTrailers(outgoing, trailers) : undefined,
    });
    if (!this.#firstTurn) this.answer.flush();
    return this.answer;
  }

  /** Ends the turn in which the guest was called: what it has begun by now and not ended is sent. */
  endTurn(): void {
    this.#firstTurn = false;
    if (this.answer && !this.answer.ended) this.answer.flush();
  }

  end(): void {
    this.answer?.abort();
    this.body?.discard();
  }
}

function rawFields(headers: Headers): string[] {
  const raw: string[] = [];
  for (const [name, value] of headers) raw.push(name, value);
  return raw;
}

function withoutFragment(path: string): string {
  const hash = path.indexOf("#");
  return hash < 0 ? path : path.slice(0, hash);
}

/** Path at which the app is mounted in something that takes that away; empty for none. */
export function baseOf({ incoming }: NodeSide): string {
  const { url, originalUrl } = incoming ?? {};
  if (url === undefined || typeof originalUrl !== "string" || originalUrl === url) return "";
  return originalUrl.endsWith(url) ? originalUrl.slice(0, -url.length) : "";
}
