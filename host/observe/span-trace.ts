import type { Trace } from "../engine/call-context.ts";
import type { ApiContext, ApiSpan, SpanApi } from "./span-api.ts";

/** Place in a trace of a span of ours: what goes on within it finds the span by it, and others are told it as any place. */
export class SpanTrace implements Trace {
  readonly span: ApiSpan;
  /** False where the span is not sampled: then nothing within it is recorded. */
  readonly recorded: boolean;
  readonly #api: SpanApi;
  #traceparent: string | undefined;

  constructor(span: ApiSpan, api: SpanApi) {
    this.span = span;
    this.recorded = span.isRecording();
    this.#api = api;
  }

  /** Context in which that span is the one that spans within it belong to. */
  get context(): ApiContext {
    return this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, this.span);
  }

  get traceparent(): string {
    if (this.#traceparent === undefined) {
      const { traceId, spanId, traceFlags } = this.span.spanContext();
      const flags = (traceFlags & 0xff).toString(16).padStart(2, "0");
      this.#traceparent = `00-${traceId}-${spanId}-${flags}`;
    }
    return this.#traceparent;
  }

  get tracestate(): string | undefined {
    return this.span.spanContext().traceState?.serialize() || undefined;
  }
}
