/**
 * Placements of one host: what all of its plugins share to run. It makes components ready for the place where their
 * cells are to be, and starts them there: inline or in processes.
 */

import { LimitedAudit } from "../backends/audit/limited-audit.ts";
import type { AuditEntry, Reach } from "../backends/audit/reach.ts";
import type { Drivers, Recipient } from "../backends/drivers.ts";
import { LogLimit } from "../backends/log/limited-log.ts";
import type { LogLine } from "../backends/log/log-line.ts";
import type { PluginCalls } from "../backends/plugin-calls.ts";
import type { Env } from "../capabilities/env.ts";
import type { LinkedImports } from "../capabilities/supply.ts";
import type { Component } from "../component/component.ts";
import type { FirstCall } from "../drive/lifecycle-exports.ts";
import type { CallContext } from "../engine/call-context.ts";
import type { CellLimits, CompiledComponent } from "../engine/engine.ts";
import type { EngineName } from "../engine/engine-names.ts";
import type { Engines } from "../engine/engines.ts";
import type { Transpiled } from "../engine/jco/compile-transpiled.ts";
import type { PluginMeter } from "../observe/plugin-meter.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { SentFiles } from "../tree/sent-files.ts";
import type { Elsewhere } from "./far/elsewhere.ts";
import { MovingPlacement } from "./far/moving-placement.ts";
import { placeInline } from "./inline/inline.ts";
import type { PlacedLimits, Placement, PlacementMode, PlacementName, ThreadTurns } from "./placement.ts";
import { ProcessBudget } from "./process/budget.ts";
import { requireMayLaunch } from "./process/launch.ts";
import { placeInProcess } from "./process/process.ts";

/** A component as its placement takes it. */
export type Compiled =
  | { readonly placement: "inline"; readonly component: CompiledComponent }
  /** Compiled there, from what was transpiled here where the engine is `jco`. */
  | { readonly placement: "process"; readonly transpiled: Transpiled | undefined };

export interface CompileOptions {
  readonly engine: EngineName;
  readonly placement: PlacementName;
  readonly limits: CellLimits;
}

export interface PlaceOptions {
  readonly plugin: string;
  readonly component: Component;
  readonly linked: LinkedImports;
  /** Made by `compile`. */
  readonly compiled: Compiled;
  readonly mode: PlacementMode;
  readonly env: Env;
  readonly limits: PlacedLimits;
  /** Strikes secrets from all that it says. */
  readonly scrubber: Scrubber;
  /** Made on every new cell before any other call. */
  readonly first: FirstCall | undefined;
  /** Context in which is written what starting took, whether that went well or not. */
  readonly starting: CallContext;
  /** Turns for its calls inline, which share the host's thread with all else. */
  readonly turns: ThreadTurns;
  /** Files that came with the version; absent where none did. */
  readonly sent?: SentFiles | undefined;
  /** Hears of lines that it logged beyond its limit. */
  readonly dropped: (lines: number) => void;
  /** Figures of what it reaches. */
  readonly figure: Reach["figure"];
  /** Meter of its cells, of what it asks of backends, and of the queues of its calls. */
  readonly meter: PluginMeter;
  /** Drivers of its backends, in place of the host's. */
  readonly drivers?: Drivers;
  /** Its cells are for a trial, and so here, whoever else has some. */
  readonly trial?: boolean;
  /** See `MovingOptions`. */
  readonly resume?: ((here: Placement, token: number) => Promise<boolean>) | undefined;
}

/** Recipient of what is told of plugins that reach something. */
type Audited = (plugin: string, capability: string, entry: AuditEntry) => void;

export class Placements {
  readonly #engines: Engines;
  readonly #log: (line: LogLine) => void;
  readonly #processes: ProcessBudget;
  readonly #drivers: Drivers | undefined;
  readonly #audited: Audited;
  readonly #plugins: PluginCalls | undefined;
  readonly #elsewhere: Elsewhere | undefined;

  /**
   * `log` gets the lines of all plugins, without their secrets; `processes` is what their processes may take together;
   * `drivers` are the host's, by default those that need none; `audited` gets what plugins reach, limited; `plugins` makes
   * the calls of one by another; `elsewhere` knows which cells other hosts have, where there are some.
   */
  constructor(
    engines: Engines,
    log: (line: LogLine) => void,
    processes = new ProcessBudget(),
    drivers?: Drivers,
    audited: Audited = () => {},
    plugins?: PluginCalls,
    elsewhere?: Elsewhere,
  ) {
    this.#engines = engines;
    this.#log = log;
    this.#processes = processes;
    this.#drivers = drivers;
    this.#audited = audited;
    this.#plugins = plugins;
    this.#elsewhere = elsewhere;
  }

  /** Account that versions and their cells draw on. */
  get heap(): HeapAccount {
    return this.#engines.memory.heap;
  }

  /** Throws what the engine throws, and `process-denied`. */
  async compile(component: Component, { engine, placement, limits }: CompileOptions): Promise<Compiled> {
    if (placement === "inline")
      return { placement, component: await this.#engines.get(engine).compile(component, limits) };
    requireMayLaunch();
    const transpiled = engine === "jco" ? await this.#engines.transpile(component, limits) : undefined;
    return { placement, transpiled };
  }

  /**
   * Starts the first cell. What the version keeps of the heap is taken until its placement is closed. Throws
   * `no-capacity`, and what `placeInline` and `placeInProcess` throw.
   */
  place(options: PlaceOptions): Promise<Placement> {
    const { plugin, trial = false, drivers, mode, resume } = options;
    const here = () => this.#placeHere(options);
    const name = cellsName(options);
    if (!this.#elsewhere || name === undefined || trial || drivers) return here();
    return MovingPlacement.begin({
      ...{ elsewhere: this.#elsewhere, name, plugin, place: here },
      resume: mode === "shared" ? resume : undefined,
    });
  }

  /** Tells whether another host has a plugin's one cell. */
  async runsElsewhere(plugin: string): Promise<boolean> {
    return this.#elsewhere?.isFar(sharedCell(plugin)) ?? false;
  }

  async #placeHere(options: PlaceOptions): Promise<Placement> {
    const { heap } = this;
    const { plugin, component, compiled, scrubber, meter } = options;
    meter.claimName();
    const code = compiled.placement === "inline" ? compiled.component.size : 0;
    const bytes = component.size + code + scrubber.bytes;
    heap.take(bytes, `a version of ${plugin}`);
    let kept = bytes;
    const give = () => {
      heap.give(kept);
      kept = 0;
    };
    try {
      const placement =
        compiled.placement === "process"
          ? await this.#inProcess(options, compiled.transpiled)
          : await this.#inline(options, compiled.component);
      return {
        bind: (key, type) => placement.bind(key, type),
        bindHandler: (key) => placement.bindHandler(key),
        drive: (...driving) => placement.drive(...driving),
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

  #inline(options: PlaceOptions, compiled: CompiledComponent): Promise<Placement> {
    const { linked, env, scrubber, mode, limits, first, starting, turns, sent } = options;
    return placeInline({
      compiled,
      supply: linked.supply({ env, scrubber, heap: this.heap, sent: sent !== undefined }),
      recipient: this.#recipient(options),
      mode,
      limits,
      first,
      starting,
      onPressure: (giveBack) => this.#engines.memory.addReclaimer(giveBack),
      turns,
    });
  }

  #inProcess(options: PlaceOptions, transpiled: Transpiled | undefined): Promise<Placement> {
    const { component, linked, env, scrubber, mode, limits, first } = options;
    return placeInProcess({
      ...this.#recipient(options),
      component,
      transpiled,
      linked,
      env,
      scrubber,
      mode,
      first,
      account: this.heap,
      limits,
      cells: limits,
      memory: limits.processMemory,
      logBytes: limits.logBytes,
      budget: this.#processes,
    });
  }

  /** `limit` is of the host's own end. */
  #recipient(options: PlaceOptions): Recipient {
    const { plugin, figure, sent, meter } = options;
    const [drivers, plugins] = [options.drivers ?? this.#drivers, this.#plugins];
    const audit = new LimitedAudit((capability, entry) => this.#audited(plugin, capability, entry));
    const reach = { figure, audit: audit.audit.bind(audit) };
    return {
      plugin,
      log: this.#log,
      limit: this.#logLimit(options),
      reach,
      meter,
      ...(drivers && { drivers }),
      ...(plugins && { plugins }),
      ...(sent && { sent }),
    };
  }

  #logLimit({ limits, dropped }: PlaceOptions): LogLimit {
    return new LogLimit(this.#log, limits.logBytes, dropped);
  }
}

/** Name of cells that one host at a time may have; undefined for those that each may. */
function cellsName({ plugin, mode, linked }: PlaceOptions): string | undefined {
  // What is open of files, and not durable yet, one host alone knows.
  if (Object.hasOwn(linked.grants.asked, "files")) return "with files";
  return mode === "shared" ? sharedCell(plugin) : undefined;
}

function sharedCell(plugin: string): string {
  return `plugin ${plugin}`;
}
