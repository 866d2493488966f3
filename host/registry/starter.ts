import type { LogLine } from "../capabilities/capability.ts";
import { scrubberFor } from "../capabilities/env.ts";
import { LogLimit } from "../capabilities/limited-log.ts";
import { linkImports } from "../capabilities/link.ts";
import { scrubbedError } from "../capabilities/scrubbed-error.ts";
import { toldLine } from "../capabilities/told-line.ts";
import type { Component } from "../component/component.ts";
import type { CompiledComponent } from "../engine/engine.ts";
import type { Engines } from "../engine/engines.ts";
import type { Transpiled } from "../engine/jco/compile.ts";
import { HotcellError } from "../errors.ts";
import { placeInline } from "../placement/inline.ts";
import type { FirstCall, Placement } from "../placement/placement.ts";
import { ProcessBudget } from "../placement/process/budget.ts";
import { requireMayLaunch } from "../placement/process/launch.ts";
import { placeInProcess } from "../placement/process/process.ts";
import type { Scrubber } from "../text/scrubber.ts";
import { type Live, startLive } from "./live.ts";
import type { Settings } from "./settings.ts";
import { endedItsCell, type Usages } from "./usages.ts";

/** A component as its placement takes it. */
export type Compiled =
  | { readonly placement: "inline"; readonly component: CompiledComponent }
  /** Compiled there, from what was transpiled here where the engine is `jco`. */
  | { readonly placement: "process"; readonly transpiled: Transpiled | undefined };

/** A version on its way to run. */
export interface Start {
  readonly plugin: string;
  readonly component: Component;
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

  constructor(engines: Engines, log: (line: LogLine) => void, processes = new ProcessBudget()) {
    this.#engines = engines;
    this.#processes = processes;
    this.#log = log;
  }

  /** Throws what `linkImports` throws. */
  checkImports(component: Component, settings: Settings): void {
    linkImports(component.world, settings.grants);
  }

  /** Throws what the engine throws, and `process-denied`. */
  async compile(component: Component, { engine, placement, limits }: Settings): Promise<Compiled> {
    if (placement === "inline")
      return { placement, component: await this.#engines.get(engine).compile(component, limits) };
    requireMayLaunch();
    const transpiled = engine === "jco" ? await this.#engines.transpile(component, limits) : undefined;
    return { placement, transpiled };
  }

  /** Throws `trial-failed` for a component that traps when it starts, or does not end, and what its lifecycle refuses with. */
  async start(start: Start): Promise<Live> {
    const { plugin, component, settings, usages } = start;
    const scrubber = scrubberFor(settings);
    const place = (first: FirstCall | undefined) => this.#place(start, scrubber, first);
    try {
      return await startLive({ plugin, world: component.world, settings, usages, scrubber, place });
    } catch (error) {
      const thrown = scrubbedError(scrubber, error);
      if (!endedItsCell(thrown)) throw thrown;
      const { limit, actual } = thrown.facts;
      throw new HotcellError("trial-failed", `The component does not start: ${thrown.message}`, {
        subject: plugin,
        ...(limit !== undefined && { limit }),
        ...(actual !== undefined && { actual }),
        remedy: "Mend what its start function, top-level code or init does, and upload it again.",
        extra: { reason: thrown.code },
        cause: thrown,
      });
    }
  }

  #place(
    { plugin, component, compiled, settings, usages }: Start,
    scrubber: Scrubber,
    first?: FirstCall,
  ): Promise<Placement> {
    const { grants, env, mode, limits } = settings;
    const limit = new LogLimit(this.#log, limits.logBytes, (lines) => usages.dropped(lines));
    if (compiled.placement === "process") {
      const { processMemory: memory, logBytes } = limits;
      const { transpiled } = compiled;
      // Its own lines come scrubbed, as long as it does what it was told.
      const log = (line: LogLine) => {
        if (limit.admits(line)) this.#log(toldLine(scrubber, line));
      };
      const process = { plugin, component, transpiled, grants, env, scrubber, mode, first, log };
      return placeInProcess({
        ...process,
        limits,
        cells: limits,
        memory,
        logBytes,
        budget: this.#processes,
      });
    }
    const supply = linkImports(component.world, grants, {}, env, scrubber);
    const onPressure = (giveBack: () => boolean) => this.#engines.memory.addReclaimer(giveBack);
    return placeInline({
      compiled: compiled.component,
      supply,
      recipient: { plugin, log: this.#log, limit },
      mode,
      limits,
      first,
      onPressure,
    });
  }
}
