/** Calls of plugin functions: JSON in, JSON out. Routes for an app; `direct-calls.ts` has the shorter way of a server of our own. */

import type { Context } from "hono";
import { after, type Soon } from "../../../platform/soon.ts";
import { responseOf } from "../../answer/plain-answer.ts";
import { methodNotAllowed } from "../../answer/problem.ts";
import type { Services } from "../../services.ts";
import type { Asked, Route } from "../route.ts";
import { answerCall } from "./answer-call.ts";
import { WebCallRequest } from "./call-request.ts";

const path = "/call/:name/:function{.+}";

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
  return after(answerCall(new WebCallRequest(c, plugin, identity), services), responseOf);
}
