/** Hook points: one function of a contract, called of all plugins that are held to it. */
import type { Json } from "../../capabilities/secret.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import type { CallOptions } from "../../placement/call-options.ts";
import { anObject, checkOptions, count, type Kind, texts } from "../../platform/code-options.ts";
import { exportedFunctions, findByPath } from "../../wit/exports.ts";
import { missingFunction } from "../../wit/missing-function.ts";
import type { Contracts } from "../contracts/contracts.ts";
import { type BreakerOptions, MemberBreakers } from "./member-breakers.ts";

export interface HookOptions {
  /** Plugins that come first, in that order; the others follow by name. */
  readonly order?: readonly string[];
  /** Milliseconds that each member may take; absent: as its limits have it. */
  readonly deadline?: number;
  /**
   * Outcome of a member's error. `open`, the default: its answer is the error, and the others are asked all the same.
   * `closed`: the whole call rejects with it. `fallback`: that value is its answer.
   */
  readonly onError?: "open" | "closed" | { readonly fallback: Json };
  /** Bounds after which a member that keeps failing is left out, and for how long; `false`: never. */
  readonly breaker?: BreakerOptions | false;
}

/** Answer of one member: a value, or the error that it ended with. */
export type HookAnswer =
  | { readonly plugin: string; readonly value: Json; readonly error?: undefined }
  | { readonly plugin: string; readonly error: HotcellError; readonly value?: undefined };

/**
 * Hook point: plugins that are held to one contract, asked the same. Members are whoever is held to it when a call begins.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { createHost } from "hotcell";
 *
 * const { registry, close } = await createHost();
 * const greet = await readFile("greet.wasm");
 * await registry.contracts.put("greeting", greet);
 * for (const name of ["one", "two"]) await registry.deploy(name, greet, { settings: { contract: "greeting" } });
 * const greeting = registry.hook("greeting", { deadline: 100 });
 * const answers = await greeting.collect("greet", ["Ada"]);
 * console.log(answers.map(({ plugin, value }) => `${plugin}: ${value}`)); // → [ 'one: Hello, Ada!', 'two: Hello, Ada!' ]
 * await close();
 * ```
 */
export interface Hook {
  /** Asks all members, and gives their answers in order. */
  collect(path: string, args?: unknown): Promise<readonly HookAnswer[]>;
  /** Asks one after the other, and gives the first value that is not null; undefined where there is none. */
  first(path: string, args?: unknown): Promise<HookAnswer | undefined>;
  /** Gives each member the value of the one before in the place of the first argument, and gives the last value. */
  chain(path: string, args: readonly unknown[]): Promise<unknown>;
}

/** Means of a hook: what its registry has. */
interface HookMeans {
  readonly contracts: Contracts;
  readonly callJson: (plugin: string, path: string, args: unknown, options?: CallOptions) => Promise<Json>;
}

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

/** Throws `contract-not-found`, and `bad-settings` for wrong options. */
export function openHook(means: HookMeans, contract: string, options: HookOptions = {}): Hook {
  checkOptions("hook", options, kinds);
  const { order = [], deadline, onError = "open", breaker } = options;
  const { contracts, callJson } = means;
  const breakers = new MemberBreakers(breaker);
  const { world } = contracts.get(contract);
  let functionsKnown = { world, functions: exportedFunctions(world) };

  /** Function of the contract by its key: a member may have others of that name. */
  const functionOf = (path: string): string => {
    const { world } = contracts.get(contract);
    if (world !== functionsKnown.world) functionsKnown = { world, functions: exportedFunctions(world) };
    const { functions } = functionsKnown;
    const found = findByPath(functions, path);
    if (!found) {
      const { detail, remedy, near } = missingFunction(functions, path, "/");
      throw new HotcellError("function-not-found", `The contract ${contract} ${detail}`, {
        subject: path,
        remedy,
        extra: { near },
      });
    }
    return found.key;
  };
  const members = (): string[] => {
    const all = contracts.summary(contract).users;
    const first = order.filter((name) => all.includes(name));
    return [...first, ...all.filter((name) => !first.includes(name))].filter(
      (name) => !breakers.isOpen(name),
    );
  };
  const ask = async (plugin: string, path: string, args: unknown): Promise<HookAnswer> => {
    try {
      const within = deadline === undefined ? undefined : { deadline: performance.now() + deadline };
      const value = await callJson(plugin, path, args, within);
      breakers.succeeded(plugin);
      return { plugin, value };
    } catch (thrown) {
      const error = asHotcellError(thrown);
      breakers.failed(plugin, error);
      if (onError === "closed") throw error;
      return onError === "open" ? { plugin, error } : { plugin, value: onError.fallback };
    }
  };

  return {
    async collect(path, args) {
      const key = functionOf(path);
      const settled = await Promise.allSettled(members().map((plugin) => ask(plugin, key, args)));
      // Of several that refuse the whole call the first in order is told, whichever was quicker.
      return settled.map((each) => {
        if (each.status === "rejected") throw each.reason;
        return each.value;
      });
    },
    async first(path, args) {
      const key = functionOf(path);
      for (const plugin of members()) {
        const answer = await ask(plugin, key, args);
        if (answer.error === undefined && answer.value !== null) return answer;
      }
      return undefined;
    },
    async chain(path, [first, ...rest]) {
      const key = functionOf(path);
      let value = first;
      for (const plugin of members()) {
        const answer = await ask(plugin, key, [value, ...rest]);
        if (answer.error === undefined) value = answer.value;
      }
      return value;
    },
  };
}
