/** Hand-over from the version that runs to the one that takes its place: of calls, and of state. */

import type { Running } from "../traffic/plugin-traffic.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import { type PlannedDeployment, stateLoss } from "./gates.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/** Makes the calls that wait go on: with the version that takes them over, or without one, where they are. */
export type Release = (successor?: RunningVersion) => void;

const nothingHeld: Release = () => {};

/** `next`: undefined where what runs is to run on. Throws what `handOver` throws, and `state-loss`. */
export function handOverPlanned(
  { name, traffic }: DeployTarget,
  { plan, mayLose }: PlannedDeployment,
  next: RunningVersion | undefined,
  transaction: Transaction,
): Promise<Release> {
  return transaction.stepAsync("handed-over", async () => {
    const running = traffic.live;
    if (!running || !next) return nothingHeld;
    if (plan.state === "handed-over") return handOver(running, next);
    return mayLose ? nothingHeld : holdUnlessStateful(name, running.live, plan.newCellFor);
  });
}

/**
 * Gives the new version the state of the live one, if both export `hotcell:plugin/state`. Calls wait from the moment the
 * state is asked for until the function that this resolves to is called.
 * Throws `save-failed`, `restore-failed`, and `timeout` where calls that run do not end.
 */
export async function handOver(from: Running, to: RunningVersion): Promise<Release> {
  // The host that has the cell follows what is stored, and hands over there.
  if (!to.lifecycle.restores || from.live.elsewhere || to.elsewhere) return nothingHeld;
  const release = from.live.hold();
  try {
    await from.live.idle();
    const state = await from.live.lifecycle.save();
    to.inherit(from.live.secrets);
    if (state) await to.lifecycle.restore(from.component.digest, state);
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Holds the calls of a live version that has no state so far, and is to end for the sake of these settings, so that none
 * leaves state there meanwhile. Throws `state-loss` where one has.
 */
function holdUnlessStateful(plugin: string, live: RunningVersion, paths: readonly string[]): Release {
  const release = live.hold();
  if (!live.stateful) return release;
  release();
  throw stateLoss(plugin, paths);
}
