/**
 * Placement: where the cells of one deployment run. The registry and the embedding API know placements by this
 * contract alone, so that they can be exchanged.
 */
import type { ExchangeLimits } from "../capabilities/capability.ts";
import type { Env } from "../capabilities/env.ts";
import type { HttpExchange } from "../capabilities/http/http-exchange.ts";
import type { Drives } from "../drive/driven-export.ts";
import type { CallContext } from "../engine/call-context.ts";
import type { CallBudget, CellLimits } from "../engine/engine.ts";
import type { HotcellError } from "../errors.ts";
import type { FunctionType } from "../wit/model.ts";

/**
 * A function bound to its placement: checks arguments, runs the guest, unwraps a top-level `result`. Returns the
 * value, or a promise of it where the placement can't give it at once (a suspended cell, a process, a queue).
 */
export type Bound = (args: readonly unknown[], context?: CallContext) => unknown;

/** HTTP handler bound to its placement: returns, or resolves, when the guest's side of the exchange has ended. */
export type BoundHandler = (exchange: HttpExchange, context?: CallContext) => void | Promise<void>;

export interface Placement extends Drives {
  /**
   * `key` as the engine keys exports. The bound function throws (or rejects with) HotcellError `bad-argument` before
   * anything runs, ComponentError with the payload of a returned `result::err`, TrapError when the guest trapped,
   * `out-of-fuel`, `timeout`, `too-many-calls`, `process-died`, `no-capacity`.
   */
  bind(key: string, type: FunctionType): Bound;
  /** Handler of a plugin that exports one. It fails as a call does, and with what `HandledExchange.end` throws. */
  bindHandler(key: string): BoundHandler;
  /** True once a cell asked for its `env` while it started, and so may have kept what it was told. */
  readonly startsFromEnv: boolean;
  /** True while another host has the cells, of several that share a store; absent: never. */
  readonly elsewhere?: boolean;
  /** Name of its cells, where one host at a time has them. */
  readonly cells?: string;
  /** Fencing token of the lease by which they are here, of several hosts; absent or undefined: there is none. */
  readonly token?: number | undefined;
  /** True once their state was given to them that a host before this one had kept. */
  readonly resumed?: boolean;
  /** From the next call on, in the cells that there are and in new ones. */
  adjust(adjustment: Adjustment): void;
  /** Releases the cells, also of calls under way. A bound function called afterwards throws `why`, a `closed`. */
  close(why?: HotcellError): void;
}

/** Mode of a plugin's cells: one for all calls (`shared`), or for each one that begins anew (`fresh`). */
export type PlacementMode = "shared" | "fresh";

/** Limits of the calls of one deployment. */
export interface CallLimits extends CallBudget, ExchangeLimits {
  /** Milliseconds: inline, those in which a call is suspended; in a process, all. Of an HTTP handler until it responds. */
  readonly time: number;
  /** The same, from when an HTTP handler has begun its response. */
  readonly streamTime: number;
  /** Calls that may run at once, where they can (`fresh` cells that suspend, or in a process). */
  readonly concurrency: number;
  /** Calls that may wait for their turn. */
  readonly queue: number;
}

/** Place of a plugin's cells: in the host's process, or in one of their own. */
export type PlacementName = "inline" | "process";

/** Limits that are met where cells are. */
export interface PlacedLimits extends CallLimits, CellLimits {
  /** Bytes that each of its processes may have resident, with placement "process". */
  readonly processMemory: number;
  /** Bytes of log that the plugin may write in a second; lines beyond are dropped and counted. */
  readonly logBytes: number;
}

/** The settings that a placement takes while its cells go on. */
export interface Adjustment {
  readonly limits: CallLimits;
  /** The new one, if there is one, for cells that ask for it in calls; what one was told at its start it was told. */
  readonly env: Env | undefined;
  /** Texts to be kept out of what the cells say, besides those of `env`. */
  readonly secrets: readonly string[];
  /** Bytes of log in a second. */
  readonly logBytes: number;
}

/** The thread that cells share with all else, for calls that do not end in the turn of the event loop they began in. */
export interface ThreadTurns {
  /** Turn of a call that waited for another one of the plugin's to end. Throws `fuel-rate`. */
  next(): Promise<void>;
  /** Turn of a call that slept. */
  wake(): Promise<void>;
}
