/**
 * Spans of OpenTelemetry for what hosts do, made of what they tell on the channels of diagnostics: requests to their servers, calls,
 * deployments with their stages, and questions to backends. Which are sampled, and where they go, is the SDK's to say.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Channel } from "node:diagnostics_channel";
import type { Trace } from "../engine/call-context.ts";
import { isSampled, isTraceId } from "../engine/trace-context.ts";
import { asHotcellError, HotcellError } from "../errors.ts";
import {
  type BackendMessage,
  backendChannel,
  type CallMessage,
  callChannel,
  type DeployMessage,
  deployChannel,
  type RecordedTrace,
  type RequestMessage,
  type RequestRecorder,
  requestChannel,
  whenOver,
} from "./channels.ts";
import type { ApiContext, ApiSpan, OpenTelemetryApi, SpanApi, SpanFacts, SpanTracer } from "./span-api.ts";
import {
  backendFacts,
  callFacts,
  deployFacts,
  outgoingError,
  requestFacts,
  requestName,
} from "./span-facts.ts";
import { SpanTrace, UnrecordedTrace } from "./span-trace.ts";

/** Kinds and the status of spans, by their numbers in the API. */
const [internal, server, client] = [0, 1, 2];
const failed = 2;

/** Options of `recordSpans`. */
export interface SpanOptions {
  /**
   * Part of the traces that begin with a host of which the SDK is asked, from 0 to 1, which is the default. The others it never hears of, and
   * so are those whose `traceparent` says that they are not sampled: to ask it costs as much as a small call. The SDK itself is to sample
   * all that it is asked of then.
   */
  readonly ratio?: number;
}

/**
 * Records spans from now on, for all hosts of this process, with `@opentelemetry/api` as the program has it and the SDK that is
 * registered there. Gives what ends that. To be called once; where `hotcell serve` finds an SDK it does so by itself. Throws `bad-settings`
 * for a ratio that is none.
 *
 * @example
 * ```ts
 * import * as otel from "@opentelemetry/api";
 * import { recordSpans } from "hotcell";
 *
 * // Nothing is recorded before the program registers an SDK, as in examples/traces.ts.
 * const end = recordSpans(otel);
 * console.log(typeof end); // → function
 * end();
 * ```
 */
export function recordSpans(api: OpenTelemetryApi, { ratio = 1 }: SpanOptions = {}): () => void {
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new HotcellError("bad-settings", `The ratio of traces that are recorded is ${ratio}.`, {
      subject: "ratio",
      actual: String(ratio),
      expected: "a number from 0 to 1",
      remedy: "Give 0.01 for one trace in a hundred, or leave it out for all.",
    });
  }
  const spans = new Spans(api as SpanApi, ratio);
  return () => spans.end();
}

class Spans implements RequestRecorder {
  readonly #api: SpanApi;
  readonly #tracer: SpanTracer;
  readonly #ratio: number;
  /** Span of the request that something is done in: deployments are told nothing of a trace. */
  readonly #request = new AsyncLocalStorage<ApiContext>();
  readonly #ends: (() => void)[] = [];

  constructor(api: SpanApi, ratio: number) {
    this.#api = api;
    this.#ratio = ratio;
    this.#tracer = api.trace.getTracer("hotcell");
    requestChannel.recorder = this;
    this.#ends.push(() => {
      if (requestChannel.recorder === this) requestChannel.recorder = undefined;
    });
    this.#hear(callChannel.spans, (message) => this.#beginCall(message));
    this.#hear(backendChannel.spans, (message) => this.#beginBackend(message));
    this.#hear(deployChannel.end, (message) => this.#deployed(message));
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #hear<Message>(channel: Channel<Message, unknown>, listen: (message: Message) => void): void {
    const listener = (message: unknown) => listen(message as Message);
    channel.subscribe(listener);
    this.#ends.push(() => void channel.unsubscribe(listener));
  }

  begin(method: string | undefined, place: Trace | undefined): SpanTrace | UnrecordedTrace {
    // Whoever instruments Node's own server has made its span.
    const active = this.#active();
    if (active) return new SpanTrace(active, this.#api);
    if (!this.#asks(place)) return new UnrecordedTrace(place);
    return this.#start(requestName({ method }), server!, this.#remote(place));
  }

  follow(message: RequestMessage, place: RecordedTrace, work: () => void): void {
    const { context, span } = place as SpanTrace;
    // Whoever made the one that is active ends it too.
    if (span !== this.#active()) message[whenOver] = () => endRequest(span, message);
    this.#request.run(context, work);
  }

  #active(): ApiSpan | undefined {
    const { context, trace } = this.#api;
    return trace.getSpan(context.active());
  }

  /** The SDK is asked of what is done in that place, which is nobody's here. */
  #asks(place: Trace | undefined): boolean {
    if (this.#ratio === 1) return true;
    return place === undefined ? Math.random() < this.#ratio : isSampled(place);
  }

  #beginCall(message: CallMessage): void {
    const parent = this.#parentOf(message);
    if (parent === undefined) return;
    const place = this.#start(`${message.plugin} ${message.function}`, internal!, parent);
    message.trace = place;
    if (place.recorded) message[whenOver] = () => conclude(place.span, message, callFacts(message));
  }

  #beginBackend(message: BackendMessage): void {
    const parent = this.#parentOf(message);
    if (parent === undefined) return;
    const place = this.#start(`${message.backend} ${message.operation}`, client!, parent);
    message.trace = place;
    if (place.recorded) message[whenOver] = () => endBackend(place.span, message);
  }

  #start(name: string, kind: number, parent: ApiContext): SpanTrace {
    return new SpanTrace(this.#tracer.startSpan(name, { kind }, parent), this.#api);
  }

  /**
   * Context that a span for what begins belongs to; undefined where there is to be none, within one of ours that is not sampled. An
   * embedder's own span comes before what it was asked with.
   */
  #parentOf(message: CallMessage | BackendMessage): ApiContext | undefined {
    const place = message.trace;
    if (place instanceof SpanTrace) return place.recorded ? place.context : undefined;
    if (place instanceof UnrecordedTrace) return undefined;
    const { context, trace } = this.#api;
    const active = context.active();
    const span = trace.getSpan(active);
    if (span && (place === undefined || place.traceparent.includes(span.spanContext().traceId)))
      return active;
    if (this.#asks(place)) return this.#remote(place);
    message.trace = new UnrecordedTrace(place);
    return undefined;
  }

  /** Context of a place that somebody else has told. */
  #remote(place: Trace | undefined): ApiContext {
    const { ROOT_CONTEXT, trace, createTraceState } = this.#api;
    if (place === undefined) return ROOT_CONTEXT;
    const { traceparent, tracestate } = place;
    const [, traceId, spanId, flags = ""] = traceparent.split("-");
    if (!isTraceId(traceId) || spanId === undefined) return ROOT_CONTEXT;
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) || 0,
      isRemote: true,
      ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
    });
  }

  /** Span of a deployment, with one for each of its stages: all of it is known when it is over. */
  #deployed(message: DeployMessage): void {
    const { context, trace, ROOT_CONTEXT } = this.#api;
    const active = context.active();
    const parent = trace.getSpan(active) ? active : (this.#request.getStore() ?? ROOT_CONTEXT);
    let time = performance.timeOrigin + message.began;
    const over = time + (message.seconds ?? 0) * 1000;
    const span = this.#tracer.startSpan(
      `deploy ${message.kind}`,
      { kind: internal!, startTime: time },
      parent,
    );
    if (span.isRecording()) {
      const within = trace.setSpan(ROOT_CONTEXT, span);
      for (const [stage, seconds] of Object.entries(message.stages ?? {})) {
        const part = this.#tracer.startSpan(stage, { kind: internal!, startTime: time }, within);
        time += seconds * 1000;
        part.end(time);
      }
    }
    conclude(span, message, deployFacts(message), over);
  }
}

function endRequest(span: ApiSpan, message: RequestMessage): void {
  span.updateName(requestName(message));
  const { status = 500, code = "ok" } = message;
  const facts = requestFacts(message);
  // What a client does wrong is no error of the server's (semantic conventions of HTTP).
  if (status >= 500) {
    span.setStatus({ code: failed });
    facts["error.type"] = code === "ok" ? `${status}` : code;
  }
  span.setAttributes(facts);
  span.end();
}

function endBackend(span: ApiSpan, message: BackendMessage): void {
  const facts = backendFacts(message);
  const error = outgoingError(message);
  if (error !== undefined) {
    facts["error.type"] = error;
    span.setStatus({ code: failed });
  }
  conclude(span, message, facts);
}

/** Ends a span. An error that a function gives by its type is an answer, and none of the span's. */
function conclude(
  span: ApiSpan,
  { code = "ok", error }: CallMessage | BackendMessage | DeployMessage,
  facts: SpanFacts,
  time?: number,
): void {
  if (code !== "ok") {
    facts["error.type"] = code;
    const { message } = error instanceof HotcellError ? error : asHotcellError(error);
    if (code !== "guest-error") {
      span.setStatus({ code: failed, message });
      span.recordException({ code, name: code, message });
    }
  }
  span.setAttributes(facts);
  span.end(time);
}
