/** Stops of rollouts: whoever asks any host for one adds an event to the log, which the host that leads it hears. */
import { watchStore } from "../../store/given-store.ts";
import type { Store } from "../../store/store.ts";
import type { DeployTarget } from "../deploy/target.ts";
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

/** Hears of stops until what it gives is called. */
export function hearStops(store: Store, stop: (plugin: string, who: string | undefined) => void): () => void {
  return watchStore(store, (event) => {
    if (event.kind === kind && event.plugin !== undefined) stop(event.plugin, event.who);
  });
}
