/** Notes on what becomes of a plugin of mode `shared` where several hosts share what they serve from, and one of them has its cell. */
import { keyValue } from "../../capabilities/key-value/key-value.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import { handsOver } from "../../drive/state-exports.ts";
import type { Settings } from "../settings/settings.ts";

/** Notes for whoever deploys it; none for a host alone, and for what keeps what it knows. */
export function sharedNotes(
  plugin: string,
  { world, grants }: LinkedImports,
  { mode }: Settings,
  amongHosts: boolean,
): readonly string[] {
  if (!amongHosts || mode !== "shared" || handsOver(world, world) || grants.settingsOf(keyValue)) return [];
  return [
    `What ${plugin} keeps in variables is gone when the host that has its one cell ends: it exports no hotcell:plugin/state, and has no grant kv. If it keeps nothing there, mode fresh runs it on every host.`,
  ];
}
