import type { Component } from "../../component/component.ts";
import type { Live } from "../traffic/live.ts";
import { stateLoss } from "./gates.ts";

/** Makes the calls that wait go on: with the version that takes them over, or without one, where they are. */
export type Release = (successor?: Live) => void;

/**
 * Gives the new version the state of the live one, if both export `hotcell:plugin/state`. Calls wait from the moment the
 * state is asked for until the function that this resolves to is called.
 * Throws `save-failed`, `restore-failed`, and `timeout` where calls that run do not end.
 */
export async function handOver(
  from: { readonly component: Component; readonly live: Live } | undefined,
  to: Live,
): Promise<Release> {
  if (!from || !to.lifecycle.restores) return () => {};
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
 * For a live version that has no state so far, and is to end for the sake of these settings: calls wait, so that none
 * leaves state there meanwhile. Throws `state-loss` where one has.
 */
export function holdUnlessStateful(plugin: string, live: Live, paths: readonly string[]): Release {
  const release = live.hold();
  if (!live.stateful) return release;
  release();
  throw stateLoss(plugin, paths);
}
