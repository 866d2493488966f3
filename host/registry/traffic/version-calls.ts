/** Calls of one version: each is let in, timed, charged to the plugin, and told of with the plugin's secrets struck. */
import { scrubbedError } from "../../capabilities/kit/scrubbed-error.ts";
import { type CallContext, leaveOf, requireWanted, unlessLeft } from "../../engine/call-context.ts";
import { endedItsCell } from "../../engine/cell/cell-ends.ts";
import { asHotcellError, ComponentError, ExitError, HotcellError, NoRoomToGrowError } from "../../errors.ts";
import { unitsPerMillisecond } from "../../fuel-prices.ts";
import { type CallMessage, callChannel, isHeard, told } from "../../observe/channels.ts";
import type { FunctionMeter } from "../../observe/plugin-meter.ts";
import { exitFailure } from "../../placement/after-exit.ts";
import type { Bound } from "../../placement/placement.ts";
import type { Piece, SharedThread } from "../../platform/shared-thread.ts";
import { ended, type Soon } from "../../platform/soon.ts";
import type { Scrubber } from "../../text/scrubber.ts";
import type { FunctionType } from "../../wit/model.ts";
import type { Callable, Handler } from "../api.ts";
import type { Ceilings, PluginLimits } from "../plugin-limits.ts";
import type { Tally } from "../rollout/tally.ts";
import type { Settings } from "../settings/settings.ts";
import type { CallsInFlight } from "./calls-in-flight.ts";
import { limitError } from "./limit-errors.ts";
import { cheapFuel, ownFuel } from "./thread-time.ts";
import { Usages } from "./usages.ts";

/** Version that takes over the calls of the one before. */
export interface Successor {
  /** Callable for the function that has this key in the version before. Throws `function-not-found`. */
  successorOf(key: string): Callable;
  /** Throws `no-handler`. */
  handler(): Handler;
}

/** Call of a function, by its key, that a successor takes over. */
export type HandOn = (
  to: Successor,
  key: string,
  args: readonly unknown[],
  context: CallContext,
) => Soon<unknown>;

const callSuccessor: HandOn = (to, key, args, context) => to.successorOf(key).callSoon(args, context);

export interface CallsOptions {
  readonly plugin: string;
  /** Digest of the version. */
  readonly version: string;
  readonly settings: Settings;
  readonly usages: Usages;
  readonly thread: SharedThread;
  /** Strikes secrets from what the plugin says. */
  readonly scrubber: Scrubber;
  readonly ceilings: Ceilings;
}

/** Function of a version as its calls are made, and metered. */
export interface CalledFunction {
  readonly key: string;
  readonly type: FunctionType;
  readonly bound: Bound;
  readonly meter: FunctionMeter;
  /** Counters of its calls: the plugin's, or of those that another host counts. */
  readonly counts: Usages;
}

export class VersionCalls {
  readonly #plugin: string;
  readonly #version: string;
  readonly #placedIn: Settings["placement"];
  readonly #ceilings: Ceilings;
  readonly #gate: CallsInFlight<Successor>;
  readonly #usages: Usages;
  readonly #thread: SharedThread;
  readonly #scrubber: Scrubber;
  #limits: PluginLimits;
  #forHosts: Usages | undefined;
  /** Calls that have ended, and those of them that ended their cell. */
  #ended = 0;
  #traps = 0;
  /** A call has ended and left its cell alive, or another version's state was restored there. */
  called = false;
  /** Calls that began. */
  began = 0;

  constructor(options: CallsOptions, gate: CallsInFlight<Successor>) {
    const { plugin, version, settings, usages, thread, scrubber, ceilings } = options;
    this.#plugin = plugin;
    this.#version = version;
    this.#placedIn = settings.placement;
    this.#ceilings = ceilings;
    this.#gate = gate;
    this.#usages = usages;
    this.#thread = thread;
    this.#scrubber = scrubber;
    this.#limits = settings.limits;
  }

  /** Counts fuel that the host spends on it besides its calls. */
  spend(fuel: number): void {
    this.#usages.fuel += fuel;
    this.#usages.rate.spend(fuel);
  }

  /** Counts of calls that have ended. */
  get tally(): Tally {
    return { calls: this.#ended, traps: this.#traps };
  }

  /** Limits that hold at present. */
  get limits(): PluginLimits {
    return this.#limits;
  }

  /** Other limits, from the next call on. */
  adjust(limits: PluginLimits): void {
    this.#limits = limits;
  }

  /** Function that is called by `run`. */
  bind(key: string, type: FunctionType, bound: Bound): CalledFunction {
    return { key, type, bound, meter: this.#usages.meter.function(key), counts: this.#usages };
  }

  /** Function whose calls another host counts: who sums up what hosts have counted has each once. */
  #uncounted(called: CalledFunction): CalledFunction {
    this.#forHosts ??= new Usages(this.#usages);
    return { ...called, meter: this.#forHosts.meter.function(called.key), counts: this.#forHosts };
  }

  /**
   * See `Callable.callSoon`. `handOn` calls what takes it over, where another version does. `answers`: its result is what the
   * caller was given meanwhile, and not lost where that has left by its end.
   */
  run(
    called: CalledFunction,
    args: readonly unknown[],
    context: CallContext = { fuel: 0 },
    handOn: HandOn = callSuccessor,
    answers = false,
  ): Soon<unknown> {
    if (this.#gate.held) {
      const { key } = called;
      const here = () => this.run(called, args, context, handOn, answers);
      return this.#gate.wait(context, key).then(
        (successor) => (successor ? handOn(successor, key, args, context) : here()),
        (unwanted: unknown) => {
          throw unwanted instanceof HotcellError ? this.refused(key, unwanted) : unwanted;
        },
      );
    }
    const counted = context.forHost === true ? this.#uncounted(called) : called;
    return isHeard(callChannel, context.trace)
      ? this.#runTold(counted, args, context, answers)
      : this.#run(counted, args, context, answers);
  }

  /** The call, told to whoever listens. What they put in place of its trace is its trace while it runs. */
  #runTold(
    called: CalledFunction,
    args: readonly unknown[],
    context: CallContext,
    answers: boolean,
  ): Soon<unknown> {
    const { trace, caller } = context;
    const traced = context as { trace: CallContext["trace"] };
    const kind = answers ? "http" : "function";
    const of = { plugin: this.#plugin, version: this.#version, function: called.key };
    const run = (message: CallMessage) => {
      if (message.trace !== trace) traced.trace = message.trace;
      return this.#run(called, args, context, answers);
    };
    return told(callChannel, { ...of, kind, caller, trace, began: performance.now() }, run, (message) => {
      message.fuel = context.fuel;
      if (context.trace !== trace) traced.trace = trace;
    });
  }

  #run(
    called: CalledFunction,
    args: readonly unknown[],
    context: CallContext,
    answers: boolean,
  ): Soon<unknown> {
    const { meter, counts } = called;
    counts.calls++;
    this.began++;
    this.#gate.enter();
    counts.inFlight++;
    const began = meter.times.begin(this.#usages.habit.timed);
    // Written out, as most calls are there at once: what would be made to wait for them costs as much as a small one.
    let waits = false;
    try {
      const turn = this.#turn(called.key, context);
      const outcome = turn
        ? turn.then(() => this.#runInTurn(called, args, context, answers))
        : this.#runInTurn(called, args, context, answers);
      if (!(outcome instanceof Promise)) return outcome;
      waits = true;
      const since = began === 0 ? performance.now() : began;
      return outcome
        .catch((failed) => this.#failed(called, failed))
        .finally(() => {
          meter.times.waited(since);
          this.#end(called, context);
        });
    } catch (failed) {
      return this.#failed(called, failed);
    } finally {
      if (!waits) {
        meter.times.end(began);
        this.#end(called, context);
      }
    }
  }

  #end({ meter, counts }: CalledFunction, { fuel }: CallContext): void {
    this.#ended++;
    meter.fuel.add(fuel);
    counts.fuel += fuel;
    this.#usages.rate.spend(fuel);
    counts.inFlight--;
    this.#gate.leave();
  }

  #turn(key: string, context: CallContext): Promise<void> | undefined {
    requireWanted(context, key, false);
    const waiting = this.#thread.turn(this.#usages.habit);
    return waiting && unlessLeft(context, key, waiting);
  }

  /** The call itself, timed where it is to be. */
  #runInTurn(
    { key, bound }: CalledFunction,
    args: readonly unknown[],
    context: CallContext,
    answers: boolean,
  ): Soon<unknown> {
    const { rate, time } = this.#usages;
    // Whoever serves sees by itself that its client has left; to be asked, it would have to make a signal.
    const asked = answers && typeof context.signal === "function" ? undefined : context;
    rate.require(this.#limits.fuelPerSecond, this.#limits.fuel, this.#plugin);
    if (!time.begin()) return this.#noted(key, this.#make(bound, args, context), asked);
    /** Milliseconds. */
    let taken = 0;
    const make = () => {
      try {
        return this.#make(bound, args, context);
      } finally {
        taken = time.pause();
      }
    };
    return ended(
      () => this.#noted(key, make(), asked),
      () => {
        const owed = time.owed(taken, context.fuel);
        // So much that the next call may come in a second, however small the rate is.
        rate.spend(Math.min(owed, this.#limits.fuelPerSecond));
      },
    );
  }

  /** The call, until it returns or has to wait. */
  #make(bound: Bound, args: readonly unknown[], context: CallContext): unknown {
    const { habit } = this.#usages;
    const { timed } = habit;
    if (timed) this.#thread.doPutOff();
    const began = timed ? performance.now() : 0;
    try {
      return bound(args, context);
    } finally {
      const { fuel } = context;
      if (began > 0) this.#thread.ran(habit, performance.now() - began);
      else if (fuel > cheapFuel) this.#thread.ran(habit, fuel / unitsPerMillisecond);
      // However little it is: a caller by a link makes thousands of such calls in one turn, which all are others' fuel.
      else this.#thread.used((fuel + ownFuel) / unitsPerMillisecond);
      // Nothing is known yet of a call that has not come to its end.
      habit.priced(fuel > 0 && fuel <= cheapFuel);
    }
  }

  #noted(key: string, outcome: unknown, context: CallContext | undefined): Soon<unknown> {
    if (outcome instanceof Promise) return outcome.then((result) => this.#waitedFor(key, result, context));
    this.called = true;
    return outcome;
  }

  /** Result of a call that took its time. Of a `shared` plugin it has run on to its end, whoever left. */
  #waitedFor(key: string, result: unknown, context: CallContext | undefined): unknown {
    this.called = true;
    const left = leaveOf(context, key, "under way");
    if (left) throw left;
    return result;
  }

  /** Result of a call that threw where that is a good end; throws the error as callers are told it. */
  #failed({ key, type, meter, counts }: CalledFunction, failed: unknown): undefined {
    const thrown = failed instanceof ExitError ? exitFailure(type, failed) : failed;
    if (thrown === undefined) {
      this.called = false;
      return undefined;
    }
    if (thrown instanceof ComponentError) this.called = true;
    else if (endedItsCell(thrown) || thrown instanceof NoRoomToGrowError) this.called = false;
    counts.failed(thrown);
    meter.failed(asHotcellError(thrown).code);
    const scrubbed = scrubbedError(this.#scrubber, thrown);
    if (!(scrubbed instanceof HotcellError)) throw scrubbed;
    const named = this.named(key, scrubbed);
    if (endedItsCell(thrown)) {
      this.#traps++;
      counts.trapped(key, named);
    }
    throw named;
  }

  /** The error counted, and as callers are told it. */
  refused(key: string, error: HotcellError): HotcellError {
    this.#usages.refused(error);
    return this.named(key, error);
  }

  /** The error with the plugin and the function in it, and a remedy that this host allows. */
  named(key: string, error: HotcellError): HotcellError {
    const settings = { limits: this.#limits, placement: this.#placedIn };
    return limitError(error, { plugin: this.#plugin, function: key }, settings, this.#ceilings);
  }

  /** See `Handler.putOff`. */
  putOff(work: () => void): void {
    this.#thread.putOff(work);
  }

  /** See `Callable.whenFree`. */
  async whenFree<T>(piece: Piece, work: () => T): Promise<T> {
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
