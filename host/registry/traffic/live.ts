/** A version that is, or was, live: its cells, the functions it offers, and the calls still running on it. */

import { scrubbedError } from "../../capabilities/kit/scrubbed-error.ts";
import type { Json } from "../../capabilities/secret.ts";
import {
  bindLifecycle,
  isLifecycle,
  type Lifecycle,
  type LifecycleFunctions,
} from "../../drive/lifecycle.ts";
import { type CallContext, leaveOf, requireWanted, unlessLeft } from "../../engine/call-context.ts";
import { ComponentError, ExitError, HotcellError, NoRoomToGrowError } from "../../errors.ts";
import { unitsPerMillisecond } from "../../fuel-prices.ts";
import { exitFailure } from "../../placement/after-exit.ts";
import { callWithin } from "../../placement/call-options.ts";
import { endedItsCell } from "../../placement/cell-ends.ts";
import type { Bound, Placement } from "../../placement/placement.ts";
import type { Piece, SharedThread } from "../../platform/shared-thread.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { ExportedFunction } from "../../wit/exports.ts";
import { JsonTypes } from "../../wit/json/json.ts";
import { callWithJson } from "../../wit/json/json-call.ts";
import type { FunctionType } from "../../wit/model.ts";
import { ArgumentRoom } from "../../wit/values/argument-room.ts";
import type { Callable } from "../api.ts";
import type { Ceilings, PluginLimits } from "../plugin-limits.ts";
import type { Settings } from "../settings/settings.ts";
import { CallGate } from "./call-gate.ts";
import { CallablePaths } from "./callable-paths.ts";
import { limitError } from "./limit-errors.ts";
import { type Retirement, retired } from "./retirement.ts";
import { cheapFuel } from "./thread-time.ts";
import { ToldEnv } from "./told-env.ts";
import type { Usages } from "./usages.ts";

export interface Live {
  /** See `Registry.callable`. */
  callable(path: string): Callable;
  /** Takes over the calls of the function that has this key in the version before. Throws `function-not-found`. */
  successorOf(key: string): Callable;
  readonly lifecycle: Lifecycle;
  /** Whether there is state that would be lost with its cell: calls may have left some there. */
  readonly stateful: boolean;
  /**
   * Whether its cell may have kept what it was told of `env`, because it asked for that while it started; or has been
   * told so much by now that no more can be remembered, to be kept out of texts.
   */
  readonly keepsEnv: boolean;
  /** Texts that its state may have and that are to stay out of what it says, the newest first. */
  readonly secrets: readonly string[];
  /** Keeps these out of what it says too, as many as there is room for, since it is to take over state that may have them. */
  inherit(secrets: readonly string[]): void;
  /** Goes on under other settings, from the next call on. For those alone that take no new cell. */
  adjust(settings: Settings): void;
  /**
   * Makes calls wait, from now until the function it gives is called: with the version that takes them over, or
   * without one, and then they run here.
   */
  hold(): (successor?: Live) => void;
  /** Resolves when no call runs; rejects with `timeout` when they do not end. */
  idle(): Promise<void>;
  /** Stops taking part, for that reason: resolves when its last call has ended, or taken too long, and its cells are released. */
  retire(why?: Retirement): Promise<void>;
}

/** Bytes that arguments may become for each that `limits.argumentBytes` lets them be long: as weighed. */
const roomPerByte = 2;
/** Bytes that they may become however short they have to be. */
const minRoom = 64 * 1024;
export interface LiveOptions {
  readonly plugin: string;
  readonly settings: Settings;
  readonly usages: Usages;
  readonly thread: SharedThread;
  /** For what the plugin says. */
  readonly scrubber: Scrubber;
  readonly ceilings: Ceilings;
}

export class LiveVersion implements Live {
  readonly #plugin: string;
  readonly #placement: Placement;
  readonly #mode: Settings["mode"];
  readonly #placedIn: Settings["placement"];
  #limits: PluginLimits;
  readonly #usages: Usages;
  readonly #gate: CallGate<Live>;
  readonly #thread: SharedThread;
  readonly #env: ToldEnv;
  readonly #scrubber: Scrubber;
  readonly #ceilings: Ceilings;
  readonly #callables: CallablePaths;
  readonly lifecycle: Lifecycle;
  readonly #json = new JsonTypes();
  #retirement: Retirement = "replaced";
  /** A call has ended and left its cell alive, or another version's state was restored there. */
  #called = false;

  constructor(
    functions: readonly ExportedFunction[],
    own: LifecycleFunctions,
    placement: Placement,
    { plugin, settings, usages, thread, scrubber, ceilings }: LiveOptions,
  ) {
    const { mode, limits, env } = settings;
    this.#plugin = plugin;
    const offered = functions.filter((f) => !isLifecycle(f));
    this.#callables = new CallablePaths(plugin, offered, (found) => this.#bind(found));
    this.#placement = placement;
    this.#mode = mode;
    this.#placedIn = settings.placement;
    this.#ceilings = ceilings;
    this.#limits = limits;
    this.#usages = usages;
    this.#gate = new CallGate(plugin, () => placement.close(retired(plugin, this.#retirement)));
    this.#thread = thread;
    this.#env = new ToldEnv(env, scrubber);
    this.#scrubber = scrubber;
    const free = () => thread.free(usages.habit);
    const lifecycle = bindLifecycle(own, placement, scrubber, free);
    this.lifecycle = {
      ...lifecycle,
      restore: async (...state) => {
        await lifecycle.restore(...state);
        this.#called = true;
      },
    };
  }

  get stateful(): boolean {
    return this.#mode === "shared" && (this.#called || this.#gate.inFlight > 0);
  }

  get keepsEnv(): boolean {
    return this.#placement.startsFromEnv || this.#env.full;
  }

  adjust({ limits, env }: Settings): void {
    this.#limits = limits;
    this.#placement.adjust({ limits, env: this.#env.change(env), secrets: [], logBytes: limits.logBytes });
  }

  get secrets(): readonly string[] {
    return this.#env.secrets;
  }

  inherit(secrets: readonly string[]): void {
    const learnt = this.#env.inherit(secrets);
    if (learnt.length === 0) return;
    const limits = this.#limits;
    this.#placement.adjust({ limits, env: undefined, secrets: learnt, logBytes: limits.logBytes });
  }

  callable(path: string): Callable {
    return this.#callables.get(path);
  }

  successorOf(key: string): Callable {
    return this.#callables.successorOf(key);
  }

  hold(): (successor?: Live) => void {
    return this.#gate.hold();
  }

  idle(): Promise<void> {
    return this.#gate.idle();
  }

  retire(why: Retirement = "replaced"): Promise<void> {
    this.#retirement = why;
    return this.#gate.retire();
  }

  #bind({ key, type }: ExportedFunction): Callable {
    const bound = this.#placement.bind(key, type);
    const json = this.#json.function(type);
    const refuse = (actual: number, most: number) =>
      this.#argumentsTooLarge(
        key,
        `The arguments of ${key} become ${actual} bytes or more, and may become ${most}.`,
        most,
        actual,
      );
    const argumentRoom: Callable["argumentRoom"] = (heap) => {
      // Looked up each time: it may change while the version runs.
      const limit = Math.max(minRoom, roomPerByte * this.#limits.argumentBytes);
      return new ArgumentRoom({ limit, refuse, heap });
    };
    const call: Callable["call"] = (args, context) => {
      const outcome = this.#run(key, type, bound, args, context);
      // Who gives a signal itself hears at once; over HTTP there is nobody to hear, and what the call holds is held to its end.
      const signal = typeof context?.signal === "object" ? context.signal : undefined;
      return signal ? unlessLeft({ signal }, key, outcome, "under way") : outcome;
    };
    return {
      name: key,
      type,
      json,
      unanswerable: (error) => {
        if (!(error instanceof HotcellError)) return error;
        this.#usages.failed(error);
        return this.#named(key, error);
      },
      requireArgumentBytes: (bytes) => this.#requireArgumentBytes(key, bytes),
      argumentRoom,
      call,
      callJson: (args, options) =>
        callWithin(`callJson of ${key}`, key, options, (context) =>
          callWithJson(json, args, (given) => call(given, context), argumentRoom()),
        ) as Promise<Json>,
      whenFree: (piece, work) => this.#whenFree(piece, work),
    };
  }

  #requireArgumentBytes(key: string, bytes: number): void {
    const limit = this.#limits.argumentBytes;
    if (bytes <= limit) return;
    throw this.#argumentsTooLarge(
      key,
      `The arguments of ${key} are ${bytes} bytes long, and may be ${limit}.`,
      limit,
      bytes,
    );
  }

  #argumentsTooLarge(key: string, detail: string, limit: number, actual: number): HotcellError {
    const error = new HotcellError("argument-too-large", detail, {
      subject: "limits.argumentBytes",
      setting: "limits.argumentBytes",
      limit,
      actual,
      remedy: "Send less at a time, or raise limits.argumentBytes in the plugin's settings.",
    });
    this.#usages.failed(error);
    return this.#named(key, error);
  }

  async #run(
    key: string,
    type: FunctionType,
    bound: Bound,
    args: readonly unknown[],
    context: CallContext = { fuel: 0 },
  ): Promise<unknown> {
    const gate = this.#gate;
    if (gate.held) {
      const successor = await gate.wait(context, key).catch((unwanted: unknown) => {
        this.#usages.failed(unwanted);
        throw unwanted;
      });
      if (successor) return successor.successorOf(key).call(args, context);
    }
    const usages = this.#usages;
    const { habit } = usages;
    const thread = this.#thread;
    usages.calls++;
    gate.enter();
    usages.inFlight++;
    let timed = false;
    /** Milliseconds. */
    let taken = 0;
    try {
      requireWanted(context, key, false);
      const waiting = thread.turn(habit);
      if (waiting) await unlessLeft(context, key, waiting);
      usages.rate.require(this.#limits.fuelPerSecond, this.#limits.fuel, this.#plugin);
      const began = habit.timed ? performance.now() : 0;
      timed = usages.time.begin();
      let outcome: unknown;
      try {
        outcome = bound(args, context);
      } finally {
        const { fuel } = context;
        if (began > 0) thread.ran(habit, performance.now() - began);
        else if (fuel > cheapFuel) thread.ran(habit, fuel / unitsPerMillisecond);
        // Nothing is known yet of a call that has not come to its end.
        habit.priced(fuel > 0 && fuel <= cheapFuel);
        if (timed) taken = usages.time.pause();
      }
      const result = await outcome;
      this.#called = true;
      // Of a `shared` plugin it has run on to its end.
      const left = outcome instanceof Promise ? leaveOf(context, key, "under way") : undefined;
      if (left) throw left;
      return result;
    } catch (failed) {
      const thrown = failed instanceof ExitError ? exitFailure(type, failed) : failed;
      if (thrown === undefined) {
        this.#called = false;
        return undefined;
      }
      if (thrown instanceof ComponentError) this.#called = true;
      else if (endedItsCell(thrown) || thrown instanceof NoRoomToGrowError) this.#called = false;
      usages.failed(thrown);
      const scrubbed = scrubbedError(this.#scrubber, thrown);
      throw scrubbed instanceof HotcellError ? this.#named(key, scrubbed) : scrubbed;
    } finally {
      usages.fuel += context.fuel;
      usages.rate.spend(context.fuel);
      if (timed) {
        const owed = usages.time.owed(taken, context.fuel);
        // So much that the next call may come in a second, however small the rate is.
        usages.rate.spend(Math.min(owed, this.#limits.fuelPerSecond));
      }
      usages.inFlight--;
      gate.leave();
    }
  }

  #named(key: string, error: HotcellError): HotcellError {
    const settings = { limits: this.#limits, placement: this.#placedIn };
    return limitError(error, { plugin: this.#plugin, function: key }, settings, this.#ceilings);
  }

  async #whenFree<T>(piece: Piece, work: () => T): Promise<T> {
    const { habit } = this.#usages;
    await this.#thread.turn(habit, piece);
    const began = performance.now();
    try {
      return work();
    } finally {
      this.#thread.ran(habit, performance.now() - began);
    }
  }
}
