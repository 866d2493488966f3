/**
 * A table in the custom section `hotcell:lines` of the core module: which function and line of the author's each place
 * in its code comes from. A host reads it when the plugin traps; nothing else ever does, so it costs a few bytes of the
 * component and no time. `host/harden/line-table.ts` reads it; the format is there.
 */
import type { Program } from "assemblyscript";
import { ByteWriter } from "../../../host/wasm/byte-writer.ts";
import { coreReader } from "../../../host/wasm/core-reader.ts";
import { moduleSection } from "../../../host/wasm/sections.ts";
import type { Emitted } from "../output/emitted.ts";
import { AuthorFunctions, type AuthorPlace } from "./author-functions.ts";
import { CallGraph } from "./call-graph.ts";
import { decodeMappings, type Mapping } from "./mappings.ts";

type Binaryen = typeof import("assemblyscript/binaryen").default;

const linesSection = "hotcell:lines";
const version = 1;

/** Writer of the table for what asc compiles: made before the optimizer forgets who called whom. */
export class LineTableWriter {
  readonly #functions: AuthorFunctions;

  constructor(program: Program, binaryen: Binaryen) {
    this.#functions = new AuthorFunctions(new CallGraph(program, binaryen));
  }

  /** The core module with the table. */
  addTo({ binary: core, sourceMap, functions }: Emitted): Uint8Array {
    const content = this.#write(bodiesOf(core), functions, decodeMappings(sourceMap));
    const section = new ByteWriter(content.length + 64);
    section.name(linesSection);
    section.append(content);
    const out = new ByteWriter(core.length + section.length + 8);
    out.copy(core, 0, core.length);
    out.byte(moduleSection.custom);
    out.sized(section);
    return out.finish();
  }

  #write(bodies: readonly Body[], defined: readonly string[], mappings: readonly Mapping[]): ByteWriter {
    const names = new Numbered<string>();
    const files = new Numbered<string>();
    const fileOf: number[] = [];
    const number = ({ name, file }: AuthorPlace): number => {
      const known = names.size;
      const index = names.of(`${name}\n${file ?? ""}`);
      if (index === known) fileOf.push(file === undefined ? 0 : files.of(file) + 1);
      return index + 1;
    };
    let at = 0;
    const functions = bodies.map(({ start, end }, i) => {
      const own = this.#functions.own(defined[i] ?? "");
      const entries = new ByteWriter(64);
      entries.u32(own ? number(own) : 0);
      while (at < mappings.length && mappings[at]!.offset < start) at++;
      const first = at;
      while (at < mappings.length && mappings[at]!.offset < end) at++;
      const places = this.#functions.attribute(defined[i] ?? "", mappings.slice(first, at));
      let previous: AuthorPlace | undefined;
      let [offset, line] = [start, 0];
      places.forEach((place, j) => {
        if (
          place?.name === previous?.name &&
          place?.file === previous?.file &&
          place?.line === previous?.line
        )
          return;
        const from = mappings[first + j]!.offset;
        entries.u32(from - offset);
        entries.u32(place ? number(place) : 0);
        if (place) {
          entries.zigzag(place.line - line);
          line = place.line;
        }
        offset = from;
        previous = place;
      });
      return entries;
    });
    const content = new ByteWriter(1024);
    content.byte(version);
    content.u32(files.size);
    for (const file of files.all) content.name(file);
    content.u32(names.size);
    names.all.forEach((key, i) => {
      content.name(key.slice(0, key.indexOf("\n")));
      content.u32(fileOf[i]!);
    });
    content.u32(functions.length);
    for (const entries of functions) content.sized(entries);
    return content;
  }
}

interface Body {
  readonly start: number;
  readonly end: number;
}

/** Places of the bodies of functions, after the sizes before them. */
function bodiesOf(core: Uint8Array): Body[] {
  const reader = coreReader(core);
  reader.take(8);
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.sub(reader.u32());
    if (id !== moduleSection.code) continue;
    return Array.from({ length: section.u32() }, () => {
      const { at: start, end } = section.sub(section.u32());
      return { start, end };
    });
  }
  return [];
}

/** Gives each value a number, in the order in which they come. */
class Numbered<T> {
  readonly #numbers = new Map<T, number>();

  get size(): number {
    return this.#numbers.size;
  }

  get all(): T[] {
    return [...this.#numbers.keys()];
  }

  of(value: T): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
