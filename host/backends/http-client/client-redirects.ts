/** Redirects: the request that a response leads on to (RFC 9110, 15.4), with nothing of what was meant for another server. */

import type { ClientHead, TextField } from "./client-head.ts";
import type { HopHead } from "./hop.ts";
import { originOf, resolveTarget } from "./request-target.ts";

const redirects = new Set([301, 302, 303, 307, 308]);

/** Fields that a guest means for the server that it asked. */
const forOneServer = new Set(["authorization", "cookie", "proxy-authorization"]);

/** Next request, without a body; undefined where the response leads nowhere, or where its body would have to be sent once more. */
export function redirected(
  { method, target, fields }: ClientHead,
  hasBody: boolean,
  { status, location }: HopHead,
): ClientHead | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  const asGet = status === 303 ? method !== "HEAD" : status <= 302 && method === "POST";
  if (hasBody && !asGet) return undefined;
  const next = resolveTarget(target, location);
  if (!next) return undefined;
  const elsewhere = originOf(next) !== originOf(target);
  const kept = fields.filter(([name]: TextField) => {
    const key = name.toLowerCase();
    return !(asGet && key.startsWith("content-")) && !(elsewhere && forOneServer.has(key));
  });
  return { method: asGet ? "GET" : method, target: next, fields: kept, length: undefined };
}
