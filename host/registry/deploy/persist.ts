/** Commit of a deployment: from then on it is what a restart brings back. */
import type { Committed } from "../../store/store.ts";
import type { Outcome } from "../api.ts";
import type { FirstTally } from "../rollout/rollout-slot.ts";
import { binaryOf } from "../version.ts";
import { judgeLinks, type PlannedDeployment } from "./gates.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/**
 * `tried`: calls that one host made while it alone had it. Resolves to the commit. Throws what the store throws, `stale-revision` too: another host may have been quicker; and `route-taken`, `bad-link` and
 * `has-dependants`, where another plugin's deployment was, or what `ContractTable.require` throws, where a contract's was.
 */
export function persist(
  target: DeployTarget,
  planned: PlannedDeployment,
  outcome: Outcome,
  transaction: Transaction,
  tried?: FirstTally,
): Promise<Committed> {
  const { name, record, context } = target;
  const { component, about, uploaded, configuration, checks, options, changes, files, changed, plan } =
    planned;
  const { links, judged, linked, contracted } = planned;
  const { digest } = component;
  return transaction.stepAsync("persisted", async () => {
    using _links = await context.links.hold(name, links.to);
    if (context.links.changes !== judged) await judgeLinks(target, linked, options);
    using _contracts = await context.contracts.hold();
    if (contracted !== undefined && contracted !== context.contracts.changes)
      await context.contracts.require(name, configuration.settings.contract, component.world);
    using _held = context.routes.hold(name, configuration.settings.routes ?? []);
    const committed = await record.commit({
      live: digest,
      ...(uploaded && { binary: { ...binaryOf(component), about } }),
      settings: configuration.asked,
      held: configuration.settings,
      checks,
      outcome,
      who: options.who,
      details: {
        changes: changes?.length ?? 0,
        settings: changed.map(({ path }) => path),
        state: plan.state,
        ...(files && {
          files: files.added.length + files.changed.length + files.removed.length + files.more,
        }),
        ...(links.breaks.length > 0 && { breaks: links.breaks }),
        ...(options.origin && { origin: options.origin }),
        ...(tried && { tried }),
        timings: transaction.timings,
      },
      event: { kind: "deployed", data: { version: digest, outcome } },
    });
    component.files?.sent.stored();
    return committed;
  });
}
