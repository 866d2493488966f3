/** Events of a host as they come (HTML Standard, section 9.2), and on after a connection that broke. */

import { setTimeout as delay } from "node:timers/promises";
import { HotcellError } from "../../errors.ts";
import { exchange, type RemoteHost, unusable } from "./remote-host.ts";

export interface SentEvent {
  readonly id: string;
  /** JSON. */
  readonly data: string;
}

/** Milliseconds before it is tried again, where the host says nothing of that. */
const retryAfter = 1000;

/** Events of one answer, to its end. Rejects with what `exchange` does, and what broke the connection. */
export async function* eventsOf(
  host: RemoteHost,
  path: string,
  { after, signal }: { readonly after?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<SentEvent> {
  const headers = { accept: "text/event-stream", ...(after !== undefined && { "last-event-id": after }) };
  const response = await exchange(host, path, { headers, ...(signal && { signal }) });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream"))
    throw unusable(host.url, response);
  yield* sentEvents(response.body);
}

/** Events of a body, those that say something. */
export async function* sentEvents(body: ReadableStream<Uint8Array> | null): AsyncGenerator<SentEvent> {
  let id = "";
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === "") {
      if (data.length > 0) yield { id, data: data.join("\n") };
      data = [];
    }
    const [, field, value = ""] = /^([a-z]+)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "id") id = value;
    if (field === "data") data.push(value);
  }
}

/**
 * Events of a host that has answered before, from after one on, for as long as the signal says nothing. A connection that ends, or a host that is
 * away for a while, is tried again.
 */
export async function* followEvents(
  host: RemoteHost,
  path: string,
  options: { readonly after?: string | undefined; readonly signal: AbortSignal; readonly lost: () => void },
): AsyncGenerator<SentEvent> {
  const { signal, lost } = options;
  let { after } = options;
  while (!signal.aborted) {
    try {
      for await (const event of eventsOf(host, path, { after, signal })) {
        after = event.id;
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      // What the host refuses it will refuse again; a host that ends, or is full, will not.
      if (error instanceof HotcellError && error.status !== 503) throw error;
    }
    if (signal.aborted) return;
    lost();
    await delay(retryAfter, undefined, { signal }).catch(() => {});
  }
}

/** Lines of a body of text, without their ends. */
export async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
