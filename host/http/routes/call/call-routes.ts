/** Calls of plugin functions: JSON in, JSON out. Routes for an app; `direct-calls.ts` has the shorter way of a server of our own. */

import type { Context } from "hono";
import type { Identity } from "../../../access/identity.ts";
import { after, type Soon } from "../../../platform/soon.ts";
import { responseOf } from "../../answer/plain-answer.ts";
import { methodNotAllowed } from "../../answer/problem.ts";
import type { ServerBindings } from "../../server/server-bindings.ts";
import type { Services } from "../../services.ts";
import type { Asked, Route } from "../route.ts";
import { answerCall } from "./answer-call.ts";
import { WebCallRequest } from "./call-request.ts";

/** Names of contracts have an `@` before them: see `hook-routes.ts`. */
const path = "/call/:name{(?!@|%40)[^/]+}/:function{.+}";

export const callRoutes: readonly Route[] = [
  {
    method: "POST",
    path,
    permission: "call",
    summary: "JSON array or object of arguments → JSON",
    handler,
  },
  {
    method: "GET",
    path,
    permission: "call",
    summary: "the same for scalar parameters",
    head: false,
    handler,
  },
];

function handler(c: Context, services: Services, { plugin, identity }: Asked): Soon<Response> {
  // Whoever asks about a call, such as a link checker, does not make it.
  if (c.req.method === "HEAD") {
    services.access.refuseCrossSite(c.req.raw.headers);
    throw methodNotAllowed("HEAD", c.req.path, ["GET", "POST"]);
  }
  const asked: AskedCall = { c, services, plugin, identity };
  // With the body of a POST as with that in a server of our own: in the event loop's next phase all of it is here that came with the
  // head, and the call needs no promise but this one.
  return c.req.method === "POST" && hasIncoming(c.env) ? inNextPhase(asked) : answerTo(asked);
}

interface AskedCall {
  readonly c: Context;
  readonly services: Services;
  readonly plugin: string;
  readonly identity: Identity;
}

function answerTo({ c, services, plugin, identity }: AskedCall): Soon<Response> {
  return after(answerCall(new WebCallRequest(c, plugin, identity), services), responseOf);
}

function inNextPhase(asked: AskedCall): Promise<Response> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(answerTo(asked));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

function hasIncoming(bindings: unknown): boolean {
  return (bindings as Partial<ServerBindings> | undefined)?.incoming !== undefined;
}
