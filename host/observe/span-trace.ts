import type { Trace } from "../engine/call-context.ts";
import { newTrace } from "../engine/trace-context.ts";
import type { RecordedTrace } from "./channels.ts";
import type { ApiContext, ApiSpan, SpanApi } from "./span-api.ts";

/** Place in a trace of a span of ours: what goes on within it finds the span by it, and others are told it as any place. */
export class SpanTrace implements RecordedTrace {
  readonly span: ApiSpan;
  /** False where the span is not sampled: then nothing within it is recorded. */
  readonly recorded: boolean;
  readonly #api: SpanApi;
  #traceparent: string | undefined;
  #context: ApiContext | undefined;

  constructor(span: ApiSpan, api: SpanApi) {
    this.span = span;
    this.recorded = span.isRecording();
    this.#api = api;
  }

  /** Context in which that span is the one that spans within it belong to. */
  get context(): ApiContext {
    this.#context ??= this.#api.trace.setSpan(this.#api.ROOT_CONTEXT, this.span);
    return this.#context;
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

/** Place in a trace of which the SDK is not asked. Where it begins one, that has its name once somebody is told it. */
export class UnrecordedTrace implements RecordedTrace {
  readonly recorded = false;
  #place: Trace | undefined;

  /** `place`: the one that it came with. */
  constructor(place: Trace | undefined) {
    this.#place = place;
  }

  get traceparent(): string {
    this.#place ??= newTrace();
    return this.#place.traceparent;
  }

  get tracestate(): string | undefined {
    return this.#place?.tracestate;
  }
}
