import { coreReader } from "../../../host/wasm/core-reader.ts";
import { moduleSection } from "../../../host/wasm/sections.ts";
import type { World } from "../../../host/wit/model.ts";

/**
 * Pages of memory that a plugin begins with which sends requests: a short page with all that its reading makes. A cell
 * whose memory has grown is not put back for the next call, and making another takes half a millisecond.
 */
const pages = 4;

/** Core module with as many pages as the world asks for, where it has less. Nothing in it moves. */
export function withFirstPages(core: Uint8Array, { imports }: World): Uint8Array {
  if (!imports.some(({ name }) => /^wasi:http\/outgoing-handler(?:@|$)/.test(name))) return core;
  const reader = coreReader(core);
  reader.take(8);
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.sub(reader.u32());
    if (id !== moduleSection.memory) continue;
    section.u32();
    const bounded = (section.byte() & 1) !== 0;
    const { at } = section;
    const least = section.u32();
    // As much as the author allows, and nothing where that is less.
    if (least >= pages || (bounded && section.u32() < pages)) break;
    const more = core.slice();
    more[at] = pages;
    return more;
  }
  return core;
}
