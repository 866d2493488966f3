import type { CodeSources } from "./hardened-module.ts";
import { LineTable, type SourcePlace } from "./line-table.ts";
import { type CodeMoves, placeBefore } from "./moves.ts";

/** Leads from places in the hardened modules of a component to its author's sources. */
export class Sources {
  readonly #modules: ReadonlyMap<string, { readonly table: LineTable; readonly moves: CodeMoves }>;

  constructor(modules: Iterable<CodeSources>) {
    this.#modules = new Map(
      Iterator.from(modules).map(({ module, lines, moves }) => [
        module,
        { table: new LineTable(lines), moves },
      ]),
    );
  }

  /** True where modules of this name say where their code comes from. */
  has(module: string): boolean {
    return this.#modules.has(module);
  }

  /** The place at an offset in a module, in the function of this index. Undefined for generated code. */
  at(module: string, index: number, offset: number): SourcePlace | undefined {
    const { table, moves } = this.#modules.get(module)!;
    const before = placeBefore(moves, index, offset);
    return before ? table.at(before.defined, before.offset) : undefined;
  }
}

/** Bytes that are kept for it: what the module says with an index of it, and where its code went. */
export function sourcesSize({ lines, moves }: CodeSources): number {
  return 5 * lines.length + moves.stretches.length + 8 * moves.bodies.length;
}
