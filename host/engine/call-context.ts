/** What travels with a call from whoever makes it to the cell that runs it. Plain, so that an embedder can write one. */

/** Context of one call: its maker's wishes on the way in, and what it used on the way back. */
export interface CallContext {
  /** Units that it used; written when it ends, whether it returned or threw. */
  fuel: number;
  /** Aborted when whoever called does not wait for the answer any more. Asked for only where the call has to wait. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds, as `performance.now()` counts them, after which nobody wants the answer. */
  readonly deadline?: number | undefined;
  /** Carried along untouched. */
  readonly trace?: Trace | undefined;
}

/** Place of a call in a distributed trace (W3C Trace Context). */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string;
}
