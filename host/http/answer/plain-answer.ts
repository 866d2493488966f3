import type { ServerResponse } from "node:http";
import type { ErrorCode } from "../../errors.ts";
import { drained } from "../../platform/drained.ts";
import type { Soon } from "../../platform/soon.ts";
import { visitOf } from "../visits/visit.ts";

/** Answer as data: made alike for whatever sends it. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where it has none, not even an empty one. */
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Pieces that come one after the other, in place of a body; they throw nothing. */
  readonly pieces?: AsyncGenerator<string>;
  /** Code of the error that it tells of. */
  readonly code?: ErrorCode;
}

export function responseOf({ status, headers, body, pieces }: PlainAnswer): Response {
  return new Response(pieces ? ReadableStream.from(encoded(pieces)) : body, { status, headers });
}

async function* encoded(pieces: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

/**
 * Sends an answer by Node, in one piece where it is there. `more`: headers besides. A client that has left gets nothing. Gives a promise,
 * for when all is written, where it comes in pieces.
 */
export function send(
  response: ServerResponse,
  { status, headers, body, pieces, code }: PlainAnswer,
  more?: Readonly<Record<string, string>>,
): Soon<void> {
  if (code !== undefined) visitOf(response.req)?.failed(code);
  if (response.destroyed) return;
  const fields: (string | number)[] = [];
  for (const name in headers) fields.push(name, headers[name]!);
  for (const name in more) fields.push(name, more[name]!);
  if (body !== undefined) fields.push("content-length", Buffer.byteLength(body));
  response.writeHead(status, fields);
  if (pieces) return sendPieces(response, pieces);
  response.end(body);
}

/** Asks for the next piece when the client has taken those before it. */
async function sendPieces(response: ServerResponse, pieces: AsyncGenerator<string>): Promise<void> {
  // A client may wait for the head before it sends what is answered.
  response.flushHeaders();
  for await (const piece of pieces) {
    if (!response.write(piece) && !response.destroyed) await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}
