import type { ServerResponse } from "node:http";

/** Answer as data: made alike for whatever sends it. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where it has none, not even an empty one. */
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

export function responseOf({ status, headers, body }: PlainAnswer): Response {
  return new Response(body, { status, headers });
}

/** Sends an answer by Node, in one piece. `more`: headers besides. A client that has left gets nothing. */
export function send(
  response: ServerResponse,
  { status, headers, body }: PlainAnswer,
  more?: Readonly<Record<string, string>>,
): void {
  if (response.destroyed) return;
  const fields: (string | number)[] = [];
  for (const name in headers) fields.push(name, headers[name]!);
  for (const name in more) fields.push(name, more[name]!);
  if (body !== undefined) fields.push("content-length", Buffer.byteLength(body));
  response.writeHead(status, fields);
  response.end(body);
}
