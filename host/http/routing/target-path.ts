/** Paths of requests in the one way of writing them that routes are compared with (RFC 3986, section 6.2.2). */

/** Target of a request: the path in that way, without the query. */
export interface TargetPath {
  readonly path: string;
  /** Target that has that path in as many parts, which is the one that came unless it had parts of dots. */
  readonly target: string;
}

const encoded = /%[0-9a-f]{2}/gi;
const unreserved = /[\w.~-]/;
const dots = /\/\.{1,2}(?:\/|$)/;

/** Undefined for what is no path: `*`, or a URL of something else. */
export function targetPath(target: string): TargetPath | undefined {
  let origin = target;
  if (!target.startsWith("/")) {
    const url = /^https?:/i.test(target) ? URL.parse(target) : undefined;
    if (!url) return undefined;
    origin = url.pathname + url.search;
  }
  const path = decoded(withoutQuery(origin));
  if (!path.includes("/.") || !dots.test(path)) return { path, target: origin };
  const resolved = URL.parse(`http://host${origin}`);
  return resolved
    ? { path: decoded(resolved.pathname), target: resolved.pathname + resolved.search }
    : undefined;
}

function withoutQuery(target: string): string {
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}

/** Letters and signs that stand for themselves are written so. */
function decoded(path: string): string {
  if (!path.includes("%")) return path;
  return path.replace(encoded, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return unreserved.test(character) ? character : code;
  });
}

/** Characters of a target that are before what is below so many parts of its path. */
export function lengthOfParts(target: string, parts: number): number {
  let at = 0;
  for (let part = 0; part < parts; part++) {
    const next = target.indexOf("/", at + 1);
    if (next < 0) return target.length;
    at = next;
  }
  return at;
}
