/** Hooks as the registry opens them: options checked, values as JSON. */
import { type CallOptions, callWithin } from "../../placement/call-options.ts";
import {
  aFunction,
  anObject,
  aText,
  checkOptions,
  count,
  type Kind,
  requireKind,
  texts,
} from "../../platform/code-options.ts";
import { beginning } from "../../text/cut.ts";
import { vouchFor } from "../../wit/values/values.ts";
import { contractNotFound } from "../contracts/contract-errors.ts";
import { contractReference, isContractReference } from "../contracts/contract-setting.ts";
import type {
  AskedHook,
  FormedHook,
  Hook,
  HookAnswer,
  HookedCallable,
  HookFold,
  HookForm,
  HookOptions,
} from "./hook.ts";
import { HookCall } from "./hook-calls.ts";
import { type HookMeans, HookMembers } from "./hook-members.ts";
import { breakerBounds } from "./member-breaker.ts";
import { MemberRoom } from "./member-room.ts";

const aList: Kind = { expected: "an array", fits: (value) => Array.isArray(value) };

const kinds: { readonly [Name in keyof HookOptions]-?: Kind } = {
  order: texts,
  deadline: count(1, "milliseconds"),
  onError: {
    expected: '"open", "closed" or { fallback }',
    fits: (value) =>
      value === "open" ||
      value === "closed" ||
      (typeof value === "object" && value !== null && "fallback" in value),
  },
  breaker: {
    expected: "{ failures, pause } or false",
    fits: (value) => value === false || anObject.fits(value),
  },
};

/** JSON as one call of a hook has it. */
class JsonForm implements HookForm {
  readonly #room = new MemberRoom();

  arguments(callable: HookedCallable, args: unknown): unknown[] {
    return vouchFor(callable.type, callable.json.arguments(args, this.#room.of(callable)));
  }

  value({ json }: HookedCallable, result: unknown): unknown {
    return json.result(result) ?? null;
  }
}

/** Throws `contract-not-found`, and `bad-settings` for wrong options. */
export function formedHook(means: HookMeans, contract: string, options: HookOptions = {}): FormedHook {
  requireKind("The contract's name", contract, aText, "contract");
  if (!isContractReference(contract)) throw contractNotFound(beginning(contract, 100), []);
  checkOptions("hook", options, kinds);
  const { order = [], deadline, onError = "open" } = options;
  const breaker = breakerBounds(options.breaker);
  const members = new HookMembers(means, contractReference(contract), { order, breaker });
  const within = { deadline, onError };
  return (path, form, context) => {
    if (typeof path !== "string") requireKind("The function's name", path, aText, "path");
    return new HookCall(members.of(path), form, within, context);
  };
}

/** See `formedHook`. */
export function openHook(means: HookMeans, contract: string, options?: HookOptions): Hook {
  const caller = formedHook(means, contract, options);
  const made = <T>(
    what: string,
    path: string,
    options: CallOptions | undefined,
    make: (call: AskedHook) => T | Promise<T>,
  ): Promise<T> =>
    callWithin(`${what} of a hook`, path, options, (context) =>
      Promise.try(() => make(caller(path, new JsonForm(), context))),
    );
  return {
    collect: (path, args, options) =>
      made("collect", path, options, (call) => call.collect(args)) as Promise<HookAnswer[]>,
    first: (path, args, options) =>
      made("first", path, options, (call) => call.first(args)) as Promise<HookAnswer | undefined>,
    async chain(path, args, options) {
      requireKind("The arguments", args, aList, "args");
      return made("chain", path, options, (call) => call.chain(args));
    },
    async reduce(path, args, fold, initial, options) {
      requireKind("The fold", fold, aFunction, "fold");
      return made("reduce", path, options, async (call) =>
        foldAnswers((await call.collect(args)) as HookAnswer[], fold, initial),
      );
    },
  };
}

/** Fold of the values among the answers, in order. */
export async function foldAnswers<T, Value>(
  answers: readonly HookAnswer<Value>[],
  fold: HookFold<T, Value>,
  initial: T,
): Promise<T> {
  let result = initial;
  for (const { plugin, value, error } of answers)
    if (error === undefined) result = await fold(result, value as Value, plugin);
  return result;
}
