/** Names of plugins: which there may be, and what is said of one that is not there. */

import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";
import { kindOf } from "../text/kind-of.ts";
import { didYouMean } from "../text/nearest.ts";

export function pluginNotFound(name: string, near: readonly string[] = []): HotcellError {
  const upload = `Upload one with PUT /plugins/${name}, or deploy(${JSON.stringify(name)}, …) in code.`;
  return new HotcellError("plugin-not-found", `There is no plugin "${name}".`, {
    subject: name,
    remedy: didYouMean(near) ?? (pluginName.test(name) ? upload : `A plugin's name is ${pluginNames}.`),
    extra: { near },
  });
}

const pluginName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const pluginNames = "1 to 63 of a-z, 0-9 and -, not starting with -";

/** Throws `bad-plugin-name`; contracts are named as plugins are. */
export function checkName(name: string, of: "plugin" | "contract" = "plugin"): void {
  if (typeof name === "string" && pluginName.test(name)) return;
  const shown = typeof name === "string" ? JSON.stringify(beginning(name, 80)) : kindOf(name);
  const suggestion = suggestedName(name);
  throw new HotcellError("bad-plugin-name", `${shown} can't be a ${of}'s name.`, {
    subject: beginning(String(name), 80),
    expected: pluginNames,
    remedy: suggestion === undefined ? "Choose another name." : `Choose another name, such as ${suggestion}.`,
  });
}

/** `My_Plugin` as it may be written: `my-plugin`. */
function suggestedName(name: unknown): string | undefined {
  const suggestion = String(name)
    .slice(0, 80)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
  return typeof name === "string" && pluginName.test(suggestion) ? suggestion : undefined;
}
