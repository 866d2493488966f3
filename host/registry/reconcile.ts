/**
 * Reconciler of one plugin: what runs is made to match what is stored. It starts the stored version when it is first
 * needed, follows what another host has committed, and catches up where an own commit came too late.
 */
import { linkImports } from "../capabilities/link.ts";
import { sameSettings } from "../capabilities/secret.ts";
import type { LinkedImports } from "../capabilities/supply.ts";
import type { StateFate } from "./api.ts";
import { type DeploymentPlan, planOf } from "./deploy/deployment-plan.ts";
import { handOver, type Release } from "./deploy/handover.ts";
import { promote } from "./deploy/promote.ts";
import type { DeployTarget } from "./deploy/target.ts";
import type { Configuration } from "./settings/settings.ts";
import { settingsChanges } from "./settings/settings-changes.ts";
import type { Running } from "./traffic/plugin-traffic.ts";
import type { RunningVersion } from "./traffic/running-version.ts";
import type { Version } from "./version.ts";

/** Makes the stored live version run, where none runs. Throws what starting it throws, and `plugin-damaged`. */
export async function runStored(target: DeployTarget): Promise<void> {
  const { configuration, revision } = target.record;
  const component = await target.components.live();
  const linked = linkImports(component.world, configuration.grants);
  const live = await start(target, linked, component, configuration);
  promote(target, { component, configuration, revision, live });
}

/**
 * Reads the plugin's record again, unless this revision is known already, and makes what runs follow it: another version, other
 * settings, or none. What runs not yet stays so until it is called. State is handed over where both versions can; nobody is asked
 * about state that is lost, since whoever committed was. Throws what starting throws, and `plugin-damaged`; then what runs goes
 * on, and the plugin's lag says so.
 */
export async function reconcile(target: DeployTarget, revision: number = Infinity): Promise<void> {
  const { record, lag } = target;
  try {
    if (record.revision < revision) await record.refresh(Number.isFinite(revision) ? revision : 0);
    await match(target);
  } catch (error) {
    lag.note(Number.isFinite(revision) ? Math.max(revision, record.revision) : record.revision, error);
    throw error;
  }
  lag.over();
}

async function match(target: DeployTarget): Promise<void> {
  const { record, traffic } = target;
  if (!record.live) {
    forgetRemoved(target);
    return;
  }
  const running = traffic.live;
  if (!running) return;
  record.requireReadable();
  const { configuration } = record;
  const sameVersion = running.component.digest === record.live.digest;
  if (sameVersion && sameSettings(running.configuration.settings, configuration.settings)) {
    traffic.reach(record.revision);
    return;
  }
  await follow(target, running, configuration, sameVersion);
}

/** Ends what runs of a plugin that is removed, and what was counted of it. */
export function forgetRemoved({ name, traffic, usages, context }: DeployTarget): void {
  traffic.put(undefined, "removed");
  context.meters.forget(name);
  usages.forgetTraps();
}

async function follow(
  target: DeployTarget,
  running: Running,
  configuration: Configuration,
  sameVersion: boolean,
): Promise<void> {
  const { revision } = target.record;
  const component = sameVersion ? running.component : await target.components.live();
  const { linked, plan } = planned(running, component, configuration);
  if (!plan.newCell) {
    promote(target, { component, configuration, revision, live: undefined });
    return;
  }
  const live = await start(target, linked, component, configuration);
  let release: Release | undefined;
  try {
    if (plan.state === "handed-over") release = await handOver(running, live);
  } catch (error) {
    await live.retire();
    throw error;
  }
  promote(target, { component, configuration, revision, live, release });
}

/** Link and plan of what is to take the place of what runs. */
function planned(
  running: Running,
  component: Version,
  configuration: Configuration,
): { linked: LinkedImports; plan: DeploymentPlan } {
  const linked = linkImports(component.world, configuration.grants);
  const changes = settingsChanges(running.configuration, configuration);
  const plan = planOf({
    changedPaths: running.component.digest === component.digest ? changes.map(({ path }) => path) : undefined,
    before: running.configuration.settings,
    after: configuration.settings,
    running,
    linked,
  });
  return { linked, plan };
}

/** Starts what is to take the place of what runs, if anything does, and tells what becomes of the state. Throws what starting throws. */
export async function plannedStart(
  target: DeployTarget,
  running: Running | undefined,
  component: Version,
  configuration: Configuration,
): Promise<{ live: RunningVersion; state: StateFate }> {
  if (!running) {
    const linked = linkImports(component.world, configuration.grants);
    return { live: await start(target, linked, component, configuration), state: "none" };
  }
  const { linked, plan } = planned(running, component, configuration);
  return { live: await start(target, linked, component, configuration), state: plan.state };
}

async function start(
  { name: plugin, usages, context: { starter } }: DeployTarget,
  linked: LinkedImports,
  component: Version,
  { settings }: Configuration,
): Promise<RunningVersion> {
  const compiled = await starter.compile(component, settings);
  return starter.start({ plugin, component, linked, compiled, settings, usages });
}
