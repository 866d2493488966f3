import type { ParseArgsOptionsConfig } from "node:util";

/** Verb of the command line: what each file of this folder that is one exports. */
export interface Verb {
  /** The whole help text. */
  readonly help: string;
  /** Options that it takes, by name; a shell completes them, with what the help says of each. */
  readonly options: ParseArgsOptionsConfig;
  /** Positional arguments, in order. Absent: none that a shell could complete. */
  readonly arguments?: readonly Completable[];
  /** It may ask a host: ends with the codes of docs/cli.md where it fails, and not with 1 for all. */
  readonly operates?: true;
  /** Resolves to the exit code. Throws HotcellError for what goes wrong, and UsageError for a wrong line. */
  run(args: string[]): Promise<number>;
}

/** Entry of the table of verbs: what is known of one that is not loaded. */
export interface VerbEntry {
  /** One line for the list of verbs. */
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

/**
 * Kind of argument that a shell can complete: one of some words; what files, the host or the file of known hosts have; `other`, which
 * nobody knows; `...`, as the one before once more.
 */
export type Completable =
  | readonly string[]
  | "file"
  | "plugin"
  | "function"
  | "version"
  | "host"
  | "other"
  | "...";
