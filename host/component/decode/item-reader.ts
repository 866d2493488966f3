/** Decodes sorts and what they index (Binary.md, Instance Definitions: `sort`, `sortidx`). */

import { invalid, malformedComponent, unsupportedFeature } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import type { Entity } from "../component-types.ts";
import type { CoreSort, ItemIndex } from "../definition.ts";
import { type DecodingScope, elementAt } from "./scope.ts";

const coreSorts: Readonly<Record<number, CoreSort>> = {
  0: "func",
  1: "table",
  2: "memory",
  3: "global",
  4: "tag",
};

const sorts: Readonly<Record<number, Exclude<ItemIndex["sort"], "module">>> = {
  1: "func",
  3: "type",
  4: "component",
  5: "instance",
};

export type Sort = ItemIndex["sort"] | `core ${CoreSort | "type" | "instance"}`;

export function readSort(reader: Reader): Sort {
  const offset = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    const core = reader.byte();
    const sort = coreSorts[core];
    if (sort) return `core ${sort}`;
    if (core === 0x10) return "core type";
    if (core === 0x11) return "module";
    if (core === 0x12) return "core instance";
    throw malformedComponent(`0x${core.toString(16)} is no core sort`, offset);
  }
  if (code === 0x02) throw unsupportedFeature("component values", offset);
  const sort = sorts[code];
  if (!sort) throw malformedComponent(`0x${code.toString(16)} is no sort`, offset);
  return sort;
}

/** `core:sort`, of what a core instance can export. */
export function readCoreSort(reader: Reader): CoreSort {
  const offset = reader.at;
  const code = reader.byte();
  const sort = coreSorts[code];
  if (sort) return sort;
  if (code >= 0x10 && code <= 0x12) throw invalid("no core instance exports that", offset);
  throw malformedComponent(`0x${code.toString(16)} is no core sort`, offset);
}

/** The sort of something that can be exported or given to a component. */
export function requireItemSort(sort: Sort, offset: number): ItemIndex["sort"] {
  switch (sort) {
    case "func":
    case "type":
    case "component":
    case "instance":
    case "module":
      return sort;
    default:
      throw invalid("of core definitions only modules can be exported", offset);
  }
}

/** `sortidx` of something that can be exported or given to a component, and its type. */
export function readItem(
  reader: Reader,
  scope: DecodingScope,
): { readonly item: ItemIndex; readonly entity: Entity } {
  const offset = reader.at;
  const sort = requireItemSort(readSort(reader), offset);
  const index = reader.u32();
  if (sort === "type") {
    const entry = elementAt(scope.types, index, "type", offset);
    return { item: { sort, entry }, entity: { sort, entry } };
  }
  return { item: { sort, index }, entity: entityAt(scope, sort, index, offset) };
}

/** Entity that stands at an index. Throws `invalid-component`. */
export function entityAt(
  scope: DecodingScope,
  sort: Exclude<ItemIndex["sort"], "type">,
  index: number,
  offset: number,
): Entity {
  switch (sort) {
    case "func":
      return { sort, type: elementAt(scope.funcs, index, "function", offset) };
    case "instance":
      return { sort, type: elementAt(scope.instances, index, "instance", offset) };
    case "component":
      return { sort, type: elementAt(scope.components, index, "component", offset) };
    case "module":
      return { sort, type: elementAt(scope.modules, index, "core module", offset) };
  }
}
