/** Plugin of a host, followed: calls go to whichever version is live, and no swap ends what somebody holds. */
import type { Json } from "../capabilities/secret.ts";
import type { CallOptions } from "../placement/call-options.ts";
import { aText, oneOf, requireKind } from "../platform/code-options.ts";
import type { Callable, Registry } from "../registry/api.ts";
import type { VersionSwap } from "../registry/traffic/swap-listeners.ts";
import type { FunctionType, World } from "../wit/model.ts";
import { writtenWhole } from "../wit/text/brief.ts";
import type { AnyFunction, PluginSymbol, UntypedExports } from "./plugin-api.ts";
import { exportsOf } from "./plugin-exports.ts";
import { requireType } from "./plugin-symbol.ts";

/** Plugin of a host; `Exports` are types that `hotcell types --async` wrote. It holds nothing that would have to be closed. */
export interface HostedPlugin<Exports = UntypedExports> {
  readonly name: string;
  /** Functions that its version exported when it was asked for, as `Plugin.exports`; all return promises. */
  readonly exports: Exports;
  /**
   * Finds a function of the live version, as `registry.callable` does. What `as` gives returns promises, goes on with whatever
   * version is live when it is called, and rejects with SymbolTypeError where the function has another type there.
   */
  lookup(path: string): Promise<PluginSymbol>;
  /** `registry.callJson(name, path, args, options)`. */
  callJson(path: string, args?: unknown, options?: CallOptions): Promise<Json>;
  /** `registry.onSwap(name, listener)`. */
  on(event: "swap", listener: (swap: VersionSwap) => void): Disposable;
}

export class FollowedPlugin implements HostedPlugin {
  readonly name: string;
  readonly exports: UntypedExports;
  readonly #registry: Registry;

  private constructor(registry: Registry, name: string, world: World) {
    this.name = name;
    this.#registry = registry;
    this.exports = exportsOf(world, ({ key, type }) => new HostedSymbol(registry, name, key, type).callable);
  }

  /** The plugin that has this name. Rejects with `plugin-not-found`. */
  static async follow(registry: Registry, name: string): Promise<FollowedPlugin> {
    requireKind("The plugin's name", name, aText, "name");
    const world = await registry.world(name);
    return new FollowedPlugin(registry, name, world);
  }

  async lookup(path: string): Promise<PluginSymbol> {
    const { name, type } = await this.#registry.callable(this.name, path);
    return new HostedSymbol(this.#registry, this.name, name, type);
  }

  callJson(path: string, args?: unknown, options?: CallOptions): Promise<Json> {
    return this.#registry.callJson(this.name, path, args, options);
  }

  on(event: "swap", listener: (swap: VersionSwap) => void): Disposable {
    requireKind("The event", event, oneOf(["swap"]), "event");
    return this.#registry.onSwap(this.name, listener);
  }
}

class HostedSymbol implements PluginSymbol {
  readonly #registry: Registry;
  readonly #plugin: string;
  readonly #path: string;
  #type: FunctionType;

  constructor(registry: Registry, plugin: string, path: string, type: FunctionType) {
    this.#registry = registry;
    this.#plugin = plugin;
    this.#path = path;
    this.#type = type;
  }

  get name(): string {
    return this.#path;
  }

  get type(): FunctionType {
    const found = this.#registry.callable(this.#plugin, this.#path);
    if (found instanceof Promise) found.catch(() => {});
    else this.#type = found.type;
    return this.#type;
  }

  as<F extends AnyFunction>(type: string): F {
    requireType(type, { key: this.#path, type: this.type });
    return this.#following(type) as F;
  }

  /** Callable of the type that it has now. */
  get callable(): AnyFunction {
    return this.#following(String(this));
  }

  callJson(args?: unknown, options?: CallOptions): Promise<Json> {
    return this.#registry.callJson(this.#plugin, this.#path, args, options);
  }

  toString(): string {
    return writtenWhole(this.type);
  }

  #following(type: string): AnyFunction {
    let checked: Callable | undefined;
    return async (...args: unknown[]) => {
      let found = this.#registry.callable(this.#plugin, this.#path);
      // Asked again in the turn in which it is called, so that no swap comes between.
      while (found instanceof Promise) {
        await found;
        found = this.#registry.callable(this.#plugin, this.#path);
      }
      if (found !== checked) {
        requireType(type, { key: found.name, type: found.type });
        checked = found;
      }
      return found.call(args);
    };
  }
}
