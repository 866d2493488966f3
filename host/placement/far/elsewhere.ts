/** Cells that one host at a time has, of several that share a store: who has them is known by whoever gives leases. */
import type { HttpExchange } from "../../capabilities/http/http-exchange.ts";
import type { CallContext } from "../../engine/call-context.ts";
import type { FunctionType } from "../../wit/model.ts";

/** Claim to have cells here, until it is released. */
export interface HereClaim {
  readonly here: true;
  /** Fencing token of the lease that they are here by. */
  readonly token: number;
  /** True where those of the plugin come here now, and were not here by another claim. */
  readonly fresh: boolean;
  /** Aborted when another host may have them: they must be ended. To be asked for anew whenever it matters, which finds that out at once. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Cells that another host has. All that is asked of them throws `CellsMoved` where that has them no more, or does not begin, and nothing
 * has happened; and the reason of `ending`, a HotcellError, as soon as that is aborted.
 */
export interface FarCells {
  readonly here: false;
  /** `args` are valid for the type. */
  call(
    key: string,
    type: FunctionType,
    args: readonly unknown[],
    ending: AbortSignal,
    context?: CallContext,
  ): Promise<unknown>;
  handle(exchange: HttpExchange, ending: AbortSignal, context?: CallContext): Promise<void>;
}

export interface Elsewhere {
  /** Cells of that name: here from now on where no other host has them. Throws `store-unavailable` where nobody can say. */
  claim(name: string, plugin: string): Promise<HereClaim | FarCells>;
  /** True where another host has cells of that name. Throws as `claim` does. */
  isFar(name: string): Promise<boolean>;
}

/** Answer of a host that has the cells no more, is no more, or does not begin. */
export class CellsMoved extends Error {}
