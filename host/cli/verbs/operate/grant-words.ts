/** Grants as a line names them: `clocks`, or `clocks={"resolution":5}`. */

import { capabilities } from "../../../capabilities/table.ts";
import { UsageError } from "../../command-line.ts";
import { parsed } from "./json-given.ts";

/** Capabilities that a host of its own can grant; an embedder's has others besides. */
export const grantable: readonly string[] = capabilities.flatMap(({ name, grant }) => (grant ? [name] : []));

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
