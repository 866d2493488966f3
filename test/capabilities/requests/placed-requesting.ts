/** Plugins that send requests, in each placement. */
import { HostDrivers } from "../../../host/backends/drivers.ts";
import { httpClientDriver } from "../../../host/backends/http-client/http-client.ts";
import { parseGrants } from "../../../host/capabilities/grants.ts";
import { linkImports } from "../../../host/capabilities/link.ts";
import type { Component } from "../../../host/component/component.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { placeInline } from "../../../host/placement/inline/inline.ts";
import type { Placement, PlacementMode } from "../../../host/placement/placement.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { defaultLimits } from "../../../host/registry/plugin-limits.ts";
import { closeAll, place } from "../../support/placed-guest.ts";

/** Everything that listens, as for servers of a test. */
const grants = { http: { allow: ["http://*:*"], private: true, requestsPerSecond: 10_000, concurrent: 256 } };
const client = httpClientDriver({ reach: { allow: undefined, private: true } });
const drivers = new HostDrivers([["http-client", client]]).find;
const limits = { ...defaultLimits, fuel: 1e11, time: 60_000 };

/** Account of all that is kept for them. */
export const heap = new HeapAccount(256 * 1024 * 1024);

const opened: Placement[] = [];

/** Each gives a placement that `closeRequesting` closes. */
export const placements = {
  async inline(component: Component, mode: PlacementMode): Promise<Placement> {
    const supply = linkImports(component.world, parseGrants(grants)).supply({ heap });
    const recipient = { plugin: "guest", log: () => {}, drivers };
    const compiled = await createDirectEngine().compile(component, limits);
    const placement = await placeInline({ compiled, supply, recipient, mode, limits });
    opened.push(placement);
    return placement;
  },
  process: (component: Component, mode: PlacementMode): Promise<Placement> =>
    place({ component, grants, drivers, mode, limits, cells: limits, account: heap }),
};

export function closeRequesting(): void {
  closeAll();
  for (const placement of opened.splice(0)) placement.close();
}
