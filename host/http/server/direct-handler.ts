import type { IncomingMessage, ServerResponse } from "node:http";
import type { Hono } from "hono";

/**
 * Handler that answers some requests as Node's server has them, for which no web `Request` is made then. Asked before the app, once
 * the head is found good. False where a request is none of its own: then it has left it as it was. Nothing of the body is here
 * yet when it is asked. It throws nothing, and calls `written` when all of its answer is written, whether that is read or not.
 */
export type DirectHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  written: (response: ServerResponse) => void,
) => boolean;

/** App as `listen` takes it, with the handlers that come before it, the first one first. */
export type ServedApp = Hono & { readonly direct?: readonly DirectHandler[] };
