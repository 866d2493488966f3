/** Grants as a line names them: `clocks`, or `clocks={"resolution":5}`. */

import { UsageError } from "../../command-line.ts";
import { parsed } from "./json-given.ts";

/**
 * Capabilities that a host of its own can grant; an embedder's has others besides. Their table is not loaded for this: a completion
 * would wait for it.
 */
export const grantable: readonly string[] = ["clocks", "random", "logging", "files", "http", "plugins", "kv"];

export interface GivenGrants {
  /** Capabilities without settings of their own. */
  readonly plain: readonly string[];
  /** Capabilities with settings, as `grants` of a plugin's settings has them; undefined: none. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
}

export function grantsOf(words: readonly string[]): GivenGrants {
  const plain: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    const name = at < 0 ? word : word.slice(0, at);
    if (!/^[a-z][\w-]*$/i.test(name))
      throw new UsageError(`${JSON.stringify(name)} is no capability's name.`);
    if (at < 0) plain.push(name);
    else settings[name] = parsed(word.slice(at + 1), `What ${name} is granted with`);
  }
  return { plain, settings: Object.keys(settings).length > 0 ? settings : undefined };
}
