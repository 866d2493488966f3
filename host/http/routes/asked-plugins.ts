/** Plugins that a request asks for by a query parameter that may be repeated: by name, or by pattern. */

import { checkPattern, isPattern } from "../../access/plugin-patterns.ts";
import { answerBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { checkName } from "../../registry/plugin-names.ts";

/** Names and patterns that one request may give. */
const maxAsked = answerBounds.asked.value;

/** Each once. Throws `bad-request` for too many, and for what is no pattern; `bad-plugin-name` for what is no name. */
export function askedPlugins(query: URLSearchParams, parameter: string): string[] {
  const asked = query.getAll(parameter);
  if (asked.length > maxAsked) {
    throw new HotcellError("bad-request", `?${parameter} can be given ${maxAsked} times.`, {
      subject: parameter,
      limit: maxAsked,
      actual: asked.length,
      remedy: `Use a pattern: ?${parameter}=t42-*.`,
    });
  }
  for (const plugin of asked) {
    if (isPattern(plugin)) checkPattern(plugin, parameter);
    else checkName(plugin);
  }
  return [...new Set(asked)];
}
