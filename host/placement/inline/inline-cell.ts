import type { Recipient } from "../../backends/drivers.ts";
import type { ExchangeLimits, HandledExchange } from "../../capabilities/capability.ts";
import type { HttpExchange } from "../../capabilities/http/http-exchange.ts";
import type { CellSupply, Supply } from "../../capabilities/supply.ts";
import type { CallContext } from "../../engine/call-context.ts";
import type { Cell, CellOptions, CompiledComponent, HostScope } from "../../engine/engine.ts";
import type { HotcellError } from "../../errors.ts";
import type { CellTeller } from "../../observe/cell-teller.ts";
import type { CallLimits, Placement } from "../placement.ts";

/** The cells of a deployment, and the calls that they take. */
export interface InlineCells extends Pick<Placement, "bind" | "bindHandler"> {
  close(why: HotcellError): void;
  /** From the next call on. */
  allow(limits: CallLimits): void;
}

/** Material that cells of a deployment are made of. */
export interface CellSource {
  readonly compiled: CompiledComponent;
  readonly supply: Supply;
  readonly recipient: Recipient;
}

/** A cell with what was supplied to it. */
export class InlineCell {
  readonly cell: Cell;
  /** Units that starting it took, with its first call. */
  startFuel = 0;
  readonly #supplied: CellSupply;
  readonly #teller: CellTeller;
  /** Time at which it began to start; undefined once it has started. */
  #began: number | undefined = performance.now();
  #ended = false;

  /** Throws what instantiation throws. */
  constructor({ compiled, supply, recipient }: CellSource, teller: CellTeller, options: CellOptions) {
    this.#teller = teller;
    this.#supplied = supply.forCell(recipient);
    try {
      this.cell = compiled.instantiate(this.#supplied.imports, options);
    } catch (thrown) {
      this.#supplied.release();
      teller.failed(this.#began!, thrown);
      throw thrown;
    }
  }

  /** It has made its first call, where there is one, and can take others. */
  started(): this {
    this.#teller.started(this.cell, this.#began!);
    this.#began = undefined;
    return this;
  }

  /** See `Cell.under`; whatever is supplied to it knows it too. */
  under(context: CallContext | undefined, scope?: HostScope): void {
    if (this.cell.under(context, scope)) this.#supplied.under(context);
  }

  /** See `CellSupply.handle`. */
  handle(exchange: HttpExchange, limits: ExchangeLimits): HandledExchange {
    return this.#supplied.handle(exchange, limits);
  }

  /** Takes what it is now for what it is put back to. Throws `no-capacity`. */
  save(): void {
    this.cell.save();
    // So that the first call finds what later ones find.
    this.#supplied.reset();
  }

  /** Puts it back to what it was when it was saved; false where that can't be done, and then it must be ended. */
  reset(): boolean {
    if (!this.cell.reset()) return false;
    this.#supplied.reset();
    return true;
  }

  /** Also of a call that is suspended. `why`: what it failed to start by. */
  end(why?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#began === undefined) this.#teller.ended(this.cell);
    else this.#teller.failed(this.#began, why);
    this.cell.dispose();
    this.#supplied.release();
  }
}
