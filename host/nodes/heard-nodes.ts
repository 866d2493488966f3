/** Hosts of a store, as those see them who are none of these: without joining, and without a change to anything. */
import { setTimeout as delay } from "node:timers/promises";
import type { SharedRegisters } from "../store/store.ts";
import type { HostNode } from "./leases.ts";
import { beatIn, standardTimes } from "./register-leases.ts";

/** Milliseconds between looks, and looks after which whoever was not heard is dead: three times as many beats. */
const [lookEvery, looks] = [standardTimes.beat / 2, 6];

/** Hosts that are heard to live, the first of them first: one that died has a register too. */
export async function heardNodes(registers: Pick<SharedRegisters, "all">): Promise<readonly HostNode[]> {
  const known = new Map<string, number>();
  const heard = new Map<string, { readonly node: HostNode; readonly order: number }>();
  for (let look = 0; look <= looks; look++) {
    if (look > 0) await delay(lookEvery);
    let silent = 0;
    for (const register of await registers.all("node")) {
      const beat = beatIn(register);
      if (!beat) continue;
      const { node, order, left } = beat;
      const before = known.get(node.id);
      known.set(node.id, before ?? register.seq);
      if (left) heard.delete(node.id);
      else if (before !== undefined && register.seq > before) heard.set(node.id, { node, order });
      else silent++;
    }
    if (silent === 0) break;
  }
  return [...heard.values()].sort((a, b) => a.order - b.order).map(({ node }) => node);
}
