/** Start of a version that passed the gates: compiled, tried, and with its first cell ready. */
import type { ParsedGrants } from "../../capabilities/grants.ts";
import { relinked } from "../../capabilities/link.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import { HotcellError, rebuilt } from "../../errors.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { Usages } from "../traffic/usages.ts";
import type { Checks } from "./checks.ts";
import type { PlannedDeployment } from "./gates.ts";
import type { Starter, StartOptions } from "./starter.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";
import { requireChecks } from "./trial.ts";

/**
 * Lets it pass its checks, and starts it where the plan says so. Resolves to what is to take the place of what runs, and
 * to undefined where that is to run on. Throws what compiling, checking and starting throw, and then nothing of it is
 * left.
 */
export async function startPlanned(
  { name: plugin, context: { starter, data }, record, usages }: DeployTarget,
  planned: PlannedDeployment,
  transaction: Transaction,
): Promise<RunningVersion | undefined> {
  const { component, linked, checks, checked, plan, options } = planned;
  const { settings } = planned.configuration;
  const { newCell, starts } = plan;
  const required = checked ? checks : undefined;
  const compiled = await transaction.stepAsync("built", async () =>
    starts || required ? starter.compile(component, settings) : undefined,
  );
  return transaction.stepAsync("tried", async () => {
    if (!compiled) return undefined;
    const start = { plugin, component, linked, compiled, settings };
    if (required) {
      const trialUsages = new Usages(usages);
      await using drivers = data.forChecks(asksFor(required, linked.grants), starter.heap);
      await requireChecks(required, {
        settings,
        grants: linked.grants,
        mayCall: options.mayCall ?? true,
        start: (grants) =>
          starter.start({
            ...start,
            linked: linkedForTrial(linked, grants),
            settings: { ...settings, grants: grants.asked },
            usages: trialUsages,
            drivers: drivers.find,
          }),
      });
    }
    if (!starts) return undefined;
    // Of a plugin that was removed some may be left, where the store was away just then.
    const losesState = options.allowStateLoss === true || !record.live;
    const started = await starter.start({
      ...start,
      losesState,
      usages: newCell ? usages : new Usages(usages),
    });
    try {
      if (started.elsewhere)
        await requireStart(starter, { ...start, usages: new Usages(usages), trial: true });
      else await started.lifecycle.requireHealth();
    } catch (error) {
      await started.retire();
      throw error;
    }
    if (newCell) return started;
    await started.retire();
    return undefined;
  });
}

/** Starts it here, to see that it does, where another host is to run it. */
async function requireStart(starter: Starter, start: StartOptions): Promise<void> {
  const trial = await starter.start(start);
  try {
    await trial.lifecycle.requireHealth();
  } finally {
    await trial.retire();
  }
}

/** Tells of a backend whether checks name a capability of its among the grants that they bring. */
function asksFor({ settings }: Checks, { table }: ParsedGrants): (backend: string) => boolean {
  const named = Object.keys(settings?.grants ?? {});
  return (backend) => named.some((name) => table.find(name)?.backends?.includes(backend));
}

/** Link under grants of which the checks' own settings may have taken some away. */
function linkedForTrial(linked: LinkedImports, grants: ParsedGrants): LinkedImports {
  try {
    return relinked(linked, grants);
  } catch (error) {
    if (!(error instanceof HotcellError)) throw error;
    const remedy =
      "The plugin has the grant, and the settings of its checks (calls.json) take it away: leave it out of these.";
    throw rebuilt(error, error.message, { ...error.facts, remedy });
  }
}
