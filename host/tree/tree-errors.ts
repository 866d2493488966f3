import { type ErrorFacts, HotcellError } from "../errors.ts";
import { cutText } from "../text/cut.ts";

/** Refusal of files that come with an upload; `path`: the one that it is about. */
export function badFiles(detail: string, path: string | undefined, facts: ErrorFacts): HotcellError {
  return new HotcellError("bad-files", detail, {
    ...(path !== undefined && { subject: shownPath(path) }),
    ...facts,
  });
}

/** Path as a refusal names it. */
export function shownPath(path: string): string {
  return cutText(path, 200);
}
