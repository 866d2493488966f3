/** Tools of one plugin as text, made as far as they are asked for, and kept where that was all of them. */

import { type ToldTool, toolsOf } from "../../../describe/mcp/tools.ts";
import { isDriven } from "../../../drive/http-handler.ts";
import type { ToolsSetting } from "../../../registry/settings/mcp-setting.ts";
import type { PluginSummary } from "../../../registry/told-plugins.ts";
import { harmlessJson } from "../../../text/harmless.ts";
import type { Services } from "../../services.ts";
import { ifReadable } from "../readable.ts";

/** Form in which the owner and the client want them. */
interface ToolForm {
  readonly setting: ToolsSetting;
  /** See `ToldPlugin`. */
  readonly onlyObjects: boolean;
}

/** The plugin's tools from one place on; none where its version can't be read. */
export async function* toldTools(
  { registry, toldTools: kept }: Services,
  { name, revision, version, deployedAt }: PluginSummary,
  { setting, onlyObjects }: ToolForm,
  from: number,
): AsyncGenerator<ToldTool> {
  const stamp = JSON.stringify([revision, version, deployedAt, setting, onlyObjects]);
  const known = kept.get(name, stamp);
  if (known) {
    yield* known.tools.filter(({ next }) => next > from);
    return;
  }
  const world = await ifReadable(() => registry.world(name));
  if (world === undefined) return;
  const readOnly = setting === true ? [] : (setting.readOnly ?? []);
  const tools: ToldTool[] = [];
  let characters = 0;
  for (const { tool, next } of toolsOf({ name, world, isDriven, readOnly, onlyObjects }, from)) {
    const told = { text: tool && harmlessJson(tool), next };
    tools.push(told);
    characters += told.text?.length ?? 0;
    yield told;
  }
  // Whoever has enough ends this before. A version that went live meanwhile is told by them already.
  if (from === 0 && registry.revision(name) === revision) kept.keep(name, stamp, { tools, characters });
}
