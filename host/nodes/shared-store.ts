/** Share of a host in a store of several machines. */
import { isLoopback } from "../access/loopback.ts";
import type { FarPlace } from "../placement/far/far-place.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { SharedCalls } from "../store/shared-calls.ts";
import type { SharedStates } from "../store/shared-states.ts";
import type { SharedRegisters } from "../store/store.ts";
import { CellServer } from "./cell-server.ts";
import { HostShare } from "./host-share.ts";
import { KeyRing } from "./key-ring.ts";
import type { HostNode } from "./leases.ts";
import { nodeAddress, ownAddress, toldAddress, wrongNodeAddress } from "./node-address.ts";
import { keysFor } from "./node-key.ts";
import { PluginClaims } from "./plugin-claims.ts";
import { RegisterLeases, standardTimes } from "./register-leases.ts";
import { ownFacts } from "./told-nodes.ts";

const setting = "HOTCELL_NODE_ADDRESS";

export interface StoreShareOptions {
  readonly registers: SharedRegisters;
  readonly states: SharedStates;
  /** Absent: answers to calls with keys are this host's own. */
  readonly calls?: SharedCalls | undefined;
  /** Hotcell's. */
  readonly version: string;
  /** Account that calls between hosts draw on. */
  readonly heap: HeapAccount;
  /** Address at which the others reach this host; absent: one that only hosts on this machine reach. */
  readonly address?: string | undefined;
}

/** Joins the hosts of a store. Throws `bad-settings` for an address that can't be listened on, and what the registers throw. */
export async function shareStore({
  registers,
  states,
  calls,
  version,
  heap,
  address,
}: StoreShareOptions): Promise<HostShare> {
  const asked = address === undefined ? ownAddress : nodeAddress(address, setting);
  const keys = await KeyRing.open(registers);
  const server = await CellServer.listen({ ...asked, keys }, heap).catch((error: Error) => {
    throw wrongNodeAddress(setting, toldAddress(asked), `can't be listened on: ${error.message}`);
  });
  const port = server.port ?? asked.port;
  try {
    const facts = { ...ownFacts(version), cells: toldAddress({ ...asked, port }), key: keys.facts };
    const leases = await RegisterLeases.join(registers, facts, standardTimes, (node) => keys.heed(node));
    const placeOf = ({ cells, machine, key }: HostNode): FarPlace | undefined => {
      const place = cells === undefined ? undefined : nodeAddress(cells, "cells");
      const reached = place && (machine === facts.machine || !isLoopback(place.host));
      return reached ? { ...place, keys: keysFor(key, keys) } : undefined;
    };
    const claims = new PluginClaims(leases, heap, placeOf);
    const share = new HostShare({
      ...{ what: "The store", leases, claims, server, states, keys },
      calls,
    });
    keys.follow(
      leases,
      () => share.leads,
      () => server.forgetKeys(),
    );
    return share;
  } catch (error) {
    await server.close();
    throw error;
  }
}
