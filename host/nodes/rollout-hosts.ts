/** Hosts as deployments that go host by host see them: by leases, and by what each tells of itself. */
import type { OtherHost, OtherHosts, RolloutClaim } from "../registry/rollout/other-hosts.ts";
import { type HostNode, isOwn, type Leases } from "./leases.ts";

export class RolloutHosts implements OtherHosts {
  readonly #leases: Leases;

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  async standings(): Promise<OtherHost[]> {
    const { id } = this.#leases.self;
    return (await this.#leases.nodes())
      .filter((node) => node.id !== id)
      .map((node) => ({ name: nameOf(node), standing: node.standing }));
  }

  async claim(plugin: string): Promise<RolloutClaim | string> {
    const taken = await this.#leases.acquire(leaseOf(plugin));
    return isOwn(taken) ? taken : nameOf(taken.holder);
  }

  async claimant(plugin: string): Promise<string | undefined> {
    const held = await this.#leases.holder(leaseOf(plugin));
    return held && held.holder.id !== this.#leases.self.id ? nameOf(held.holder) : undefined;
  }
}

function leaseOf(plugin: string): string {
  return `rollout/${plugin}`;
}

function nameOf({ machine, pid, address }: HostNode): string {
  return `The host ${address ?? `with process ${pid}`} on ${machine}`;
}
