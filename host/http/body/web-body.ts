import type { IncomingMessage } from "node:http";
import { HotcellError } from "../../errors.ts";
import type { BodySource } from "./body-source.ts";
import { endedEarly } from "./ended-early.ts";
import { wasRead } from "./incoming.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Body of a web `Request`. Rejects with `bad-request` if it ends early, and with `body-taken` where something has read it before. */
export class WebBody implements BodySource {
  readonly #request: Request;
  /** Node's side of the request, where there is one. */
  readonly #incoming: IncomingMessage | undefined;

  constructor(request: Request, incoming: IncomingMessage | undefined) {
    this.#request = request;
    this.#incoming = incoming;
  }

  whole(): Promise<Bytes> {
    return this.#unlessTaken(async (request) => {
      return new Uint8Array(await request.arrayBuffer().catch(fail));
    });
  }

  counted(grown: (size: number) => void): Promise<Bytes> {
    return this.#unlessTaken((request) => countedStream(request, grown));
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    const { body, bodyUsed } = this.#request;
    if (bodyUsed || (this.#incoming !== undefined && wasRead(this.#incoming))) throw taken();
    if (body === null) return;
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(fail);
        if (done) return;
        yield value;
      }
    } finally {
      void reader.cancel().catch(() => {});
    }
  }

  async #unlessTaken(read: (request: Request) => Promise<Bytes>): Promise<Bytes> {
    const request = this.#request;
    if (Number(request.headers.get("content-length") ?? Number.NaN) === 0) return new Uint8Array();
    if (request.bodyUsed) throw taken();
    // What is left of such a body looks like an empty one, or one that ended early; unless it was handed on.
    const readBefore = this.#incoming !== undefined && wasRead(this.#incoming);
    try {
      const body = await read(request);
      if (!readBefore || body.byteLength > 0) return body;
    } catch (error) {
      if (!readBefore) throw error;
    }
    throw taken();
  }
}

async function countedStream(request: Request, grown: (size: number) => void): Promise<Bytes> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(fail);
      if (done) return Buffer.concat(chunks, size);
      size += value.byteLength;
      grown(size);
      chunks.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
}

function fail(cause: unknown): never {
  throw endedEarly(cause);
}

/** Error for a body that the app has read in which an embedder has mounted the routes. */
function taken(): HotcellError {
  return new HotcellError("body-taken", "Something else in this server has read the request's body before.", {
    remedy:
      "Mount the routes before what reads bodies, such as express.json(), or keep that away from their paths; in Hono, read no body (c.req.json()) before they are reached.",
  });
}
