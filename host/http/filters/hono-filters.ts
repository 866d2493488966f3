/** Filters before the routes of an app of Hono's. */
import type { IncomingMessage } from "node:http";
import type { Context, MiddlewareHandler } from "hono";
import type { FilterAnswer, HeaderChanges } from "./filter-answers.ts";
import type { FilterChain, FilterJudgement } from "./filter-chain.ts";
import { changeIncoming, headersOfIncoming } from "./incoming-headers-changed.ts";

/** `refuse` answers where a filter fails. */
export function filtersOfHono(chain: FilterChain, refuse: (error: unknown) => Response): MiddlewareHandler {
  return async (c, next) => {
    const request = c.req.raw;
    const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
    const { method } = request;
    const target = c.req.path + queryTextOf(request.url);
    let judged: FilterJudgement;
    try {
      const headers = incoming ? headersOfIncoming(incoming) : [...request.headers];
      const soon = chain.request({ method, target, headers });
      judged = soon instanceof Promise ? await soon : soon;
    } catch (error) {
      return refuse(error);
    }
    const { changes, answer, passed } = judged;
    for (const each of changes) {
      apply(request.headers, each);
      if (incoming) changeIncoming(incoming, each);
    }
    // What a handler throws Hono has made an answer of by then.
    if (answer === undefined) await next();
    else c.res = responseOf(answer);
    if (!chain.hearsResponses) return undefined;
    const { status, headers } = c.res;
    try {
      const soon = chain.response({ method, target }, status, [...headers], passed);
      const changed = soon instanceof Promise ? await soon : soon;
      if (changed.length > 0) changeResponse(c, changed);
    } catch (error) {
      void c.res.body?.cancel().catch(() => {});
      c.res = undefined;
      c.res = refuse(error);
    }
    return undefined;
  };
}

/** Query of a web request's URL, which is in absolute form, `?` included. */
function queryTextOf(url: string): string {
  const from = url.indexOf("?");
  return from < 0 ? "" : url.slice(from);
}

function apply(headers: Headers, { remove, set, append }: HeaderChanges): void {
  for (const name of remove) headers.delete(name);
  for (const [name] of set) headers.delete(name);
  // Several of one name are several fields.
  for (const [name, value] of [...set, ...append]) headers.append(name, value);
}

function responseOf({ status, headers, body }: FilterAnswer): Response {
  const fields = headers.map(([name, value]): [string, string] => [name, value]);
  return new Response(body === "" ? null : body, { status, headers: fields });
}

function changeResponse(c: Context, changes: readonly HeaderChanges[]): void {
  const { body, status, statusText, headers: sent } = c.res;
  const headers = new Headers(sent);
  for (const each of changes) apply(headers, each);
  // Headers of a response that is replaced would be taken over.
  c.res = undefined;
  c.res = new Response(body, { status, statusText, headers });
}
