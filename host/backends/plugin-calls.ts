/** Calls that plugins make of one another's functions, as a host lets them: who may reach whom is decided at deploy. */
import type { CallOrigin } from "../engine/call-context.ts";
import type { Soon } from "../platform/soon.ts";
import type { FunctionType } from "../wit/model.ts";
import type { Figure } from "./audit/reach.ts";

export interface PluginCalls {
  /** `figure` gives those of what the caller reached: of calls by callee, and of those among them that failed there. */
  bind(function_: LinkedFunction, figure: (name: string) => Figure): LinkedCall;
}

/** Function that one plugin imports and another exports. */
export interface LinkedFunction {
  /** Plugin that calls it. */
  readonly from: string;
  /** Plugin that has it. */
  readonly to: string;
  /** Interface as `from` imports it. */
  readonly interface: string;
  readonly name: string;
  readonly type: FunctionType;
}

/**
 * Call of the version that is live, with arguments that are values of the function's types. `origin`: the call that it is
 * made in; `signal` is asked for once it has to wait, and aborted when its caller's cell has ended. Gives the ok part of a
 * `result` at once, or a promise of it where the callee has to be waited for. Throws ComponentError for the other part,
 * `link-failed` for whatever else went wrong there, and `cancelled` and `timeout` as they are where nobody waits any more.
 */
export type LinkedCall = (
  args: unknown[],
  origin: CallOrigin | undefined,
  signal: () => AbortSignal,
) => Soon<unknown>;
