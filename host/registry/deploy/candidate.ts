/** Candidate: a component, with its settings and checks, that is to become live. */
import type { ParsedGrants } from "../../capabilities/grants.ts";
import { relinked } from "../../capabilities/link.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import type { Component } from "../../component/component.ts";
import { HotcellError, rebuilt } from "../../errors.ts";
import type { Configuration } from "../settings/settings.ts";
import type { Live } from "../traffic/live.ts";
import { Usages } from "../traffic/usages.ts";
import type { Checks } from "./checks.ts";
import type { Plan } from "./deployment-plan.ts";
import { requireChecks } from "./gates.ts";
import type { Starter } from "./starter.ts";
import type { Transaction } from "./transaction.ts";

export interface Candidate {
  readonly component: Component;
  /** Under the grants of its settings. */
  readonly linked: LinkedImports;
  readonly configuration: Configuration;
  readonly checks: Checks | undefined;
  /** The bytes came with the request, and may not be stored yet. */
  readonly uploaded: boolean;
  /** Whether it has to pass the checks. */
  readonly checked: boolean;
}

interface Surroundings {
  readonly plugin: string;
  readonly starter: Starter;
  /** Of the plugin. */
  readonly usages: Usages;
  /** Whether who asks may see what its functions return. */
  readonly mayCall: boolean;
}

/**
 * Lets it pass its checks, and starts it where the plan says so. Resolves to what is to take the place of what runs, and
 * to undefined where that is to run on. Throws what compiling, checking and starting throw, and then nothing of it is
 * left.
 */
export async function prepareCandidate(
  { component, linked, configuration: { settings }, checks, checked }: Candidate,
  { newCell, starts }: Plan,
  { plugin, starter, usages, mayCall }: Surroundings,
  transaction: Transaction,
): Promise<Live | undefined> {
  const required = checked ? checks : undefined;
  const compiled = await transaction.stepAsync("built", async () =>
    starts || required ? starter.compile(component, settings) : undefined,
  );
  return transaction.stepAsync("tried", async () => {
    if (!compiled) return undefined;
    const start = { plugin, component, linked, compiled, settings };
    if (required) {
      const trialUsages = new Usages(usages);
      await requireChecks(required, {
        settings,
        grants: linked.grants,
        mayCall,
        start: (grants) =>
          starter.start({
            ...start,
            linked: linkedForTrial(linked, grants),
            settings: { ...settings, grants: grants.asked },
            usages: trialUsages,
          }),
      });
    }
    if (!starts) return undefined;
    const started = await starter.start({ ...start, usages: newCell ? usages : new Usages(usages) });
    try {
      await started.lifecycle.requireHealth();
    } catch (error) {
      await started.retire();
      throw error;
    }
    if (newCell) return started;
    await started.retire();
    return undefined;
  });
}

/** The link under grants of which the checks' own settings may have taken some away. */
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
