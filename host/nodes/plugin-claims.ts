/** Claims of a host to the cells that one host at a time may have, by leases. */
import type { Elsewhere, FarCells, HereClaim } from "../placement/far/elsewhere.ts";
import { FarHost } from "../placement/far/far-host.ts";
import { type HostNode, isOwn, type Lease, type Leases } from "./leases.ts";

interface Claimed {
  readonly lease: Lease;
  /** Versions that have cells by it. */
  count: number;
}

export class PluginClaims implements Elsewhere {
  readonly #leases: Leases;
  readonly #socketOf: (node: HostNode) => string;
  /** Revision of a plugin that is known here. */
  #revisionOf: (plugin: string) => number = () => 0;
  readonly #claimed = new Map<string, Claimed>();
  readonly #far = new Map<string, FarHost>();
  #stopped = false;

  constructor(leases: Leases, socketOf: (node: HostNode) => string) {
    this.#leases = leases;
    this.#socketOf = socketOf;
  }

  connect(revisionOf: (plugin: string) => number): void {
    this.#revisionOf = revisionOf;
  }

  /** Tells whether this host has the cells of that name: of any plugin, where several have one name together. */
  has(name: string): boolean {
    return this.#held(name) !== undefined;
  }

  async claim(name: string, plugin: string): Promise<HereClaim | FarCells> {
    const taken = this.#held(name)?.lease ?? (await this.#leases.acquire(leaseName(name)));
    if (!isOwn(taken)) return this.#hostOf(taken.holder).cells(name, plugin, () => this.#revisionOf(plugin));
    const known = this.#claimed.get(name);
    // One before it may have been lost, and its cells may not have ended yet.
    const claimed = known?.lease === taken ? known : { lease: taken, count: 0 };
    this.#claimed.set(name, claimed);
    claimed.count++;
    let released = false;
    return {
      here: true,
      lost: taken.lost,
      release: async () => {
        if (released) return;
        released = true;
        if (--claimed.count > 0) return;
        if (this.#claimed.get(name) === claimed) this.#claimed.delete(name);
        await taken.release();
      },
    };
  }

  async isFar(name: string): Promise<boolean> {
    if (this.has(name)) return false;
    return (await this.#leases.holder(leaseName(name))) !== undefined;
  }

  /** Waits no longer than a moment for other hosts that do not answer: this one is about to end. */
  stop(): void {
    this.#stopped = true;
    for (const far of this.#far.values()) far.stop();
  }

  close(): void {
    for (const far of this.#far.values()) far.close();
    this.#far.clear();
  }

  #held(name: string): Claimed | undefined {
    const claimed = this.#claimed.get(name);
    return claimed?.lease.lost.aborted ? undefined : claimed;
  }

  #hostOf(node: HostNode): FarHost {
    const known = this.#far.get(node.id);
    if (known) return known;
    const far = new FarHost(this.#socketOf(node), () => {
      if (this.#far.get(node.id) === far) this.#far.delete(node.id);
    });
    this.#far.set(node.id, far);
    if (this.#stopped) far.stop();
    return far;
  }
}

function leaseName(name: string): string {
  return `cells/${name}`;
}
