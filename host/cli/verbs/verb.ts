/** Verb of the command line: what each file of this folder that is one exports. */
export interface Verb {
  /** One line for the list of verbs. */
  readonly summary: string;
  /** The whole help text. */
  readonly help: string;
  /** Resolves to the exit code. Throws HotcellError for what goes wrong, and UsageError for a wrong line. */
  run(args: string[]): Promise<number>;
}
