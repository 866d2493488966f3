import type { ServerBindings } from "../server/server-bindings.ts";
import type { BodyRequest } from "./body-source.ts";
import { untouchedIncoming } from "./incoming.ts";
import { NodeBody } from "./node-body.ts";
import { WebBody } from "./web-body.ts";

/** Body of a web request. `bindings`: what the server gave the app beside it. */
export function bodyRequestOf(request: Request, bindings: unknown): BodyRequest {
  const incoming = untouchedIncoming(request, bindings);
  return {
    headers: request.headers,
    get signal() {
      return request.signal;
    },
    body: incoming
      ? new NodeBody(incoming)
      : new WebBody(request, (bindings as Partial<ServerBindings> | undefined)?.incoming),
  };
}
