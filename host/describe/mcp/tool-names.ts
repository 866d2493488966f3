/** Names of tools for functions of plugins: letters, digits, `_`, `-` and `.`, 128 at most, and no two functions have one. */

import { createHash } from "node:crypto";

const longest = 128;

/** Characters of paths that names of tools can't have. What begins with `_` is one of these, so that names can be read back. */
const escapes: readonly (readonly [character: string, escape: string])[] = [
  ["_", "__"],
  ["/", "_s"],
  [":", "_c"],
  ["@", "_a"],
  ["#", "_f"],
  ["+", "_p"],
];
const escaped = new Map(escapes);
const unescaped = new Map(escapes.map(([character, written]) => [written, character]));

/** `greet.greet`; `calc.math_sadd-up` for `math/add-up`. What would be too long ends with a digest in its place. */
export function toolName(plugin: string, path: string): string {
  const whole = `${plugin}.${path.replace(/[_/:@#+]/g, (character) => escaped.get(character)!)}`;
  if (whole.length <= longest && !/[^\w.-]/.test(whole)) return whole;
  const digest = createHash("sha256").update(path).digest("hex").slice(0, 40);
  return `${plugin}._h${digest}`;
}

/** Plugin and path of a name; `path` is undefined for one that a digest stands in. Undefined for what no tool is called. */
export function toolTarget(
  name: string,
): { readonly plugin: string; readonly path: string | undefined } | undefined {
  const [, plugin, rest] = /^([a-z0-9][a-z0-9-]*)\.([\w.-]+)$/.exec(name) ?? [];
  if (plugin === undefined || rest === undefined || name.length > longest) return undefined;
  if (/^_h[0-9a-f]{40}$/.test(rest)) return { plugin, path: undefined };
  if (!/^(?:[^_]|_[_scafp])+$/.test(rest)) return undefined;
  return { plugin, path: rest.replace(/_./g, (written) => unescaped.get(written)!) };
}
