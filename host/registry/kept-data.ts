/** Data that plugins have beyond their deployments, when a plugin is removed. */
import { HostDrivers, type KeptData } from "../backends/drivers.ts";
import { HotcellError } from "../errors.ts";
import type { PluginContext } from "./deploy/target.ts";

/** Data of plugins where no driver keeps any. */
export const noData: KeptData = {
  kept: async () => [],
  forget: async () => {},
  forChecks: () => new HostDrivers(),
};

/** Throws `data-kept` where a plugin that is to be removed has data, and nothing was said of them. */
export async function requireFateOfData(data: KeptData, plugin: string): Promise<void> {
  const kept = await data.kept(plugin);
  if (kept.length === 0) return;
  throw new HotcellError("data-kept", `${plugin} has data: ${kept.join(", ")}.`, {
    subject: plugin,
    actual: kept.join(", "),
    remedy:
      "Say what becomes of them: ?keep-data=true keeps them for what is deployed under the name again, ?keep-data=false removes them for good (in code: keepData).",
  });
}

/** Removes a plugin's data for good, and tells so in the event log. */
export async function forgetData(
  { data, events }: Pick<PluginContext, "data" | "events">,
  plugin: string,
  who: string | undefined,
): Promise<void> {
  await data.forget(plugin);
  events.dataRemoved(plugin, who);
}

/** Removes what is not worth a question, such as folders without files: their names are nothing for who deploys under the plugin's. */
export async function forgetTraces(data: KeptData, plugin: string): Promise<void> {
  // Calls that were under way may have kept something since the question was not asked.
  if ((await data.kept(plugin)).length === 0) await data.forget(plugin);
}
