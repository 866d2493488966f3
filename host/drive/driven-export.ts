/**
 * Exports that the host drives: it calls them by itself, and no client may. What goes between the host and such an export
 * is an exchange, whose end beside the cell (in the host's thread, or in a process) is held by a `DrivenExport`: it takes
 * the parts that come, calls the guest, and sends parts itself. Whoever drives knows a placement and this.
 *
 * An interface is added by a file with its `DrivenExport`s, which are put into the table of `driven-exports.ts`.
 */
import { drain, type Exchange } from "../backends/exchange.ts";
import type { CallContext } from "../engine/call-context.ts";
import { asHotcellError } from "../errors.ts";
import type { FunctionType } from "../wit/model.ts";

/** Calls the export: checks arguments, and gives or throws what a call does. Each call takes a cell as any call does. */
export type DrivenCall = (args: readonly unknown[]) => unknown;

export interface DrivenExport {
  /** Interface and function: `state#save`. */
  readonly name: string;
  /** Its type in WIT. */
  readonly type: string;
  /**
   * Beside the cell. When this resolves there are no more parts from here; what it rejects with cuts the exchange off,
   * and is what `Placement.drive` rejects with, as a call would.
   */
  drive(call: DrivenCall, exchange: Exchange): Promise<void>;
}

/** A driven export of one version. */
export interface Driven {
  readonly export: DrivenExport;
  /** Key that the engine has for it. */
  readonly key: string;
  readonly type: FunctionType;
}

/** Placement as those see it who drive exports. */
export interface Drives {
  /**
   * Runs an exchange beside the cell; resolves when its end there is over. Whoever holds the other end takes what comes
   * meanwhile. Rejects with what a call rejects with; then the exchange is cut off too.
   */
  drive(driven: Driven, exchange: Exchange, context?: CallContext): Promise<void>;
}

/** Runs the end of an exchange that is beside the cell. */
export async function driveHere(driven: DrivenExport, call: DrivenCall, exchange: Exchange): Promise<void> {
  try {
    await driven.drive(call, exchange);
    exchange.end();
    void drain(exchange);
  } catch (error) {
    exchange.cancel(asHotcellError(error));
    throw error;
  }
}
