/** Examples of calls: the checks that a plugin came with. */

import type { CallableFunction } from "./callables.ts";
import { isRecord } from "./draft.ts";

/** Arguments by name. */
export type NamedArguments = Readonly<Record<string, unknown>>;

/** Most that are offered. */
const most = 8;

export function examplesOf(
  checks: unknown,
  { name, parameters }: CallableFunction,
): readonly NamedArguments[] {
  const calls = isRecord(checks) && Array.isArray(checks.calls) ? (checks.calls as unknown[]) : [];
  const names = Object.keys(parameters?.properties ?? {});
  const own = name.slice(name.lastIndexOf("/") + 1);
  return calls
    .filter(isRecord)
    .filter(({ call }) => call === name || call === own)
    .slice(0, most)
    .map(({ args }) => namedArguments(args, names));
}

/** Arguments by position as those by name. */
export function namedArguments(args: unknown, names: readonly string[]): NamedArguments {
  if (isRecord(args)) return args;
  if (!Array.isArray(args)) return {};
  return Object.fromEntries(args.slice(0, names.length).map((value, i) => [names[i]!, value as unknown]));
}
