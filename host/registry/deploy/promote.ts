/** Promotion: the swap itself. */

import type { Configuration } from "../settings/settings.ts";
import type { RunningVersion } from "../traffic/running-version.ts";
import type { Version } from "../version.ts";
import type { Release } from "./handover.ts";
import type { DeployTarget } from "./target.ts";

/** Version that is to be live from now on, under these settings. */
export interface Promotion {
  readonly component: Version;
  readonly configuration: Configuration;
  /** Revision that says so. */
  readonly revision: number;
  /** Undefined where what runs goes on, under these settings. */
  readonly live: RunningVersion | undefined;
  /** Makes calls go on that were held for it. */
  readonly release?: Release | undefined;
}

/** Swaps in one turn of the event loop, so that no call comes between. */
export function promote(
  { name, context, traffic }: DeployTarget,
  { component, configuration, revision, live, release }: Promotion,
): void {
  traffic.reach(revision);
  if (!live) {
    traffic.adjust(configuration);
    return;
  }
  const before = traffic.live?.component.digest;
  traffic.put({ component, configuration, live });
  release?.(live);
  if (before !== undefined && before !== component.digest)
    context.swaps.tell({ plugin: name, version: component.digest, before });
}
