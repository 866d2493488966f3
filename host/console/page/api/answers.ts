/** Answers of the API, as far as the page reads them (docs/http-api.md). */

export interface ListedPlugin {
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  readonly deployedAt: string;
  readonly functions: readonly string[];
  /** Time at which a call ended its cell last. */
  readonly lastTrap?: string;
  readonly damaged?: { readonly code: string; readonly detail: string };
}

export interface ShownPlugin extends ListedPlugin {
  readonly size: number;
  readonly world: string;
  readonly counters: ShownCounters;
  readonly metadata?: { readonly [name: string]: unknown };
  readonly notes?: readonly string[];
  /** The settings that hold. */
  readonly settings: { readonly [name: string]: unknown };
  /** The part of them that was asked for. */
  readonly asked: { readonly [name: string]: unknown };
  readonly links?: { readonly to: Readonly<Record<string, string>>; readonly from: readonly string[] };
  readonly contracts?: readonly { readonly name: string; readonly version: number }[];
  readonly schedule?: readonly {
    readonly name: string;
    readonly next: string | null;
    readonly ran: number;
    readonly failed: number;
    readonly missed: number;
    readonly running: boolean;
  }[];
  readonly servedAt?: readonly string[];
  readonly checks: unknown;
}

/** Outcome of a change of a plugin, or its plan. */
export interface ShownDeployment {
  readonly plugin: string;
  readonly outcome: "created" | "swapped" | "configured" | "unchanged" | "planned";
  readonly revision: number;
  readonly version: string;
  readonly size: number;
  readonly settings: { readonly [name: string]: unknown };
  readonly settingsChanges: readonly ShownSettingChange[];
  readonly state: "kept" | "handed-over" | "lost" | "none";
  readonly world: string;
  readonly metadata?: { readonly [name: string]: unknown };
  readonly notes?: readonly string[];
  readonly changes: readonly ShownChange[];
  readonly files?: ShownFileChanges;
  readonly contracts?: readonly { readonly name: string; readonly version: number }[];
  readonly servedAt?: readonly string[];
  readonly timings: Readonly<Record<string, number>>;
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

/** End of a call that ended its cell, as the host remembers it. */
export interface ShownTrap {
  readonly at: string;
  readonly function: string;
  readonly code: string;
  readonly detail: string;
}

export interface ShownContract {
  readonly name: string;
  readonly version: number;
  readonly versions: readonly number[];
  /** Names and patterns of the plugins that it is for. */
  readonly plugins: readonly string[];
  readonly at: string;
  readonly who?: string;
  /** Plugins that are held to it. */
  readonly users: readonly string[];
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
