/**
 * Parts of `@opentelemetry/api` (1.x) that spans are made with, as far as they are used: whoever has that package hands it over, and
 * nobody else needs it or its types.
 */

/** The module `@opentelemetry/api` (1.x), as a program imports it. */
export interface OpenTelemetryApi {
  readonly ROOT_CONTEXT: object;
  readonly context: object;
  readonly trace: object;
}

/** The same as it is used. */
export interface SpanApi extends OpenTelemetryApi {
  readonly ROOT_CONTEXT: ApiContext;
  readonly context: { active(): ApiContext };
  readonly trace: {
    getTracer(name: string): SpanTracer;
    setSpan(context: ApiContext, span: ApiSpan): ApiContext;
    getSpan(context: ApiContext): ApiSpan | undefined;
    setSpanContext(context: ApiContext, place: SpanPlace): ApiContext;
  };
  createTraceState(text: string): SpanTraceState;
}

/** Context of OpenTelemetry: immutable, and opaque. */
export interface ApiContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): ApiContext;
  deleteValue(key: symbol): ApiContext;
}

export interface SpanTracer {
  startSpan(name: string, options: SpanStart, context: ApiContext): ApiSpan;
}

interface SpanStart {
  readonly kind: number;
  readonly attributes?: SpanFacts;
  /** Milliseconds since 1970. */
  readonly startTime?: number;
}

export type SpanFacts = Record<string, string | number | boolean>;

export interface ApiSpan {
  spanContext(): SpanPlace;
  isRecording(): boolean;
  updateName(name: string): unknown;
  setAttributes(facts: SpanFacts): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(exception: {
    readonly code: string;
    readonly name: string;
    readonly message: string;
  }): void;
  end(time?: number): void;
}

/** Place of a span in a trace. */
interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: SpanTraceState;
}

interface SpanTraceState {
  serialize(): string;
}
