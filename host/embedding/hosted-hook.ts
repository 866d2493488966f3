/** Hook of a host with the types of its contract: values as JavaScript has them, as `plugin.exports` takes and gives them. */
import type { Registry } from "../registry/api.ts";
import { contractReference } from "../registry/contracts/contract-setting.ts";
import type { AskedHook, HookAnswer, HookFold, HookForm, HookOptions } from "../registry/hooks/hook.ts";
import { foldAnswers } from "../registry/hooks/open-hook.ts";
import type { AnyFunction, UntypedExports } from "./plugin-api.ts";
import { exportsOf } from "./plugin-exports.ts";

/** Functions of a contract, each asked of its members: `Given` says what comes of a function's value. */
export type AskedExports<Exports, Way extends keyof Outcomes<unknown, unknown>, Folded = unknown> = {
  readonly [Name in keyof Exports]: unknown extends Exports[Name]
    ? // biome-ignore lint/suspicious/noExplicitAny: what nobody has given types for may be anything.
      any
    : Exports[Name] extends (...args: infer Args) => infer Value
      ? (...args: Args) => Promise<Outcomes<Awaited<Value>, Folded>[Way]>
      : AskedExports<Exports[Name], Way, Folded>;
};

/** Outcomes of the ways to ask, for a function that returns such a value. */
export interface Outcomes<Value, Folded> {
  readonly collect: readonly HookAnswer<Value>[];
  readonly first: HookAnswer<NonNullable<Value>> | undefined;
  readonly chain: Value;
  readonly reduce: Folded;
}

/** Hook point as `host.hook` gives it; `Exports` are types that `hotcell types` wrote. See `Hook` for the ways to ask. */
export interface HostedHook<Exports = UntypedExports> {
  readonly collect: AskedExports<Exports, "collect">;
  readonly first: AskedExports<Exports, "first">;
  readonly chain: AskedExports<Exports, "chain">;
  /** Functions that fold the values of all members in order. */
  reduce<Folded, Value = unknown>(
    fold: HookFold<Folded, Value>,
    initial: Folded,
  ): AskedExports<Exports, "reduce", Folded>;
}

/** Values as they are: checked by the type that each member's function has. */
const values: HookForm = {
  arguments: (_, args) => args as unknown[],
  value: (_, result) => result,
};

/** Throws `contract-not-found`, and `bad-settings` for wrong options. */
export function hostedHook(registry: Registry, contract: string, options?: HookOptions): HostedHook {
  const hook = registry.formedHook(contract, options);
  const { name, version } = contractReference(contract);
  const { world } = registry.contracts.get(name, version);
  const asked = (ask: (call: AskedHook, args: readonly unknown[]) => unknown): UntypedExports =>
    exportsOf(
      world,
      ({ key }): AnyFunction =>
        async (...args) =>
          ask(hook(key, values), args),
    );
  return {
    collect: asked((call, args) => call.collect(args)),
    first: asked((call, args) => call.first(args)),
    chain: asked((call, args) => call.chain(args)),
    reduce: (fold, initial) =>
      asked(async (call, args) =>
        foldAnswers((await call.collect(args)) as HookAnswer<never>[], fold, initial),
      ),
  };
}
