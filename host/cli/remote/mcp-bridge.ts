/** Bridge from standard input and output, as the Model Context Protocol has them for local programs, to `/mcp` of a running host. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { sentEvents } from "./event-source.ts";
import type { RemoteHost } from "./remote-host.ts";

const internal = -32603;
const versionKey = "io.modelcontextprotocol/protocolVersion";

/** Transport of each line as a request, and of its answer as a line; resolves when the input has ended and all is answered. */
export async function bridge(
  host: RemoteHost,
  input: Readable,
  write: (line: string) => void,
): Promise<void> {
  const client = new Bridge(host, write);
  for await (const line of createInterface({ input })) if (line.trim() !== "") client.take(line);
  await client.end();
}

class Bridge {
  readonly #host: RemoteHost;
  readonly #write: (line: string) => void;
  readonly #pending = new Map<unknown, AbortController>();
  readonly #streams = new Set<AbortController>();
  readonly #sent = new Set<Promise<void>>();
  /** Version that a client began with by `initialize`: such requests don't say it themselves. */
  #version: string | undefined;
  /** Settles when the answer to `initialize` is here: what comes after it is of that version. */
  #begun: Promise<void> = Promise.resolve();
  /** True once the input has ended: what would go on for ever does not begin any more. */
  #over = false;

  constructor(host: RemoteHost, write: (line: string) => void) {
    this.#host = host;
    this.#write = write;
  }

  take(line: string): void {
    const message = parsed(line);
    const { method, params } = message;
    if (method === "notifications/cancelled" && isObject(params)) {
      this.#pending.get(params.requestId)?.abort();
      return;
    }
    const leave = new AbortController();
    const sent = this.#begun
      .then(() => this.#send(line, message, leave))
      .catch((error: unknown) => {
        if (!leave.signal.aborted)
          this.#fail(message.id, `The host can't be reached: ${String((error as Error).message)}`);
      })
      .finally(() => {
        this.#pending.delete(message.id);
        this.#streams.delete(leave);
        this.#sent.delete(sent);
      });
    if (message.id !== undefined) this.#pending.set(message.id, leave);
    if (method === "initialize") this.#begun = sent;
    this.#sent.add(sent);
  }

  /** Waits for answers; streams go on for ever, and end here. */
  async end(): Promise<void> {
    this.#over = true;
    for (const stream of this.#streams) stream.abort();
    await Promise.all(this.#sent);
  }

  async #send(line: string, message: JsonObject, leave: AbortController): Promise<void> {
    const answer = await this.#fetch(leave, {
      method: "POST",
      body: line,
      headers: this.#headersOf(message),
    });
    if (isStream(answer)) {
      await this.#forward(answer, leave);
      return;
    }
    const text = await answer.text();
    const told = parsed(text);
    if (told.jsonrpc === "2.0") {
      if (message.method === "initialize") this.#begin(told);
      this.#write(text);
    } else if (message.id !== undefined) {
      this.#fail(
        message.id,
        [told.detail ?? `The host answered ${answer.status}.`, told.remedy ?? ""].join(" ").trim(),
      );
    }
  }

  #fetch({ signal }: AbortController, request: RequestInit): Promise<Response> {
    const { url, token } = this.#host;
    const headers = {
      ...(request.headers as Record<string, string>),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    return fetch(`${url}/mcp`, { ...request, headers, signal });
  }

  async #forward(answer: Response, leave: AbortController): Promise<void> {
    this.#streams.add(leave);
    if (this.#over) leave.abort();
    for await (const { data } of sentEvents(answer.body)) this.#write(data);
  }

  #begin({ result }: JsonObject): void {
    const { protocolVersion } = isObject(result) ? result : {};
    if (typeof protocolVersion !== "string") return;
    this.#version = protocolVersion;
    const leave = new AbortController();
    this.#streams.add(leave);
    // What becomes of it is no answer to anything.
    const followed = this.#follow(protocolVersion, leave)
      .catch(() => {})
      .finally(() => this.#sent.delete(followed));
    this.#sent.add(followed);
  }

  /** Stream of what a client of such a version is told unasked, for as long as the host lives. */
  async #follow(version: string, leave: AbortController): Promise<void> {
    const headers = { accept: "text/event-stream", "mcp-protocol-version": version };
    for (let answer = await this.#fetch(leave, { headers }); isStream(answer); ) {
      await this.#forward(answer, leave);
      answer = await this.#again(leave, headers);
      // Nobody knows what has changed meanwhile.
      this.#write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }));
    }
  }

  /** Asks once a second until the host answers. */
  async #again(leave: AbortController, headers: Record<string, string>): Promise<Response> {
    for (;;) {
      await setTimeout(1_000, undefined, { signal: leave.signal });
      try {
        return await this.#fetch(leave, { headers });
      } catch (error) {
        if (leave.signal.aborted) throw error;
      }
    }
  }

  #headersOf({ method, params }: JsonObject): Record<string, string> {
    const { _meta, name } = isObject(params) ? params : {};
    const said = isObject(_meta) ? _meta[versionKey] : undefined;
    const version = typeof said === "string" ? said : this.#version;
    return {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(version !== undefined && { "mcp-protocol-version": version }),
      ...(typeof method === "string" && { "mcp-method": inHeader(method) }),
      ...(typeof name === "string" && { "mcp-name": inHeader(name) }),
    };
  }

  #fail(id: unknown, message: string): void {
    this.#write(JSON.stringify({ jsonrpc: "2.0", id, error: { code: internal, message } }));
  }
}

function isStream({ headers }: Response): boolean {
  return headers.get("content-type") === "text/event-stream";
}

/** Value of a header: text as it is, or base64 of what a header can't have. */
function inHeader(text: string): string {
  return /^[!-~]+$/.test(text) ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

/** Nothing for what is no object: the host says what is wrong with it. */
function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
