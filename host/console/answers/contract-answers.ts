/** Contracts in answers of the API. */
import type { ShownChange } from "./deployment-answers.ts";

/** Answer of `GET /contracts`. */
export interface ContractsAnswer {
  readonly contracts: readonly ShownContract[];
}

export interface ShownContract {
  readonly name: string;
  readonly version: number;
  readonly versions: readonly number[];
  /** Names and patterns of the plugins that it is for. */
  readonly plugins: readonly string[];
  readonly at: string;
  readonly who?: string;
  /** Plugins that are held to it. */
  readonly users: readonly string[];
}

/** Answer to a contract that was put, or would be. */
export interface ContractOutcome {
  readonly name: string;
  readonly version: number;
  readonly outcome: "created" | "changed" | "unchanged" | "planned";
  readonly breaks: readonly { readonly plugin: string; readonly changes: readonly ShownChange[] }[];
}
