/** Running version: one that is, or was, live, with its cells, the functions it offers, and the calls still under way. */
import type { HostCalled } from "../../drive/host-interfaces.ts";
import { handlerOf, isDriven } from "../../drive/http-handler.ts";
import { bindLifecycle, type Lifecycle } from "../../drive/lifecycle.ts";
import type { Placement } from "../../placement/placement.ts";
import type { ExportedFunction } from "../../wit/exports.ts";
import { JsonTypes } from "../../wit/json/json-function.ts";
import type { Callable, Handler } from "../api.ts";
import type { Tally } from "../rollout/tally.ts";
import type { Settings } from "../settings/settings.ts";
import { bindCallable } from "./bound-callable.ts";
import { bindHandler, noHandler, onlyHandler } from "./bound-handler.ts";
import { CallablePaths } from "./callable-paths.ts";
import { CallsInFlight } from "./calls-in-flight.ts";
import { type Retirement, retired } from "./retired-errors.ts";
import { ToldEnv } from "./told-env.ts";
import { type CallsOptions, type Successor, VersionCalls } from "./version-calls.ts";

export class RunningVersion implements Successor {
  readonly lifecycle: Lifecycle;
  readonly #placement: Placement;
  readonly #mode: Settings["mode"];
  readonly #gate: CallsInFlight<Successor>;
  readonly #calls: VersionCalls;
  readonly #callables: CallablePaths;
  readonly #handler: Handler | undefined;
  readonly #plugin: string;
  readonly #env: ToldEnv;
  #retirement: Retirement = "replaced";

  /** `functions` are all that it exports, `own` those of them that the host calls by itself; its first cell is ready. */
  constructor(
    functions: readonly ExportedFunction[],
    own: HostCalled,
    placement: Placement,
    options: CallsOptions,
  ) {
    const { plugin, settings, usages, thread, scrubber } = options;
    this.#placement = placement;
    this.#mode = settings.mode;
    this.#gate = new CallsInFlight(plugin, () => placement.close(retired(plugin, this.#retirement)));
    const calls = new VersionCalls(options, this.#gate);
    this.#calls = calls;
    const json = new JsonTypes();
    const offered = functions.filter((f) => !isDriven(f));
    this.#callables = new CallablePaths(plugin, offered, (found) =>
      bindCallable(found, placement, calls, json),
    );
    const handler = handlerOf(functions);
    this.#handler = handler && bindHandler(plugin, handler, placement, calls);
    this.#plugin = plugin;
    this.#env = new ToldEnv(settings.env, scrubber);
    const lifecycle = bindLifecycle(
      own,
      placement,
      scrubber,
      () => thread.free(usages.habit),
      () => calls.limits.resultBytes,
      (fuel) => calls.spend(fuel),
    );
    this.lifecycle = {
      ...lifecycle,
      restore: async (...state) => {
        await lifecycle.restore(...state);
        calls.called = true;
      },
    };
  }

  /** See `Registry.callable`. */
  callable(path: string): Callable {
    if (this.#handler !== undefined && this.#callables.empty) throw onlyHandler(this.#plugin, path);
    return this.#callables.get(path);
  }

  successorOf(key: string): Callable {
    return this.#callables.successorOf(key);
  }

  /** See `Registry.handler`. */
  handler(): Handler {
    if (this.#handler === undefined) throw noHandler(this.#plugin);
    return this.#handler;
  }

  /** Counts of its calls that have ended. */
  get tally(): Tally {
    return this.#calls.tally;
  }

  /** Another host has its cell: that one is asked, drives it, and hands its state over. */
  get elsewhere(): boolean {
    return this.#placement.elsewhere === true;
  }

  /** Name of its cells, where one host at a time has them; undefined: each host has some. */
  get cells(): string | undefined {
    return this.#placement.cells;
  }

  /** Fencing token of the lease by which its cell is here, of several hosts; undefined: it is not, or there are no others. */
  get token(): number | undefined {
    return this.#placement.token;
  }

  /** Calls that began here. */
  get began(): number {
    return this.#calls.began;
  }

  /** There is state that would be lost with its cell: calls may have left some there, here or with another host. */
  get stateful(): boolean {
    if (this.#mode !== "shared") return false;
    return (
      this.elsewhere || this.#placement.resumed === true || this.#calls.called || this.#gate.inFlight > 0
    );
  }

  /**
   * Its cell may have kept what it was told of `env`, because it asked for that while it started; or has been told so much
   * by now that no more can be remembered, to be kept out of texts.
   */
  get keepsEnv(): boolean {
    return this.#placement.startsFromEnv || this.#env.full;
  }

  /** Goes on under other settings, from the next call on. For those alone that take no new cell. */
  adjust({ limits, env }: Settings): void {
    this.#calls.adjust(limits);
    this.#placement.adjust({ limits, env: this.#env.change(env), secrets: [], logBytes: limits.logBytes });
  }

  /** Texts that its state may have and that are to stay out of what it says, the newest first. */
  get secrets(): readonly string[] {
    return this.#env.secrets;
  }

  /** Keeps these out of what it says too, as many as there is room for, since it is to take over state that may have them. */
  inherit(secrets: readonly string[]): void {
    const learnt = this.#env.inherit(secrets);
    if (learnt.length === 0) return;
    const { limits } = this.#calls;
    this.#placement.adjust({ limits, env: undefined, secrets: learnt, logBytes: limits.logBytes });
  }

  /**
   * Makes calls wait, from now until the function it gives is called: with the version that takes them over, or
   * without one, and then they run here.
   */
  hold(): (successor?: Successor) => void {
    return this.#gate.hold();
  }

  /** Resolves when no call runs; rejects with `timeout` when they do not end. */
  idle(): Promise<void> {
    return this.#gate.idle();
  }

  /** Stops taking part, for that reason: resolves when its last call has ended, or taken too long, and its cells are released. */
  retire(why: Retirement = "replaced"): Promise<void> {
    this.#retirement = why;
    return this.#gate.retire();
  }
}
