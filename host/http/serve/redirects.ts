/** Redirects of a plugin on an origin that is not its own. */

interface Place {
  readonly scheme: string;
  readonly authority: string | undefined;
  readonly path: string;
  readonly holds?: ((path: string) => boolean) | undefined;
}

/**
 * `Location` that leads to what is the plugin's, or to another host: who follows it may bring along a token, or a request that
 * means something to the API. A path of the same host that is none of the plugin's becomes one below its prefix, which is also
 * what a plugin means that does not know where it is mounted. Undefined for what is no URL, and where
 * somebody else answers there all the same.
 */
export function belowScope(
  location: string,
  prefix: string,
  { scheme, authority, path, holds }: Place,
): string | undefined {
  const host = authority ?? "host.invalid";
  const text = /^[\0-\x7f]*$/.test(location) ? location : Buffer.from(location, "latin1").toString("utf8");
  const url = URL.parse(text, `${scheme}://${host}${path}`);
  if (url === null) return undefined;
  if (url.protocol !== "http:" && url.protocol !== "https:") return location;
  // As browsers read it, for who would read `/\other` or `..` in another way.
  if (url.host !== URL.parse(`${scheme}://${host}`)?.host) return url.href;
  const { pathname, search, hash } = url;
  const inside = pathname === prefix || pathname.startsWith(`${prefix}/`);
  const below = `${inside ? "" : prefix}${pathname}`;
  return holds?.(below) === false ? undefined : below + search + hash;
}
