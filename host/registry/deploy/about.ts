import type { Component } from "../../component/component.ts";
import type { ToldComponent } from "../../component/metadata.ts";
import { isDriven } from "../../drive/http-handler.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import { printWorld } from "../../wit/text/print.ts";

/** Description that is kept beside a version's bytes, so that lists and details need not decode them. */
export interface About extends ToldComponent {
  /** Names as `/call` takes them: `name`, or `ns:pkg/iface@1.0.0/name`. */
  readonly functions: readonly string[];
  /** WIT, with the docs that came with it. */
  readonly world: string;
}

export function aboutComponent({ world, metadata, notes }: Component): About {
  const functions = exportedFunctions(world)
    .filter((f) => !isDriven(f))
    .map((f) => (f.interface ? `${f.interface}/${f.name}` : f.name));
  return {
    functions,
    world: printWorld(world),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(notes.length > 0 && { notes }),
  };
}

export function toldOf({ metadata, notes }: ToldComponent): ToldComponent {
  return { ...(metadata && { metadata }), ...(notes && { notes }) };
}
