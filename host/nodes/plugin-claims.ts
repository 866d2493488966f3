/** Claims of a host to the cells that one host at a time may have, by leases. */
import { HotcellError } from "../errors.ts";
import type { Elsewhere, FarCells, HereClaim } from "../placement/far/elsewhere.ts";
import { otherVersion } from "../placement/far/far-frames.ts";
import { FarHost } from "../placement/far/far-host.ts";
import type { FarPlace } from "../placement/far/far-place.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { type HostNode, isOwn, type Lease, type Leases } from "./leases.ts";

/** Milliseconds between looks whether hosts that are waited for have the cells still. */
const lookEvery = 1_000;

interface Claimed {
  readonly lease: Lease;
  /** Versions that have cells by it, of each plugin that has some. */
  readonly counts: Map<string, number>;
}

export class PluginClaims implements Elsewhere {
  readonly #leases: Leases;
  readonly #heap: HeapAccount;
  readonly #placeOf: (node: HostNode) => FarPlace | undefined;
  /** Revision of a plugin that is known here. */
  #revisionOf: (plugin: string) => number = () => 0;
  readonly #claimed = new Map<string, Claimed>();
  /** Hosts as whoever claims from here on asks them, by their ids. */
  readonly #far = new Map<string, FarHost>();
  /** Hosts that are asked something, with their ids: also by those who claimed before they were forgotten. */
  readonly #asked = new Map<FarHost, string>();
  readonly #looking: NodeJS.Timeout;
  #stopped = false;

  /** `placeOf`: where a host is asked; undefined where it can't be. Answers draw on `heap`. */
  constructor(leases: Leases, heap: HeapAccount, placeOf: (node: HostNode) => FarPlace | undefined) {
    this.#leases = leases;
    this.#heap = heap;
    this.#placeOf = placeOf;
    this.#looking = setInterval(() => void this.#look(), lookEvery).unref();
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
    if (!isOwn(taken)) {
      const host = this.#hostOf(taken.holder, plugin);
      return host.cells(name, plugin, () => this.#revisionOf(plugin));
    }
    const known = this.#claimed.get(name);
    // One before it may have been lost, and its cells may not have ended yet.
    const claimed = known?.lease === taken ? known : { lease: taken, counts: new Map<string, number>() };
    this.#claimed.set(name, claimed);
    const { counts } = claimed;
    const before = counts.get(plugin) ?? 0;
    counts.set(plugin, before + 1);
    let released = false;
    return {
      here: true,
      token: taken.token,
      fresh: before === 0,
      get lost() {
        return taken.lost;
      },
      release: async () => {
        if (released) return;
        released = true;
        const left = counts.get(plugin)! - 1;
        if (left > 0) counts.set(plugin, left);
        else counts.delete(plugin);
        if (counts.size > 0) return;
        if (this.#claimed.get(name) === claimed) this.#claimed.delete(name);
        await taken.release();
      },
    };
  }

  /** Host that has the cells of that name, as it is asked; undefined where none has them, or this one. */
  async hostWith(name: string, plugin: string): Promise<{ node: HostNode; far: FarHost } | undefined> {
    const held = await this.#leases.holder(leaseName(name));
    if (!held || held.holder.id === this.#leases.self.id) return undefined;
    return { node: held.holder, far: this.#hostOf(held.holder, plugin) };
  }

  async isFar(name: string): Promise<boolean> {
    if (this.has(name)) return false;
    return (await this.#leases.holder(leaseName(name))) !== undefined;
  }

  /** Waits no longer than a moment for other hosts that do not answer: this one is about to end. */
  stop(): void {
    this.#stopped = true;
    for (const far of this.#asked.keys()) far.stop();
  }

  close(): void {
    clearInterval(this.#looking);
    for (const far of [...this.#far.values(), ...this.#asked.keys()]) far.close();
    this.#far.clear();
  }

  #held(name: string): Claimed | undefined {
    const claimed = this.#claimed.get(name);
    return claimed?.lease.lost.aborted ? undefined : claimed;
  }

  /** Ends what waits for a host that has the cells no more: one that is cut off never says so, and neither does its connection. */
  async #look(): Promise<void> {
    const before = performance.now() - lookEvery;
    for (const [far, id] of [...this.#asked])
      for (const name of far.waitedFor(before)) {
        const held = await this.#leases.holder(leaseName(name)).catch(() => "unknown" as const);
        if (held !== "unknown" && held?.holder.id !== id) far.lose(name);
      }
  }

  /** Throws `version-skew` for a place that is told in a way which is not known here. */
  #placeAt(node: HostNode, plugin: string): FarPlace | undefined {
    try {
      return this.#placeOf(node);
    } catch {
      throw otherVersion(plugin);
    }
  }

  #hostOf(node: HostNode, plugin: string): FarHost {
    const known = this.#far.get(node.id);
    if (known) return known;
    const place = this.#placeAt(node, plugin);
    if (!place) throw unreachable(node, plugin);
    const far = new FarHost(place, this.#heap, {
      busy: (busy) => {
        if (!busy) this.#asked.delete(far);
        else this.#asked.set(far, node.id);
        if (this.#stopped) far.stop();
      },
      unreachable: () => {
        if (this.#far.get(node.id) === far) this.#far.delete(node.id);
      },
    });
    this.#far.set(node.id, far);
    return far;
  }
}

function unreachable({ machine }: HostNode, plugin: string): HotcellError {
  return new HotcellError(
    "process-died",
    `${machine} has the cell of ${plugin}, and has no address for hosts on other machines.`,
    {
      subject: plugin,
      retryAfter: 1,
      remedy: `Set HOTCELL_NODE_ADDRESS (--node-address, nodeAddress of createHost) on ${machine} to an address of its own that this machine reaches, and restart the host there.`,
    },
  );
}

function leaseName(name: string): string {
  return `cells/${name}`;
}
