/** Table of the capabilities that one host has: our own, and an embedder's beside them. */
import type { Interface } from "../wit/model.ts";
import { parsePackage, withoutComments } from "../wit/text/declaration.ts";
import type { Capability, Offer } from "./capability.ts";
import { partFor } from "./prices.ts";
import { capabilities } from "./table.ts";

/** Offer of an interface, and whose it is. */
interface FoundOffer {
  readonly capability: Capability;
  readonly offer: Offer;
}

/** Capabilities by name, and who offers an interface: nothing else can be granted, or is supplied. */
export class CapabilityTable {
  readonly capabilities: readonly Capability[];
  /** WIT by package, of all capabilities. */
  readonly packages: Readonly<Record<string, string>>;
  /** WIT of versions that are others than that, by package and version. */
  readonly otherPackages: Readonly<Record<string, string>>;
  readonly #offers: ReadonlyMap<string, FoundOffer>;
  readonly #parsed = new Map<string, ReadonlyMap<string, Interface>>();

  constructor(capabilities: readonly Capability[]) {
    this.capabilities = capabilities;
    this.packages = Object.fromEntries(
      capabilities.flatMap(({ wit }) => Object.entries(wit)).sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    this.otherPackages = Object.fromEntries(
      capabilities.flatMap(({ otherWit = {} }) => Object.entries(otherWit)),
    );
    this.#offers = new Map(
      capabilities.flatMap((capability) =>
        capability.offers.map((offer) => [offer.name, { capability, offer }] as const),
      ),
    );
  }

  find(name: string): Capability | undefined {
    return this.capabilities.find((capability) => capability.name === name);
  }

  /** Offer of an interface, by its name without version. */
  offerOf(name: string): FoundOffer | undefined {
    return this.#offers.get(name);
  }

  /** Interfaces that are offered, without version. */
  offeredNames(): string[] {
    return [...this.#offers.keys()];
  }

  /**
   * `wasi:clocks/wall-clock` → its types and functions, of the newest version known or of one that has others; parsed when
   * first asked for.
   */
  readonly interfaceOf = (name: string, version?: string): Interface | undefined => {
    const { types = {} } = this.#offers.get(name)?.capability ?? {};
    const given = partFor(types, `${name}@${version}`, name);
    if (given) return given;
    const namespace = name.slice(0, name.indexOf("/"));
    const versioned = `${namespace}@${version}`;
    const other = Object.hasOwn(this.otherPackages, versioned) ? this.otherPackages[versioned] : undefined;
    if (other !== undefined) return this.#interfacesOf(versioned, other).get(name);
    const text = Object.hasOwn(this.packages, namespace) ? this.packages[namespace] : undefined;
    return text === undefined ? undefined : this.#interfacesOf(namespace, text).get(name);
  };

  #interfacesOf(key: string, text: string): ReadonlyMap<string, Interface> {
    const known = this.#parsed.get(key);
    if (known) return known;
    const found = parsePackage(withoutComments(text), (name) => this.interfaceOf(name));
    const interfaces = new Map([...found].map(([id, iface]) => [id.replace(/@.*$/, ""), iface]));
    this.#parsed.set(key, interfaces);
    return interfaces;
  }
}

/** Capabilities of every host. */
export const standardTable = new CapabilityTable(capabilities);
