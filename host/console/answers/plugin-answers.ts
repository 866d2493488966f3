/** Plugins in answers of the API. */
import type { HeldTo, ShownMetadata } from "./deployment-answers.ts";
import type { ShownHost } from "./host-answers.ts";

/** Answer of `GET /plugins`. */
export interface PageOfPlugins {
  readonly plugins: readonly ListedPlugin[];
  readonly next?: string;
}

interface ShownBehind {
  readonly revision: number;
  readonly code: string;
  readonly detail: string;
  readonly since: string;
}

export interface ListedPlugin {
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  readonly deployedAt: string;
  readonly functions: readonly string[];
  /** Time at which a call ended its cell last. */
  readonly lastTrap?: string;
  readonly damaged?: { readonly code: string; readonly detail: string };
  /** Why what runs is not what another host has made of it. */
  readonly behind?: ShownBehind;
  /** Version that one of several hosts tries, as far as the one that answers knows how that goes. */
  readonly rollout?: ShownTrial;
}

/** Version that one of several hosts has alone for a time. */
export interface ShownTrial extends TrialTally {
  readonly version: string;
  readonly since: string;
  /** Time at which the others get it, at the latest. */
  readonly until: string;
  /** Calls of the version before on that host. */
  readonly before: TrialTally;
  /** Host that tries it; absent: the one that answers. */
  readonly host?: ShownHost;
}

interface TrialTally {
  readonly calls: number;
  readonly traps: number;
}

/** Place in a registry that the live version was pulled from. */
interface ShownOrigin {
  readonly oci: string;
  readonly digest: string;
}

/** Place in a registry that a plugin follows. */
interface ShownSource {
  readonly oci: string;
  readonly checkedAt?: string;
  readonly next?: string;
  readonly failed?: { readonly at: string; readonly code: string; readonly detail: string };
}

export interface ShownPlugin extends ListedPlugin {
  readonly size: number;
  readonly world: string;
  readonly counters: ShownCounters;
  readonly metadata?: ShownMetadata;
  readonly notes?: readonly string[];
  /** The settings that hold. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The part of them that was asked for. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly links?: { readonly to: Readonly<Record<string, string>>; readonly from: readonly string[] };
  readonly contracts?: readonly HeldTo[];
  readonly schedule?: readonly {
    readonly name: string;
    readonly next: string | null;
    readonly ran: number;
    readonly failed: number;
    readonly missed: number;
    readonly running: boolean;
  }[];
  readonly servedAt?: readonly string[];
  readonly origin?: ShownOrigin;
  readonly source?: ShownSource;
  /** Number of workers that did not answer in time: what is counted is without theirs. */
  readonly lateWorkers?: number;
  readonly checks: unknown;
}

/** Answer of `GET /plugins/{name}/traps`, newest first. */
export interface TrapsAnswer {
  readonly plugin: string;
  readonly traps: readonly ShownTrap[];
}

/** End of a call that ended its cell, as the host remembers it. */
interface ShownTrap {
  readonly at: string;
  readonly function: string;
  readonly code: string;
  readonly detail: string;
}

interface ShownCounters {
  readonly since: string;
  readonly calls: number;
  readonly guestErrors: number;
  readonly traps: number;
  readonly cancelled: number;
  readonly inFlight: number;
  readonly fuel: number;
  readonly droppedLogLines: number;
  readonly limits: Readonly<Record<string, number>>;
}
