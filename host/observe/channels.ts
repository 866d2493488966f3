/**
 * Channels of `node:diagnostics_channel` that a process's hosts tell on what they do: the seam that traces and programs of
 * embedders stand on. They belong to the process, as Node's do: a message names its plugin and not its host. Whoever tells asks
 * `isHeard` first, and makes no message where nobody listens.
 *
 * What takes time is told twice, with one object: on `NAME.start` when it begins, and on `NAME` with how it ended. Node's own
 * `runStores` makes it run in the context of whoever has bound an `AsyncLocalStorage` to `NAME.start`.
 */
import { type Channel, channel } from "node:diagnostics_channel";
import type { OutgoingFacts, Trace } from "../engine/call-context.ts";
import { asHotcellError, type ErrorCode } from "../errors.ts";
import { after, caught, type Soon } from "../platform/soon.ts";

/** Facts that the message of whatever takes time has. */
export interface TimedMessage {
  /** Time when it began, as `performance.now()` counts it: milliseconds. */
  readonly began: number;
  /** Seconds that it took; absent in `NAME.start`, as are `code` and `error`. */
  seconds?: number;
  /** `ok`, or the code of the error that it ended with. */
  code?: ErrorCode | "ok" | undefined;
  /** The error, as callers are told it: without the plugin's secrets. */
  error?: unknown;
  /** Called when it is over, before whoever else hears of that: whoever records a span for it puts it here. */
  [whenOver]?: (() => void) | undefined;
}

export const whenOver = Symbol("when over");

/** Request to a server of ours, from its head to the end of its answer: `hotcell.request`. */
export interface RequestMessage extends TimedMessage {
  /** Absent where what came never became a request. */
  readonly method: string | undefined;
  /** Target as the client wrote it, query and all. */
  readonly target: string | undefined;
  /** Place in a trace that it came with. A listener of `hotcell.request.start` may put its own here, as in `CallMessage`. */
  trace: Trace | undefined;
  /** Address that it came from, as far as it is known. */
  readonly client: string | undefined;
  /** Pattern that its path was found by: `/call/{name}/{function}`. */
  route?: string | undefined;
  /** Plugin and function that it was about, as the client named them: there may be none of that name. */
  plugin?: string | undefined;
  function?: string | undefined;
  /** Name of the token that it needed, `admin` or its id. */
  caller?: string | undefined;
  /** Status that was sent; undefined where the client left before there was one. */
  status?: number | undefined;
  /** Bytes that were sent, head included. */
  bytes?: number;
  /** True where not all of the answer was sent: the client left, or the connection was cut. */
  left?: boolean;
}

/** Call of a plugin's function, or of its HTTP handler: `hotcell.call`. */
export interface CallMessage extends TimedMessage {
  readonly plugin: string;
  /** Digest of the version that took it. */
  readonly version: string;
  /** Name by which the plugin exports it: `greet`, `acme:shop/cart@1.0.0#add`. */
  readonly function: string;
  readonly kind: "function" | "http";
  /** Name of whoever made it, where that is known: see `CallOrigin.caller`. */
  readonly caller: string | undefined;
  /** Place in a trace that it came with. A listener of `hotcell.call.start` may put its own here: what the call reaches is told that one. */
  trace: Trace | undefined;
  /** Units of fuel that it used; at its end. */
  fuel?: number;
}

/** Deployment, change of settings, return to a version, or removal: `hotcell.deploy`. */
export interface DeployMessage extends TimedMessage {
  readonly plugin: string;
  readonly kind: "upload" | "settings" | "rollback" | "removal";
  /** Name of whoever asked for it, where that is known. */
  readonly who: string | undefined;
  /** Outcome as the answer tells it (`created`, `swapped`, `planned` …), or `removed`; absent where it was refused. */
  outcome?: string;
  revision?: number;
  version?: string;
  /** Seconds by stage, in their order, as far as it came. */
  stages?: Readonly<Record<string, number>>;
}

/** Cell that has started, or not, or has ended; for plugins in processes, their process: `hotcell.cell`. */
export interface CellMessage {
  readonly plugin: string;
  readonly event: "started" | "failed" | "ended";
  readonly placement: "inline" | "process";
  /** Time by `performance.now()`. */
  readonly at: number;
  /** Process's id. */
  readonly pid?: number | undefined;
  /** Seconds that starting took. */
  readonly seconds?: number;
  /** Code of what it failed by, or of what a process ended by. */
  readonly code?: ErrorCode;
}

/** Question of a plugin to a backend: values by key, files, an outgoing request: `hotcell.backend`. */
export interface BackendMessage extends TimedMessage {
  readonly plugin: string;
  /** `key-value`, `files`, `http-client`. */
  readonly backend: string;
  /** Operation as the capability calls it. */
  readonly operation: string;
  readonly caller: string | undefined;
  /** Request that went out for it, of `http-client`; at its end. */
  request?: OutgoingFacts;
  /** Place in a trace, as in `CallMessage`: an outgoing request takes along what a listener of `hotcell.backend.start` puts here. */
  trace: Trace | undefined;
}

/** Channels of what takes time. */
export interface TimedChannel<Message extends TimedMessage> {
  readonly start: Channel<Message, unknown>;
  readonly end: Channel<Message, unknown>;
  /**
   * Channel of whoever records spans: told of what begins, and not of what is within a span that is not sampled. That is most of what there
   * is, and costs as little as when nobody listens.
   */
  readonly spans: Channel<Message, unknown>;
}

/** Recorder of requests' spans, asked before anything else is made of a request: most are not recorded. */
export interface RequestRecorder {
  /** Begins with a request that came with that place in a trace; gives the place that it has from here on. */
  begin(method: string | undefined, place: Trace | undefined): RecordedTrace;
  /** Follows one that is recorded there: does the work as part of it, and puts what ends its span into the message. */
  follow(message: RequestMessage, place: RecordedTrace, work: () => void): void;
}

/** Place in a trace that a recorder knows: of what is within one that is not recorded nothing is. */
export interface RecordedTrace extends Trace {
  readonly recorded: boolean;
}

interface RequestChannel extends Omit<TimedChannel<RequestMessage>, "spans"> {
  recorder?: RequestRecorder | undefined;
}

export const requestChannel: RequestChannel = {
  start: channel("hotcell.request.start") as Channel<RequestMessage, unknown>,
  end: channel("hotcell.request") as Channel<RequestMessage, unknown>,
  recorder: undefined,
};
export const callChannel: TimedChannel<CallMessage> = timedChannel("hotcell.call");
export const deployChannel: TimedChannel<DeployMessage> = timedChannel("hotcell.deploy");
export const backendChannel: TimedChannel<BackendMessage> = timedChannel("hotcell.backend");
export const cellChannel = channel("hotcell.cell") as Channel<CellMessage, unknown>;

function timedChannel<Message extends TimedMessage>(name: string): TimedChannel<Message> {
  return {
    start: channel(`${name}.start`) as Channel<Message, unknown>,
    end: channel(name) as Channel<Message, unknown>,
    spans: channel(`${name}.spans`) as Channel<Message, unknown>,
  };
}

/** True where somebody listens to what is done in that place of a trace. */
export function isHeard<Message extends TimedMessage>(
  { start, end, spans }: TimedChannel<Message>,
  trace?: Trace,
): boolean {
  return start.hasSubscribers || end.hasSubscribers || (spans.hasSubscribers && isRecorded(trace));
}

/** False within a span that is not sampled (`SpanTrace`). */
function isRecorded(trace: Trace | undefined): boolean {
  return (trace as Partial<RecordedTrace> | undefined)?.recorded !== false;
}

/** Does the work, and tells its begin and its end; `ending` adds to the message what is known then. */
export function told<Message extends TimedMessage, T>(
  { start, end, spans }: TimedChannel<Message>,
  message: Message,
  work: (message: Message) => Soon<T>,
  ending?: (message: Message, result: T | undefined) => void,
): Soon<T> {
  const tell = (code: Message["code"], result?: T): void => {
    message.seconds = (performance.now() - message.began) / 1000;
    message.code = code;
    ending?.(message, result);
    message[whenOver]?.();
    end.publish(message);
  };
  spans.publish(message);
  return start.runStores(message, () =>
    caught(
      () =>
        after(work(message), (result) => {
          tell("ok", result);
          return result;
        }),
      (thrown) => {
        message.error = thrown;
        tell(asHotcellError(thrown).code);
        throw thrown;
      },
    ),
  );
}
