/** Hook points: one function of a contract, called of all plugins that are held to it. */
import type { Json } from "../../capabilities/secret.ts";
import type { CallContext } from "../../engine/call-context.ts";
import type { HotcellError } from "../../errors.ts";
import type { CallOptions } from "../../placement/call-options.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Soon } from "../../platform/soon.ts";
import type { JsonFunction } from "../../wit/json/json-function.ts";
import type { FunctionType } from "../../wit/model.ts";
import type { ArgumentRoom } from "../../wit/values/argument-room.ts";
import type { BreakerOptions } from "./member-breaker.ts";

/** Options of a hook. */
export interface HookOptions {
  /** Plugins that come first, in that order; the others follow by name. */
  readonly order?: readonly string[];
  /** Milliseconds that each member may take, from when it is asked; absent: as its limits have it. */
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
export type HookAnswer<Value = Json> =
  | { readonly plugin: string; readonly value: Value; readonly error?: undefined }
  | { readonly plugin: string; readonly error: HotcellError; readonly value?: undefined };

/**
 * Hook point: plugins that are held to one contract, asked the same. Members are whoever is held to it when a call begins. Values are
 * JSON, as `callJson` takes and gives them. Each method rejects with `function-not-found` and `contract-not-found`, and with what
 * refuses its options.
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
  collect(path: string, args?: unknown, options?: CallOptions): Promise<readonly HookAnswer[]>;
  /** Asks one after the other, and gives the first value that is not null; undefined where there is none. */
  first(path: string, args?: unknown, options?: CallOptions): Promise<HookAnswer | undefined>;
  /** Gives each member the value of the one before in the place of the first argument, and gives the last value. */
  chain(path: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /** Asks all members, and folds their values in order; errors are left out, where they do not refuse the call. */
  reduce<T>(path: string, args: unknown, fold: HookFold<T>, initial: T, options?: CallOptions): Promise<T>;
}

/** Fold of members' values: what comes of the values before and that one. */
export type HookFold<T, Value = Json> = (folded: T, value: Value, plugin: string) => T | Promise<T>;

/** Function of a member, as forms of values see it: see `Callable`. */
export interface HookedCallable {
  readonly name: string;
  readonly type: FunctionType;
  readonly json: JsonFunction;
  /** See `Callable.requireArgumentBytes`. */
  requireArgumentBytes(bytes: number): void;
  /** See `Callable.argumentRoom`. */
  argumentRoom(heap?: HeapAccount): ArgumentRoom;
}

/** Form of the values that a hook is called with and answers with. */
export interface HookForm {
  /** True where to make arguments takes long enough to be done apart from the call. */
  readonly large?: boolean;
  /** Arguments of one member. Throws what refuses them, which is its answer then. */
  arguments(callable: HookedCallable, args: unknown, plugin: string): unknown[];
  /** Value that a member returned, whose length as JSON is known to be within bounds. */
  value(callable: HookedCallable, result: unknown): unknown;
  /** Called when the member has ended that had those arguments. */
  release?(args: readonly unknown[]): void;
}

/** One call of a hook: a function of its contract, its members and a form. Throws, or rejects with, what refuses the whole call. */
export interface AskedHook {
  /** Plugins that are held to the contract, in order; those too that are left out. */
  readonly plugins: readonly string[];
  /** See `Hook`, here and below. */
  collect(args: unknown): Soon<readonly HookAnswer<unknown>[]>;
  /**
   * Asks one after the other, each with what `args` gives then, as long as `heed` gives true for what it answered. `plugins`: those
   * alone, in that order. A promise only where a member has to be waited for.
   */
  walk(
    args: () => unknown,
    heed: (answer: HookAnswer<unknown>) => boolean,
    plugins?: readonly string[],
  ): Soon<void>;
  /** See `Hook.first`. */
  first(args: unknown): Promise<HookAnswer<unknown> | undefined>;
  /** See `Hook.chain`. */
  chain(args: readonly unknown[]): Promise<unknown>;
}

/** Hook whose values are in a form that comes with each call. Throws `contract-not-found` and `function-not-found`. */
export type FormedHook = (path: string, form: HookForm, context?: CallContext) => AskedHook;
