/**
 * Deployment: prepare → gates → start → hand over → persist → promote; where it goes host by host, this one makes it live for itself
 * before it is persisted (`registry/rollout`). Each stage takes the value that the one before it
 * made of the request; whatever throws before the swap leaves everything as it was.
 */
import type { Committed } from "../../store/store.ts";
import type { Deployment, Outcome } from "../api.ts";
import { reconcile } from "../reconcile.ts";
import { Rollout } from "../rollout/rollout.ts";
import { shownConfiguration } from "../settings/settings.ts";
import type { PlannedLinks } from "../told-plugins.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
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
  const { record } = target;
  const planned = await passGates(target, prepared, transaction);
  const describe = (outcome: Outcome, revision: number) =>
    description(target, planned, transaction, outcome, revision);
  if (planned.unchanged) return describe("unchanged", record.revisionLive ?? 0);

  const live = await startPlanned(target, planned, transaction);
  const { revision } = record;
  if (planned.options.dryRun) {
    await live?.retire();
    const plannedRollout = await Rollout.plan(target, planned);
    return { ...describe("planned", revision + 1), ...(plannedRollout && { plannedRollout }) };
  }
  const outcome = !record.live ? "created" : live ? "swapped" : "configured";
  const rollout = await Rollout.begin(target, planned).catch(async (error: unknown) => {
    await live?.retire();
    throw error;
  });
  try {
    return await commitAndPromote(target, planned, { live, outcome, rollout, transaction });
  } catch (error) {
    // Another host was quicker, and has changed what is to run here too. Why that does not run, if so, is for its calls.
    if (record.revision !== revision) await reconcile(target).catch(() => {});
    throw refusedCommit(error, planned.options);
  } finally {
    await rollout?.end();
  }
}

/** Deployment that has started, on its last way. */
interface Started {
  /** Undefined where what runs goes on. */
  readonly live: RunningVersion | undefined;
  readonly outcome: Outcome;
  /** Undefined where all hosts get it at once. */
  readonly rollout: Rollout | undefined;
  readonly transaction: Transaction;
}

/** Hands over, tries it on this host where it goes host by host, commits it and makes it live. */
async function commitAndPromote(
  target: DeployTarget,
  planned: PlannedDeployment,
  { live, outcome, rollout, transaction }: Started,
): Promise<Deployment> {
  const { context } = target;
  let release: Release | undefined;
  let committed: Committed;
  try {
    release = await handOverPlanned(target, planned, live, transaction);
    await rollout?.tryFirst(live, release, transaction);
    committed = await persist(target, planned, outcome, transaction, rollout?.first);
  } catch (error) {
    if (rollout?.promoted) await rollout.undo();
    else {
      release?.();
      await live?.retire();
    }
    throw error;
  }
  const { component, configuration } = planned;
  const { revision, event } = committed;
  const goLiveHere = () => promote(target, { component, configuration, revision, live, release });
  if (!rollout) transaction.step("live", goLiveHere);
  else if (rollout.promoted) target.traffic.reach(revision);
  else goLiveHere();
  void context.events.tidy(target.name);
  const told = await rollout?.goOn(event, revision);
  if (rollout) transaction.step("live", () => {});
  const described = description(target, planned, transaction, outcome, revision);
  return told ? { ...described, rollout: told } : described;
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
