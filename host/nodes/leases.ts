/** Leases between hosts: names of which one host at a time has each, such as a plugin of mode `shared`, with who the hosts are. */
import { setTimeout as delay } from "node:timers/promises";
import type { HostStanding } from "../registry/standing.ts";
import type { KeyFacts } from "./node-key.ts";

/** Facts of a host that the others are told. */
export interface NodeFacts {
  readonly machine: string;
  readonly pid: number;
  /** Process that has it as one of its workers, which are one host together; absent for a host that is one process. */
  readonly primary?: number;
  /** Hotcell's. */
  readonly version: string;
  readonly since: string;
  /** Address at which the others reach it; absent until it listens. */
  readonly address?: string;
  /** Standing of what it runs against what is stored; absent until it tells that. */
  readonly standing?: HostStanding;
  /** Address at which other hosts reach the cells that it has, where they share a store of several machines. */
  readonly cells?: string;
  /** Keys that it shows and accepts there, by their numbers; one without follows no change of them. */
  readonly key?: KeyFacts;
}

/** Host among those that share leases. */
export interface HostNode extends NodeFacts {
  /** Another one each time that a host begins. */
  readonly id: string;
}

/** Lease that somebody has. */
export interface HeldLease {
  readonly name: string;
  readonly token: number;
  readonly holder: HostNode;
}

/** Lease that this host has, until it is released or lost. */
export interface Lease extends AsyncDisposable {
  readonly name: string;
  /**
   * Fencing token, rising each time that the name is given to somebody: what a holder writes elsewhere goes with it, so that what
   * comes late from one before is known by its lower number.
   */
  readonly token: number;
  /** Aborted when another host may have it, or soon may: nothing may be done by it any more. */
  readonly lost: AbortSignal;
  /** Gives it up for another, or for this host to take anew. */
  release(): Promise<void>;
}

/**
 * Leases as one of the hosts has them, while it lives. A driver passes `test/nodes/leases-contract.ts`. All throw `closed` after
 * `close`, and `store-unavailable` where what the hosts share does not answer.
 */
export interface Leases extends AsyncDisposable {
  readonly self: HostNode;
  /** Takes what nobody has, or tells who has it. Gives the lease that there is where this host has it already. */
  acquire(name: string): Promise<Lease | HeldLease>;
  /** Undefined where nobody has it. */
  holder(name: string): Promise<HeldLease | undefined>;
  /** Hosts that live, oldest first. */
  nodes(): Promise<HostNode[]>;
  /** True for the id of a host that lives, as far as this one knows. */
  lives(id: string): Promise<boolean>;
  /** Tells the others where this host listens. */
  listensAt(address: string): Promise<void>;
  /** Tells the others how what this host runs stands. */
  stands(standing: HostStanding): Promise<void>;
  /** Gives up all that this host has, and leaves. */
  close(): Promise<void>;
}

export function isOwn(taken: Lease | HeldLease): taken is Lease {
  return "lost" in taken;
}

/** Milliseconds between attempts to get what another host has. */
const attemptEvery = 1_000;

/** The lease, once nobody else has it; undefined once `signal` is aborted. What fails is tried again. */
export async function leaseOnceFree(
  leases: Leases,
  name: string,
  signal: AbortSignal,
): Promise<Lease | undefined> {
  while (!signal.aborted) {
    const taken = await leases.acquire(name).catch(() => undefined);
    if (taken && isOwn(taken)) {
      if (!signal.aborted) return taken;
      await taken.release();
      return undefined;
    }
    // Keeps no process alive, and is over with the signal.
    await delay(attemptEvery, undefined, { signal, ref: false }).catch(() => {});
  }
  return undefined;
}
