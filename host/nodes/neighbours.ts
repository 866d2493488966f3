/** Hosts that share what they serve from, as one of them last saw them: how many there are of each version of Hotcell. */
import { StandingTable } from "../registry/standing.ts";
import { harmlessLines } from "../text/harmless.ts";
import type { HostNode, Leases } from "./leases.ts";
import { StandingTeller } from "./standing-teller.ts";

/** Milliseconds between looks. */
const lookEvery = 10_000;

export class Neighbours {
  /** Standing of what runs here, which they are told. */
  readonly standing: StandingTable;
  readonly #teller: StandingTeller;
  readonly #leases: Pick<Leases, "self" | "nodes">;
  readonly #timer: NodeJS.Timeout;
  #versions: ReadonlyMap<string, number>;
  #looked = false;
  #looking: Promise<void> | undefined;

  constructor(leases: Pick<Leases, "self" | "nodes" | "stands">) {
    this.#leases = leases;
    this.#teller = new StandingTeller(leases);
    this.standing = new StandingTable((told, urgent) => this.#teller.note(told, urgent));
    this.#versions = new Map([[leases.self.version, 1]]);
    this.#timer = setInterval(() => void this.look(), lookEvery).unref();
  }

  /** Number of hosts by the version of Hotcell that they are, this one among them; workers of one process are one of each version. */
  get versions(): ReadonlyMap<string, number> {
    return this.#versions;
  }

  /** Looks now who there is. Where that is not known, what was known stays. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#teller.close();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { self } = this.#leases;
    const { version: own } = self;
    const hosts = Map.groupBy([self, ...(await this.#leases.nodes())], ({ version }) => version);
    const versions = new Map(
      [...hosts].map(([version, nodes]) => [version, new Set(nodes.map(hostOf)).size]),
    );
    const before = this.#versions;
    this.#versions = versions;
    // Those who were there first were told of when it joined them.
    const joining = !this.#looked;
    this.#looked = true;
    if (joining) return;
    const others = [...versions.keys()].filter((version) => version !== own);
    if (others.some((version) => !before.has(version))) {
      say(
        `Beside this Hotcell ${own} there is Hotcell ${others.join(" and ")} on what they share. A host leaves as it is what its own version does not know, and says so (behind); bring all to one version.`,
      );
    } else if (others.length === 0 && before.size > 1) say(`All hosts are Hotcell ${own} again.`);
  }
}

/** Name of the host that a node is, or is a worker of. */
function hostOf({ id, machine, primary }: HostNode): string {
  return primary === undefined ? id : `${machine} ${primary}`;
}

function say(text: string): void {
  console.error(harmlessLines(text));
}
