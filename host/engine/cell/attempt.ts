/** Attempts: calls of a cell that may be suspended, made without a stack of their own and given up where they would need one. */
import { HotcellError } from "../../errors.ts";
import type { FunctionType } from "../../wit/model.ts";
import type { Repeats } from "../engine.ts";
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
  const require = () => {
    if (call.attempt) throw new AttemptError();
    call.attemptable = false;
  };
  return { ...host, supplied: host.code.guarding(host.supplied, repeats, require, parameters.length) };
}
