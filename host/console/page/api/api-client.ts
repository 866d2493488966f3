/** Requests to the API of the host that the page came from. */

import { forget, token } from "./held-token.ts";
import { Refused, refusalOf } from "./refused.ts";

/** Address of the API: the console lies right below it, wherever it is mounted. */
export const base = new URL("../", document.baseURI);

export interface Asking {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** Query parameters; undefined ones are left out, lists are repeated. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** Revision that the change is for: 412 where somebody was quicker. */
  readonly ifMatch?: string | number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Answer with what the API says in JSON. */
export interface Answered<T> {
  readonly data: T;
  readonly status: number;
  readonly headers: Headers;
}

/** URL of a path of the API, its parts being encoded: `["plugins", name]`. */
export function apiUrl(path: readonly string[], query: Asking["query"] = {}): URL {
  const url = new URL(path.map(encodeURIComponent).join("/"), base);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, `${each}`);
  }
  return url;
}

/** The answer, whatever its body. Throws `Refused`; an `AbortError` where `signal` ended it. */
export async function send(path: readonly string[], asking: Asking = {}): Promise<Response> {
  const { method = "GET", json, body = null, headers, query, ifMatch, signal = null } = asking;
  const { value } = token;
  const request = {
    method,
    headers: {
      ...(value !== undefined && { authorization: `Bearer ${value}` }),
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(ifMatch !== undefined && { "if-match": `"${ifMatch}"` }),
      ...headers,
    },
    body: json === undefined ? body : JSON.stringify(json),
    signal,
    // The token is all that says who asks.
    credentials: "omit" as const,
    cache: "no-store" as const,
  };
  let answer: Response;
  try {
    answer = await fetch(apiUrl(path, query), request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, {});
  }
  if (answer.ok) return answer;
  const refused = await refusalOf(answer);
  if (answer.status === 401 && value !== undefined && value === token.value) forget("ended");
  throw refused;
}

/** The answer as JSON. Throws as `send`. */
export async function ask<T>(path: readonly string[], asking: Asking = {}): Promise<Answered<T>> {
  const answer = await send(path, asking);
  const text = await answer.text();
  return {
    data: (text === "" ? undefined : JSON.parse(text)) as T,
    status: answer.status,
    headers: answer.headers,
  };
}
