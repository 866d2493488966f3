/** Commit of a deployment: from then on it is what a restart brings back. */
import type { Outcome } from "../api.ts";
import type { PlannedDeployment } from "./gates.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Throws what the store throws, `stale-revision` too: another host may have been quicker; and `route-taken`, where another
 * plugin's deployment was.
 */
export function persist(
  { name, record, context: { routes } }: DeployTarget,
  { component, about, uploaded, configuration, checks, options, changes, changed, plan }: PlannedDeployment,
  outcome: Outcome,
  transaction: Transaction,
): Promise<void> {
  const { digest, bytes } = component;
  return transaction.stepAsync("persisted", async () => {
    using _held = routes.hold(name, configuration.settings.routes ?? []);
    await record.commit({
      live: digest,
      ...(uploaded && { binary: { bytes, about } }),
      settings: configuration.asked,
      held: configuration.settings,
      checks,
      outcome,
      who: options.who,
      details: {
        changes: changes?.length ?? 0,
        settings: changed.map(({ path }) => path),
        state: plan.state,
        timings: transaction.timings,
      },
      event: { kind: "deployed", data: { version: digest, outcome } },
    });
  });
}
