/** Other hosts on the same store, as far as deployments that go host by host need them. */
import type { HostStanding } from "../standing.ts";

export interface OtherHosts {
  /** Hosts that live, besides this one. */
  standings(): Promise<readonly OtherHost[]>;
  /** Right to roll a plugin out, which one host at a time has; or the name of the one that has it. */
  claim(plugin: string): Promise<RolloutClaim | string>;
  /** Name of the other host that rolls a plugin out; undefined where none does. */
  claimant(plugin: string): Promise<string | undefined>;
}

export interface OtherHost {
  /** Words for people: its machine and process. */
  readonly name: string;
  /** Undefined of one that has told nothing yet, or is an older Hotcell. */
  readonly standing: HostStanding | undefined;
}

export interface RolloutClaim {
  /** Aborted where another host may have it by now. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}
