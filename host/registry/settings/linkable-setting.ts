/** Setting `linkable`: plugins that may link to this one, whoever asks for it. */
import * as v from "valibot";
import { PluginPatterns } from "../../access/plugin-patterns.ts";
import { linkBounds } from "../../bounds/link-bounds.ts";

const most = linkBounds.linkable.value;
const form = /^(?=.{1,64}$)(?!-)[a-z0-9-]*\*?[a-z0-9-]*$/;

export const linkableSchema = v.pipe(
  v.union([
    v.literal(true),
    v.array(v.pipe(v.string(), v.regex(form, "the name of a plugin, or a pattern with one *"))),
  ]),
  v.check(
    (linkable) => linkable === true || linkable.length <= most,
    `true, or a list of at most ${most} names and patterns`,
  ),
);

/** `true`: all plugins. */
export type Linkable = true | readonly string[];

export function isLinkable(linkable: Linkable | undefined, plugin: string): boolean {
  return linkable === true || new PluginPatterns(linkable ?? []).has(plugin);
}
