import type { ServerBindings } from "../server/server-bindings.ts";
import type { BodyRequest, BodySource } from "./body-source.ts";
import { untouchedIncoming } from "./incoming.ts";
import { NodeBody } from "./node-body.ts";
import { WebBody } from "./web-body.ts";

/** Web request whose body is to be read. `bindings`: what the server gave the app beside it. */
export function bodyRequestOf(request: Request, bindings: unknown): BodyRequest {
  return {
    headers: request.headers,
    get signal() {
      return request.signal;
    },
    body: bodyOf(request, bindings),
  };
}

/** Body of a web request, from Node's side of it where nobody has touched that. */
export function bodyOf(request: Request, bindings: unknown): BodySource {
  const incoming = untouchedIncoming(request, bindings);
  return incoming
    ? new NodeBody(incoming)
    : new WebBody(request, (bindings as Partial<ServerBindings> | undefined)?.incoming);
}
