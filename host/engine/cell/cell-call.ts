import type { AbiCall } from "../abi/context.ts";
import type { Lender, Task } from "../abi/handles.ts";
import type { CallContext } from "../call-context.ts";
import type { HostScope } from "../engine.ts";
import type { Meter } from "../fuel/meter.ts";
import type { Sleep } from "./sleep.ts";

/**
 * Call of a cell: all that belongs to one of them, from its beginning to its end. A cell has one at a time, and keeps the
 * same object for them all.
 */
export class CellCall implements AbiCall {
  /** Fuel that it may spend, and has spent. */
  readonly meter: Meter;
  /** Surroundings of the host functions that may suspend it. */
  scope: HostScope | undefined;
  /** Set while its guest is suspended. */
  sleep: Sleep | undefined;
  /** It is an attempt (`Cell.attempt`). */
  attempt = false;
  /** Nothing has come of it by now that an attempt may not do. */
  attemptable = true;
  task: Task | undefined;
  lenders: Lender | undefined;

  constructor(meter: Meter) {
    this.meter = meter;
  }

  /** Makes the next call one of this context. */
  under(context: CallContext | undefined, scope: HostScope | undefined): void {
    this.meter.context = context;
    this.scope = scope;
  }
}
