import type { Component } from "../../component/component.ts";
import { isDriven } from "../../drive/http-handler.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import { printWorld } from "../../wit/text/print.ts";

/** Description that is kept beside a version's bytes, so that lists and details need not decode them. */
export interface About {
  /** Names as `/call` takes them: `name`, or `ns:pkg/iface@1.0.0/name`. */
  readonly functions: readonly string[];
  /** WIT. */
  readonly world: string;
}

export function aboutComponent({ world }: Component): About {
  const functions = exportedFunctions(world)
    .filter((f) => !isDriven(f))
    .map((f) => (f.interface ? `${f.interface}/${f.name}` : f.name));
  return { functions, world: printWorld(world) };
}
