/** Contracts that a store keeps, as this host knows them: read once, and kept up with what every host does to them. */
import { PluginPatterns } from "../../access/plugin-patterns.ts";
import { contractBounds } from "../../bounds/contract-bounds.ts";
import { contractWorld } from "../../component/contract-world.ts";
import { HotcellError } from "../../errors.ts";
import { toKnow } from "../../skew/known-form.ts";
import { watchStore } from "../../store/given-store.ts";
import { digestOf } from "../../store/refusals.ts";
import { type ContractRecord, type Store, type StoredEvent, unreadKind } from "../../store/store.ts";
import { harmlessFault, harmlessLines } from "../../text/harmless.ts";
import { nearest } from "../../text/nearest.ts";
import type { World } from "../../wit/model.ts";
import type { OneByOne } from "../one-by-one.ts";
import { contractNotFound } from "./contract-errors.ts";
import type { ContractReference } from "./contract-setting.ts";

export interface KeptContract extends ContractRecord {
  readonly digest: string;
  readonly patterns: Pick<PluginPatterns, "has">;
  /** Undefined for what the store has of it and can't be read. */
  readonly world: World | undefined;
}

/** Data of the events of both kinds. */
interface ContractEvent {
  readonly name: string;
  readonly version?: number;
  readonly digest?: string;
  readonly plugins?: readonly string[];
}

/** Beginning of the kinds of all events about contracts, those of newer Hotcells too. */
const ofContracts = "contract-";

export const contractEvents = { put: "contract-put", removed: "contract-removed" };

export class KeptContracts {
  readonly #store: Store;
  readonly #turns: OneByOne;
  readonly #unwatch: () => void;
  /** Versions by name, rising. */
  readonly #kept = new Map<string, readonly KeptContract[]>();
  /** Highest number of each name that has lost it. */
  readonly #removed = new Map<string, number>();
  /** Highest number of the names that are not remembered. */
  #forgotten = 0;
  #changes = 0;

  /** `turns`: those in which this host's own changes are made. */
  constructor(store: Store, turns: OneByOne) {
    this.#store = store;
    this.#turns = turns;
    // Watched before it is read, so that nothing falls between.
    this.#unwatch = watchStore(store, (event) => this.#learn(event));
  }

  close(): void {
    this.#unwatch();
  }

  /** Rises with every change. */
  get changes(): number {
    return this.#changes;
  }

  get names(): string[] {
    return [...this.#kept.keys()].sort();
  }

  /** Number of versions of all contracts. */
  get count(): number {
    return this.#kept.values().reduce((sum, versions) => sum + versions.length, 0);
  }

  /** Size of all of them. */
  get bytes(): number {
    const all = [...this.#kept.values()].flat();
    return all.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  newest(name: string): KeptContract | undefined {
    return this.#kept.get(name)?.at(-1);
  }

  /** Rising; empty where there is none of that name. */
  versions(name: string): number[] {
    return (this.#kept.get(name) ?? []).map(({ version }) => version);
  }

  /** Number that no version of the name ever had. */
  nextVersion(name: string): number {
    const removed = this.#removed.get(name) ?? this.#forgotten;
    return 1 + Math.max(this.newest(name)?.version ?? 0, removed);
  }

  async read(): Promise<void> {
    const records = await this.#store.contracts();
    const known = new Map([...this.#kept.values()].flat().map((each) => [idOf(each) + each.digest, each]));
    this.#kept.clear();
    this.#removed.clear();
    for (const record of records) {
      if (record.bytes.byteLength === 0 && record.newer === undefined) this.#remember(record);
      else this.keep(record, known.get(idOf(record) + digestOf(record.bytes)));
    }
    this.#changes++;
  }

  /** References of a plugin: what its settings name, and each contract that names the plugin, unless they name a version of it. */
  references(plugin: string, named: readonly ContractReference[]): ContractReference[] {
    const others = [...this.#kept].filter(
      ([name, versions]) =>
        !named.some((each) => each.name === name) && versions.at(-1)!.patterns.has(plugin),
    );
    return [...named, ...others.map(([name]) => ({ name, version: undefined }))];
  }

  find(name: string, version: number | undefined): KeptContract {
    const versions = this.#kept.get(name);
    const found =
      version === undefined ? versions?.at(-1) : versions?.find((each) => each.version === version);
    if (found) return found;
    if (!versions) throw contractNotFound(name, nearest(name, [...this.#kept.keys()]));
    throw contractNotFound(
      `${name}@${version}`,
      versions.slice(-3).map((each) => idOf(each)),
    );
  }

  /** Throws `store-too-new` for what a newer Hotcell has stored in a way that is not known. */
  requireKnown({ newer, ...contract }: KeptContract): void {
    if (newer === undefined) return;
    throw new HotcellError("store-too-new", newer, { subject: idOf(contract), remedy: toKnow });
  }

  worldOf(contract: KeptContract): World {
    if (contract.world) return contract.world;
    this.requireKnown(contract);
    throw new HotcellError(
      "store-corrupt",
      `What is stored of the contract ${idOf(contract)} can't be read.`,
      {
        subject: idOf(contract),
        remedy: `Put it again: hotcell contract put ${contract.name}.`,
      },
    );
  }

  keep(record: ContractRecord, known?: KeptContract): void {
    const others = (this.#kept.get(record.name) ?? []).filter(({ version }) => version !== record.version);
    const kept: KeptContract = {
      ...record,
      digest: known?.digest ?? digestOf(record.bytes),
      patterns: patternsOf(record.plugins),
      world: record.newer !== undefined ? undefined : (known?.world ?? readable(record.bytes)),
    };
    this.#kept.set(
      record.name,
      [...others, kept].sort((a, b) => a.version - b.version),
    );
    this.#changes++;
  }

  /** One version, or all of the name. */
  drop(name: string, version: number | undefined): void {
    const versions = this.#kept.get(name) ?? [];
    const left = versions.filter((each) => version !== undefined && each.version !== version);
    const newest = versions.at(-1);
    if (newest && !left.includes(newest)) this.#remember(newest);
    if (left.length > 0) this.#kept.set(name, left);
    else this.#kept.delete(name);
    this.#changes++;
  }

  #remember({ name, version }: Pick<ContractRecord, "name" | "version">): void {
    const number = Math.max(version, this.#removed.get(name) ?? 0);
    this.#removed.delete(name);
    if (name !== "") this.#removed.set(name, number);
    const [oldest] = this.#removed;
    const forgotten = this.#removed.size > contractBounds.removed.value ? oldest : undefined;
    if (forgotten) this.#removed.delete(forgotten[0]);
    this.#forgotten = Math.max(this.#forgotten, name === "" ? version : 0, forgotten?.[1] ?? 0);
  }

  /** Takes note of what another host has done; own changes are known by their turn. */
  #learn({ kind, data, damaged }: StoredEvent): void {
    if (!kind.startsWith(ofContracts) && kind !== unreadKind) return;
    const isKnown = kind === contractEvents.put || kind === contractEvents.removed;
    this.#turns
      .run(async () => {
        if (damaged || !isKnown || !this.#knows(kind, data as ContractEvent)) await this.read();
      })
      .catch((error: unknown) =>
        console.error(harmlessLines(`A change of contracts could not be read: ${harmlessFault(error)}`)),
      );
  }

  #knows(kind: string, { name, version, digest, plugins = [] }: ContractEvent): boolean {
    const versions = this.#kept.get(name) ?? [];
    const found = versions.find((each) => each.version === version);
    if (kind === contractEvents.removed) return version === undefined ? versions.length === 0 : !found;
    return found?.digest === digest && found?.plugins.join() === plugins.join();
  }
}

/** Plugins that a contract names: by names, patterns, or `*` for all there are. */
export function patternsOf(texts: readonly string[]): Pick<PluginPatterns, "has"> {
  return texts.includes("*") ? { has: () => true } : new PluginPatterns(texts);
}

export function idOf({ name, version }: Pick<ContractRecord, "name" | "version">): string {
  return `${name}@${version}`;
}

function readable(bytes: Uint8Array): World | undefined {
  try {
    return contractWorld(bytes);
  } catch {
    return undefined;
  }
}
