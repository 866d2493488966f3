/**
 * A table in the custom section `hotcell:lines` of the core module: which function and line of the author's each place
 * in its code comes from. A host reads it when the plugin traps; nothing else ever does, so it costs a few bytes of the
 * component and no time. `host/harden/line-table.ts` reads it; the format is there.
 */
import type { Program } from "assemblyscript";
import { Reader } from "../../../host/component/decode/component-reader.ts";
import { defaultLimits, Meter } from "../../../host/component/structure-limits.ts";
import type { Emitted } from "../output/emitted.ts";
import { AuthorFunctions, type AuthorPlace } from "./author-functions.ts";
import { CallGraph } from "./call-graph.ts";
import { decodeMappings, type Mapping } from "./mappings.ts";

type Binaryen = typeof import("assemblyscript/binaryen").default;

const linesSection = "hotcell:lines";
const version = 1;
const customSection = 0;
const codeSection = 10;

/** Writer of the table for what asc compiles: made before the optimizer forgets who called whom. */
export class LineTableWriter {
  readonly #functions: AuthorFunctions;

  constructor(program: Program, binaryen: Binaryen) {
    this.#functions = new AuthorFunctions(new CallGraph(program, binaryen));
  }

  /** The core module with the table. */
  addTo({ binary: core, sourceMap, functions }: Emitted): Uint8Array {
    const content = this.#write(bodiesOf(core), functions, decodeMappings(sourceMap));
    const named = [...text(linesSection), ...content];
    return new Uint8Array(
      Buffer.concat([core, Uint8Array.of(customSection, ...unsigned(named.length), ...named)]),
    );
  }

  #write(bodies: readonly Body[], defined: readonly string[], mappings: readonly Mapping[]): number[] {
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
      const entries: number[] = own ? unsigned(number(own)) : [0];
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
        entries.push(...unsigned(from - offset), ...(place ? unsigned(number(place)) : [0]));
        if (place) {
          entries.push(...signed(place.line - line));
          line = place.line;
        }
        offset = from;
        previous = place;
      });
      return entries;
    });
    return [
      version,
      ...vector(files.all.map(text)),
      ...vector(
        names.all.map((key, i) => [...text(key.slice(0, key.indexOf("\n"))), ...unsigned(fileOf[i]!)]),
      ),
      ...vector(functions.map((entries) => [...unsigned(entries.length), ...entries])),
    ];
  }
}

interface Body {
  readonly start: number;
  readonly end: number;
}

/** Places of the bodies of functions, after the sizes before them. */
function bodiesOf(core: Uint8Array): Body[] {
  const reader = new Reader(core, new Meter(defaultLimits));
  reader.take(8);
  while (!reader.done) {
    const id = reader.byte();
    const section = reader.sub(reader.u32());
    if (id !== codeSection) continue;
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

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function signed(value: number): number[] {
  return unsigned(((value << 1) ^ (value >> 31)) >>> 0);
}
