/** `tools/list`: functions of the plugins that have the setting `mcp` and that who asks may call. */

import { describeBounds } from "../../../bounds/describe-bounds.ts";
import { type Tool, toolsOf } from "../../../describe/mcp/tools.ts";
import { isDriven } from "../../../drive/http-handler.ts";
import { HotcellError } from "../../../errors.ts";
import type { ToolsSetting } from "../../../registry/settings/mcp-setting.ts";
import { harmlessJson } from "../../../text/harmless.ts";
import type { Services } from "../../services.ts";
import { mayCall } from "../may-call.ts";
import { ifReadable } from "../readable.ts";
import type { AskedTools } from "./asked-tools.ts";
import { RpcError } from "./json-rpc.ts";
import { modern } from "./versions.ts";

/** The tools as JSON text; `cursor` is the plugin after which they go on. */
export async function listTools(request: AskedTools): Promise<string> {
  const { c, services, version, params, asked } = request;
  const { cursor } = params;
  if (cursor !== undefined && typeof cursor !== "string")
    throw new RpcError("params", "The cursor is none of this host's.");
  const names = services.registry
    .list()
    .map(({ name }) => name)
    .filter((name) => asked.identity.plugins?.has(name) ?? true)
    .filter((name) => cursor === undefined || name > cursor)
    .sort();
  const tools: Tool[] = [];
  let characters = 0;
  let nextCursor: string | undefined;
  using _turn = await services.downloads.enter(c.req.raw.signal);
  for (const [i, name] of names.entries()) {
    const setting = toolsSetting(services, name);
    if (setting === undefined || !mayCall(services.access, c.req.raw.headers, name, c.env)) continue;
    const readOnly = setting === true ? [] : (setting.readOnly ?? []);
    const read = async () => {
      const world = await services.registry.world(name);
      return toolsOf({ name, world, isDriven, readOnly, onlyObjects: version !== modern });
    };
    const own = (await ifReadable(read)) ?? [];
    tools.push(...own);
    characters += harmlessJson(own).length;
    if (i + 1 === names.length) break;
    if (tools.length < describeBounds.toolsAtOnce.value && characters < describeBounds.documentSchemas.value)
      continue;
    nextCursor = name;
    break;
  }
  return harmlessJson({
    ...(version === modern && { resultType: "complete", ttlMs: 0, cacheScope: "private" }),
    tools,
    ...(nextCursor !== undefined && { nextCursor }),
  });
}

/** Undefined for a plugin whose functions are no tools, and for one that is not there. */
export function toolsSetting({ registry }: Services, plugin: string): ToolsSetting | undefined {
  try {
    return registry.details(plugin).settings.mcp as ToolsSetting | undefined;
  } catch (error) {
    if (error instanceof HotcellError) return undefined;
    throw error;
  }
}
