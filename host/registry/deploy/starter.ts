/** Starter of a host's versions: what a registry knows of one that is to run, beside where it runs. */
import type { Drivers } from "../../backends/drivers.ts";
import { scrubberFor } from "../../capabilities/env.ts";
import { scrubbedError } from "../../capabilities/kit/scrubbed-error.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import type { Component } from "../../component/component.ts";
import { lifecycleFunctions } from "../../drive/driven-exports.ts";
import type { HostCalled } from "../../drive/host-interfaces.ts";
import { bindLifecycle } from "../../drive/lifecycle.ts";
import { firstCall } from "../../drive/lifecycle-exports.ts";
import { restore, save } from "../../drive/state-exports.ts";
import type { CallContext } from "../../engine/call-context.ts";
import { endedItsCell } from "../../engine/cell/cell-ends.ts";
import { HotcellError, orRaise, rebuilt } from "../../errors.ts";
import type { Placement, ThreadTurns } from "../../placement/placement.ts";
import type { Compiled, Placements } from "../../placement/placements.ts";
import { breathe } from "../../platform/breath.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { SharedThread } from "../../platform/shared-thread.ts";
import type { SharedStates } from "../../store/shared-states.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import type { Ceilings } from "../plugin-limits.ts";
import type { Settings } from "../settings/settings.ts";
import { limitError } from "../traffic/limit-errors.ts";
import { RunningVersion } from "../traffic/running-version.ts";
import type { Usages } from "../traffic/usages.ts";
import type { Version } from "../version.ts";

/** Version on its way to run. */
export interface StartOptions {
  readonly plugin: string;
  readonly component: Version;
  /** Link under these settings' grants. */
  readonly linked: LinkedImports;
  /** Made by `Starter.compile`, with these settings or others that differ in `env` and `grants` alone. */
  readonly compiled: Compiled;
  readonly settings: Settings;
  readonly usages: Usages;
  /** Drivers of its backends, in place of the host's. */
  readonly drivers?: Drivers;
  /** Its cells are for a trial, and so here, whoever else has some. */
  readonly trial?: boolean;
  /** It begins without the state that was kept, if any was. */
  readonly losesState?: boolean;
}

export class Starter {
  readonly #placements: Placements;
  readonly #ceilings: Ceilings;
  readonly #states: SharedStates | undefined;
  readonly #thread = new SharedThread();

  /** `ceilings`: of the limits of all plugins; `states`: those that hosts keep for one another. */
  constructor(placements: Placements, ceilings: Ceilings = {}, states?: SharedStates) {
    this.#placements = placements;
    this.#ceilings = ceilings;
    this.#states = states;
  }

  /** States that hosts keep for one another, of plugins of which one has the cell; undefined for a host alone. */
  get states(): SharedStates | undefined {
    return this.#states;
  }

  /** Account that versions and their cells draw on. */
  get heap(): HeapAccount {
    return this.#placements.heap;
  }

  /** See `Placements.compile`. */
  compile(component: Component, settings: Settings): Promise<Compiled> {
    return this.#placements.compile(component, settings);
  }

  /** Tells whether another host has a plugin's one cell. */
  runsElsewhere(plugin: string): Promise<boolean> {
    return this.#placements.runsElsewhere(plugin);
  }

  /** See `Registry.putOff`. */
  putOff(work: () => void): void {
    this.#thread.putOff(work);
  }

  /**
   * In a turn of the event loop that is left when it is done. Throws `trial-failed` for a component that traps when it
   * starts, does not end or is too dear to start, `fuel-rate` for more starts than the plugin may have in a second,
   * `no-capacity`, `lifecycle-mismatch`, and what its lifecycle refuses with.
   */
  async start(options: StartOptions): Promise<RunningVersion> {
    const { plugin, settings, usages } = options;
    const { fuel, fuelPerSecond } = settings.limits;
    usages.starts.require(fuelPerSecond, fuel, plugin);
    const starting: CallContext = { fuel: 0 };
    const scrubber = scrubberFor(settings);
    await this.#thread.free(usages.habit);
    try {
      return await this.#run(options, scrubber, starting);
    } catch (error) {
      throw this.#failure(options, scrubbedError(scrubber, error));
    } finally {
      usages.fuel += starting.fuel;
      usages.starts.spend(starting.fuel);
      await breathe();
    }
  }

  async #run(options: StartOptions, scrubber: Scrubber, starting: CallContext): Promise<RunningVersion> {
    const { plugin, component, linked, compiled, settings, usages, drivers, trial } = options;
    const { mode, env, limits } = settings;
    const functions = exportedFunctions(component.world);
    const own = lifecycleFunctions(functions);
    const placement = await this.#placements.place({
      plugin,
      component,
      linked,
      compiled,
      mode,
      env,
      limits,
      scrubber,
      first: firstCall(own, env),
      starting,
      turns: this.#turns(plugin, usages),
      sent: component.files?.sent,
      dropped: (lines) => usages.dropped(lines),
      figure: (capability, name) => usages.figure(capability, name),
      meter: usages.meter,
      ...(drivers && { drivers }),
      ...(trial && { trial }),
      resume: this.#states && ((here, token) => this.#resume(options, scrubber, own, here, token)),
    });
    const shared = { thread: this.#thread, ceilings: this.#ceilings };
    const of = { plugin, version: component.digest };
    return new RunningVersion(functions, own, placement, { ...of, settings, usages, scrubber, ...shared });
  }

  /** Gives a cell that comes here what was kept of its state, if anything was. */
  async #resume(
    { plugin, settings, usages, losesState = false }: StartOptions,
    scrubber: Scrubber,
    own: HostCalled,
    here: Placement,
    token: number,
  ): Promise<boolean> {
    if (!own.has(save.name) && !own.has(restore.name)) return false;
    const kept = await this.#states?.take(plugin, token);
    if (!kept || losesState) return false;
    const free = () => this.#thread.free(usages.habit);
    const lifecycle = bindLifecycle(own, here, scrubber, free, () => settings.limits.resultBytes);
    if (!lifecycle.restores) return false;
    try {
      await lifecycle.restore(kept.version, kept.bytes);
      return true;
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code !== "restore-failed") throw error;
      const { subject: _, remedy: __, ...facts } = error.facts;
      throw rebuilt(error, `${plugin} does not begin where its cell is now. ${error.message}`, {
        ...facts,
        subject: plugin,
        remedy:
          "Upload a version that can take it over; with ?allow-state-loss (in code: allowStateLoss) another version begins without it. It is kept until then.",
      });
    }
  }

  /** The error as whoever deploys is told it. */
  #failure({ plugin, settings }: StartOptions, thrown: unknown): unknown {
    // What may go well in a moment is no matter of the component's: the machine had no time to launch a process, say.
    if (!endedItsCell(thrown) || thrown.facts.retryAfter !== undefined) return thrown;
    const { setting, limit, actual, remedy } = thrown.facts;
    const failed = new HotcellError("trial-failed", `The component does not start: ${thrown.message}`, {
      subject: plugin,
      ...(setting !== undefined && { setting }),
      ...(limit !== undefined && { limit }),
      ...(actual !== undefined && { actual }),
      ...(setting === undefined
        ? {
            remedy:
              remedy ?? "Mend what its start function, top-level code or init does, and upload it again.",
          }
        : orRaise("Let its start function, top-level code or init take less", [
            setting.slice("limits.".length),
          ])),
      extra: { reason: thrown.code },
      cause: thrown,
    });
    return limitError(failed, { plugin }, settings, this.#ceilings);
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
