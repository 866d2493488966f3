/** Address that a request came from, as far as that is known. */

import { isIP } from "node:net";
import type { RequestHeaders } from "../../access/request-headers.ts";

/** Bindings that `@hono/node-server` gives an app beside each request; other servers give something else, or nothing. */
interface NodeBindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
}

/**
 * The address at the other end of the connection. Behind a proxy that is the proxy's; `trustProxy` takes what the
 * nearest proxy wrote at the end of `X-Forwarded-For`. What stands before that the client may have made up.
 */
export function clientAddress(
  trustProxy: boolean,
): (headers: RequestHeaders, connection: unknown) => string | undefined {
  return (headers, connection) => {
    const forwarded = trustProxy ? headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
    if (forwarded !== undefined && isIP(forwarded) !== 0) return forwarded;
    return (connection as NodeBindings | undefined)?.incoming?.socket?.remoteAddress;
  };
}
