/** Plan of a deployment: what becomes of the cell that runs, and of its state. */

import type { LinkedImports } from "../../capabilities/supply.ts";
import { handsOver } from "../../drive/state-exports.ts";
import type { StateFate } from "../api.ts";
import type { Settings } from "../settings/settings.ts";
import type { Running } from "../traffic/plugin-traffic.ts";
import { bindsStart, takingNewCell } from "./settings-needs.ts";

/** Transition from what is live to what is to be. */
export interface Transition {
  /** Settings that change, where the version stays; undefined for another version, or a first one. */
  readonly changedPaths: readonly string[] | undefined;
  readonly before: Settings;
  readonly after: Settings;
  /** Undefined where nothing runs. */
  readonly running: Running | undefined;
  readonly linked: LinkedImports;
}

export interface DeploymentPlan {
  /** A new cell takes the place of the one that runs. */
  readonly newCell: boolean;
  /** The settings for whose sake, where the version stays. */
  readonly newCellFor: readonly string[];
  /** One is started, were it only to see that others would start. */
  readonly starts: boolean;
  readonly state: StateFate;
}

export function planOf({ changedPaths, before, after, running, linked }: Transition): DeploymentPlan {
  const turn = { before, after, linked, keepsEnv: running?.live.keepsEnv ?? false };
  const newCellFor = changedPaths ? takingNewCell(changedPaths, turn) : [];
  const newCell = changedPaths === undefined || newCellFor.length > 0;
  const shared = before.mode === "shared" && after.mode === "shared";
  const fate = (): StateFate => {
    if (newCell && running && shared && handsOver(running.component.world, linked.world))
      return "handed-over";
    if (!running?.live.stateful) return "none";
    return newCell ? "lost" : "kept";
  };
  return { newCell, newCellFor, starts: newCell || bindsStart(turn), state: fate() };
}
