import { checkPattern, isPattern, PluginPatterns } from "../../access/plugin-patterns.ts";
import { contractBounds } from "../../bounds/contract-bounds.ts";
import { contractWorld } from "../../component/contract-world.ts";
import { HotcellError } from "../../errors.ts";
import { digestOf } from "../../store/refusals.ts";
import type { ContractRecord, NewEvent, Store } from "../../store/store.ts";
import { nearest } from "../../text/nearest.ts";
import { disagreements, shortfalls } from "../../wit/diff/diff-contract.ts";
import type { World } from "../../wit/model.ts";
import { OneByOne } from "../one-by-one.ts";
import { checkName } from "../plugin-names.ts";
import type { KeptComponents } from "../records/kept-components.ts";
import type { KeptRecord } from "../records/kept-record.ts";
import {
  contractBreaks,
  contractInUse,
  contractNotFound,
  contractsClash,
  contractUnmet,
} from "./contract-errors.ts";
import { type ContractReference, type ContractSetting, contractsNamed } from "./contract-setting.ts";
import type {
  ContractSummary,
  Contracts,
  ContractText,
  PutContract,
  PutContractOptions,
  RemoveContractOptions,
  UnmetContract,
} from "./contracts.ts";

interface KeptContract extends ContractRecord {
  readonly digest: string;
  readonly patterns: PluginPatterns;
  /** Undefined for what the store has of it and can't be read. */
  readonly world: World | undefined;
}

/** Plugin that may be held to contracts. */
interface ContractedPlugin {
  readonly name: string;
  readonly record: KeptRecord;
  readonly components: KeptComponents;
}

/** Contracts as the store has them, and the plugins that they are about. */
export class ContractTable implements Contracts {
  readonly #store: Store;
  readonly #plugins: () => readonly ContractedPlugin[];
  readonly #turns = new OneByOne();
  /** Versions by name, rising. */
  readonly #kept = new Map<string, readonly KeptContract[]>();
  #changes = 0;

  private constructor(store: Store, plugins: () => readonly ContractedPlugin[]) {
    this.#store = store;
    this.#plugins = plugins;
  }

  /** `plugins`: those that are deployed. */
  static async open(store: Store, plugins: () => readonly ContractedPlugin[]): Promise<ContractTable> {
    const table = new ContractTable(store, plugins);
    for (const record of await store.contracts()) table.#keep(record);
    return table;
  }

  /** Count of changes to contracts, and to who may be held to them: while it is the same, so is all that the table says. */
  get changes(): number {
    return this.#changes;
  }

  /** Notes that a plugin was deployed, set otherwise or removed. */
  noteChange(): void {
    this.#changes++;
  }

  /** Throws `contract-not-found`, `contract-unmet` or `contract-clash` unless a plugin with that setting may have that world. */
  require(plugin: string, setting: ContractSetting | undefined, world: World): void {
    const held = this.#holding(plugin, contractsNamed(setting));
    for (const contract of held) {
      const changes = shortfalls(this.#worldOf(contract), world);
      if (changes.length === 0) continue;
      for (const other of held) {
        const paths = disagreements(this.#worldOf(contract), this.#worldOf(other));
        if (paths.length > 0) throw contractsClash(plugin, idOf(contract), idOf(other), paths);
      }
      throw contractUnmet(plugin, idOf(contract), changes);
    }
  }

  put(name: string, bytes: Uint8Array, options: PutContractOptions = {}): Promise<PutContract> {
    return this.#turns.run(async () => {
      checkName(name);
      const world = worldFrom(name, bytes);
      const digest = digestOf(bytes);
      const newest = this.#kept.get(name)?.at(-1);
      const plugins = checkedPatterns(options.plugins ?? newest?.plugins ?? []);
      const same = newest?.digest === digest && newest.world !== undefined;
      const version = same ? newest.version : (newest?.version ?? 0) + 1;
      const breaks = await this.#unmet({ name, plugins, world });
      const told = { name, version, digest, plugins, breaks };
      if (options.dryRun) return { ...told, outcome: "planned" };
      if (same && newest.plugins.join() === plugins.join()) return { ...told, outcome: "unchanged" };
      const refused = breaks.filter(({ plugin }) => !options.breaks?.includes(plugin));
      if (refused.length > 0) throw contractBreaks(`${name}@${version}`, refused);
      if (!same) this.#requireRoom();
      const { who } = options;
      const at = new Date().toISOString();
      const record = { name, version, bytes: bytes.slice(), plugins, at, who };
      const data = { name, version, digest, plugins, breaks: breaks.map(({ plugin }) => plugin) };
      await this.#store.putContract(record, { at, kind: "contract-put", who, data });
      this.#keep(record);
      return { ...told, outcome: newest ? "changed" : "created" };
    });
  }

  remove(name: string, { version, who }: RemoveContractOptions = {}): Promise<void> {
    return this.#turns.run(async () => {
      const found = this.#find(name, version);
      const newest = this.#find(name, undefined);
      const users = this.#plugins().filter(({ record }) =>
        contractsNamed(record.configuration.settings.contract).some(
          (each) =>
            each.name === name &&
            (version === undefined || (each.version ?? newest.version) === found.version),
        ),
      );
      const id = version === undefined ? name : idOf(found);
      if (users.length > 0)
        throw contractInUse(
          id,
          users.map((plugin) => plugin.name),
        );
      const event: NewEvent = {
        at: new Date().toISOString(),
        kind: "contract-removed",
        who,
        data: { name, ...(version !== undefined && { version }) },
      };
      await this.#store.removeContract(name, version, event);
      const left = this.#kept.get(name)!.filter((each) => version !== undefined && each.version !== version);
      if (left.length > 0) this.#kept.set(name, left);
      else this.#kept.delete(name);
      this.noteChange();
    });
  }

  list(): ContractSummary[] {
    return [...this.#kept.keys()].sort().map((name) => this.summary(name));
  }

  summary(name: string): ContractSummary {
    const { version, digest, plugins, at, who } = this.#find(name, undefined);
    const versions = this.#kept.get(name)!.map((each) => each.version);
    const users = this.members({ name, version: undefined });
    return { name, version, digest, versions, plugins, at, ...(who !== undefined && { who }), users };
  }

  /** Deployed plugins that are held to a contract, to any version of it where none is named. Throws `contract-not-found`. */
  members({ name, version }: ContractReference): string[] {
    this.#find(name, version);
    const newest = this.#find(name, undefined).version;
    return this.#plugins()
      .filter((plugin) =>
        this.#references(plugin.name, contractsNamed(plugin.record.configuration.settings.contract)).some(
          (each) => each.name === name && (version === undefined || (each.version ?? newest) === version),
        ),
      )
      .map((plugin) => plugin.name)
      .sort();
  }

  get(name: string, version?: number): ContractText {
    const found = this.#find(name, version);
    return {
      name,
      version: found.version,
      digest: found.digest,
      world: this.#worldOf(found),
      bytes: found.bytes,
    };
  }

  /** Live plugins that are held to the newest version of a contract, were it that world, and do not satisfy it. */
  async #unmet(next: Pick<ContractRecord, "name" | "plugins"> & { world: World }): Promise<UnmetContract[]> {
    const patterns = new PluginPatterns(next.plugins);
    const unmet: UnmetContract[] = [];
    for (const plugin of this.#plugins()) {
      const named = contractsNamed(plugin.record.configuration.settings.contract).filter(
        ({ name }) => name === next.name,
      );
      const held = named.some(({ version }) => version === undefined);
      if (!(held || (named.length === 0 && patterns.has(plugin.name)))) continue;
      const world = await worldOf(plugin);
      const changes = world ? shortfalls(next.world, world) : [];
      if (changes.length > 0) unmet.push({ plugin: plugin.name, changes });
    }
    return unmet.sort((a, b) => (a.plugin < b.plugin ? -1 : 1));
  }

  /** References of a plugin: what its settings name, and each contract that names the plugin, unless they name a version of it. */
  #references(plugin: string, named: readonly ContractReference[]): ContractReference[] {
    const others = [...this.#kept].filter(
      ([name, versions]) =>
        !named.some((each) => each.name === name) && versions.at(-1)!.patterns.has(plugin),
    );
    return [...named, ...others.map(([name]) => ({ name, version: undefined }))];
  }

  #holding(plugin: string, named: readonly ContractReference[]): KeptContract[] {
    return this.#references(plugin, named).map(({ name, version }) => this.#find(name, version));
  }

  #find(name: string, version: number | undefined): KeptContract {
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

  #worldOf(contract: KeptContract): World {
    if (contract.world) return contract.world;
    throw new HotcellError(
      "store-corrupt",
      `What is stored of the contract ${idOf(contract)} can't be read.`,
      {
        subject: idOf(contract),
        remedy: `Put it again: hotcell contract put ${contract.name}.`,
      },
    );
  }

  #keep(record: ContractRecord): void {
    const others = (this.#kept.get(record.name) ?? []).filter(({ version }) => version !== record.version);
    const kept: KeptContract = {
      ...record,
      digest: digestOf(record.bytes),
      patterns: new PluginPatterns(record.plugins),
      world: readable(record.bytes),
    };
    this.#kept.set(
      record.name,
      [...others, kept].sort((a, b) => a.version - b.version),
    );
    this.noteChange();
  }

  #requireRoom(): void {
    const limit = contractBounds.kept.value;
    const actual = [...this.#kept.values()].reduce((sum, versions) => sum + versions.length, 0);
    if (actual < limit) return;
    throw new HotcellError("contract-limit", `The host keeps ${limit} versions of contracts already.`, {
      limit,
      actual,
      remedy: "Remove one that nobody needs: hotcell contract rm NAME@VERSION.",
    });
  }
}

function idOf({ name, version }: Pick<ContractRecord, "name" | "version">): string {
  return `${name}@${version}`;
}

function worldFrom(name: string, bytes: Uint8Array): World {
  const limit = contractBounds.bytes.value;
  if (bytes.byteLength > limit) {
    throw new HotcellError("too-large", `A contract has at most ${limit} bytes.`, {
      subject: name,
      limit,
      actual: bytes.byteLength,
      remedy: "Put its WIT instead of a component: hotcell contract put NAME wit/.",
    });
  }
  const world = contractWorld(bytes);
  if (world.exports.length > 0) return world;
  throw new HotcellError("bad-request", "The world exports nothing, so that every plugin satisfies it.", {
    subject: name,
    remedy: "Export what plugins have to offer.",
  });
}

function readable(bytes: Uint8Array): World | undefined {
  try {
    return contractWorld(bytes);
  } catch {
    return undefined;
  }
}

function checkedPatterns(plugins: readonly string[]): readonly string[] {
  const limit = contractBounds.patterns.value;
  if (plugins.length > limit) {
    throw new HotcellError("bad-request", `A contract names at most ${limit} plugins and patterns.`, {
      subject: "plugins",
      limit,
      actual: plugins.length,
      remedy: "Name several by one pattern, such as discount-*.",
    });
  }
  for (const text of plugins) {
    if (isPattern(text)) checkPattern(text);
    else checkName(text);
  }
  return [...new Set(plugins)].sort();
}

/** World of a plugin's live version; undefined where it can't be read. */
async function worldOf(plugin: ContractedPlugin): Promise<World | undefined> {
  try {
    return (await plugin.components.get()).world;
  } catch {
    return undefined;
  }
}
