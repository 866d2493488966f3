/** Model Context Protocol (2026-07-28, and the versions before it without sessions) by Streamable HTTP: functions of plugins as tools. */

import type { Context } from "hono";
import { HotcellError } from "../../../errors.ts";
import { methodNotAllowed } from "../../answer/problem.ts";
import { common } from "../../answer/respond.ts";
import { readBody, requireMediaType } from "../../body/body.ts";
import { bodyRequestOf } from "../../body/body-of-request.ts";
import { parseJson } from "../../body/json-text.ts";
import type { Services } from "../../services.ts";
import type { Asked, Route } from "../route.ts";
import type { AskedTools } from "./asked-tools.ts";
import { RpcError, type RpcMessage, rpcError, rpcMessage, rpcResult } from "./json-rpc.ts";
import { legacyStream, listen } from "./listen.ts";
import { challengeWithMetadata, metadata, metadataPath, toolsPath } from "./resource-metadata.ts";
import { callTool } from "./tool-call.ts";
import { listTools } from "./tool-list.ts";
import { legacy, modern, supported, unsupported, versionOf } from "./versions.ts";

const serverInfo = { name: "hotcell", version: "1" };
const serverMeta = { "io.modelcontextprotocol/serverInfo": serverInfo };

export const mcpRoutes: readonly Route[] = [
  {
    method: "POST",
    path: toolsPath,
    permission: "describe",
    challenge: challengeWithMetadata,
    summary: "a request of the Model Context Protocol: functions of plugins as tools",
    query: {},
    takes: ["application/json"],
    handler: answer,
  },
  {
    method: "GET",
    path: toolsPath,
    permission: "describe",
    challenge: challengeWithMetadata,
    summary: "stream that says when the tools have changed, for versions of the protocol before 2026-07-28",
    query: {},
    gives: "text/event-stream",
    head: false,
    handler: streamed,
  },
  {
    method: "GET",
    path: metadataPath,
    permission: "health",
    summary: "what a client needs to send with requests to `/mcp` (RFC 9728)",
    query: {},
    handler: (c, { publicUrl }) => metadata(c.req.raw, publicUrl),
  },
];

async function answer(c: Context, services: Services, asked: Asked): Promise<Response> {
  const { headers } = c.req.raw;
  services.access.refuseCrossSite(headers);
  requireMediaType(c.req.raw, ["application/json"], "Send one request of JSON-RPC 2.0 as application/json.");
  const hold = services.bodies.hold();
  let id: RpcMessage["id"];
  try {
    const { limits, inflater } = services;
    const body = await readBody(bodyRequestOf(c.req.raw, c.env), limits.json, {
      inflater,
      ceiling: "argumentBytes",
      hold,
    });
    const message = rpcMessage(parsed(body));
    id = message?.id;
    if (message?.id === undefined) return new Response(null, { status: 202, headers: common });
    const version = versionOf(message, headers);
    return await answerTo({
      ...message,
      id: message.id,
      version,
      c,
      services,
      asked,
      bytes: body.byteLength,
    });
  } catch (error) {
    if (error instanceof RpcError) return rpcError(id, error);
    throw error;
  } finally {
    hold.release();
  }
}

/** Throws `method-not-allowed` for what is no question for a stream: a page in a browser, and versions that have none. */
async function streamed(c: Context, services: Services, asked: Asked): Promise<Response> {
  const { headers, method } = c.req.raw;
  services.access.refuseCrossSite(headers);
  const version = headers.get("mcp-protocol-version");
  const isAsked = headers.get("accept")?.toLowerCase().includes("text/event-stream") ?? false;
  if (method !== "GET" || version === modern || !isAsked) throw methodNotAllowed(method, toolsPath, ["POST"]);
  if (version !== null && !legacy.includes(version)) return rpcError(undefined, unsupported(version));
  return await legacyStream(c, services, asked);
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(body, "The body");
  } catch (error) {
    if (!(error instanceof HotcellError)) throw error;
    throw new RpcError("parse", `Parse error: ${error.message}`);
  }
}

async function answerTo(request: AskedTools): Promise<Response> {
  const { id, method, version, params } = request;
  const isModern = version === modern;
  switch (method) {
    case "tools/list":
      return rpcResult(id, await listTools(request));
    case "tools/call":
      return rpcResult(id, await callTool(request));
    case "server/discover":
      if (!isModern) break;
      return rpcResult(
        id,
        JSON.stringify({
          resultType: "complete",
          supportedVersions: supported,
          capabilities: { tools: { listChanged: true } },
          _meta: serverMeta,
          ttlMs: 3_600_000,
          cacheScope: "public",
        }),
      );
    case "subscriptions/listen":
      if (!isModern) break;
      return await listen(request);
    case "initialize": {
      if (isModern) break;
      const { protocolVersion } = params;
      const spoken = legacy.find((one) => one === protocolVersion) ?? legacy[0];
      return rpcResult(
        id,
        JSON.stringify({
          protocolVersion: spoken,
          capabilities: { tools: { listChanged: true } },
          serverInfo,
        }),
      );
    }
    case "ping":
      if (isModern) break;
      return rpcResult(id, "{}");
  }
  throw new RpcError("method", `Method not found: ${method.slice(0, 100)}`, { status: isModern ? 404 : 200 });
}
