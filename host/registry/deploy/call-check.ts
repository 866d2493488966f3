/** Check by a call, as `calls.json` has it: a function, its arguments, and what it must answer. */
import * as v from "valibot";
import { ComponentError, type ErrorCode, HotcellError, TrapError } from "../../errors.ts";
import { sameJson } from "../../wit/json/json-function.ts";
import type { Callable } from "../api.ts";
import type { WantedResponse } from "./request-form.ts";

export const callSchema = v.strictObject({
  /** `function` or `interface/function`. */
  call: v.string(),
  args: v.optional(v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())]), []),
  returns: v.optional(v.unknown()),
  err: v.optional(v.unknown()),
  traps: v.optional(v.literal(true)),
});

export type Check = v.InferOutput<typeof callSchema>;

/** Reason why a check does not hold. */
export interface CheckFailure {
  /** Without values: `returned another value`. */
  readonly how: string;
  /** A sentence saying what came instead, for those who may call the plugin: they may see what it answers. */
  readonly told: string;
  /** Error that the call ended with, where that is neither a value, an error of the plugin's nor a trap. */
  readonly error?: HotcellError;
  /** Answer that came instead, in JSON, as the check would want it. */
  readonly answer?: CheckAnswer;
}

export type CheckAnswer =
  | { readonly kind: "returns" | "err"; readonly value: unknown }
  | { readonly kind: "response"; readonly value: WantedResponse };

/**
 * Runs one check; resolves to undefined when it holds. Throws what `find` throws, and HotcellError `bad-argument` for
 * arguments that don't fit the function.
 */
export async function runCheck(
  check: Check,
  find: (path: string) => Callable | Promise<Callable>,
): Promise<CheckFailure | undefined> {
  const callable = await find(check.call);
  const wanted = wantedOf(check);
  const args = callable.json.arguments(check.args, callable.argumentRoom());
  const outcome = await run(callable, args, check.traps === true);
  const sameKind = outcome.kind === wanted.kind;
  if (sameKind && (outcome.kind === "trap" || sameJson(wanted.value, outcome.value ?? null)))
    return undefined;
  return {
    how: sameKind ? otherwise[outcome.kind] : instead[outcome.kind],
    told: `${check.call}(${show(check.args)}): expected ${wanted.said}, got ${said(outcome)}`,
    ...(outcome.kind !== "trap" && { answer: { kind: outcome.kind, value: outcome.value ?? null } }),
  };
}

type Kind = "returns" | "err" | "trap";

const otherwise = { returns: "returned another value", err: "returned another error", trap: "trapped" };
const instead = { returns: "returned a value", err: "returned an error", trap: "trapped" };

function wantedOf(check: Check): { kind: Kind; value: unknown; said: string } {
  if (check.traps) return { kind: "trap", value: null, said: "a trap" };
  if ("err" in check) return { kind: "err", value: check.err, said: `err ${show(check.err)}` };
  const value = check.returns ?? null;
  return { kind: "returns", value, said: show(value) };
}

function said({ kind, value }: { kind: Kind; value: unknown }): string {
  if (kind === "trap") return `a trap (${value})`;
  return kind === "err" ? `err ${show(value)}` : show(value);
}

const endings = new Set<ErrorCode>(["out-of-memory", "exited"]);

/** A call ended in what passes for a trap where one is waited for. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof TrapError || (thrown instanceof HotcellError && endings.has(thrown.code));
}

/** `mayTrap`: a trap is waited for. */
async function run(
  callable: Callable,
  args: unknown[],
  mayTrap: boolean,
): Promise<{ kind: Kind; value: unknown }> {
  const { json } = callable;
  try {
    return { kind: "returns", value: json.result(await callable.call(args)) };
  } catch (thrown) {
    if (thrown instanceof TrapError || (mayTrap && isTrap(thrown)))
      return { kind: "trap", value: (thrown as Error).message };
    if (!(thrown instanceof ComponentError)) throw thrown;
    return { kind: "err", value: json.error(thrown.payload) ?? null };
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
