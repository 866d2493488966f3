/** Attempts: calls of a cell that may be suspended, made without a stack of their own and given up where they would need one. */
import { HotcellError } from "../../errors.ts";
import type { FunctionType } from "../../wit/model.ts";
import type { HostFunction, Repeats } from "../engine.ts";
import type { HostCall } from "../link/host-function.ts";
import type { CellCall } from "./cell-call.ts";

/** Units that an attempt may spend, so that nobody gets twice the time of a call: less than half a millisecond. */
export const attemptFuel = 4_000_000;

/** End of an attempt; nobody sees it but who made that. */
export class AttemptError extends HotcellError {
  constructor() {
    super("fault", "An attempt of a call has come to what it may not do.");
  }
}

/** Host function as a cell calls it in which attempts are made. */
export function attempting(
  host: HostCall,
  { parameters }: FunctionType,
  repeats: Repeats | undefined,
  call: CellCall,
): HostCall {
  if (repeats === true) return host;
  return { ...host, supplied: guarded(host.supplied, parameters.length, repeats, call) };
}

function guarded(
  supplied: HostFunction,
  count: number,
  repeats: Exclude<Repeats, true> | undefined,
  call: CellCall,
): HostFunction {
  if (repeats === undefined) {
    return (...args) => {
      require(call);
      return supplied(...args);
    };
  }
  // Written out, as an array of arguments costs more than most of what is called so.
  return count === 2
    ? (a, b) => {
        if (!repeats(a, b)) require(call);
        return supplied(a, b);
      }
    : (...args) => {
        if (!repeats(...args)) require(call);
        return supplied(...args);
      };
}

/** Throws AttemptError in an attempt. */
function require(call: CellCall): void {
  if (call.attempt) throw new AttemptError();
  call.attemptable = false;
}
