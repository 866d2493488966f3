/** Versions of the Model Context Protocol, and what each has a request say of itself. */

import { beginning } from "../../../text/cut.ts";
import { isObject } from "../../../text/json-value.ts";
import { RpcError, type RpcMessage } from "./json-rpc.ts";

/** The version whose requests say all that they are. */
export const modern = "2026-07-28";
/** Versions that begin with `initialize`, the newest first. Here they have no sessions. */
export const legacy: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];
export const supported = [modern, ...legacy];

const prefix = "io.modelcontextprotocol/";
const shown = (text: string) => JSON.stringify(beginning(text, 100));

/**
 * Version of a request, by its header and what it says in `_meta`. Throws RpcError where they don't agree, for a version that is not
 * spoken here, and for a modern request that lacks a header.
 */
export function versionOf({ method, params }: RpcMessage, headers: Headers): string {
  const header = headers.get("mcp-protocol-version");
  const meta = isObject(params._meta) ? params._meta : {};
  const said = meta[`${prefix}protocolVersion`];
  if (said === undefined && method === "initialize") return legacy[0]!;
  // Clients of 2025-03-26 send no header.
  if (said === undefined && header === null) return legacy.at(-1)!;
  if (said === undefined && legacy.includes(header!)) return header!;
  if (said === undefined && header !== modern) throw unsupported(header!);
  if (header === null) throw mismatch("The header MCP-Protocol-Version is missing.");
  if (typeof said !== "string" || !isObject(meta[`${prefix}clientCapabilities`])) {
    throw new RpcError("params", `_meta needs ${prefix}protocolVersion and ${prefix}clientCapabilities.`);
  }
  if (header !== said)
    throw mismatch(`MCP-Protocol-Version is ${shown(header)}, and _meta says ${shown(said)}.`);
  if (said !== modern) throw unsupported(said);
  requireSame(headers, "Mcp-Method", method);
  if (method === "tools/call" && typeof params.name === "string")
    requireSame(headers, "Mcp-Name", params.name);
  return modern;
}

function requireSame(headers: Headers, name: string, value: string): void {
  const header = headers.get(name);
  if (header === null) throw mismatch(`The header ${name} is missing.`);
  if (decoded(header) === value) return;
  throw mismatch(`${name} is ${shown(header)}, and the body says ${shown(value)}.`);
}

/** A header's value, which may be base64 of what a header can't have. */
function decoded(header: string): string {
  const [, base64] = /^=\?base64\?([\w+/]*={0,2})\?=$/.exec(header) ?? [];
  return base64 === undefined ? header : Buffer.from(base64, "base64").toString();
}

function mismatch(message: string): RpcError {
  return new RpcError("header", `Header mismatch: ${message}`);
}

export function unsupported(requested: string): RpcError {
  return new RpcError("version", `Unsupported protocol version ${shown(requested)}.`, {
    data: { supported, requested: beginning(requested, 100) },
  });
}
