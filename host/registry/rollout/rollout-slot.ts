/** Place of a plugin's rollout, as long as this host leads one, or tries a version for the one that does: for whoever tells of it, or ends it. */
import type { HotcellError } from "../../errors.ts";
import type { RolloutSetting } from "../settings/rollout-setting.ts";
import type { Tally } from "./tally.ts";

/** Host that tries a version, as `GET /nodes` names it. */
export interface TryingHost {
  readonly machine: string;
  readonly pid: number;
  readonly address?: string;
}

/** Calls of the first host, and which one that was, unless it was the one that was asked. */
export interface FirstTally extends Tally {
  readonly host?: TryingHost;
}

/** Rollout as an answer tells it. */
export interface RolloutOutcome {
  /** Calls that the first host made while it alone had it; absent where no host had it alone. */
  readonly first?: FirstTally;
  /** Number of the other hosts that run it, and of those that had not said so by the time of the answer. */
  readonly hosts: { readonly followed: number; readonly unsure: number };
}

/** Rollout that a change would be, as its plan tells it: the setting, and what comes of it with the hosts that there are. */
export interface PlannedRollout extends RolloutSetting {
  /** Number of the hosts that live, the first one among them. */
  readonly hosts: number;
  /** One of them tries it alone; false: it takes no new cell, and all get it at once, but is undone where one can't run it. */
  readonly tried: boolean;
}

/** Rollout under way, as details tell it on the host that leads it, and on the one that tries it. */
export interface RolloutUnderWay extends Tally {
  readonly version: string;
  readonly since: string;
  /** Time at which the others get it, at the latest. */
  readonly until: string;
  /** Calls of the version before, since it runs on the host that tries this one. */
  readonly before: Tally;
  /** Host that tries it, because it has the plugin's one cell; absent: the one that tells of it. */
  readonly host?: TryingHost;
}

export interface RolloutSlot {
  current: OngoingRollout | undefined;
}

interface OngoingRollout {
  /** Undefined while no version is tried. */
  readonly told: RolloutUnderWay | undefined;
  /** Ends the trial with that error. */
  stop(error: HotcellError): void;
  /** Ends all that waits: the host closes. */
  close(error: HotcellError): void;
}
