/** Places of code as its author knows them: in which function, on which line, and called from where if not the author's. */
import type { CallGraph, FilePosition } from "./call-graph.ts";
import { kindOfFile } from "./call-graph.ts";
import type { Mapping } from "./mappings.ts";

/** The name of a function and, where that is the author's, a place in it. */
export interface AuthorPlace {
  readonly name: string;
  readonly file?: string;
  readonly line: number;
}

export class AuthorFunctions {
  readonly #graph: CallGraph;

  constructor(graph: CallGraph) {
    this.#graph = graph;
  }

  /** Place of a compiled function, by Binaryen's name for it. Undefined for what is generated. */
  own(internalName: string): AuthorPlace | undefined {
    const known = this.#graph.find(internalName);
    if (!known || known.kind === "generated") return undefined;
    // What the runtime does by itself is nobody's: its names would be longer than all the rest.
    if (known.kind === "library") return { name: known.name.replace(/^~lib\/rt\/.*/, "~lib/rt"), line: 0 };
    return { name: known.name, file: known.file, line: known.start.line };
  }

  /** Places in the author's code for each of the mappings of one compiled function. */
  attribute(internalName: string, mappings: readonly Mapping[]): (AuthorPlace | undefined)[] {
    const isLibrary = this.#graph.find(internalName)?.kind === "library";
    const ours = mappings.map(({ source }) =>
      source && kindOfFile(source.file) !== "library" ? source : undefined,
    );
    const following: (FilePosition | undefined)[] = [];
    ours.reduceRight((after: FilePosition | undefined, own, i) => {
      following[i] = after;
      return own ?? after;
    }, undefined);
    let before: FilePosition | undefined;
    return mappings.map(({ source }, i) => {
      before = ours[i] ?? before;
      if (ours[i]) return this.#place(source);
      // Of the library's own functions the name says enough.
      return isLibrary ? undefined : this.#inlined(source, before, following[i]);
    });
  }

  /** A place in the author's code; undefined for others. */
  #place(source: FilePosition | undefined): AuthorPlace | undefined {
    if (!source || kindOfFile(source.file) !== "author") return undefined;
    const { file, line } = source;
    return { name: this.#graph.ownerOf(source)?.name ?? "top level", file, line };
  }

  /** Code of the library in a function that is not: it belongs to a call near by. */
  #inlined(
    source: FilePosition | undefined,
    before: FilePosition | undefined,
    after: FilePosition | undefined,
  ): AuthorPlace | undefined {
    const wanted = source && this.#graph.ownerOf(source);
    for (const side of wanted ? [before, after] : []) {
      const owner = side && this.#graph.ownerOf(side);
      const found = owner && this.#graph.callOf(owner, wanted!, { before, after });
      if (!found) continue;
      const { file, kind, name } = found.owner;
      return kind === "author" ? { name, file, line: found.call.at.line } : undefined;
    }
    return this.#place(before ?? after);
  }
}
