/** `tools/list`: functions of the plugins that have the setting `mcp` and that who asks may call. */

import { describeBounds } from "../../../bounds/describe-bounds.ts";
import { HotcellError } from "../../../errors.ts";
import { LongWork } from "../../../platform/breath.ts";
import type { ToolsSetting } from "../../../registry/settings/mcp-setting.ts";
import type { Services } from "../../services.ts";
import { mayCall } from "../may-call.ts";
import type { AskedTools } from "./asked-tools.ts";
import { RpcError } from "./json-rpc.ts";
import { toldTools } from "./told-tools.ts";
import { modern } from "./versions.ts";

/** The tools as JSON text; `cursor` says in which plugin, and behind which of its functions, they go on. */
export async function listTools(request: AskedTools): Promise<string> {
  const { c, services, version, params, asked } = request;
  const begun = placeOf(params.cursor);
  const plugins = services.registry
    .list()
    .filter(({ name }) => asked.identity.plugins?.has(name) ?? true)
    .filter(({ name }) => name >= begun.plugin)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const work = new LongWork();
  const tools: string[] = [];
  let characters = 0;
  let nextCursor: string | undefined;
  using _turn = await services.downloads.enter(c.req.raw.signal);
  for (const plugin of plugins) {
    const { name } = plugin;
    const setting = toolsSetting(services, name);
    if (setting === undefined || !mayCall(services.access, c.req.raw.headers, name, c.env)) continue;
    if (tools.length >= describeBounds.toolsAtOnce.value || characters >= describeBounds.toolsText.value) {
      nextCursor = `${name}:0`;
      break;
    }
    const form = { setting, onlyObjects: version !== modern };
    const from = name === begun.plugin ? begun.from : 0;
    for await (const { text, next } of toldTools(services, plugin, form, from)) {
      await work.pause();
      if (text === undefined) continue;
      tools.push(text);
      characters += text.length;
      if (tools.length < describeBounds.toolsAtOnce.value && characters < describeBounds.toolsText.value)
        continue;
      nextCursor = `${name}:${next}`;
      break;
    }
    if (nextCursor !== undefined) break;
  }
  const told = version === modern ? `"resultType":"complete","ttlMs":0,"cacheScope":"private",` : "";
  const goesOn = nextCursor === undefined ? "" : `,"nextCursor":${JSON.stringify(nextCursor)}`;
  return `{${told}"tools":[${tools.join()}]${goesOn}}`;
}

function placeOf(cursor: unknown): { readonly plugin: string; readonly from: number } {
  if (cursor === undefined) return { plugin: "", from: 0 };
  const [, plugin, from] = /^([a-z0-9-]+):(\d{1,5})$/.exec(String(cursor)) ?? [];
  if (plugin === undefined) throw new RpcError("params", "The cursor is none of this host's.");
  return { plugin, from: Number(from) };
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
