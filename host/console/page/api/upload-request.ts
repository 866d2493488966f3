/** Requests with a large body, which tell how much of it has been sent: `fetch` does not. */
import { type Answered, type Asking, apiUrl } from "./api-client.ts";
import { forget, token } from "./held-token.ts";
import { Refused, refusalFrom } from "./refused.ts";

export interface Uploading extends Pick<Asking, "query" | "headers" | "ifMatch" | "signal"> {
  readonly body: XMLHttpRequestBodyInit;
  /** Bytes that have been sent, of all; once more when the host has them all, and works. */
  readonly onProgress?: (sent: number, all: number) => void;
}

/** `PUT` of a body. Throws as `ask` does. */
export function putBody<T>(path: readonly string[], uploading: Uploading): Promise<Answered<T>> {
  const { body, query, headers = {}, ifMatch, signal, onProgress } = uploading;
  const { promise, resolve, reject } = Promise.withResolvers<Answered<T>>();
  const request = new XMLHttpRequest();
  request.open("PUT", apiUrl(path, query));
  const { value } = token;
  if (value !== undefined) request.setRequestHeader("authorization", `Bearer ${value}`);
  if (ifMatch !== undefined) request.setRequestHeader("if-match", `"${ifMatch}"`);
  for (const [name, text] of Object.entries(headers)) request.setRequestHeader(name, text);
  request.upload.addEventListener("progress", ({ loaded, total }) => onProgress?.(loaded, total));
  request.addEventListener("error", () => reject(new Refused(0, {})));
  request.addEventListener("abort", () => reject(signal?.reason ?? new Refused(0, {})));
  request.addEventListener("load", () => {
    const { status, responseText } = request;
    if (status >= 200 && status < 300) {
      const data = (responseText === "" ? undefined : JSON.parse(responseText)) as T;
      resolve({ data, status, headers: headersOf(request) });
      return;
    }
    if (status === 401 && value !== undefined && value === token.value) forget("ended");
    reject(refusalFrom(status, responseText));
  });
  signal?.addEventListener("abort", () => request.abort(), { once: true });
  if (signal?.aborted) reject(signal.reason);
  else request.send(body);
  return promise;
}

function headersOf(request: XMLHttpRequest): Headers {
  const lines = request.getAllResponseHeaders().trim().split(/\r\n/);
  return new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}
