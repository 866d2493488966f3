/** Messages of JSON-RPC 2.0, as the Model Context Protocol has them. */

import { streamBounds } from "../../../bounds/http-bounds.ts";
import { harmlessJson } from "../../../text/harmless.ts";
import { isObject, type JsonObject } from "../../../text/json-value.ts";
import { common } from "../../answer/respond.ts";

type MessageId = string | number;

/** Request or notification: `id` is undefined for one that wants no answer. */
export interface RpcMessage {
  readonly id: MessageId | undefined;
  readonly method: string;
  readonly params: JsonObject;
}

export const rpcCodes = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  header: -32020,
  version: -32022,
} as const;

/** Error that is answered as one of the protocol; refusals of calls are results instead. */
export class RpcError extends Error {
  readonly code: number;
  readonly status: number;
  readonly data: unknown;

  constructor(
    name: keyof typeof rpcCodes,
    message: string,
    { status = 400, data }: { status?: number; data?: unknown } = {},
  ) {
    super(message);
    this.code = rpcCodes[name];
    this.status = status;
    this.data = data;
  }
}

/** Throws RpcError for what is neither request nor notification. Undefined for the answer to a request, of which the host sends none. */
export function rpcMessage(value: unknown): RpcMessage | undefined {
  if (!isObject(value) || value.jsonrpc !== "2.0") throw notOne();
  const { id, method, params = {} } = value;
  if (method === undefined && ("result" in value || "error" in value)) return undefined;
  const isId = typeof id === "string" || (typeof id === "number" && Number.isFinite(id));
  if (typeof method !== "string" || !isObject(params) || (!isId && "id" in value)) throw notOne();
  const longest = streamBounds.messageId.value;
  if (typeof id === "string" && id.length > longest) {
    throw new RpcError("request", `The id has ${id.length} characters, more than ${longest}.`);
  }
  return { id: isId ? id : undefined, method, params };
}

function notOne(): RpcError {
  return new RpcError(
    "request",
    "The body is not one request or notification of JSON-RPC 2.0. Send one, not a batch.",
  );
}

/** `result`: JSON text. */
export function rpcResult(id: MessageId, result: string): Response {
  const body = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
  return new Response(body, { headers: { ...common, "content-type": "application/json" } });
}

export function rpcError(id: MessageId | undefined, { code, message, data, status }: RpcError): Response {
  const error = { code, message, ...(data !== undefined && { data }) };
  const body = harmlessJson({ jsonrpc: "2.0", ...(id !== undefined && { id }), error });
  return new Response(body, { status, headers: { ...common, "content-type": "application/json" } });
}
