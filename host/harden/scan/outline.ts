/** Where the sections of a core module lie (Core spec, Binary Format / Modules), checked for order. */

import { ByteReader } from "../../wasm/byte-reader.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import { linesSection } from "../line-table.ts";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** Section ids as they must follow one another; 13 is the tags', 12 the data count. */
export const sectionOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11] as const;

export type SectionId = (typeof sectionOrder)[number];

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
  const reader = new ByteReader(bytes, 0, bytes.length);
  if (preamble.some((byte) => reader.byte() !== byte)) throw malformed("expected a core module", 0);
  const sections = new Map<number, Stretch>();
  let names: Stretch | undefined;
  let lines: Stretch | undefined;
  let position = -1;
  while (reader.at < bytes.length) {
    const offset = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.at;
    reader.skip(size);
    if (id === 0) {
      const section = new ByteReader(bytes, start, reader.at);
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

/** Whether a core module defines tags: without any in a component, nothing in it throws. */
export function definesTags(bytes: Uint8Array): boolean {
  return readOutline(bytes).sections.has(13);
}
