import { type ParseArgsConfig, parseArgs } from "node:util";
import { didYouMean, nearest } from "../text/nearest.ts";

/** The command line itself is wrong: `run` prints the message with a pointer to the verb's help, and ends with 2. */
export class UsageError extends Error {}

/** Sign that Node puts in the place of bytes that are no UTF-8, without a word. */
export const replaced = "\ufffd";

/** Throws UsageError for arguments that came as something else than UTF-8: what they stood for can't be known any more. */
export function requireText(args: readonly string[]): void {
  const unreadable = args.find((arg) => arg.includes(replaced));
  if (unreadable === undefined) return;
  throw new UsageError(`The argument ${JSON.stringify(unreadable)} has bytes that are no UTF-8.`);
}

/** Parses like `parseArgs`, but throws a UsageError, with near misses for an option that does not exist. */
export function parseLine<const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") throw unknownOption(error, config.options ?? {});
    if (String(error.code).startsWith("ERR_PARSE_ARGS_")) throw new UsageError(error.message);
    throw error;
  }
}

/** The positional arguments, of which there may be `names.length`; those not given are undefined. */
export function positionals(given: readonly string[], ...names: readonly string[]): (string | undefined)[] {
  const extra = given[names.length];
  if (extra === undefined) return names.map((_, i) => given[i]);
  throw new UsageError(
    `${JSON.stringify(extra)} is one argument too many: ${names.join(" ")} is all there is.`,
  );
}

/** The positional arguments, each of which has to be there. */
export function required<const N extends readonly string[]>(
  given: readonly string[],
  ...names: N
): { [I in keyof N]: string } {
  const found = positionals(given, ...names);
  const missing = names.find((_, i) => found[i] === undefined);
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`);
  return found as { [I in keyof N]: string };
}

/** Error for a verb with several actions where none is named, or one that it has not. `objects`: what they are done to. */
export function wrongAction(
  verb: string,
  objects: string,
  action: string | undefined,
  actions: string,
): UsageError {
  return new UsageError(
    action === undefined
      ? `What about ${objects}? ${actions}.`
      : `There is no hotcell ${verb} ${action}: ${actions}.`,
  );
}

function unknownOption(error: Error, options: object): UsageError {
  const [option = ""] = /-[^\s']+/.exec(error.message) ?? [];
  const near = nearest(option.replace(/^-+/, ""), Object.keys(options)).map((name) => `--${name}`);
  const all = Object.keys(options).map((name) => `--${name}`);
  const hint = didYouMean(near) ?? (all.length > 0 ? `There is: ${all.join(", ")}.` : "It takes none.");
  return new UsageError(`There is no option ${option}. ${hint}`);
}
