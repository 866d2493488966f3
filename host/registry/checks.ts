/** Checks in the `calls.json` format (DESIGN §6): calls and what they must answer. */
import * as v from "valibot";
import { parseBySchema } from "../capabilities/settings.ts";
import { ComponentError, HotcellError, TrapError } from "../errors.ts";
import { argumentsFromJson, resultToJson, sameJson, toJson } from "../wit/json.ts";
import { errType } from "../wit/outcome.ts";
import type { Callable } from "./api.ts";

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
  return parseBySchema(schema, input, "calls.json");
}

/**
 * Runs one check; resolves to undefined when it holds, else to a sentence saying what came instead.
 * Throws what `find` throws, and HotcellError `bad-argument` for arguments that don't fit the function.
 */
export async function runCheck(check: Check, find: (path: string) => Callable): Promise<string | undefined> {
  const callable = find(check.call);
  const wanted = check.traps
    ? "a trap"
    : "err" in check
      ? `err ${show(check.err)}`
      : show(check.returns ?? null);
  using room = callable.argumentRoom();
  const outcome = await run(callable, argumentsFromJson(callable.type, check.args, room));
  const holds = check.traps
    ? outcome.kind === "trap"
    : "err" in check
      ? outcome.kind === "err" && sameJson(check.err, outcome.value)
      : outcome.kind === "returns" && sameJson(check.returns ?? null, outcome.value ?? null);
  if (holds) return undefined;
  const came =
    outcome.kind === "trap"
      ? `a trap (${outcome.value})`
      : outcome.kind === "err"
        ? `err ${show(outcome.value)}`
        : show(outcome.value);
  return `${check.call}(${show(check.args)}): expected ${wanted}, got ${came}`;
}

async function run(
  callable: Callable,
  args: unknown[],
): Promise<{ kind: "returns" | "err" | "trap"; value: unknown }> {
  const { result } = callable.type;
  try {
    return { kind: "returns", value: resultToJson(result, await callable.call(args)) };
  } catch (thrown) {
    if (thrown instanceof TrapError) return { kind: "trap", value: thrown.message };
    if (!(thrown instanceof ComponentError)) throw thrown;
    const err = errType(result);
    return { kind: "err", value: err ? toJson(err, thrown.payload) : null };
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
