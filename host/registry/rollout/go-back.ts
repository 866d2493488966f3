/** Return of one host to what runs elsewhere, and is stored: nothing is read of the store for it, which may be away. */
import { linkImports } from "../../capabilities/link.ts";
import { handOver, type Release } from "../deploy/handover.ts";
import { promote } from "../deploy/promote.ts";
import type { DeployTarget } from "../deploy/target.ts";
import type { Running } from "../traffic/plugin-traffic.ts";

/**
 * Makes what ran before run again, with the state of what runs where both can; where that fails, without. What does not start is
 * started by the next call, as what is stored.
 */
export async function goBack(target: DeployTarget, before: Running | undefined): Promise<void> {
  const { name: plugin, traffic, usages, context } = target;
  const from = traffic.live;
  if (!before || !from) {
    traffic.put(undefined);
    return;
  }
  const { component, configuration } = before;
  const { settings, grants } = configuration;
  const startAnew = async () => {
    const linked = linkImports(component.world, grants);
    const compiled = await context.starter.compile(component, settings);
    return context.starter.start({ plugin, component, linked, compiled, settings, usages });
  };
  try {
    let live = await startAnew();
    let release: Release | undefined;
    try {
      release = await handOver(from, live);
    } catch {
      // It may have taken a part of the state.
      await live.retire();
      live = await startAnew();
    }
    promote(target, { component, configuration, revision: target.record.revision, live, release });
  } catch {
    traffic.put(undefined);
  }
}
