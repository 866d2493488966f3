import type { Context } from "hono";
import { bodyRequestOf } from "../../body/body-of-request.ts";
import type { BodyRequest } from "../../body/body-source.ts";

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
}

export function webCallRequest(c: Context, plugin: string): CallRequest {
  const { method, url } = c.req.raw;
  return Object.assign(bodyRequestOf(c.req.raw, c.env), {
    ...{ method, url, href: url, plugin },
    function: c.req.param("function")!,
  });
}
