/** Place of a plugin's rollout, as long as this host leads one: for whoever tells of it, or ends it. */
import type { HotcellError } from "../../errors.ts";
import type { Tally } from "./tally.ts";

/** Rollout as an answer tells it. */
export interface RolloutOutcome {
  /** Calls that the first host made while it alone had it; absent where no host had it alone. */
  readonly first?: Tally;
  /** Number of the other hosts that run it, and of those that had not said so by the time of the answer. */
  readonly hosts: { readonly followed: number; readonly unsure: number };
}

/** Rollout under way, as details tell it on the host that leads it. */
export interface RolloutUnderWay extends Tally {
  readonly version: string;
  readonly since: string;
  /** Time at which the others get it, at the latest. */
  readonly until: string;
  /** Calls of the version before, since it runs on this host. */
  readonly before: Tally;
}

export interface RolloutSlot {
  current: OngoingRollout | undefined;
}

interface OngoingRollout {
  /** Undefined while no version is tried. */
  readonly told: RolloutUnderWay | undefined;
  /** Ends the trial on this host with that error. */
  stop(error: HotcellError): void;
  /** Ends all that waits: the host closes. */
  close(error: HotcellError): void;
}
