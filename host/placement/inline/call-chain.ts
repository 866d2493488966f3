/**
 * Chain of calls that wait for one another: a call of a plugin waits for a host function of the embedder's, which may call
 * a plugin, whose call may wait for a host function. Who would have to wait for a cell that one of them holds would wait
 * for ever. The context of asynchronous operations tells in which of them one is.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { HostScope } from "../../engine/engine.ts";

/** Call that holds a cell of `placement` from here until `under` is false. */
export class HoldingCall implements HostScope {
  readonly placement: object;
  /** The host function, if any, that it is made in. */
  within: HostRun | undefined;
  under = true;
  /** The host function that it waits for. */
  #run: HostRun | undefined;

  constructor(placement: object) {
    this.placement = placement;
    this.within = waitedFor(runs.getStore());
    if (this.within) this.within.call.within = waitedFor(this.within.call.within);
  }

  enter<T>(run: () => T): T {
    this.#run = { call: this, over: false };
    return runs.run(this.#run, run);
  }

  leave(): void {
    if (this.#run === undefined) return;
    this.#run.over = true;
    this.#run = undefined;
  }
}

/** A run of a host function; the call waits for it until it is `over`. */
interface HostRun {
  readonly call: HoldingCall;
  over: boolean;
}

const runs = new AsyncLocalStorage<HostRun>();

/** True where a call of `placement` waits for what is done here. */
export function waitsForItself({ placement, within }: HoldingCall): boolean {
  for (let run = within; run !== undefined; run = run.call.within)
    if (run.call.placement === placement && isWaitedFor(run)) return true;
  return false;
}

/**
 * The innermost run, of this one and those around it, that is waited for still. Others are let go of: a host function may
 * begin what it does not wait for, such as a timer, that calls the plugin again, and so on without end.
 */
function waitedFor(run: HostRun | undefined): HostRun | undefined {
  let found = run;
  while (found !== undefined && !isWaitedFor(found)) found = found.call.within;
  return found;
}

function isWaitedFor({ call, over }: HostRun): boolean {
  return call.under && !over;
}
