import type { IncomingMessage } from "node:http";

/** Plugin and function that a call is of, and the URL that says so. */
export interface DirectTarget {
  readonly plugin: string;
  readonly function: string;
}

/** Targets in which no two readers of URLs find different things: nothing escaped in the path, no segments of dots. */
const plainTarget =
  /^\/call\/([\w~-][\w.~-]*)\/([\w~:@-][\w.~:@-]*(?:\/[\w~:@-][\w.~:@-]*)*)(?:\?[!$%&-;=?-[\]_a-z~]*)?$/;

/** Hosts in which none does either. */
const plainHost =
  /^(?:[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?|(?:localhost|127\.0\.0\.1):6[0-4]\d{3})$/;

/** Target of a plain request for a call; undefined for any other request, and for what is not plain to read. */
export function directTarget({ method, url = "", headers }: IncomingMessage): DirectTarget | undefined {
  if (method !== "POST" && method !== "GET") return undefined;
  if (!url.startsWith("/call/") || !plainHost.test(headers.host ?? "")) return undefined;
  const [, plugin, path] = plainTarget.exec(url) ?? [];
  return plugin === undefined ? undefined : { plugin, function: path! };
}
