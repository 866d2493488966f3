/** Plugins, their versions and revisions as the registry tells of them. */
import type { Json } from "../capabilities/secret.ts";
import type { ToldComponent } from "../component/metadata.ts";
import type { ErrorCode } from "../errors.ts";
import type { HeldContract } from "./contracts/contracts.ts";
import type { Counters } from "./counters.ts";
import type { RolloutUnderWay } from "./rollout/rollout-slot.ts";
import type { LostRoute } from "./routing/route-table.ts";
import type { ScheduledState } from "./schedule/scheduled-call.ts";
import type { ShownAsked, ShownSettings } from "./settings/settings.ts";
import type { ShownChecks } from "./shown-checks.ts";
import type { SourceState } from "./source-table.ts";

/** Links of a plugin's, to others and from others. */
export interface PlannedLinks {
  /** Plugin by the import that it satisfies, as the grant has them. */
  readonly to: Readonly<Record<string, string>>;
  /** Plugins that are linked to this one. */
  readonly from: readonly string[];
  /** Dependants whose calls fail from now on. */
  readonly breaks: readonly string[];
}

/** Reason why a plugin does not run until it is uploaded again, rolled back or removed. */
export interface Damage {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** Reason why what runs of a plugin is not what is stored of it: another host has changed it, and this one can't follow yet. */
export interface Behind {
  /** The one that is stored; what runs is of an earlier one. */
  readonly revision: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Time at which it could first not be followed. */
  readonly since: string;
}

/** Plugin as a list has it. */
export interface PluginSummary {
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  readonly deployedAt: string;
  readonly functions: readonly string[];
  /** Time at which a call ended its cell last, since the host began; absent: none did. */
  readonly lastTrap?: string;
  /**
   * Why it can't run: what is stored of it can't be read. Members that can't be are empty or the defaults, until it is
   * uploaded again, rolled back or removed.
   */
  readonly damaged?: Damage;
  /** Why what runs is not yet what another host has made of it; it is tried again. Absent where it is. */
  readonly behind?: Behind;
  /** Rollout that this host leads, while it alone has the version; absent where it leads none. */
  readonly rollout?: RolloutUnderWay;
}

export interface PluginDetails extends PluginSummary, ToldComponent {
  readonly size: number;
  /** The settings that hold. */
  readonly settings: ShownSettings;
  /** The part of them that was asked for; a ceiling may hold a limit below that. */
  readonly asked: ShownAsked;
  /** Routes of the settings that another plugin has, or the host; absent: none. */
  readonly lostRoutes?: readonly LostRoute[];
  /** Absent where there are none. */
  readonly links?: Omit<PlannedLinks, "breaks">;
  /** Contracts that it is held to; absent where there are none. */
  readonly contracts?: readonly HeldContract[];
  /** Calls of its schedule; absent where it has none. */
  readonly schedule?: readonly ScheduledState[];
  /** Source that it follows; absent where it follows none. */
  readonly source?: SourceState;
  /** Null: none. */
  readonly checks: ShownChecks | null;
  /** WIT, with the docs that came with it. */
  readonly world: string;
  readonly counters: Counters;
}

/** Part of what is told of a plugin that becomes another by itself. */
export type PluginCondition = Pick<PluginDetails, "behind" | "schedule" | "source" | "rollout">;

/** Reader for whom something is read. */
export interface Reading {
  /** They may call the plugin; absent: yes. Who may not is not shown what its checks compare. */
  readonly mayCall?: boolean;
}

/** A revision of a plugin, as its history has it. */
export interface PastDeployment {
  readonly plugin: string;
  readonly revision: number;
  /** Undefined: this revision removed the plugin. */
  readonly version: { readonly digest: string; readonly size: number } | undefined;
  readonly outcome: string;
  readonly who: string | undefined;
  readonly at: string;
  /** Settings as they were shown then; null where there were none. */
  readonly settings: Json;
  readonly details: Json;
  /** A sentence that says what of it can't be read. */
  readonly damaged?: string;
}

/** Call that ended its cell, as a host remembers it until it ends. */
export interface PastTrap {
  readonly at: string;
  /** Key of the function; of an HTTP handler, that of its export. */
  readonly function: string;
  readonly code: ErrorCode;
  /** Reason, with the place in the author's source where that is known. */
  readonly detail: string;
}

/** Version of a plugin, as a list has it. */
export interface VersionSummary {
  readonly version: string;
  readonly size: number;
  readonly firstDeployedAt: string;
  readonly live: boolean;
  /** The revisions at which it was made live, rising. */
  readonly revisions: readonly number[];
}
