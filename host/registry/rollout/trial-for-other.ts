/** Trial that this host makes for another one, which leads a rollout, because this one has the plugin's cell. */
import { setTimeout as delay } from "node:timers/promises";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { sameSettings } from "../../capabilities/secret.ts";
import type { HotcellError } from "../../errors.ts";
import { within } from "../../platform/within.ts";
import { digestOf, staleRevision } from "../../store/refusals.ts";
import { handOver, type Release } from "../deploy/handover.ts";
import type { DeployTarget } from "../deploy/target.ts";
import { plannedStart, reconcile, runStored } from "../reconcile.ts";
import type { Configuration } from "../settings/settings.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import type { Version } from "../version.ts";
import { HostTrial } from "./host-trial.ts";
import type { AskedTrial, MakeTrial } from "./other-hosts.ts";
import { cellLost, leaderLost } from "./rollout-errors.ts";

/** Milliseconds between times that the leader is told of calls, and between looks whether it leads still. */
const [tellEvery, lookEvery] = [200, 1_000];

/** To be called when it is the plugin's turn. See `MakeTrial`. */
export async function tryForOther(
  target: DeployTarget,
  asked: AskedTrial,
  tell: Parameters<MakeTrial>[1],
  decided: AbortSignal,
): Promise<void> {
  if (decided.aborted) return;
  const { name, record, traffic, rollouts } = target;
  if (record.revision !== asked.revision) throw staleRevision(name, asked.revision, record.revision);
  if (!traffic.live) await runStored(target);
  const { component, configuration } = await versionOf(target, asked);
  const { live, release } = await startHere(target, component, configuration);
  const trial = HostTrial.begin(target, { component, configuration, live, release });
  // All that comes meanwhile ends it, or the wait for what the leader decides: then what is stored says what it was.
  const ending = Promise.withResolvers<void>();
  const end = (error: HotcellError) => {
    trial.stop(error);
    ending.resolve();
  };
  rollouts.current = {
    get told() {
      return trial.told;
    },
    stop: end,
    close: end,
  };
  const leave = () => end(leaderLost(name));
  decided.addEventListener("abort", leave);
  if (decided.aborted) leave();
  const watching = watchLeader(target, leave);
  try {
    tell(trial.told, false);
    let toldAt = performance.now();
    await trial.passed(() => {
      if (performance.now() - toldAt < tellEvery) return;
      toldAt = performance.now();
      tell(trial.told, false);
    });
    tell(trial.told, true);
    await within(ending.promise, nodeBounds.decideTime.value);
  } finally {
    watching.abort();
    decided.removeEventListener("abort", leave);
    rollouts.current = undefined;
    await settle(target, trial, { component, configuration });
  }
}

/** Version as it was sent, or is stored, with the settings that it is to have here. */
async function versionOf(
  { components, context }: DeployTarget,
  { digest, settings, pieces }: AskedTrial,
): Promise<{ component: Version; configuration: Configuration }> {
  const sent = new Map(pieces.map((bytes) => [digestOf(bytes), bytes]));
  return components.sent(digest, sent, settings, context);
}

async function startHere(
  target: DeployTarget,
  component: Version,
  configuration: Configuration,
): Promise<{ live: RunningVersion; release: Release | undefined }> {
  const { name, traffic } = target;
  const running = traffic.live;
  const { live, state } = await plannedStart(target, running, component, configuration);
  try {
    if (live.elsewhere) throw cellLost(name);
    await live.lifecycle.requireHealth();
    const release = running && state === "handed-over" ? await handOver(running, live) : undefined;
    return { live, release };
  } catch (error) {
    await live.retire();
    throw error;
  }
}

/** Makes this host go by what is stored: with the version that was tried, or what ran before. */
async function settle(
  target: DeployTarget,
  trial: HostTrial,
  { component, configuration }: { component: Version; configuration: Configuration },
): Promise<void> {
  const { record, traffic } = target;
  const { revision } = record;
  // Where it can't be read now, it is followed as soon as it can.
  await record.refresh().catch(() => {});
  const stored =
    record.revision > revision &&
    record.live?.digest === component.digest &&
    sameSettings(record.configuration.settings, configuration.settings);
  if (stored) {
    component.files?.sent.stored();
    traffic.reach(record.revision);
    return;
  }
  await trial.undo();
  if (record.revision > revision) await reconcile(target).catch(() => {});
}

/** Looks whether the host that leads the rollout does so still: one that is cut off never says that it is gone. */
function watchLeader({ name, context: { others } }: DeployTarget, gone: () => void): AbortController {
  const ending = new AbortController();
  const { signal } = ending;
  void (async () => {
    let leader: string | undefined;
    while (!signal.aborted) {
      let leads: string | undefined;
      try {
        leads = await others?.claimant(name);
        leader ??= leads;
        // By then another one may lead one of its own.
        if (!signal.aborted && (leads === undefined || leads !== leader)) gone();
      } catch {
        // Nobody can say just now: without the store this host loses the cell too, in time.
      }
      await delay(lookEvery, undefined, { signal, ref: false }).catch(() => {});
    }
  })();
  return ending;
}
