/** A version that is, or was, live: its cells, the functions it offers, and the calls still running on it. */

import type { Recipient } from "../capabilities/capability.ts";
import type { Supply } from "../capabilities/link.ts";
import type { CompiledComponent } from "../engine/engine.ts";
import { ComponentError, HotcellError, nearest, TrapError } from "../errors.ts";
import { type Bound, type Placement, placeInline } from "../placement/inline.ts";
import { type ExportedFunction, exportedFunctions, findFunction } from "../wit/exports.ts";
import { parseInterfaceId } from "../wit/names.ts";
import type { World } from "../wit/types.ts";
import type { Callable, Counters } from "./api.ts";
import type { Settings } from "./settings.ts";

export interface Live {
  /** See `Registry.callable`. */
  callable(path: string): Callable;
  /** Stops taking part: resolves when its last call has ended and its cells are released. */
  retire(): Promise<void>;
}

/** Counts over all versions of a plugin. */
export class CallCounters implements Counters {
  calls = 0;
  guestErrors = 0;
  traps = 0;
  inFlight = 0;
}

/** Starts the first cell; throws what instantiation throws. */
export function startLive(
  plugin: string,
  world: World,
  compiled: CompiledComponent,
  supply: Supply,
  settings: Settings,
  log: Recipient["log"],
  counters: CallCounters,
): Live {
  const placement = placeInline(compiled, () => supply({ plugin, log }), settings.mode);
  return new LiveVersion(plugin, exportedFunctions(world), placement, counters);
}

class LiveVersion implements Live {
  readonly #plugin: string;
  readonly #functions: readonly ExportedFunction[];
  readonly #placement: Placement;
  readonly #counters: CallCounters;
  readonly #callables = new Map<string, Callable>();
  #inFlight = 0;
  #retired: PromiseWithResolvers<void> | undefined;

  constructor(
    plugin: string,
    functions: readonly ExportedFunction[],
    placement: Placement,
    counters: CallCounters,
  ) {
    this.#plugin = plugin;
    this.#functions = functions;
    this.#placement = placement;
    this.#counters = counters;
  }

  callable(path: string): Callable {
    let callable = this.#callables.get(path);
    if (!callable) {
      callable = this.#bind(this.#find(path));
      this.#callables.set(path, callable);
    }
    return callable;
  }

  retire(): Promise<void> {
    this.#retired ??= Promise.withResolvers();
    this.#releaseIfIdle();
    return this.#retired.promise;
  }

  #find(path: string): ExportedFunction {
    const slash = path.lastIndexOf("/");
    const found =
      slash < 0
        ? findFunction(this.#functions, path)
        : findFunction(this.#functions, path.slice(slash + 1), path.slice(0, slash));
    if (found) return found;
    const paths = this.#functions.map(({ interface: owner, name }) => (owner ? `${owner}/${name}` : name));
    const near = nearest(
      path,
      this.#functions.flatMap((f) => shortPaths(f)),
    );
    throw new HotcellError(
      "function-not-found",
      `The live version of ${this.#plugin} exports no function "${path}".`,
      {
        subject: path,
        remedy: near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "Call one of the functions listed.",
        extra: { plugin: this.#plugin, near, functions: paths },
      },
    );
  }

  #bind({ key, type }: ExportedFunction): Callable {
    const bound = this.#placement.bind(key, type);
    return { name: key, type, call: (args) => this.#run(bound, args) };
  }

  async #run(bound: Bound, args: readonly unknown[]): Promise<unknown> {
    this.#inFlight++;
    this.#counters.inFlight++;
    this.#counters.calls++;
    try {
      return await bound(args);
    } catch (thrown) {
      if (thrown instanceof ComponentError) this.#counters.guestErrors++;
      else if (thrown instanceof TrapError) this.#counters.traps++;
      throw thrown;
    } finally {
      this.#inFlight--;
      this.#counters.inFlight--;
      this.#releaseIfIdle();
    }
  }

  #releaseIfIdle(): void {
    if (!this.#retired || this.#inFlight > 0) return;
    this.#placement.close();
    this.#retired.resolve();
  }
}

/** The ways people call a function: by its name, and by the last part of its interface's id. */
function shortPaths({ interface: owner, name }: ExportedFunction): string[] {
  if (owner === undefined) return [name];
  const short = parseInterfaceId(owner)?.name ?? owner;
  return [name, `${short}/${name}`, `${owner}/${name}`];
}
