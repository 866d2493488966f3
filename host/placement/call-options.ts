import { type CallContext, requireWanted, type Trace } from "../engine/call-context.ts";
import { aSignal, aText, checkOptions, type Kind } from "../platform/code-options.ts";

/** Options of a call in code. */
export interface CallOptions {
  /**
   * Ends the call when it is aborted: it rejects at once with `cancelled`, whose `cause` is the signal's reason, and
   * leaves its place where it waits for its turn. In mode `fresh` its cell ends with it, where it waits for a host function;
   * in mode `shared` what runs runs on to its end, and its answer is dropped.
   */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds, as `performance.now()` counts: `performance.now() + 100`. Rejects with `timeout` where there is no answer
   * by then; a call that runs then ends with its cell, as one beyond `limits.time` does.
   */
  readonly deadline?: number;
  /** Name of whoever you make it for, and its place in a trace: for the host functions that the plugin calls. */
  readonly caller?: string;
  readonly trace?: Trace;
}

/** Milliseconds from now, beyond which a deadline is none: that of `Date.now()` is one. */
const furthest = 10 * 365 * 24 * 3600 * 1000;

const kinds: { readonly [Name in keyof CallOptions]-?: Kind } = {
  signal: aSignal,
  deadline: {
    expected: "a time by performance.now(), such as performance.now() + 100",
    fits: (value) => typeof value === "number" && value < performance.now() + furthest,
  },
  caller: aText,
  trace: {
    expected: 'a Trace, such as { traceparent: "00-…" }',
    fits: (value) => typeof (value as Trace | null)?.traceparent === "string",
  },
};

/**
 * Makes a call with options of somebody's code, named `what` where they are wrong. Rejects with `bad-settings` for those,
 * with `cancelled` and `timeout` where nobody wants it any more; from then on `call` heeds them.
 */
export function callWithin<T>(
  what: string,
  subject: string,
  options: CallOptions | undefined,
  call: (context: CallContext | undefined) => Promise<T>,
): Promise<T> {
  return options === undefined ? call(undefined) : callUnder(what, subject, options, call);
}

async function callUnder<T>(
  what: string,
  subject: string,
  options: CallOptions,
  call: (context: CallContext) => Promise<T>,
): Promise<T> {
  checkOptions(what, options, kinds);
  const { signal, deadline, caller, trace } = options;
  const context: CallContext = { fuel: 0, signal, deadline, caller, trace };
  requireWanted(context, subject);
  return call(context);
}
