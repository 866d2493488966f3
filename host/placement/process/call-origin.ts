/** Origin of a call in a frame: what the cell in the process may know of it. */
import type { CallOrigin, Trace } from "../../engine/call-context.ts";
import type { FrameReader, FrameWriter } from "./frame.ts";

const has = { deadline: 1, trace: 2, state: 4, caller: 8 } as const;

/** Written when a call is made, which may then wait: a deadline is a time by the clock that all processes have in common. */
export function writeOrigin(out: FrameWriter, { deadline, trace, caller }: CallOrigin = {}): void {
  const state = trace?.tracestate;
  let parts = 0;
  if (deadline !== undefined) parts |= has.deadline;
  if (trace !== undefined) parts |= has.trace;
  if (state !== undefined) parts |= has.state;
  if (caller !== undefined) parts |= has.caller;
  out.u8(parts);
  if (deadline !== undefined) out.f64(deadline + clocksApart());
  if (trace !== undefined) out.text(trace.traceparent);
  if (state !== undefined) out.text(state);
  if (caller !== undefined) out.text(caller);
}

/** Reads it from the host, which is believed. */
export function readOrigin(from: FrameReader): Omit<CallOrigin, "signal"> {
  const parts = from.u8();
  const deadline = parts & has.deadline ? from.f64() - clocksApart() : undefined;
  const traceparent = parts & has.trace ? from.text() : undefined;
  const tracestate = parts & has.state ? from.text() : undefined;
  const caller = parts & has.caller ? from.text() : undefined;
  const trace: Trace | undefined =
    traceparent === undefined ? undefined : { traceparent, ...(tracestate !== undefined && { tracestate }) };
  return { deadline, trace, caller };
}

/** Milliseconds by which the machine's clock is ahead of this process's `performance.now()`. */
function clocksApart(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}
