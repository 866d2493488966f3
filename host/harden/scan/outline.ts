/** Places of the sections of a core module (Core spec, Binary Format / Modules), checked for order. */

import { coreReader } from "../../wasm/core-reader.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import { modulePreamble, moduleSection, readPreamble, sectionOrder } from "../../wasm/sections.ts";
import { linesSection } from "../line-table.ts";

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface Outline {
  readonly sections: ReadonlyMap<number, Stretch>;
  /** The content of the first `name` section. */
  readonly names: Stretch | undefined;
  /** The content of the first section that says where the code comes from. */
  readonly lines: Stretch | undefined;
}

export function readOutline(bytes: Uint8Array): Outline {
  const reader = coreReader(bytes);
  readPreamble(reader, modulePreamble, "a core module");
  const sections = new Map<number, Stretch>();
  let names: Stretch | undefined;
  let lines: Stretch | undefined;
  let position = -1;
  while (!reader.done) {
    const offset = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.at;
    reader.skip(size);
    if (id === moduleSection.custom) {
      const section = coreReader(bytes, start, reader.at);
      const name = section.name();
      if (name === "name") names ??= { start: section.at, end: section.end };
      else if (name === linesSection) lines ??= { start: section.at, end: section.end };
      continue;
    }
    const place = (sectionOrder as readonly number[]).indexOf(id);
    if (place < 0) throw unsupported(`the section 0x${id.toString(16)}`, offset);
    if (place <= position) throw malformed("a section is out of order or there twice", offset);
    position = place;
    sections.set(id, { start, end: reader.at });
  }
  return { sections, names, lines };
}

/** True where a core module defines tags: without any in a component, nothing in it throws. */
export function definesTags(bytes: Uint8Array): boolean {
  return readOutline(bytes).sections.has(moduleSection.tag);
}
