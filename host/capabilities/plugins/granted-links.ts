import type { ParsedGrants } from "../grants.ts";
import type { LinkedNames } from "./linked-names.ts";
import { plugins } from "./plugin-grant.ts";

/** Links that are granted, those too that the plugin's world has nothing of. */
export function grantedLinks(grants: ParsedGrants): LinkedNames {
  return grants.settingsOf(plugins) ?? {};
}
