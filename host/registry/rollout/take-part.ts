/**
 * Part of a host in rollouts that others lead: it tries what they ask it to, and hears of stops. Whoever asks any host for a stop adds an
 * event to the log, which the host that leads the rollout hears.
 */
import { watchStore } from "../../store/given-store.ts";
import { staleRevision } from "../../store/refusals.ts";
import type { DeployTarget, PluginContext } from "../deploy/target.ts";
import type { MakeTrial } from "./other-hosts.ts";
import { noRollout } from "./rollout-errors.ts";

/** Kind of that event. */
const kind = "rollout-stop";

/** Asks for the stop of a plugin's rollout. Throws `bad-request` where no host rolls it out. */
export async function askForStop(
  { name, rollouts, context: { others, store } }: DeployTarget,
  who: string | undefined,
): Promise<void> {
  if (!rollouts.current && (await others?.claimant(name)) === undefined) throw noRollout(name);
  await store.append([{ at: new Date().toISOString(), kind, plugin: name, who }]);
}

/** Plugin as far as rollouts ask for it. */
interface RolledOut {
  stopRollout(who: string | undefined): void;
  tryFor: MakeTrial;
}

/** Takes part in rollouts that other hosts lead, and hears of stops until what it gives is called. */
export function takePart(
  { store, others }: Pick<PluginContext, "store" | "others">,
  find: (plugin: string) => RolledOut | undefined,
): () => void {
  others?.connect(async (asked, ...means) => {
    const plugin = find(asked.plugin);
    if (!plugin) throw staleRevision(asked.plugin, asked.revision, 0);
    await plugin.tryFor(asked, ...means);
  });
  return watchStore(store, (event) => {
    if (event.kind === kind && event.plugin !== undefined) find(event.plugin)?.stopRollout(event.who);
  });
}
