/** A version that is, or was, live: its cells, the functions it offers, and the calls still running on it. */

import type { CompiledComponent, HostImports } from "../engine/engine.ts";
import { ComponentError, type ErrorCode, HotcellError, nearest } from "../errors.ts";
import { placeInline } from "../placement/inline.ts";
import type { Bound, Placement, Usage } from "../placement/placement.ts";
import { type ExportedFunction, exportedFunctions, findFunction } from "../wit/exports.ts";
import { parseInterfaceId } from "../wit/names.ts";
import type { World } from "../wit/types.ts";
import type { Callable, Counters } from "./api.ts";
import { bindLifecycle, initialiser, isLifecycle, type Lifecycle, lifecycleFunctions } from "./lifecycle.ts";
import type { Settings } from "./settings.ts";

export interface Live {
  /** See `Registry.callable`. */
  callable(path: string): Callable;
  readonly lifecycle: Lifecycle;
  /**
   * Makes calls wait, from now until the function it gives is called: with the version that takes them over, or
   * without one, and then they run here.
   */
  hold(): (successor?: Live) => void;
  /** Stops taking part: resolves when its last call has ended, or taken too long, and its cells are released. */
  retire(): Promise<void>;
}

/** Counts over all versions of a plugin. */
export class CallCounters implements Counters {
  calls = 0;
  guestErrors = 0;
  traps = 0;
  inFlight = 0;
  fuel = 0;
}

/** How a call ends whose cell ends with it. */
const stopped = new Set<ErrorCode>(["trap", "out-of-fuel"]);
/** Milliseconds after which a retired version is released though calls still run on it. */
const drainDeadline = 30_000;
/** Calls that may wait while state is handed over. */
const maxWaiting = 10_000;

export interface LiveOptions {
  readonly plugin: string;
  readonly world: World;
  readonly compiled: CompiledComponent;
  /** Host functions for one cell. */
  readonly imports: () => HostImports;
  readonly settings: Settings;
  readonly counters: CallCounters;
}

/** Starts the first cell; throws what instantiation throws, `lifecycle-mismatch` and `init-failed`. */
export function startLive({ plugin, world, compiled, imports, settings, counters }: LiveOptions): Live {
  const functions = exportedFunctions(world);
  const own = lifecycleFunctions(functions);
  const placement = placeInline(
    compiled,
    imports,
    settings.mode,
    settings.limits.fuel,
    initialiser(own, settings.env),
  );
  const offered = functions.filter((f) => !isLifecycle(f));
  return new LiveVersion(plugin, offered, placement, bindLifecycle(own, placement), counters);
}

class LiveVersion implements Live {
  readonly #plugin: string;
  readonly #functions: readonly ExportedFunction[];
  readonly #placement: Placement;
  readonly #counters: CallCounters;
  readonly #callables = new Map<string, Callable>();
  readonly lifecycle: Lifecycle;
  /** While calls wait; resolves to the version that takes them over. */
  #held: Promise<Live | undefined> | undefined;
  #waiting = 0;
  #inFlight = 0;
  #retired: PromiseWithResolvers<void> | undefined;

  constructor(
    plugin: string,
    functions: readonly ExportedFunction[],
    placement: Placement,
    lifecycle: Lifecycle,
    counters: CallCounters,
  ) {
    this.#plugin = plugin;
    this.lifecycle = lifecycle;
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

  hold(): (successor?: Live) => void {
    const { promise, resolve } = Promise.withResolvers<Live | undefined>();
    this.#held = promise;
    return (successor) => {
      this.#held = undefined;
      resolve(successor);
    };
  }

  retire(): Promise<void> {
    if (!this.#retired) {
      this.#retired = Promise.withResolvers();
      const deadline = setTimeout(() => this.#release(), drainDeadline);
      void this.#retired.promise.then(() => clearTimeout(deadline));
    }
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
    return { name: key, type, call: (args, usage) => this.#run(key, bound, args, usage) };
  }

  async #run(
    key: string,
    bound: Bound,
    args: readonly unknown[],
    usage: Usage = { fuel: 0 },
  ): Promise<unknown> {
    if (this.#held) {
      const successor = await this.#wait(this.#held);
      if (successor) return successor.callable(key.replace("#", "/")).call(args, usage);
    }
    this.#inFlight++;
    this.#counters.inFlight++;
    this.#counters.calls++;
    try {
      return await bound(args, usage);
    } catch (thrown) {
      if (thrown instanceof ComponentError) this.#counters.guestErrors++;
      else if (thrown instanceof HotcellError && stopped.has(thrown.code)) this.#counters.traps++;
      throw thrown;
    } finally {
      this.#counters.fuel += usage.fuel;
      this.#inFlight--;
      this.#counters.inFlight--;
      this.#releaseIfIdle();
    }
  }

  async #wait(held: Promise<Live | undefined>): Promise<Live | undefined> {
    if (this.#waiting >= maxWaiting) {
      throw new HotcellError(
        "too-many-calls",
        `${this.#plugin} hands its state over, and ${maxWaiting} calls wait.`,
        {
          subject: this.#plugin,
          limit: maxWaiting,
          actual: this.#waiting + 1,
          remedy: "Try again in a moment.",
        },
      );
    }
    this.#waiting++;
    try {
      return await held;
    } finally {
      this.#waiting--;
    }
  }

  #releaseIfIdle(): void {
    if (this.#retired && this.#inFlight === 0) this.#release();
  }

  #release(): void {
    this.#placement.close();
    this.#retired?.resolve();
  }
}

/** The ways people call a function: by its name, and by the last part of its interface's id. */
function shortPaths({ interface: owner, name }: ExportedFunction): string[] {
  if (owner === undefined) return [name];
  const short = parseInterfaceId(owner)?.name ?? owner;
  return [name, `${short}/${name}`, `${owner}/${name}`];
}
