/** Share of a host in a data folder that several hosts on one machine have: who does what there, and who asks whom. */
import { mkdirSync, statfsSync } from "node:fs";
import { HotcellError } from "../errors.ts";
import type { Elsewhere } from "../placement/far/elsewhere.ts";
import { networkFileSystem } from "../platform/network-file-system.ts";
import type { Registry } from "../registry/api.ts";
import { CellServer } from "./cell-server.ts";
import { Leadership } from "./leadership.ts";
import type { Leases } from "./leases.ts";
import { PluginClaims } from "./plugin-claims.ts";
import { joinSqliteLeases, socketOfNode } from "./sqlite-leases.ts";
import { ownFacts, sayWhoShares } from "./told-nodes.ts";

/** Bytes of a socket's path that every system takes. */
const longestPath = 100;

export class SharedData {
  readonly #data: string;
  readonly leases: Leases;
  readonly #claims: PluginClaims;
  readonly #leadership: Leadership;
  #server: CellServer | undefined;

  private constructor(data: string, leases: Leases) {
    this.#data = data;
    this.leases = leases;
    this.#claims = new PluginClaims(leases, (node) => socketOfNode(data, node));
    this.#leadership = new Leadership(leases);
  }

  /** Throws `bad-settings` for a folder that can't be shared, and what the leases throw. */
  static join(data: string, version: string): SharedData {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const network = networkFileSystem(statfsSync(data).type);
    if (network !== undefined) throw unshareable(data, `${network}, over which SQLite's locks don't hold`);
    const leases = joinSqliteLeases(data, ownFacts(version));
    if (Buffer.byteLength(socketOfNode(data, leases.self)) <= longestPath)
      return new SharedData(data, leases);
    void leases.close();
    throw unshareable(data, "a path that is too long for a socket");
  }

  /** Cells that other hosts have. */
  get cells(): Elsewhere {
    return this.#claims;
  }

  /** True on the one host that makes the calls of schedules. */
  get leads(): boolean {
    return this.#leadership.leads;
  }

  /** Lets the others call the cells that this host has, and says in the log who they are. */
  async serve(registry: Registry): Promise<void> {
    this.#claims.connect((plugin) => registry.revision(plugin) ?? 0);
    const has = (name: string) => this.#claims.has(name);
    const { self } = this.leases;
    this.#server = await CellServer.listen(socketOfNode(this.#data, self), { registry, has });
    await sayWhoShares("The data folder", this.leases);
  }

  /** Sends others on from here on: this host is about to end. */
  stop(): void {
    this.#server?.stop();
    this.#claims.stop();
  }

  /** Leaves, when the host's plugins have ended. */
  async close(): Promise<void> {
    await this.#leadership.close();
    this.#claims.close();
    await this.#server?.close();
    await this.leases.close();
  }
}

function unshareable(data: string, why: string): HotcellError {
  return new HotcellError(
    "bad-settings",
    `The data folder ${data} can't be shared by several hosts: it is on ${why}.`,
    {
      subject: "shareData",
      actual: data,
      remedy:
        "Choose a folder on a disk of this machine with a short path, or leave out --share-data (HOTCELL_SHARE_DATA, shareData).",
    },
  );
}

export function nothingToShare(): HotcellError {
  return new HotcellError("bad-settings", "createHost got shareData, and no data.", {
    subject: "shareData",
    expected: "a data folder to share",
    remedy: "Name the folder (data); hosts on one store of yours follow one another without it.",
  });
}
