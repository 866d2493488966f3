/** Target of deployments: one plugin, with all that a deployment reads and changes of it. */
import type { KeptData } from "../../backends/drivers.ts";
import type { HostMeters } from "../../observe/host-meters.ts";
import type { Store } from "../../store/store.ts";
import type { ContractTable } from "../contracts/contract-table.ts";
import type { EventLog } from "../event-log.ts";
import type { Lag } from "../lag.ts";
import type { LinkTable } from "../links/link-table.ts";
import type { History } from "../records/history.ts";
import type { KeptComponents } from "../records/kept-components.ts";
import type { KeptRecord } from "../records/kept-record.ts";
import type { OtherHosts } from "../rollout/other-hosts.ts";
import type { RolloutSlot } from "../rollout/rollout-slot.ts";
import type { RouteTable } from "../routing/route-table.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { HostRules } from "../settings/host-rules.ts";
import type { SourceTable } from "../source-table.ts";
import type { StandingTable } from "../standing.ts";
import type { PluginTraffic } from "../traffic/plugin-traffic.ts";
import type { SwapListeners } from "../traffic/swap-listeners.ts";
import type { Usages } from "../traffic/usages.ts";
import type { Starter } from "./starter.ts";

/** Parts of a host that all plugins of a registry share. */
export interface PluginContext extends HostRules {
  readonly starter: Starter;
  readonly store: Store;
  readonly events: EventLog;
  readonly routes: RouteTable;
  /** Data that plugins have beyond their deployments. */
  readonly data: KeptData;
  readonly links: LinkTable;
  readonly contracts: ContractTable;
  readonly schedules: Schedules;
  readonly sources: SourceTable;
  /** Meters of what its plugins do. */
  readonly meters: HostMeters;
  readonly swaps: SwapListeners;
  /** Standing of all of them. */
  readonly standing: StandingTable;
  /** Other hosts on the store; absent where this one knows of none. */
  readonly others?: OtherHosts;
  /** Another plugin of the registry; undefined where nothing is deployed by that name. */
  readonly peer: (name: string) => DeployTarget | undefined;
}

export interface DeployTarget {
  readonly name: string;
  readonly context: PluginContext;
  readonly record: KeptRecord;
  readonly history: History;
  readonly components: KeptComponents;
  readonly traffic: PluginTraffic;
  /** Lag of what runs behind what is stored. */
  readonly lag: Lag;
  /** Rollout that this host leads. */
  readonly rollouts: RolloutSlot;
  /** Counted over all versions. */
  readonly usages: Usages;
}
