/** Bridge from standard input and output, as the Model Context Protocol has them for local programs, to `/mcp` of a running host. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { isObject, type JsonObject } from "../../text/json-value.ts";
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
    for (const stream of this.#streams) stream.abort();
    await Promise.all(this.#sent);
  }

  async #send(line: string, message: JsonObject, leave: AbortController): Promise<void> {
    const { url, token } = this.#host;
    const answer = await fetch(`${url}/mcp`, {
      method: "POST",
      body: line,
      signal: leave.signal,
      headers: {
        ...this.#headersOf(message),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    if (answer.headers.get("content-type") === "text/event-stream") {
      this.#streams.add(leave);
      let text = "";
      for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
        const events = (text + piece).split("\n\n");
        text = events.pop()!;
        for (const event of events) this.#tell(/^data: (.*)$/m.exec(event)?.[1]);
      }
      return;
    }
    const text = await answer.text();
    const told = parsed(text);
    if (told.jsonrpc === "2.0") {
      const version = isObject(told.result) ? told.result.protocolVersion : undefined;
      if (message.method === "initialize" && typeof version === "string") this.#version = version;
      this.#tell(text);
    } else if (message.id !== undefined) {
      this.#fail(
        message.id,
        [told.detail ?? `The host answered ${answer.status}.`, told.remedy ?? ""].join(" ").trim(),
      );
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

  #tell(text: string | undefined): void {
    if (text !== undefined) this.#write(text);
  }

  #fail(id: unknown, message: string): void {
    this.#tell(JSON.stringify({ jsonrpc: "2.0", id, error: { code: internal, message } }));
  }
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
