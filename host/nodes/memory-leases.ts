/** Leases of hosts in one process; of a host alone, which gets whatever it asks for. */
import { randomUUID } from "node:crypto";
import { HotcellError } from "../errors.ts";
import type { HeldLease, HostNode, Lease, Leases, NodeFacts } from "./leases.ts";
import { OwnLease } from "./own-lease.ts";

/** Table of leases that hosts of one process have. */
export class LeaseTable {
  readonly #nodes = new Map<string, HostNode>();
  readonly #tokens = new Map<string, number>();
  readonly #held = new Map<string, { readonly node: string; readonly lease: OwnLease }>();

  /** A host among those that have joined. */
  join(facts: NodeFacts): Leases {
    const id = randomUUID();
    this.#nodes.set(id, { id, ...facts });
    const self = () => {
      const node = this.#nodes.get(id);
      if (node) return node;
      throw leasesClosed();
    };
    const close = async () => {
      for (const { node, lease } of [...this.#held.values()]) if (node === id) await lease.release();
      this.#nodes.delete(id);
    };
    return {
      get self() {
        return self();
      },
      acquire: async (name) => this.#take(self().id, name),
      holder: async (name) => {
        self();
        return this.#holder(name);
      },
      nodes: async () => {
        self();
        return [...this.#nodes.values()];
      },
      lives: async (other) => {
        self();
        return this.#nodes.has(other);
      },
      listensAt: async (address) => void this.#nodes.set(id, { ...self(), address }),
      stands: async (standing) => void this.#nodes.set(id, { ...self(), standing }),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #take(node: string, name: string): Lease | HeldLease {
    const held = this.#held.get(name);
    if (held?.node === node) return held.lease;
    if (held) return this.#holder(name)!;
    const token = (this.#tokens.get(name) ?? 0) + 1;
    this.#tokens.set(name, token);
    const lease = new OwnLease(name, token, async () => void this.#held.delete(name));
    this.#held.set(name, { node, lease });
    return lease;
  }

  #holder(name: string): HeldLease | undefined {
    const held = this.#held.get(name);
    const holder = held && this.#nodes.get(held.node);
    return holder && { name, token: held.lease.token, holder };
  }
}

export function leasesClosed(): HotcellError {
  return new HotcellError("closed", "The host has left those that share its leases.");
}
