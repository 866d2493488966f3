import type { Context } from "hono";
import { callerOf, type Identity } from "../../../access/identity.ts";
import type { RequestHeaders } from "../../../access/request-headers.ts";
import { bodyOf } from "../../body/body-of-request.ts";
import type { BodyRequest, BodySource } from "../../body/body-source.ts";

/** Request for a call, in whatever form it is here. Who sends it may make the call. */
export interface CallRequest extends BodyRequest {
  readonly method: string;
  /** The target, or more of the URL; what stands behind `?` is the query. */
  readonly url: string;
  /** Whole URL, for people. */
  readonly href: string;
  /** Name of the plugin. */
  readonly plugin: string;
  /** Path of the function, as `Registry.callable` takes it. */
  readonly function: string;
  /** Name of the token that it needed; absent where it needed none. */
  readonly caller: string | undefined;
  /** Its connection, as `Access` takes it. */
  readonly connection: unknown;
}

/** Request for a call in an app. A class: objects put together cost a small call as much as its arguments do. */
export class WebCallRequest implements CallRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: RequestHeaders;
  readonly body: BodySource;
  readonly plugin: string;
  readonly function: string;
  readonly caller: string | undefined;
  readonly connection: unknown;
  readonly #request: Request;

  constructor(c: Context, plugin: string, identity: Identity) {
    const request = c.req.raw;
    this.#request = request;
    this.method = request.method;
    this.url = request.url;
    this.headers = request.headers;
    this.body = bodyOf(request, c.env);
    this.plugin = plugin;
    this.caller = callerOf(identity);
    this.connection = c.env;
    this.function = c.req.param("function")!;
  }

  get href(): string {
    return this.url;
  }

  /** Made for whoever asks. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }
}
