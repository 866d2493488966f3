/** Other hosts on the same store, as far as deployments that go host by host need them. */
import type { HostStanding } from "../standing.ts";
import type { RolloutUnderWay, TryingHost } from "./rollout-slot.ts";

export interface OtherHosts {
  /** Words for people that name this host, as the others are named. */
  readonly self: string;
  /** Hosts that live, besides this one. */
  standings(): Promise<readonly OtherHost[]>;
  /** Right to roll a plugin out, which one host at a time has; or the name of the one that has it. */
  claim(plugin: string): Promise<RolloutClaim | string>;
  /** Name of the other host that rolls a plugin out; undefined where none does. */
  claimant(plugin: string): Promise<string | undefined>;
  /**
   * Asks the host that has the cells of that name to try a version in them. Rejects with `process-died` where none has them, and with
   * `rollout-failed` where it does not know how.
   */
  tryThere(cells: string, asked: AskedTrial, hear: (told: RolloutUnderWay) => void): Promise<TrialElsewhere>;
  /** Trials that other hosts ask this one for are made so from now on. */
  connect(make: MakeTrial): void;
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

/** Trial that one host asks another for, which has the cells: of a version that is not stored yet, or not with these settings. */
export interface AskedTrial {
  readonly plugin: string;
  /** Revision that is live. */
  readonly revision: number;
  readonly digest: string;
  /** Settings as they are asked for and stored, with their secrets. */
  readonly settings: unknown;
  /** Bytes of the version and its parts; none where they are stored. */
  readonly pieces: readonly Uint8Array[];
}

/** Trial on another host, for the one that asked for it. */
export interface TrialElsewhere {
  /** Words for people. */
  readonly name: string;
  readonly host: TryingHost;
  /** Resolves once it has gone well; rejects with what it failed with, and then that host runs again what it ran before. */
  readonly passed: Promise<void>;
  /** Tells that host that all is decided: it goes by what is stored. Resolves when it does, or can't be asked. */
  end(): Promise<void>;
}

/**
 * Maker of trials that other hosts ask for: `tell` hears how it goes, with `passed` at its end. `decided` is aborted when the host that
 * asked goes by what is stored, or is gone. Resolves when this host does too; rejects with what the trial failed with.
 */
export type MakeTrial = (
  asked: AskedTrial,
  tell: (told: RolloutUnderWay, passed: boolean) => void,
  decided: AbortSignal,
) => Promise<void>;
