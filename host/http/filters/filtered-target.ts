/** Targets of requests, as filters see them: by the path that the app behind them routes by. */
import { getPath } from "hono/utils/url";
import { HotcellError } from "../../errors.ts";

const origin = "http://host";
/** Segments that are steps, written in any way: `.`, `..`, `%2e%2E`; and what some take for a slash. */
const steps = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|\\/i;

/**
 * Path and query of a target in origin or absolute form (RFC 9112, section 3.2), the path decoded as Hono decodes it: who
 * writes a letter as `%61` is seen as who writes the letter. Throws `bad-request` for a path with steps, which one app
 * follows and another takes as they are, so that a filter can't know what it leads to.
 */
export function filteredTarget(target: string): string {
  const local = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target);
  const given = local ? target.slice(local[0].length) : target;
  const end = given.search(/[?#]/);
  const path = end < 0 ? given : given.slice(0, end);
  const query = end < 0 ? "" : given.slice(end);
  if (steps.test(path)) {
    throw new HotcellError("bad-request", "The path of the request has steps in it.", {
      actual: path.slice(0, 200),
      expected: "a path without the segments . and .., and without \\",
      remedy: "Ask for the path that it leads to.",
    });
  }
  return (path.includes("%") ? getPath({ url: origin + path } as Request) : path || "/") + query;
}
