/** Change of a plugin's settings, as `grant` and `set` make it. */

import { type Leave, leaveQuery, withLeave } from "../../remote/leave.ts";
import { ask, type RemoteHost } from "../../remote/remote-host.ts";
import { pluginPath } from "../../remote/remote-plugin.ts";
import { type Deployed, printDeployment } from "../../shown/deployment-text.ts";
import { printJson } from "../../terminal.ts";

export interface ConfigureLine {
  readonly dryRun: boolean;
  readonly allowStateLoss: boolean;
  readonly atOnce: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

export const configureOptions = {
  "dry-run": { type: "boolean" },
  "allow-state-loss": { type: "boolean" },
  "at-once": { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
} as const;

export const configureHelp = `  --dry-run            what would change, and nothing else
  --allow-state-loss   start a new cell, where that takes one, though the state of the live one is lost with it
  --at-once            all hosts get it at once, though the setting rollout would have one try it first
  -q, --quiet          print nothing but errors
  --json               for programs: as PATCH /plugins/NAME answers`;

/** Values of those options. */
export function configureLine(
  values: { readonly [Name in keyof typeof configureOptions]?: boolean },
): ConfigureLine {
  return {
    dryRun: values["dry-run"] ?? false,
    allowStateLoss: values["allow-state-loss"] ?? false,
    atOnce: values["at-once"] ?? false,
    quiet: values.quiet ?? false,
    json: values.json ?? false,
  };
}

/** Merges a patch into a plugin's settings, and says what came of it. */
export async function configure(
  host: RemoteHost,
  name: string,
  patch: object,
  { dryRun, allowStateLoss, atOnce, quiet, json }: ConfigureLine,
): Promise<void> {
  const send = async (leave: Leave) => {
    const query = leaveQuery(leave);
    if (dryRun) query.set("dry-run", "true");
    return (await ask(host, "PATCH", `${pluginPath(name)}?${query}`, patch)) as Deployed;
  };
  const { made } = await withLeave({ allowStateLoss, atOnce }, send, quiet || json ? false : undefined);
  if (json) printJson(made);
  else if (!quiet) printDeployment(made, host.url);
}
