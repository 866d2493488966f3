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

  constructor(leases: Leases, socketOf: (node: HostNode) => string) {
    this.#leases = leases;
    this.#socketOf = socketOf;
  }

  connect(revisionOf: (plugin: string) => number): void {
    this.#revisionOf = revisionOf;
  }

  /** Tells whether this host has the cells of that name: of any plugin, where several have one name together. */
  has(name: string): boolean {
    return this.#claimed.has(name);
  }

  async claim(name: string, plugin: string): Promise<HereClaim | FarCells> {
    const taken = this.#claimed.get(name)?.lease ?? (await this.#leases.acquire(leaseName(name)));
    if (!isOwn(taken)) return this.#hostOf(taken.holder).cells(name, plugin, () => this.#revisionOf(plugin));
    const claimed = this.#claimed.get(name) ?? { lease: taken, count: 0 };
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
        this.#claimed.delete(name);
        await taken.release();
      },
    };
  }

  async isFar(name: string): Promise<boolean> {
    if (this.#claimed.has(name)) return false;
    return (await this.#leases.holder(leaseName(name))) !== undefined;
  }

  close(): void {
    for (const far of this.#far.values()) far.close();
    this.#far.clear();
  }

  #hostOf(node: HostNode): FarHost {
    const known = this.#far.get(node.id);
    if (known) return known;
    const far = new FarHost(this.#socketOf(node));
    this.#far.set(node.id, far);
    return far;
  }
}

function leaseName(name: string): string {
  return `cells/${name}`;
}
