import type { HostReach } from "../../backends/http-client/client-settings.ts";
import type { CapabilityTable } from "../../capabilities/capability-table.ts";
import type { Ceilings } from "../plugin-limits.ts";

/** Rules of one host, by which the settings of all its plugins are judged. */
export interface HostRules {
  /** Most that each limit may be. */
  readonly ceilings: Ceilings;
  /** Capabilities that may be granted. */
  readonly table: CapabilityTable;
  /** Destinations that may be granted at all. */
  readonly reach: HostReach;
}
