import type { IncomingMessage } from "node:http";

/** Bindings that `listen` gives the app beside each request. An app on another server gets something else, or nothing. */
export interface ServerBindings {
  readonly incoming: IncomingMessage;
}
