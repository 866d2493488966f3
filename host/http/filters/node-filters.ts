/** Filters before a server of Node's, or an app that takes its middleware, as Express does. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PlainAnswer } from "../answer/plain-answer.ts";
import { send } from "../answer/plain-answer.ts";
import type { FilterAnswer, Header } from "./filter-answers.ts";
import type { FilterChain } from "./filter-chain.ts";
import { filteredTarget } from "./filtered-target.ts";
import { changeIncoming, headersOfIncoming } from "./incoming-headers-changed.ts";

/** Middleware of Node's servers: calls `next` once the request may go on. */
export type NodeMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** `refuse` answers where a filter fails. */
export function filtersOfNode(chain: FilterChain, refuse: (error: unknown) => PlainAnswer): NodeMiddleware {
  return (request, response, next) => {
    const { method = "GET" } = request;
    const judge = async () => {
      // Express cuts the path of what a router is mounted at.
      const target = filteredTarget((request as { originalUrl?: string }).originalUrl ?? request.url ?? "/");
      const soon = chain.request({ method, target, headers: headersOfIncoming(request) });
      const { changes, answer, passed } = soon instanceof Promise ? await soon : soon;
      for (const each of changes) changeIncoming(request, each);
      const hears = chain.hearsResponses && passed.length > 0;
      if (hears) {
        holdHead(
          response,
          async () => {
            const changed = await chain.response(
              { method, target },
              response.statusCode,
              fieldsOf(response),
              passed,
            );
            for (const { remove, set, append } of changed) {
              for (const name of remove) response.removeHeader(name);
              for (const [name] of set) response.removeHeader(name);
              for (const [name, value] of [...set, ...append]) response.appendHeader(name, value);
            }
          },
          refuse,
        );
      }
      if (answer) give(response, answer);
      return answer === undefined;
    };
    judge().then(
      (goesOn) => {
        if (goesOn) next();
      },
      (error) => send(response, refuse(error)),
    );
  };
}

function give(response: ServerResponse, { status, headers, body }: FilterAnswer): void {
  response.statusCode = status;
  if (body !== "") response.setHeader("content-type", "text/plain; charset=utf-8");
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  for (const name of named) response.removeHeader(name);
  for (const [name, value] of headers) response.appendHeader(name, value);
  response.end(body);
}

function fieldsOf(response: ServerResponse): Header[] {
  return response.getHeaderNames().flatMap((name): Header[] => {
    const value = response.getHeader(name)!;
    return Array.isArray(value) ? value.map((each): Header => [name, each]) : [[name, String(value)]];
  });
}

const writing = ["write", "end", "flushHeaders"] as const;

/**
 * Holds the head of a response, and what comes after it, until `heard` has changed its headers: what writes it is called
 * then, in order. Where that fails the answer is another.
 */
function holdHead(
  response: ServerResponse,
  heard: () => Promise<void>,
  refuse: (error: unknown) => PlainAnswer,
): void {
  const own = {
    writeHead: response.writeHead,
    write: response.write,
    end: response.end,
    flushHeaders: response.flushHeaders,
  };
  const held: (() => void)[] = [];
  let begun = false;
  let wrote = false;
  let ended = false;
  const told = (is: () => boolean) => ({ configurable: true, get: is });
  // Who asks whether it has answered already is not to answer once more.
  Object.defineProperties(response, { headersSent: told(() => begun), writableEnded: told(() => ended) });
  const release = () => {
    Object.assign(response, own);
    Reflect.deleteProperty(response, "headersSent");
    Reflect.deleteProperty(response, "writableEnded");
  };
  const begin = () => {
    if (begun) return;
    begun = true;
    heard().then(
      () => {
        release();
        for (const each of held) each();
        if (wrote && !response.writableEnded) response.emit("drain");
      },
      (error) => {
        release();
        for (const name of response.getHeaderNames()) response.removeHeader(name);
        send(response, refuse(error));
      },
    );
  };
  response.writeHead = ((status: number, ...more: unknown[]) => {
    response.statusCode = status;
    const message = typeof more[0] === "string" ? more.shift() : undefined;
    if (typeof message === "string") response.statusMessage = message;
    setFields(response, more[0]);
    begin();
    return response;
  }) as typeof response.writeHead;
  for (const name of writing) {
    response[name] = ((...args: unknown[]) => {
      begin();
      wrote ||= name === "write";
      ended ||= name === "end";
      held.push(() => Reflect.apply(own[name], response, args));
      // Who writes on is asked to wait.
      return name === "write" ? false : response;
    }) as never;
  }
}

/** Headers as `writeHead` takes them: an object, or names and values in turns, or in pairs. */
function setFields(response: ServerResponse, given: unknown): void {
  if (Array.isArray(given)) {
    const flat: unknown[] = given.every(Array.isArray) ? given.flat() : given;
    const named = new Set(flat.filter((_, i) => i % 2 === 0).map((name) => String(name).toLowerCase()));
    for (const name of named) response.removeHeader(name);
    for (let i = 0; i + 1 < flat.length; i += 2) response.appendHeader(String(flat[i]), String(flat[i + 1]));
  } else if (typeof given === "object" && given !== null) {
    for (const [name, value] of Object.entries(given))
      if (value !== undefined) response.setHeader(name, value as string | string[]);
  }
}
