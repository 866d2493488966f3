/** Share of a host among those that have a folder or a store together: who does what, and who asks whom. */
import type { Elsewhere } from "../placement/far/elsewhere.ts";
import type { Registry } from "../registry/api.ts";
import type { EventLog } from "../registry/event-log.ts";
import type { SharedCalls } from "../store/shared-calls.ts";
import type { SharedStates } from "../store/shared-states.ts";
import type { CellServer } from "./cell-server.ts";
import { HostCalls } from "./host-calls.ts";
import type { KeyRing, NodeKeyControl } from "./key-ring.ts";
import { Leadership } from "./leadership.ts";
import type { Leases } from "./leases.ts";
import type { PluginClaims } from "./plugin-claims.ts";
import { RolloutHosts } from "./rollout-hosts.ts";
import { sayWhoShares } from "./told-nodes.ts";

export interface ShareParts {
  /** Thing that is shared, as the log calls it. */
  readonly what: string;
  readonly leases: Leases;
  readonly claims: PluginClaims;
  readonly server: CellServer;
  /** Closed with the rest, where that is something to do. */
  readonly states: SharedStates & Partial<Disposable>;
  /** Keys by which the hosts know one another, where they need some. */
  readonly keys?: KeyRing;
  /** Closed too; undefined where each host keeps answers to calls with keys by itself. */
  readonly calls: (SharedCalls & Partial<Disposable>) | undefined;
}

export class HostShare {
  readonly leases: Leases;
  /** States that the hosts keep for one another. */
  readonly states: SharedStates & Partial<Disposable>;
  readonly #keys: KeyRing | undefined;
  /** Calls with keys that the hosts make once together; undefined where each does by itself. */
  readonly keyed: HostCalls | undefined;
  readonly #calls: ShareParts["calls"];
  readonly #what: string;
  readonly #claims: PluginClaims;
  readonly #server: CellServer;
  readonly #leadership: Leadership;
  /** Hosts as deployments that go host by host see them. */
  readonly rollouts: RolloutHosts;

  /** Takes part from now on. All of the parts are its own to close. */
  constructor({ what, leases, claims, server, states, keys, calls }: ShareParts) {
    this.#what = what;
    this.states = states;
    this.#keys = keys;
    this.leases = leases;
    this.#calls = calls;
    this.keyed = calls && new HostCalls(calls, leases);
    this.#claims = claims;
    this.#server = server;
    this.#leadership = new Leadership(leases);
    this.rollouts = new RolloutHosts(leases, claims);
  }

  /** Cells that other hosts have. */
  get cells(): Elsewhere {
    return this.#claims;
  }

  /** True on the one host that makes the calls of schedules. */
  get leads(): boolean {
    return this.#leadership.leads;
  }

  /** Key of these hosts for their owners; a change of it is an event of theirs. */
  nodeKey(events: Pick<EventLog, "nodeKeyRotated">): NodeKeyControl | undefined {
    const keys = this.#keys;
    if (!keys) return undefined;
    return {
      told: () => keys.told(),
      async rotate(who) {
        const begun = await keys.rotate();
        const told = await keys.told();
        if (begun) events.nodeKeyRotated(who, told.number);
        return told;
      },
    };
  }

  /** Lets the others call the cells that this host has, and says in the log who they are. */
  async serve(registry: Registry): Promise<void> {
    this.#claims.connect((plugin) => registry.revision(plugin) ?? 0);
    this.#server.serve({ registry, trials: this.rollouts, has: (name) => this.#claims.has(name) });
    await sayWhoShares(this.#what, this.leases);
  }

  /** Sends others on from here on, and waits for none that does not answer: this host is about to end. */
  stop(): void {
    this.#server.stop();
    this.#claims.stop();
  }

  /** Leaves, when the host's plugins have ended. */
  async close(): Promise<void> {
    await this.#keys?.close();
    await this.#leadership.close();
    this.#claims.close();
    await this.#server.close();
    await this.keyed?.close();
    this.#calls?.[Symbol.dispose]?.();
    await this.leases.close();
    this.states[Symbol.dispose]?.();
  }
}
