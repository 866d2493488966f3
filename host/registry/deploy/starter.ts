import type { LogLine } from "../../capabilities/capability.ts";
import { scrubberFor } from "../../capabilities/env.ts";
import { LogLimit } from "../../capabilities/kit/limited-log.ts";
import { scrubbedError } from "../../capabilities/kit/scrubbed-error.ts";
import { toldLine } from "../../capabilities/kit/told-line.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import type { Component } from "../../component/component.ts";
import type { CallContext } from "../../engine/call-context.ts";
import type { CompiledComponent } from "../../engine/engine.ts";
import type { Engines } from "../../engine/engines.ts";
import type { Transpiled } from "../../engine/jco/compile-transpiled.ts";
import { HotcellError } from "../../errors.ts";
import { endedItsCell } from "../../placement/cell-ends.ts";
import { placeInline } from "../../placement/inline/inline.ts";
import type { FirstCall, Placement, ThreadTurns } from "../../placement/placement.ts";
import { ProcessBudget } from "../../placement/process/budget.ts";
import { requireMayLaunch } from "../../placement/process/launch.ts";
import { placeInProcess } from "../../placement/process/process.ts";
import { breathe } from "../../platform/breath.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { SharedThread } from "../../platform/shared-thread.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { Ceilings } from "../plugin-limits.ts";
import type { Settings } from "../settings/settings.ts";
import { limitError } from "../traffic/limit-errors.ts";
import { type Live, startLive } from "../traffic/live.ts";
import type { Usages } from "../traffic/usages.ts";

/** A component as its placement takes it. */
export type Compiled =
  | { readonly placement: "inline"; readonly component: CompiledComponent }
  /** Compiled there, from what was transpiled here where the engine is `jco`. */
  | { readonly placement: "process"; readonly transpiled: Transpiled | undefined };

/** A version on its way to run. */
export interface Start {
  readonly plugin: string;
  readonly component: Component;
  /** Under the grants of these settings. */
  readonly linked: LinkedImports;
  /** By `Starter.compile`, with these settings or others that differ in `env` and `grants` alone. */
  readonly compiled: Compiled;
  readonly settings: Settings;
  readonly usages: Usages;
}

/** Makes versions run; all that plugins share for that. */
export class Starter {
  readonly #engines: Engines;
  readonly #processes: ProcessBudget;
  readonly #log: (line: LogLine) => void;
  readonly #ceilings: Ceilings;
  readonly #thread = new SharedThread();

  /** `ceilings`: of the limits of all plugins. */
  constructor(
    engines: Engines,
    log: (line: LogLine) => void,
    processes = new ProcessBudget(),
    ceilings: Ceilings = {},
  ) {
    this.#engines = engines;
    this.#ceilings = ceilings;
    this.#processes = processes;
    this.#log = log;
  }

  /** What versions and their cells draw on. */
  get heap(): HeapAccount {
    return this.#engines.memory.heap;
  }

  /** Throws what the engine throws, and `process-denied`. */
  async compile(component: Component, { engine, placement, limits }: Settings): Promise<Compiled> {
    if (placement === "inline")
      return { placement, component: await this.#engines.get(engine).compile(component, limits) };
    requireMayLaunch();
    const transpiled = engine === "jco" ? await this.#engines.transpile(component, limits) : undefined;
    return { placement, transpiled };
  }

  /**
   * In a turn of the event loop that is left when it is done. Throws `trial-failed` for a component that traps when it
   * starts, does not end or is too dear to start, `fuel-rate` for more starts than the plugin may have in a second,
   * `no-capacity`, and what its lifecycle refuses with.
   */
  async start(start: Start): Promise<Live> {
    const { plugin, component, settings, usages } = start;
    const { fuel, fuelPerSecond } = settings.limits;
    usages.starts.require(fuelPerSecond, fuel, plugin);
    const starting: CallContext = { fuel: 0 };
    const scrubber = scrubberFor(settings);
    const place = (first: FirstCall | undefined) => this.#admit(start, scrubber, starting, first);
    const thread = this.#thread;
    await thread.free(usages.habit);
    try {
      const ceilings = this.#ceilings;
      const { world } = component;
      return await startLive({ plugin, world, settings, usages, thread, scrubber, ceilings, place });
    } catch (error) {
      const thrown = scrubbedError(scrubber, error);
      if (!endedItsCell(thrown)) throw thrown;
      const { setting, limit, actual } = thrown.facts;
      const failed = new HotcellError("trial-failed", `The component does not start: ${thrown.message}`, {
        subject: plugin,
        ...(setting !== undefined && { setting }),
        ...(limit !== undefined && { limit }),
        ...(actual !== undefined && { actual }),
        remedy:
          setting === undefined
            ? "Mend what its start function, top-level code or init does, and upload it again."
            : `Let its start function, top-level code or init take less, or raise ${setting} in its settings.`,
        extra: { reason: thrown.code },
        cause: thrown,
      });
      throw limitError(failed, { plugin }, settings, this.#ceilings);
    } finally {
      usages.fuel += starting.fuel;
      usages.starts.spend(starting.fuel);
      await breathe();
    }
  }

  /** Takes what the version keeps of the heap until its placement is closed. */
  async #admit(
    start: Start,
    scrubber: Scrubber,
    starting: CallContext,
    first: FirstCall | undefined,
  ): Promise<Placement> {
    const { heap } = this;
    const { plugin, component, compiled } = start;
    const code = compiled.placement === "inline" ? compiled.component.size : 0;
    const bytes = component.size + code + scrubber.bytes;
    heap.take(bytes, `a version of ${plugin}`);
    let kept = bytes;
    const give = () => {
      heap.give(kept);
      kept = 0;
    };
    try {
      const placement = await this.#place(start, scrubber, starting, first);
      return {
        bind: (key, type) => placement.bind(key, type),
        get startsFromEnv() {
          return placement.startsFromEnv;
        },
        adjust(adjustment) {
          placement.adjust(adjustment);
          // Of secrets that it may know there are more now.
          const more = component.size + code + scrubber.bytes - kept;
          if (more > 0 && heap.tryTake(more)) kept += more;
        },
        close(why) {
          placement.close(why);
          give();
        },
      };
    } catch (error) {
      give();
      throw error;
    }
  }

  #place(
    { plugin, component, linked, compiled, settings, usages }: Start,
    scrubber: Scrubber,
    starting: CallContext,
    first: FirstCall | undefined,
  ): Promise<Placement> {
    const { env, mode, limits } = settings;
    const limit = new LogLimit(this.#log, limits.logBytes, (lines) => usages.dropped(lines));
    if (compiled.placement === "process") {
      const { processMemory: memory, logBytes } = limits;
      const { transpiled } = compiled;
      // Its own lines come scrubbed, as long as it does what it was told.
      const log = (line: LogLine) => {
        if (limit.admits(line)) this.#log(toldLine(scrubber, line));
      };
      const process = { plugin, component, transpiled, linked, env, scrubber, mode, first, log, limit };
      return placeInProcess({
        ...process,
        limits,
        cells: limits,
        memory,
        logBytes,
        budget: this.#processes,
      });
    }
    const supply = linked.supply({ env, scrubber, heap: this.heap });
    const onPressure = (giveBack: () => boolean) => this.#engines.memory.addReclaimer(giveBack);
    return placeInline({
      compiled: compiled.component,
      supply,
      recipient: { plugin, log: this.#log, limit },
      mode,
      limits,
      first,
      starting,
      onPressure,
      turns: this.#turns(plugin, usages),
    });
  }

  #turns(plugin: string, usages: Usages): ThreadTurns {
    const { habit, rate } = usages;
    return {
      next: async () => {
        await this.#thread.free(habit);
        // What the one before has spent is known by now.
        rate.requireStill(plugin);
      },
      wake: () => this.#thread.wake(habit),
    };
  }
}
