/** Contracts of a host: the registry's promises to whoever puts them and reads them. */
import type { Shortfall } from "../../wit/diff/diff-contract.ts";
import type { World } from "../../wit/model.ts";

/** Contract as a list has it. */
export interface ContractSummary {
  readonly name: string;
  /** The newest version: what a plugin is held to that names none. */
  readonly version: number;
  readonly digest: string;
  /** All that are kept, rising. */
  readonly versions: readonly number[];
  /** Names of plugins, and patterns, that are held to the newest version whatever their settings say. */
  readonly plugins: readonly string[];
  readonly at: string;
  readonly who?: string;
  /** Deployed plugins that are held to some version of it. */
  readonly users: readonly string[];
}

/** Version of a contract, with its world. */
export interface ContractText {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly world: World;
  /** Bytes as they were put. */
  readonly bytes: Uint8Array;
}

/** Contract that a plugin is held to. */
export interface HeldContract {
  readonly name: string;
  /** The one that its setting names, else the newest. */
  readonly version: number;
  /** `setting`: the plugin's own; `pattern`: the contract names the plugin. */
  readonly by: "setting" | "pattern";
}

/** Plugin that does not satisfy a contract, and why: so far as there are not a thousand changes of plugins before it. */
export interface UnmetContract extends Shortfall {
  readonly plugin: string;
}

/** Outcome of putting a contract. */
export interface PutContract {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly outcome: "created" | "changed" | "unchanged" | "planned";
  readonly plugins: readonly string[];
  /** Live plugins that would be held to it and do not satisfy it: their next version has to. */
  readonly breaks: readonly UnmetContract[];
}

/** Options of `Contracts.put`. */
export interface PutContractOptions {
  /** Plugins, names and patterns (`*` for all), that are held to it whatever their settings say; absent: those that it has. */
  readonly plugins?: readonly string[];
  /** Live plugins, names and patterns, that need not satisfy it before their next upload. */
  readonly breaks?: readonly string[];
  /** Tell what it would come to; change nothing. */
  readonly dryRun?: boolean;
  readonly who?: string;
}

/** Options of `Contracts.remove`. */
export interface RemoveContractOptions {
  /** That one alone; absent: all. */
  readonly version?: number;
  readonly who?: string;
}

/**
 * Worlds by name, in versions, that plugins are held to: a plugin's setting `contract` names some, and a contract may name
 * plugins. Every version of such a plugin exports at least the contract.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { createHost } from "hotcell";
 *
 * const { registry, close } = await createHost();
 * const greet = await readFile("greet.wasm");
 * await registry.contracts.put("greeting", greet); // a component is a model of its own world
 * await registry.deploy("greet", greet, { settings: { contract: "greeting" } });
 * await registry.deploy("greet", await readFile("counter.wasm"), { allowBreaking: true }).catch(({ code }) => console.log(code)); // → contract-unmet
 * await close();
 * ```
 */
export interface Contracts {
  /**
   * Puts a version: a world as compilers embed it (`component-type`), or a component whose world it is. The same bytes again
   * are no new version. Rejects with `contract-breaks` for live plugins that would not satisfy it, unless they are named.
   */
  put(name: string, bytes: Uint8Array, options?: PutContractOptions): Promise<PutContract>;
  /** Rejects with `contract-in-use` where a plugin's settings name it. */
  remove(name: string, options?: RemoveContractOptions): Promise<void>;
  /** Contracts in the order of their names. */
  list(): ContractSummary[];
  /** Throws `contract-not-found`. */
  summary(name: string): ContractSummary;
  /** `version`: the newest where it is absent. Throws `contract-not-found`. */
  get(name: string, version?: number): ContractText;
}
