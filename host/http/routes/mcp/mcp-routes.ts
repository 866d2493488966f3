/** Model Context Protocol (2026-07-28, and the versions before it without sessions) by Streamable HTTP: functions of plugins as tools. */

import type { Context } from "hono";
import { HotcellError } from "../../../errors.ts";
import { common, json } from "../../answer/respond.ts";
import { readBody, requireMediaType } from "../../body/body.ts";
import { bodyRequestOf } from "../../body/body-of-request.ts";
import { parseJson } from "../../body/json-text.ts";
import type { Services } from "../../services.ts";
import type { Asked, Route } from "../route.ts";
import type { AskedTools } from "./asked-tools.ts";
import { RpcError, type RpcMessage, rpcError, rpcMessage, rpcResult } from "./json-rpc.ts";
import { listen } from "./listen.ts";
import { callTool } from "./tool-call.ts";
import { listTools } from "./tool-list.ts";
import { legacy, modern, supported, versionOf } from "./versions.ts";

const path = "/mcp";
const serverInfo = { name: "hotcell", version: "1" };
const serverMeta = { "io.modelcontextprotocol/serverInfo": serverInfo };

export const mcpRoutes: readonly Route[] = [
  {
    method: "POST",
    path,
    permission: "describe",
    summary: "a request of the Model Context Protocol: functions of plugins as tools",
    query: {},
    takes: ["application/json"],
    handler: answer,
  },
  {
    method: "GET",
    path: "/.well-known/oauth-protected-resource/mcp",
    permission: "health",
    summary: "what a client needs to send with requests to `/mcp` (RFC 9728)",
    query: {},
    handler: (c) =>
      json({
        resource: new URL(path, c.req.url).href,
        bearer_methods_supported: ["header"],
        scopes_supported: ["call"],
        resource_name: "Hotcell",
      }),
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
        JSON.stringify({ protocolVersion: spoken, capabilities: { tools: {} }, serverInfo }),
      );
    }
    case "ping":
      if (isModern) break;
      return rpcResult(id, "{}");
  }
  throw new RpcError("method", `Method not found: ${method.slice(0, 100)}`, { status: isModern ? 404 : 200 });
}
