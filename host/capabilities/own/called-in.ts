/** Call that one cell is in, as the functions of an embedder's capability are called in it. */
import { cellEnded } from "../../backends/exchange.ts";
import type { CallOrigin } from "../../engine/call-context.ts";
import type { CellContext } from "../capability.ts";
import type { GivenGroup } from "../given.ts";
import { OwnContext, saysNothing } from "./own-context.ts";

export class CalledIn {
  readonly #cell: CellContext;
  readonly #settings: unknown;
  readonly #make: (context: OwnContext<unknown>) => GivenGroup;
  #origin: CallOrigin | undefined;
  #context: OwnContext<unknown> | undefined;
  #functions: GivenGroup | undefined;
  /** Async calls of this cell that have not settled. */
  pending = 0;
  /** Number of times that the cell has ended or begun anew. */
  ends = 0;

  constructor(cell: CellContext, settings: unknown, make: (context: OwnContext<unknown>) => GivenGroup) {
    this.#cell = cell;
    this.#settings = settings;
    this.#make = make;
  }

  /** The embedder's functions, and classes, for this call. */
  functions(): GivenGroup {
    const origin = this.#cell.call;
    const made = this.#functions;
    if (made !== undefined && (origin === this.#origin || (saysNothing(origin) && saysNothing(this.#origin))))
      return made;
    this.#origin = origin;
    this.#context = new OwnContext(this.#cell.plugin, this.#settings, origin);
    this.#functions = this.#make(this.#context);
    return this.#functions;
  }

  /** The cell has ended, or begins anew: what goes on still goes on for nobody, and knows no later call. */
  end(): void {
    this.ends++;
    const context = this.#context;
    if (context === undefined || (this.pending === 0 && !context.heard && saysNothing(this.#origin))) return;
    this.#context = this.#functions = this.#origin = undefined;
    context.end(cellEnded(this.#cell.plugin));
  }
}
