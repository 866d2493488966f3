/** Members of a hook: who is held to its contract when a call begins, with the function that each is asked. */
import { HotcellError } from "../../errors.ts";
import { remember } from "../../platform/remember.ts";
import type { Soon } from "../../platform/soon.ts";
import { type ExportedFunction, exportedFunctions, findByPath } from "../../wit/exports.ts";
import { missingFunction } from "../../wit/missing-function.ts";
import type { Callable } from "../api.ts";
import type { ContractReference } from "../contracts/contract-setting.ts";
import type { ContractTable } from "../contracts/contract-table.ts";
import { type BreakerChange, type BreakerOptions, MemberBreaker } from "./member-breaker.ts";

/** Version of a plugin that takes calls. */
interface CalledVersion {
  /** Throws `function-not-found`. */
  callable(path: string): Callable;
}

/** Plugin whose live version is asked. */
export interface HookedPlugin {
  /** Undefined until it runs, and when nothing is deployed. */
  choose(): CalledVersion | undefined;
}

/** Means of hooks: what their registry has. */
export interface HookMeans {
  readonly contracts: ContractTable;
  /** Plugin of that name, which is deployed. */
  readonly plugin: (name: string) => HookedPlugin;
  /** Starts a plugin that has not run since the host started. Throws or rejects with what keeps it from that. */
  readonly woken: (name: string) => Promise<void>;
  /** Tells the host's owner. */
  readonly tell: (plugin: string, contract: string, change: BreakerChange) => void;
}

/** Spellings of functions that are remembered: anybody may think of more. */
const maxPaths = 100;

/** Function of a contract, as its members are asked it. */
export interface HookedFunction extends Pick<ExportedFunction, "key" | "type"> {
  /** Members in order, those too that are left out. */
  readonly members: readonly HookMember[];
}

/** One function of one member. Its callable is kept until another version is live. */
export class HookMember {
  readonly plugin: string;
  readonly breaker: MemberBreaker;
  readonly #key: string;
  readonly #means: HookMeans;
  readonly #source: HookedPlugin;
  #version: CalledVersion | undefined;
  #callable: Callable | undefined;

  constructor(plugin: string, key: string, breaker: MemberBreaker, means: HookMeans) {
    this.plugin = plugin;
    this.breaker = breaker;
    this.#key = key;
    this.#means = means;
    this.#source = means.plugin(plugin);
  }

  /** To be called at once. Throws, or rejects with, what keeps the plugin from running, and `function-not-found`. */
  callable(): Soon<Callable> {
    const version = this.#source.choose();
    if (version === undefined) return this.#means.woken(this.plugin).then(() => this.callable());
    if (version === this.#version) return this.#callable!;
    const callable = version.callable(this.#key);
    this.#version = version;
    this.#callable = callable;
    return callable;
  }
}

/** Bounds and order of a hook's members. */
export interface MemberOptions {
  readonly order: readonly string[];
  readonly breaker: Required<BreakerOptions>;
}

export class HookMembers {
  readonly #means: HookMeans;
  readonly #reference: ContractReference;
  readonly #options: MemberOptions;
  readonly #breakers = new Map<string, MemberBreaker>();
  #changes: number | undefined;
  #names: readonly string[] = [];
  #exported: readonly ExportedFunction[] = [];
  #functions = new Map<string, HookedFunction>();

  /** Throws `contract-not-found`. */
  constructor(means: HookMeans, reference: ContractReference, options: MemberOptions) {
    this.#means = means;
    this.#reference = reference;
    this.#options = options;
    this.#read();
  }

  /** Function of the contract that a path means, with who is asked it. Throws `contract-not-found` and `function-not-found`. */
  of(path: string): HookedFunction {
    if (this.#means.contracts.changes !== this.#changes) this.#read();
    return this.#functions.get(path) ?? this.#remember(path, this.#find(path));
  }

  #read(): void {
    const { contracts } = this.#means;
    const { name, version } = this.#reference;
    const { world } = contracts.get(name, version);
    const all = contracts.members(this.#reference);
    const first = this.#options.order.filter((each) => all.includes(each));
    this.#names = [...first, ...all.filter((each) => !first.includes(each))];
    this.#exported = exportedFunctions(world);
    this.#functions.clear();
    for (const each of this.#breakers.keys()) if (!all.includes(each)) this.#breakers.delete(each);
    this.#changes = contracts.changes;
  }

  #find(path: string): ExportedFunction {
    const found = findByPath(this.#exported, path);
    if (found) return found;
    const { detail, remedy, near } = missingFunction(this.#exported, path, "/");
    throw new HotcellError("function-not-found", `The contract ${this.#reference.name} ${detail}`, {
      subject: path,
      remedy,
      extra: { near },
    });
  }

  #remember(path: string, { key, type }: ExportedFunction): HookedFunction {
    // By its key: a member may have others of that name.
    const found = this.#functions.get(key) ?? {
      key,
      type,
      members: this.#names.map((each) => new HookMember(each, key, this.#breakerOf(each), this.#means)),
    };
    if (this.#functions.size >= maxPaths) this.#functions.clear();
    return this.#functions.set(key, found).set(path, found).get(path)!;
  }

  #breakerOf(plugin: string): MemberBreaker {
    const { name } = this.#reference;
    const tell = (change: BreakerChange) => this.#means.tell(plugin, name, change);
    return remember(this.#breakers, plugin, () => new MemberBreaker(this.#options.breaker, tell));
  }
}
