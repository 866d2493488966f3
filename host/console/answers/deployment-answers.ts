/** Changes of plugins in answers of the API: plans, outcomes, and what callers notice of them. */
import type { ShownHost } from "./host-answers.ts";

/** Outcome of a change of a plugin, or its plan. */
export interface ShownDeployment {
  readonly plugin: string;
  readonly outcome: "created" | "swapped" | "configured" | "unchanged" | "planned";
  readonly revision: number;
  readonly version: string;
  readonly size: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly settingsChanges: readonly ShownSettingChange[];
  readonly state: "kept" | "handed-over" | "lost" | "none";
  readonly world: string;
  readonly metadata?: ShownMetadata;
  readonly notes?: readonly string[];
  readonly changes: readonly ShownChange[];
  readonly files?: ShownFileChanges;
  readonly contracts?: readonly HeldTo[];
  readonly servedAt?: readonly string[];
  readonly rollout?: ShownRollout;
  readonly plannedRollout?: ShownRolloutPlan;
  readonly timings: Readonly<Record<string, number>>;
}

/** Rollout that a change was: calls on the host that tried it first, and the others by whether they run it. */
interface ShownRollout {
  readonly first?: { readonly calls: number; readonly traps: number; readonly host?: ShownHost };
  readonly hosts: { readonly followed: number; readonly unsure: number };
}

/** Rollout that a change would be, by its setting and the hosts that there are. */
export interface ShownRolloutPlan {
  readonly time: string;
  readonly calls?: number | undefined;
  readonly hosts: number;
  /** One host tries it before the others get it. */
  readonly tried: boolean;
}

/** Parts of what a component says of itself. */
export interface ShownMetadata {
  readonly name?: string;
  readonly description?: string;
  readonly version?: string;
}

/** Difference between two worlds, as plans, refusals and diffs tell it. */
export interface ShownChange {
  readonly path: string;
  readonly verdict: "compatible" | "breaking" | "capability";
  readonly before?: string;
  readonly after?: string;
  readonly message: string;
}

/** A setting that is, or would be, another than before. */
export interface ShownSettingChange {
  readonly path: string;
  /** Scope that the change takes. */
  readonly kind: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Files of a version that are others than those of another one, by their paths. */
export interface ShownFileChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly more: number;
}

/** Contract that a plugin is held to. */
export interface HeldTo {
  readonly name: string;
  readonly version: number;
}

/** Answer of `GET /plugins/{name}/diff`. */
export interface DiffAnswer {
  readonly plugin: string;
  readonly from: string;
  readonly to: string;
  readonly changes: readonly ShownChange[];
  readonly files?: ShownFileChanges;
}
