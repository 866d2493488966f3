import type { Agent, Dispatcher } from "undici";
import type { CallOrigin, Trace } from "../../engine/call-context.ts";
import { tellableTrace, traceId } from "../../engine/trace-context.ts";
import type { BackendContext } from "../backend.ts";
import type { Data } from "../data.ts";
import type { Exchange } from "../exchange.ts";
import { allows } from "./allow-list.ts";
import { ClientBody } from "./client-body.ts";
import {
  type AskedHead,
  type ClientHead,
  expectHead,
  fieldsToSend,
  readHead,
  targetAsked,
} from "./client-head.ts";
import { redirected } from "./client-redirects.ts";
import type { ClientTimeouts, HostReach, HttpClientSettings } from "./client-settings.ts";
import { failureOf } from "./error-codes.ts";
import { Hop, type HopHead } from "./hop.ts";
import type { PluginLookups } from "./lookup-turns.ts";
import { PhaseTimer } from "./phase-timer.ts";
import { RequestFailure } from "./request-failure.ts";
import type { RequestRoom } from "./request-room.ts";
import { authorityOf, originOf, type RequestTarget } from "./request-target.ts";
import type { StreamingClient } from "./streaming-client.ts";

/** Means that the requests of one deployment share. */
export interface ClientMeans {
  /** Client of requests without a body, and of those whose body is here whole. */
  readonly agent: Agent;
  /** Client of those whose body still comes. */
  readonly streaming: StreamingClient;
  readonly settings: HttpClientSettings;
  readonly reach: HostReach;
  readonly room: RequestRoom;
  readonly lookups: PluginLookups;
}

/** Body as it goes out. */
type SentBody = Uint8Array | AsyncIterable<Uint8Array> | null;

/** Course of one request: its clock, and the ends of its connections. */
interface Course {
  readonly timer: PhaseTimer;
  readonly timeouts: ClientTimeouts;
  readonly closings: Promise<void>[];
}

/** Request of a plugin's, with its redirects, from what its guest's side asks for to the last part of the response. */
export class ClientRequest {
  readonly #means: ClientMeans;
  readonly #context: BackendContext<HttpClientSettings>;
  readonly #exchange: Exchange;
  readonly #deadline: number;
  readonly #trace: Trace | undefined;
  readonly #body: ClientBody;
  readonly #began = performance.now();
  #hop: Hop | undefined;
  #hops = 0;
  /** Host as it is told in the audit: empty where what was asked for names none. */
  #host = "";
  #method = "";
  /** Place that is connected to. */
  #target: RequestTarget | undefined;
  readonly #wentOut: CallOrigin["wentOut"];

  /** `call`: the one that asks. */
  constructor(
    means: ClientMeans,
    context: BackendContext<HttpClientSettings>,
    exchange: Exchange,
    { deadline = Number.POSITIVE_INFINITY, trace, wentOut }: CallOrigin = {},
  ) {
    this.#means = means;
    this.#context = context;
    this.#exchange = exchange;
    this.#deadline = deadline;
    this.#trace = trace && tellableTrace(trace);
    this.#wentOut = wentOut;
    this.#body = new ClientBody(exchange);
  }

  /** Throws `UnexpectedData`, and why the exchange was cut off. What goes wrong with the request is told to the guest's side. */
  async run(data: Data): Promise<void> {
    const asked = expectHead(data);
    const { count } = this.#context;
    count("requests");
    try {
      await this.#make(asked);
      this.#tell(undefined);
    } catch (thrown) {
      if (this.#exchange.signal.aborted) {
        this.#tell("abandoned");
        return;
      }
      const { told } = failureOf(thrown);
      this.#tell(told.tag);
      count(figureOf(told.tag));
      await this.#exchange.send({ error: { ...told } });
    }
    this.#exchange.end();
    await this.#body.drain();
  }

  async #make(asked: AskedHead): Promise<void> {
    const { settings, room } = this.#means;
    this.#exchange.signal.throwIfAborted();
    this.#method = asked.method;
    const target = targetAsked(asked);
    this.#host = authorityOf(target);
    this.#target = target;
    const head = readHead(asked, target);
    const give = room.take();
    const closings: Promise<void>[] = [];
    const timeouts = timeoutsFor(settings.timeouts, asked, this.#deadline - this.#began);
    const timer = new PhaseTimer(timeouts.whole, (failure) => this.#stop(this.#timely(failure)));
    const cut = () => this.#stop(this.#exchange.signal.reason as Error);
    this.#exchange.signal.addEventListener("abort", cut, { once: true });
    try {
      this.#require(head);
      const course = { timer, timeouts, closings };
      let next = await this.#go(head, await this.#bodyOf(asked, head), course);
      while (next) {
        this.#require(next);
        next = await this.#go(next, null, course);
      }
    } finally {
      this.#exchange.signal.removeEventListener("abort", cut);
      timer.end();
      // A connection that is being made, or torn down, has its place as long as it is there.
      void Promise.allSettled(closings).then(give);
    }
  }

  /** Body as it is sent: null for none, bytes where all of it is here. Throws RequestFailure. */
  async #bodyOf({ body }: AskedHead, { length }: ClientHead): Promise<SentBody> {
    const { requestBytes: most, secrets: credentials } = this.#means.settings;
    const limits = { most, declared: length, credentials };
    if (!body) return this.#body.none(limits);
    // What a guest has written before it sends its request comes behind it, in the same turn.
    await undefined;
    return this.#body.whole(limits) ?? this.#body.parts(limits);
  }

  /** Throws RequestFailure for a request that may not be made. */
  #require({ method, target }: ClientHead): void {
    const { settings, reach } = this.#means;
    if (!allows(settings.allow, method, target) || (reach.allow && !allows(reach.allow, method, target)))
      throw new RequestFailure("HTTP-request-denied");
  }

  /** Makes one request. Resolves to the next, where the response leads on to one that is to be followed. */
  async #go(
    head: ClientHead,
    body: SentBody,
    { timer, timeouts, closings }: Course,
  ): Promise<ClientHead | undefined> {
    const { agent, streaming, settings } = this.#means;
    const { method, target } = head;
    let next: ClientHead | undefined;
    this.#host = authorityOf(target);
    this.#target = target;
    this.#method = method;
    const accept = (response: HopHead) => {
      if (this.#hops < settings.redirects) next = redirected(head, body !== null, response);
      return next === undefined;
    };
    const exchange = this.#exchange;
    const hop = new Hop({ exchange, timer, timeouts, responseBytes: settings.responseBytes, accept });
    this.#hop = hop;
    timer.begin(timeouts.connect, "connection-timeout");
    closings.push(hop.closed);
    const fields = fieldsToSend(head, settings.secrets, this.#trace);
    if (body === null || body instanceof Uint8Array) {
      const path = target.path + target.query;
      const sent = { origin: originOf(target), path, method: method as Dispatcher.HttpMethod, body };
      agent.dispatch({ ...sent, headers: fields }, hop);
    } else {
      streaming.dispatch({ method, target, fields, length: head.length, parts: body, body: this.#body }, hop);
    }
    await hop.done;
    this.#hops++;
    return next;
  }

  /** Failure of a request whose time is over: what takes too long to connect may be the lookup of the name, or its turn. */
  #timely(failure: RequestFailure): RequestFailure {
    return failure.told.tag === "connection-timeout" && this.#means.lookups.waitsFor(this.#target?.host ?? "")
      ? new RequestFailure("DNS-timeout")
      : failure;
  }

  #stop(reason: Error): void {
    this.#hop?.abort(reason);
  }

  #tell(error: string | undefined): void {
    const { audit, count } = this.#context;
    const status = error === undefined ? this.#hop?.status : undefined;
    const [sent, received] = [this.#body.sent, this.#hop?.received ?? 0];
    count("sentBytes", sent);
    count("receivedBytes", received);
    const { host, port, scheme } = this.#target ?? {};
    this.#wentOut?.({ method: this.#method, host, port, scheme, status, error });
    audit({
      method: this.#method,
      host: this.#host,
      ...(status !== undefined && { status }),
      ...(error !== undefined && { error }),
      ...{ sent, received },
      ...(this.#hops > 1 && { redirects: this.#hops - 1 }),
      ms: Math.round(performance.now() - this.#began),
      ...(this.#trace && { trace: traceId(this.#trace)! }),
    });
  }
}

/** Timeouts of the grant, or the guest's own where these are shorter; the whole ends with the call, which has so many milliseconds `left`. */
function timeoutsFor(
  { connect, firstByte, betweenBytes, whole }: ClientTimeouts,
  asked: AskedHead,
  left: number,
): ClientTimeouts {
  return {
    connect: Math.min(connect, asked.connectTimeout ?? Infinity),
    firstByte: Math.min(firstByte, asked.firstByteTimeout ?? Infinity),
    betweenBytes: Math.min(betweenBytes, asked.betweenBytesTimeout ?? Infinity),
    whole: Math.max(1, Math.min(whole, left)),
  };
}

/** Figure that a failure adds to. */
function figureOf(tag: string): "refused" | "limited" | "failed" {
  if (tag === "HTTP-request-denied" || tag === "destination-IP-prohibited") return "refused";
  return tag === "connection-limit-reached" ? "limited" : "failed";
}
