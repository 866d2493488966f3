/**
 * Deployment: prepare → gates → start → hand over → persist → promote. Each stage takes the value that the one before it
 * made of the request; whatever throws before the swap leaves everything as it was.
 */
import type { Deployment, Outcome } from "../api.ts";
import { reconcile } from "../reconcile.ts";
import { shownConfiguration } from "../settings/settings.ts";
import type { PlannedLinks } from "../told-plugins.ts";
import { sizeOfVersion } from "../version.ts";
import { toldOf } from "./about.ts";
import { type PlannedDeployment, passGates } from "./gates.ts";
import { handOverPlanned, type Release } from "./handover.ts";
import { persist } from "./persist.ts";
import type { PreparedDeployment } from "./prepare.ts";
import { promote } from "./promote.ts";
import { refusedCommit } from "./revision-check.ts";
import { sharedNotes } from "./shared-notes.ts";
import { startPlanned } from "./start.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/** Takes what was prepared through the other stages. Throws what they throw. */
export async function goLive(
  target: DeployTarget,
  prepared: PreparedDeployment,
  transaction: Transaction,
): Promise<Deployment> {
  const { record, context } = target;
  const planned = await passGates(target, prepared, transaction);
  const describe = (outcome: Outcome, revision: number) =>
    description(target, planned, transaction, outcome, revision);
  if (planned.unchanged) return describe("unchanged", record.revisionLive ?? 0);

  const live = await startPlanned(target, planned, transaction);
  const { revision } = record;
  if (planned.options.dryRun) {
    await live?.retire();
    return describe("planned", revision + 1);
  }
  const outcome = !record.live ? "created" : live ? "swapped" : "configured";
  let release: Release | undefined;
  let committed: number;
  try {
    release = await handOverPlanned(target, planned, live, transaction);
    committed = await persist(target, planned, outcome, transaction);
  } catch (error) {
    release?.();
    await live?.retire();
    // Another host was quicker, and has changed what is to run here too. Why that does not run, if so, is for its calls.
    if (record.revision !== revision) await reconcile(target).catch(() => {});
    throw refusedCommit(error, planned.options);
  }
  const { component, configuration } = planned;
  transaction.step("live", () =>
    promote(target, { component, configuration, revision: committed, live, release }),
  );
  void context.events.tidy(target.name);
  return describe(outcome, committed);
}

function description(
  { name, context }: DeployTarget,
  {
    component,
    configuration,
    changed,
    plan,
    about,
    changes,
    files,
    links,
    linked,
    options,
  }: PlannedDeployment,
  { timings }: Transaction,
  outcome: Outcome,
  revision: number,
): Deployment {
  const contracts = context.contracts.held(name, configuration.settings.contract);
  const among = context.starter.states !== undefined;
  const notes = [...(about.notes ?? []), ...sharedNotes(name, linked, configuration.settings, among)];
  return {
    plugin: name,
    outcome,
    revision,
    version: component.digest,
    size: sizeOfVersion(component),
    ...shownConfiguration(configuration),
    settingsChanges: changed,
    state: plan.state,
    world: about.world,
    ...toldOf(about),
    ...(notes.length > 0 && { notes }),
    changes: changes ?? [],
    ...(files && { files }),
    ...(areAny(links) && { links }),
    ...(contracts.length > 0 && { contracts }),
    ...(options.origin && { origin: options.origin }),
    timings,
  };
}

function areAny({ to, from }: PlannedLinks): boolean {
  return Object.keys(to).length + from.length > 0;
}
