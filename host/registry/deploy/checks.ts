/** Checks in the `calls.json` format (guest-plugins/README.md, Testing): calls and what they must answer. */

import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { parseBySchema } from "../../capabilities/kit/settings-schema.ts";
import { redact } from "../../capabilities/secret.ts";
import { ComponentError, type ErrorCode, type ErrorFacts, HotcellError, TrapError } from "../../errors.ts";
import { sameJson } from "../../wit/json/json-function.ts";
import type { Callable, ShownChecks } from "../api.ts";
import { parseAsked } from "../settings/settings.ts";
import type { ChecksChange } from "../settings/settings-changes.ts";

const callSchema = v.strictObject({
  /** `function` or `interface/function`. */
  call: v.string(),
  args: v.optional(v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())]), []),
  returns: v.optional(v.unknown()),
  err: v.optional(v.unknown()),
  traps: v.optional(v.literal(true)),
});

const schema = v.strictObject({
  settings: v.optional(v.record(v.string(), v.unknown())),
  calls: v.optional(v.array(callSchema), []),
});

export type Check = v.InferOutput<typeof callSchema>;
export type Checks = v.InferOutput<typeof schema>;

/** Throws `bad-settings` naming the member that doesn't fit the format. */
export function parseChecks(input: unknown): Checks {
  // To the schema an empty list would be an object without members.
  if (Array.isArray(input)) {
    throw new HotcellError("bad-settings", "calls.json must be an object, but is a list.", {
      subject: "calls.json",
      expected: 'an object: {"calls": […]}',
      remedy: "Put the list in its member calls.",
    });
  }
  return parseBySchema(schema, input, "calls.json", ["calls", "settings"]);
}

/** Checks of a plugin that has some, once an upload has sent others: all of them, or `null` for none. */
export function mergeChecks(before: Checks | undefined, sent: unknown): Checks | undefined {
  if (sent === undefined) return before;
  return sent === null ? undefined : keptChecks(parseChecks(sent));
}

export function checksChanges(before: Checks | undefined, after: Checks | undefined): ChecksChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [from, to] = [before?.calls.length, after?.calls.length];
  const counts = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return [{ path: "checks", kind: "deploy", ...counts }];
}

/** Reason why a check does not hold. */
export interface CheckFailure {
  /** Without values: `returned another value`. */
  readonly how: string;
  /** A sentence saying what came instead, for those who may call the function: they may see what it returns. */
  readonly told: string;
  /** Error that the call ended with, where that is neither a value, an error of the plugin's nor a trap. */
  readonly error?: HotcellError;
  /** Answer that came instead, in JSON. */
  readonly answer?: { readonly kind: "returns" | "err"; readonly value: unknown };
}

/** The version fails its checks. */
export class ChecksFailedError extends HotcellError {
  /** The message without values, for whoever reads the log. */
  readonly recorded: string;

  constructor(message: string, recorded: string, facts: ErrorFacts) {
    super("checks-failed", message, facts);
    this.recorded = recorded;
  }
}

/** Bytes of JSON that the checks of a plugin may be: every deployment is kept with them. */
const maxChecks = pluginBounds.checks.value;

function requireSize(checks: Checks): Checks {
  const bytes = Buffer.byteLength(JSON.stringify(checks));
  if (bytes <= maxChecks) return checks;
  throw new HotcellError("bad-settings", `calls.json is ${bytes} bytes.`, {
    subject: "calls.json",
    limit: `${maxChecks} bytes`,
    actual: bytes,
    remedy: "Keep the checks that every deployment has to pass, and make the others before you upload.",
  });
}

/** Checks as they are kept: of their settings only grants are ever used. Throws `bad-settings` for wrong settings. */
function keptChecks(checks: Checks): Checks {
  const { settings, calls } = requireSize(checks);
  if (!settings) return { calls };
  const { grants } = parseAsked(settings);
  return Object.hasOwn(settings, "grants")
    ? { settings: { grants: redact(grants.asked) }, calls }
    : { calls };
}

/**
 * Checks as answers show them: to those who may not call the plugin, which functions they call, and not with what, nor
 * what these return.
 */
export function shownChecks(checks: Checks, mayCall: boolean): ShownChecks {
  return mayCall ? (checks as ShownChecks) : { calls: checks.calls.map(({ call }) => ({ call })) };
}

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
