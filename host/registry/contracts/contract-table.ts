import { checkPattern, isPattern } from "../../access/plugin-patterns.ts";
import { contractBounds } from "../../bounds/contract-bounds.ts";
import { contractWorld } from "../../component/contract-world.ts";
import { HotcellError } from "../../errors.ts";
import { LongWork } from "../../platform/breath.ts";
import { remember } from "../../platform/remember.ts";
import { digestOf } from "../../store/refusals.ts";
import type { ContractRecord, NewEvent, Store } from "../../store/store.ts";
import { disagreements, type Shortfall, shortfallOf } from "../../wit/diff/diff-contract.ts";
import type { World } from "../../wit/model.ts";
import { printWorld } from "../../wit/text/print.ts";
import { ManyOrOne } from "../many-or-one.ts";
import { OneByOne } from "../one-by-one.ts";
import { checkName } from "../plugin-names.ts";
import type { KeptComponents } from "../records/kept-components.ts";
import type { KeptRecord } from "../records/kept-record.ts";
import { contractBreaks, contractInUse, contractsClash, contractUnmet } from "./contract-errors.ts";
import { type ContractReference, type ContractSetting, contractsNamed } from "./contract-setting.ts";
import type {
  ContractSummary,
  Contracts,
  ContractText,
  HeldContract,
  PutContract,
  PutContractOptions,
  RemoveContractOptions,
  UnmetContract,
} from "./contracts.ts";
import { contractEvents, idOf, type KeptContract, KeptContracts, patternsOf } from "./kept-contracts.ts";

/** Plugin that may be held to contracts. */
interface ContractedPlugin {
  readonly name: string;
  readonly record: KeptRecord;
  readonly components: KeptComponents;
}

/** Plugin that is held to a version of a contract. */
interface Member {
  readonly plugin: string;
  readonly version: number;
}

/** Contracts that a plugin with such a setting is held to, as long as the contracts are what they are. */
interface PluginContracts {
  readonly setting: ContractSetting | undefined;
  readonly held: readonly HeldContract[];
}

interface KnownMembers {
  /** Counts of changes when they were found: of all, and of contracts alone. */
  readonly changes: number;
  readonly ofContracts: number;
  readonly byPlugin: ReadonlyMap<string, PluginContracts>;
  readonly byContract: ReadonlyMap<string, readonly Member[]>;
}

interface GivenWorld {
  readonly bytes: Uint8Array;
  readonly world: World;
  readonly digest: string;
}

/** Verdicts on plugins by their names, each at a revision. */
type Judged = Map<string, { readonly revision: number; readonly shortfall: Shortfall }>;

/** Attempts to put what another host was quicker to put. */
const maxTries = 3;

/** Contracts as the store has them, whoever put them, and the plugins that they are about. */
export class ContractTable implements Contracts {
  readonly #store: Store;
  readonly #plugins: () => readonly ContractedPlugin[];
  readonly #turns = new OneByOne();
  /** Deployments that are being stored are many; a change of contracts passes alone. */
  readonly #storing = new ManyOrOne();
  readonly #kept: KeptContracts;
  #members: KnownMembers | undefined;
  /** Changes of plugins. */
  #changes = 0;

  private constructor(store: Store, plugins: () => readonly ContractedPlugin[]) {
    this.#store = store;
    this.#plugins = plugins;
    this.#kept = new KeptContracts(store, this.#turns);
  }

  /** `plugins`: those that are deployed. */
  static async open(store: Store, plugins: () => readonly ContractedPlugin[]): Promise<ContractTable> {
    const table = new ContractTable(store, plugins);
    try {
      await table.#kept.read();
      return table;
    } catch (error) {
      table.close();
      throw error;
    }
  }

  close(): void {
    this.#kept.close();
  }

  /** Keeps contracts as they are while a deployment is being stored: what was required of it before may be another matter by now. */
  hold(): Promise<Disposable> {
    return this.#storing.many();
  }

  /** Count of changes to contracts, and to who may be held to them: while it is the same, so is all that the table says. */
  get changes(): number {
    return this.#changes + this.#kept.changes;
  }

  /** Notes that a plugin was deployed, set otherwise or removed. */
  noteChange(): void {
    this.#changes++;
  }

  /**
   * Throws `contract-not-found`, `contract-unmet` or `contract-clash` unless a plugin with that setting may have that world.
   * Others get on in between; whoever needs contracts to stay as they are holds them.
   */
  async require(plugin: string, setting: ContractSetting | undefined, world: World): Promise<void> {
    const held = this.#holding(plugin, contractsNamed(setting));
    const work = new LongWork();
    const missed: { readonly contract: KeptContract; readonly shortfall: Shortfall }[] = [];
    for (const contract of held) {
      await work.pause();
      const shortfall = shortfallOf(this.#kept.worldOf(contract), world);
      if (shortfall.changes.length > 0) missed.push({ contract, shortfall });
    }
    if (missed.length === 0) return;
    const pairs = missed
      .values()
      .flatMap(({ contract }) => held.values().map((other) => [contract, other] as const));
    for (const [one, other] of pairs.take(contractBounds.clashes.value)) {
      await work.pause();
      const paths = disagreements(this.#kept.worldOf(one), this.#kept.worldOf(other));
      if (paths.length > 0) throw contractsClash(plugin, idOf(one), idOf(other), paths);
    }
    const named = new Set(contractsNamed(setting).map(({ name }) => name));
    throw contractUnmet(
      plugin,
      missed.map(({ contract, shortfall }) => ({
        contract: idOf(contract),
        ...shortfall,
        by: named.has(contract.name) ? "setting" : "pattern",
      })),
    );
  }

  /** Contracts that a plugin with that setting is held to, in the order in which they are required. */
  held(plugin: string, setting: ContractSetting | undefined): HeldContract[] {
    const named = contractsNamed(setting);
    return this.#kept.references(plugin, named).flatMap(({ name, version }, i) => {
      const found = version ?? this.#kept.newest(name)?.version;
      return found === undefined
        ? []
        : [{ name, version: found, by: i < named.length ? "setting" : "pattern" }];
    });
  }

  put(name: string, bytes: Uint8Array, options: PutContractOptions = {}): Promise<PutContract> {
    return this.#turns.run(async () => {
      checkName(name, "contract");
      const world = worldFrom(name, bytes);
      const digest = digestOf(bytes);
      return this.#unlessQuicker(() => this.#put(name, { bytes, world, digest }, options));
    });
  }

  async #put(
    name: string,
    { bytes, world, digest }: GivenWorld,
    options: PutContractOptions,
  ): Promise<PutContract> {
    const newest = this.#kept.newest(name);
    if (newest) this.#kept.requireKnown(newest);
    const plugins = checkedPatterns(options.plugins ?? newest?.plugins ?? []);
    const same = newest?.digest === digest && newest.world !== undefined;
    const version = same ? newest.version : this.#kept.nextVersion(name);
    const judged: Judged = new Map();
    const next = { name, plugins, world };
    const planned = await this.#unmet(next, judged);
    if (options.dryRun) return { name, version, digest, plugins, breaks: planned, outcome: "planned" };
    // Nothing goes live from here on, and what went meanwhile is judged anew.
    using _alone = await this.#storing.one();
    const breaks = await this.#unmet(next, judged);
    const told = { name, version, digest, plugins, breaks };
    if (same && newest.plugins.join() === plugins.join()) return { ...told, outcome: "unchanged" };
    const allowed = patternsOf(options.breaks ?? []);
    const refused = breaks.filter(({ plugin }) => !allowed.has(plugin));
    if (refused.length > 0) throw contractBreaks(`${name}@${version}`, refused);
    if (!same) this.#requireRoom(bytes.byteLength);
    const { who } = options;
    const at = new Date().toISOString();
    const record = { name, version, bytes: bytes.slice(), plugins, at, who };
    const data = { name, version, digest, plugins, breaks: breaks.map(({ plugin }) => plugin) };
    await this.#store.putContract(record, { at, kind: contractEvents.put, who, data });
    this.#kept.keep(record);
    return { ...told, outcome: newest ? "changed" : "created" };
  }

  remove(name: string, { version, who }: RemoveContractOptions = {}): Promise<void> {
    return this.#turns.run(async () => {
      using _alone = await this.#storing.one();
      const found = this.#kept.find(name, version);
      const newest = this.#kept.find(name, undefined);
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
        kind: contractEvents.removed,
        who,
        data: { name, ...(version !== undefined && { version }) },
      };
      await this.#store.removeContract(name, version, event);
      this.#kept.drop(name, version);
    });
  }

  list(): ContractSummary[] {
    return this.#kept.names.map((name) => this.summary(name));
  }

  summary(name: string): ContractSummary {
    const { version, digest, plugins, at, who } = this.#kept.find(name, undefined);
    const versions = this.#kept.versions(name);
    const users = this.members({ name, version: undefined });
    return { name, version, digest, versions, plugins, at, ...(who !== undefined && { who }), users };
  }

  /** Deployed plugins that are held to a contract, to any version of it where none is named. Throws `contract-not-found`. */
  members({ name, version }: ContractReference): string[] {
    this.#kept.find(name, version);
    const held = this.#membersNow().get(name) ?? [];
    const asked = held.filter((each) => version === undefined || each.version === version);
    return [...new Set(asked.map(({ plugin }) => plugin))].sort();
  }

  /**
   * Plugins by the contracts that they are held to, gathered anew after each change: there may be thousands of plugins, of which
   * one has changed, and hundreds of contracts with a hundred patterns each.
   */
  #membersNow(): ReadonlyMap<string, readonly Member[]> {
    const { changes } = this;
    const { changes: ofContracts } = this.#kept;
    if (this.#members?.changes === changes) return this.#members.byContract;
    const known = this.#members?.ofContracts === ofContracts ? this.#members.byPlugin : undefined;
    const byPlugin = new Map<string, PluginContracts>();
    const byContract = new Map<string, Member[]>();
    for (const { name: plugin, record } of this.#plugins()) {
      const { contract: setting } = record.configuration.settings;
      const before = known?.get(plugin);
      const isKnown = before !== undefined && before.setting === setting;
      const now = isKnown ? before : { setting, held: this.held(plugin, setting) };
      byPlugin.set(plugin, now);
      for (const { name, version } of now.held)
        remember(byContract, name, () => []).push({ plugin, version });
    }
    this.#members = { changes, ofContracts, byPlugin, byContract };
    return byContract;
  }

  get(name: string, version?: number): ContractText {
    const found = this.#kept.find(name, version);
    return {
      name,
      version: found.version,
      digest: found.digest,
      world: this.#kept.worldOf(found),
      // A copy: what is kept has a digest.
      bytes: found.bytes.slice(),
    };
  }

  /** Live plugins that are held to the newest version of a contract, were it that world, and do not satisfy it. */
  async #unmet(
    next: Pick<ContractRecord, "name" | "plugins"> & { world: World },
    judged: Judged,
  ): Promise<UnmetContract[]> {
    const patterns = patternsOf(next.plugins);
    const unmet: UnmetContract[] = [];
    const work = new LongWork();
    for (const plugin of this.#plugins()) {
      const named = contractsNamed(plugin.record.configuration.settings.contract).filter(
        ({ name }) => name === next.name,
      );
      const held = named.some(({ version }) => version === undefined);
      if (!(held || (named.length === 0 && patterns.has(plugin.name)))) continue;
      const { revision } = plugin.record;
      const before = judged.get(plugin.name);
      let shortfall = before?.revision === revision ? before.shortfall : undefined;
      if (!shortfall) {
        await work.pause();
        const world = await worldOf(plugin);
        shortfall = world ? shortfallOf(next.world, world) : { changes: [] };
        judged.set(plugin.name, { revision, shortfall });
      }
      if (shortfall.changes.length > 0) unmet.push({ plugin: plugin.name, ...shortfall });
    }
    return withinBounds(unmet.sort((a, b) => (a.plugin < b.plugin ? -1 : 1)));
  }

  #holding(plugin: string, named: readonly ContractReference[]): KeptContract[] {
    return this.#kept.references(plugin, named).map(({ name, version }) => this.#kept.find(name, version));
  }

  /** Tries again where another host was quicker, on what that has made of it. */
  async #unlessQuicker<T>(change: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await change();
      } catch (error) {
        if (!(error instanceof HotcellError && error.code === "stale-revision") || tries === maxTries)
          throw error;
        await this.#kept.read();
      }
    }
  }

  #requireRoom(bytes: number): void {
    const remedy = "Remove one that nobody needs: hotcell contract rm NAME@VERSION.";
    const { count, bytes: kept } = this.#kept;
    const [most, mostBytes] = [contractBounds.kept.value, contractBounds.allBytes.value];
    if (count >= most) {
      const message = `The host keeps ${most} versions of contracts already.`;
      throw new HotcellError("contract-limit", message, { limit: most, actual: count, remedy });
    }
    if (kept + bytes <= mostBytes) return;
    const message = `With these ${bytes} bytes the contracts of the host would have more than ${mostBytes}.`;
    throw new HotcellError("contract-limit", message, { limit: mostBytes, actual: kept + bytes, remedy });
  }
}

/** Plugins of which so many changes are told, as many as there are room for in one answer, and the others counted. */
function withinBounds(unmet: readonly UnmetContract[]): UnmetContract[] {
  let room = contractBounds.changes.value;
  return unmet.map(({ plugin, changes, more = 0 }) => {
    const told = changes.slice(0, room);
    room -= told.length;
    const left = changes.length - told.length + more;
    return { plugin, changes: told, ...(left > 0 && { more: left }) };
  });
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
  // What can't be shown is nothing to be held to.
  printWorld(world);
  if (world.exports.length > 0) return world;
  throw new HotcellError("bad-request", "The world exports nothing, so that every plugin satisfies it.", {
    subject: name,
    remedy: "Export what plugins have to offer.",
  });
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
    if (text === "*") continue;
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
