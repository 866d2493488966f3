/** Open plugins, as programs of embedders see them (docs/embedding.md). */
import type { Json } from "../capabilities/secret.ts";
import type { CallOptions } from "../placement/call-options.ts";
import type { Change } from "../wit/diff/diff.ts";
import type { FunctionType, World } from "../wit/model.ts";

/** Function type by TypeScript, for the caller to narrow; WIT's is asserted by `as`. */
// biome-ignore lint/suspicious/noExplicitAny: the caller narrows it, as a type assertion does in Go.
export type AnyFunction = (...args: any[]) => any;

/** Export that was looked up. It goes on when the plugin is replaced: calls go to the version that is there then. */
export interface PluginSymbol {
  /** Name as the component exports it: `name`, or `ns:pkg/iface@1.0.0#name`. */
  readonly name: string;
  /** Its type in the version that is there. */
  readonly type: FunctionType;
  /**
   * Asserts the symbol's WIT type, structurally, and gives the callable. Parameter names don't matter; resources are
   * named as `String(symbol)` names them, and their values are objects that go from one call of the plugin to the next.
   * Throws SymbolTypeError when it has another type, HotcellError `bad-type-expression` when `type` is none.
   * The callable throws HotcellError `bad-argument`, ComponentError (a returned `result::err`) and TrapError; and once the
   * plugin has been replaced by a version in which the function has another type, SymbolTypeError. Where the
   * plugin imports a host function that suspends it, `as<() => Promise<string>>(…)`: calls return promises, reject with
   * what they would throw, and wait for each other in a `shared` plugin.
   */
  as<F extends AnyFunction>(type: string): F;
  /**
   * Calls it with JSON data, by the rules of `POST /call/…`: an array or object of arguments (names in camelCase or as
   * WIT has them, 64-bit integers as numbers or texts, bytes as base64, nothing that the types don't have), and the
   * result as JSON data, null for none. Rejects with what the callable throws; `error.toProblem()` is JSON too.
   */
  callJson(args?: unknown, options?: CallOptions): Promise<Json>;
  /** WIT type as `as` takes it, named types written out. */
  toString(): string;
}

/** Options of `Plugin.replace`. */
export interface ReplaceOptions {
  /** Accept what callers would notice: functions that are gone throw SymbolNotFoundError, those of another type SymbolTypeError. */
  readonly allowBreaking?: boolean;
}

/** Replacement that has happened. */
export interface PluginSwap {
  /** Digest of the version that is there now. */
  readonly digest: string;
  /** Digest of the one before. */
  readonly before: string;
  /** Changes of its world; empty where it is the same. */
  readonly changes: readonly Change[];
}

/** Events of an open plugin, by name. */
export interface PluginEvents {
  /** Another version takes calls from now on. */
  readonly swap: PluginSwap;
  /** The file that is watched can't replace what is there, and why not. Where nobody listens it is printed. */
  readonly refused: unknown;
}

/** Exports of a plugin nobody has given types for: functions, and interfaces with functions. */
// biome-ignore lint/suspicious/noExplicitAny: what nobody has given types for may be anything.
export type UntypedExports = Readonly<Record<string, any>>;

/** Component that was opened; `Exports` are types that `hotcell types` wrote. */
export interface Plugin<Exports = UntypedExports> extends AsyncDisposable {
  /** World of the component, reflected; `String(plugin.world)` is WIT. */
  readonly world: World;
  /** Digest of its bytes: `sha256:…`. */
  readonly digest: string;
  /**
   * Finds `"name"` or `"ns:pkg/iface@1.0.0#name"` (version optional). Throws SymbolNotFoundError.
   *
   * @example
   * ```ts
   * import { open, SymbolNotFoundError } from "hotcell";
   *
   * await using plugin = await open("text-stats.wasm");
   * console.log(plugin.lookup("analyse").name); // → example:text-stats/stats@1.0.0#analyse
   * try {
   *   plugin.lookup("analyze");
   * } catch (error) {
   *   if (error instanceof SymbolNotFoundError) console.log(error.facts.remedy); // → Did you mean analyse?
   * }
   * ```
   */
  lookup(name: string): PluginSymbol;
  /**
   * Functions that it exports, by their names in camelCase, and of interfaces by their ids, and by their short names where
   * nothing else is called so; resources as classes. They follow the plugin as symbols do, and throw SymbolTypeError once it
   * was replaced by a version in which they have other types.
   */
  readonly exports: Exports;
  /** `lookup(name).callJson(args, options)`. */
  callJson(name: string, args?: unknown, options?: CallOptions): Promise<Json>;
  /**
   * Puts another component in its place, with the same grants, imports and limits. Symbols that were looked up before go on
   * with it; calls under way end where they began. State in a cell begins anew. Rejects with `incompatible` where callers
   * would notice, and with what `open` rejects with; then nothing has changed. Resolves to undefined for the same bytes.
   *
   * @example
   * ```ts
   * import { readFile } from "node:fs/promises";
   * import { open } from "hotcell";
   *
   * const grants = { clocks: { fixed: "2026-11-22T10:15:02Z" } };
   * await using plugin = await open("friendly-time-v1.wasm", { grants });
   * const now = plugin.lookup("get-friendly-time").as<() => string>("func() -> string");
   * console.log(now()); // → 2026-11-22T10:15:02Z
   * await plugin.replace(await readFile("friendly-time-v2.wasm"));
   * console.log(now()); // → 当前时间:2026-11-22 10:15:02
   * ```
   */
  replace(bytes: Uint8Array | ArrayBuffer, options?: ReplaceOptions): Promise<PluginSwap | undefined>;
  /** Calls the listener at each such event, until what it gives is disposed of. */
  on<Name extends keyof PluginEvents>(event: Name, listener: (event: PluginEvents[Name]) => void): Disposable;
  /** Releases the cell. Symbols looked up before throw `closed` afterwards. */
  close(): Promise<void>;
}
