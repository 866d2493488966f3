/** Calls in a server of our own, from Node's request to Node's response: no web `Request` and `Response` are made, which cost more than a call. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { callerOf } from "../../../access/identity.ts";
import type { RequestHeaders } from "../../../access/request-headers.ts";
import type { Quota } from "../../../access/request-rates.ts";
import { after, caught } from "../../../platform/soon.ts";
import type { AllowedOrigins } from "../../answer/cors.ts";
import { type PlainAnswer, send } from "../../answer/plain-answer.ts";
import { problemAnswer, quotaFields } from "../../answer/problem.ts";
import type { BodySource } from "../../body/body-source.ts";
import { NodeBody } from "../../body/node-body.ts";
import { clientSignal } from "../../server/client-signal.ts";
import type { DirectHandler } from "../../server/direct-handler.ts";
import { IncomingHeaders } from "../../server/incoming-headers.ts";
import type { ServerBindings } from "../../server/server-bindings.ts";
import type { Services } from "../../services.ts";
import { tracedTeller } from "../../visits/request-trace.ts";
import { visitOf } from "../../visits/visit.ts";
import { takeQuota } from "../quota.ts";
import { answerCall } from "./answer-call.ts";
import type { CallRequest } from "./call-request.ts";
import { type DirectTarget, DirectTargets } from "./direct-target.ts";

/** Handler of the calls whose targets are plain to read; the routes of the app take the others, and answer alike. */
export function directCalls(services: Services, origins: AllowedOrigins | undefined): DirectHandler {
  const { access } = services;
  const targets = new DirectTargets();
  const answer = (request: DirectCallRequest, written: (response: ServerResponse) => void): void => {
    const { response, headers, plugin } = request;
    const finish = (answer: PlainAnswer, quota?: Quota) => {
      const more =
        origins || quota
          ? { ...origins?.fieldsFor(headers.get("origin")), ...(quota && quotaFields(quota)) }
          : undefined;
      return after(send(response, answer, more), () => written(response));
    };
    const refuse = (thrown: unknown) => problemAnswer(thrown, tracedTeller(services, request, headers));
    const visit = visitOf(request.incoming);
    visit?.isOf("/call/{name}/{function}", plugin, request.function);
    let quota: Quota | undefined;
    try {
      const identity = access.check("call", headers, plugin, request);
      request.caller = callerOf(identity);
      if (visit) visit.caller = request.caller;
      quota = takeQuota(services, identity, headers, plugin, request);
    } catch (thrown) {
      void finish(refuse(thrown));
      return;
    }
    const outcome = caught(() => answerCall(request, services), refuse);
    // Sent with the others of this turn, as short answers of sites are: each that is sent wakes its client.
    if (!(outcome instanceof Promise) && isShort(outcome))
      services.registry.putOff(() => void finish(outcome, quota));
    else void after(outcome, (answer) => finish(answer, quota));
  };
  return (incoming, response, written) => {
    const target = targets.of(incoming);
    if (target === undefined) return false;
    // Node hands the head out first, and the end of a body that came in one piece with it last, with ticks in between. In the event
    // loop's next phase it is done with all that it has read: answered before, each request takes it longer.
    setImmediate(answer, new DirectCallRequest(incoming, response, target), written);
    return true;
  };
}

/** Characters of an answer's body that are written at once. */
const maxShort = 8 * 1024;

/** It is there whole, and takes no time to be written. */
function isShort({ body, pieces }: PlainAnswer): boolean {
  return pieces === undefined && (body === undefined || body.length <= maxShort);
}

class DirectCallRequest implements CallRequest, ServerBindings {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: string;
  readonly headers: RequestHeaders;
  readonly body: BodySource;
  readonly plugin: string;
  readonly function: string;
  caller: string | undefined;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, target: DirectTarget) {
    this.incoming = incoming;
    this.response = response;
    this.method = incoming.method!;
    this.url = incoming.url!;
    this.headers = new IncomingHeaders(incoming);
    this.body = new NodeBody(incoming);
    this.plugin = target.plugin;
    this.function = target.function;
  }

  get href(): string {
    return `http://${this.incoming.headers.host}${this.url}`;
  }

  get connection(): this {
    return this;
  }

  /** Made for whoever asks: most calls end before anybody does. */
  get signal(): AbortSignal {
    this.#signal ??= clientSignal(this.response);
    return this.#signal;
  }
}
