import type { HandledExchange } from "../../capabilities/capability.ts";
import type { HttpExchange } from "../../capabilities/http/http-exchange.ts";
import { begin, type CallContext, isUnwanted, requireWanted, unlessLeft } from "../../engine/call-context.ts";
import { AttemptError } from "../../engine/cell/attempt.ts";
import { ExitError, HotcellError } from "../../errors.ts";
import type { PluginMeter } from "../../observe/plugin-meter.ts";
import { after, ended, type Soon } from "../../platform/soon.ts";
import type { FunctionType } from "../../wit/model.ts";
import { Checkers } from "../../wit/values/values.ts";
import type { Bound, BoundHandler, CallLimits, PlacementMode, ThreadTurns } from "../placement.ts";
import type { Restarts } from "../restarts.ts";
import { SlowClients } from "../slow-clients.ts";
import { Turns, tooManyCalls } from "../turns.ts";
import { Attempts } from "./attempts.ts";
import { HoldingCall, waitsForItself } from "./call-chain.ts";
import { watchIdle } from "./idle.ts";
import type { InlineCell, InlineCells } from "./inline-cell.ts";
import { CallWatches, type TimedCall } from "./timed-call.ts";
import { unwrapper } from "./unwrap.ts";

export interface SuspendingOptions {
  readonly plugin: string;
  /** Meter of the plugin; absent where nobody looks. */
  readonly meter: PluginMeter | undefined;
  readonly start: (context: CallContext) => Promise<InlineCell>;
  readonly restarts: Restarts;
  readonly mode: PlacementMode;
  readonly limits: CallLimits;
  readonly onPressure: (giveBack: () => boolean) => () => void;
  readonly turns: ThreadTurns | undefined;
}

/**
 * Cells whose calls may be suspended. While the one of a `shared` deployment is, its other calls queue; `fresh` calls
 * get other cells, up to `limits.concurrency`.
 */
export class SuspendingPlacement implements InlineCells {
  readonly #options: SuspendingOptions;
  #limits: CallLimits;
  readonly #checkers = new Checkers();
  readonly #turns: Turns;
  readonly #clients: SlowClients;
  readonly #idle: InlineCell[];
  readonly #running = new Set<InlineCell>();
  readonly #watches = new CallWatches();
  readonly #forget: readonly (() => void)[];
  #closed: HotcellError | undefined;
  used = true;

  constructor(first: InlineCell, options: SuspendingOptions) {
    const { mode, limits, onPressure } = options;
    this.#options = options;
    this.#limits = limits;
    this.#idle = [first];
    const full = tooManyCalls(options.plugin);
    this.#turns = new Turns(concurrent(mode, limits), limits.queue, full, options.meter);
    this.#clients = new SlowClients(options.plugin, () => this.#turns.wanted);
    this.#forget = mode === "fresh" ? [watchIdle(this), onPressure(() => this.giveBack())] : [];
  }

  bind(key: string, type: FunctionType): Bound {
    const check = this.#checkers.arguments(type);
    const unwrap = unwrapper(key, type);
    return (args, context) => {
      const checked = check(args);
      const run: Run = (taken) => this.#within(taken, key, context, checked);
      // In code all functions of such a plugin give promises, whether they had to wait or not.
      return Promise.try(() => after(this.#call(key, run, context), unwrap));
    };
  }

  bindHandler(key: string): BoundHandler {
    const attempts = new Attempts();
    // What a `shared` cell has changed can't be taken back.
    const fresh = this.#options.mode === "fresh";
    const run = (
      exchange: HttpExchange,
      taken: InlineCell,
      context: CallContext | undefined,
    ): Soon<unknown> => {
      const paced = this.#clients.pace(exchange);
      const handled = taken.handle(paced, this.#limits);
      const end = (): void => {
        paced.over();
        attempts.ended(taken.cell.attemptable ?? false);
        handled.end();
      };
      const fail = (thrown: unknown): never => {
        try {
          throw handled.fail(thrown);
        } finally {
          paced.over();
        }
      };
      let called: Soon<unknown>;
      try {
        called = this.#within(taken, key, context, handled.args, handled);
      } catch (thrown) {
        return fail(thrown);
      }
      return called instanceof Promise ? called.then(end, fail) : end();
    };
    const callFor = (exchange: HttpExchange, context: CallContext | undefined) =>
      this.#call(key, (taken) => run(exchange, taken, context), context) as Soon<void>;
    return (exchange, context) => {
      if (!fresh || !attempts.worthwhile || !exchange.holds?.(0)) return callFor(exchange, context);
      const tried = this.#attempt(key, exchange, context);
      if (tried === undefined) return callFor(exchange, context);
      if (tried) return;
      attempts.givenUp();
      exchange.withdraw?.();
      // All that was done is paid for.
      const spent = context?.fuel ?? 0;
      return ended(
        () => callFor(exchange, context),
        () => {
          if (context) context.fuel += spent;
        },
      );
    };
  }

  /**
   * Answers by an attempt (`Cell.attempt`), in a cell that is idle: nothing in it waits, for the client or for another call. False
   * where it was given up; undefined where there is no such cell.
   */
  #attempt(key: string, exchange: HttpExchange, context: CallContext | undefined): boolean | undefined {
    if (this.#closed || this.#turns.full) return undefined;
    const taken = this.#idle.at(-1);
    const call = taken?.cell.attempt?.(key);
    if (!taken || !call) return undefined;
    begin(context, key);
    this.used = true;
    this.#idle.pop();
    taken.under(context);
    let well: boolean | undefined = true;
    let handled: HandledExchange | undefined;
    try {
      handled = taken.handle(exchange, this.#limits);
      call(...handled.args);
      const good = handled;
      handled = undefined;
      good.end();
      return true;
    } catch (thrown) {
      const error = handled ? handled.fail(thrown) : thrown;
      well = endedWell(taken, error);
      if (error instanceof AttemptError) return false;
      throw error;
    } finally {
      this.#over(taken, context, well);
    }
  }

  allow(limits: CallLimits): void {
    this.#limits = limits;
    this.#turns.resize(concurrent(this.#options.mode, limits), limits.queue);
    for (const { cell } of this.#idle) cell.allow(limits);
  }

  /** Ends the cells that no call uses. */
  giveBack(): boolean {
    const idle = this.#idle.splice(0);
    for (const cell of idle) cell.end();
    return idle.length > 0;
  }

  close(why: HotcellError): void {
    this.#closed = why;
    for (const end of this.#forget) end();
    this.#turns.close(this.#closed);
    for (const cell of this.#running) cell.end();
    this.giveBack();
  }

  /** A call that has to wait for nothing is made at once, and its result given so: promises cost more than most calls do. */
  #call(key: string, run: Run, context: CallContext | undefined): Soon<unknown> {
    const call = new HoldingCall(this);
    if (this.#turns.full && waitsForItself(call)) throw wouldWait(this.#options.plugin, key);
    const turn = this.#turns.take(context, key);
    if (turn) return turn.then(() => this.#inTurn(key, run, context, call, true));
    return this.#inTurn(key, run, context, call, false);
  }

  #inTurn(
    key: string,
    run: Run,
    context: CallContext | undefined,
    call: HoldingCall,
    waited: boolean,
  ): Soon<unknown> {
    const end = () => {
      call.under = false;
      this.#turns.give();
    };
    // Written out, as most calls are there at once: what would be made to wait for them costs as much as a small one.
    let waits = false;
    try {
      const outcome = this.#taking(key, run, context, call, waited);
      if (!(outcome instanceof Promise)) return outcome;
      waits = true;
      return outcome.finally(end);
    } finally {
      if (!waits) end();
    }
  }

  #taking(
    key: string,
    run: Run,
    context: CallContext | undefined,
    call: HoldingCall,
    waited: boolean,
  ): Soon<unknown> {
    this.used = true;
    const { turns } = this.#options;
    const idle = waited || this.#closed ? undefined : this.#idle.pop();
    if (idle) return this.#runIn(idle, key, run, context, call);
    const take = () => {
      // Nothing is supplied to a new cell any more once it has been closed.
      if (this.#closed) throw this.#closed;
      const idle = this.#idle.pop();
      if (idle) return this.#runIn(idle, key, run, context, call);
      return this.#startAnother(key, context).then((started) => {
        return this.#runIn(started, key, run, context, call, true);
      });
    };
    // The call before may have ended in this turn of the event loop, and have spent what there was.
    return waited && turns ? unlessLeft(context, key, turns.next()).then(take) : take();
  }

  #runIn(
    taken: InlineCell,
    key: string,
    run: Run,
    context: CallContext | undefined,
    call: HoldingCall,
    started = false,
  ): Soon<unknown> {
    let outcome: Soon<unknown>;
    try {
      // It may have been closed while the cell was starting.
      if (this.#closed) throw this.#closed;
      if (started) requireWanted(context, key);
      begin(context, key);
      this.#running.add(taken);
      taken.under(context, call);
      outcome = run(taken);
    } catch (thrown) {
      this.#over(taken, context, endedWell(taken, thrown));
      throw thrown;
    }
    if (outcome instanceof Promise) return this.#waitFor(outcome, taken, context);
    this.#over(taken, context, true);
    return outcome;
  }

  async #waitFor(
    outcome: Promise<unknown>,
    taken: InlineCell,
    context: CallContext | undefined,
  ): Promise<unknown> {
    let well: boolean | undefined = true;
    try {
      return await outcome;
    } catch (thrown) {
      well = endedWell(taken, thrown);
      throw thrown;
    } finally {
      this.#over(taken, context, well);
    }
  }

  /** A call has come to its end; `well`: see `#putBack`. */
  #over(taken: InlineCell, context: CallContext | undefined, well: boolean | undefined): void {
    this.#running.delete(taken);
    taken.under(undefined);
    this.#putBack(taken, well);
    if (context) context.fuel = taken.cell.fuelUsed + taken.cell.resetFuel;
  }

  /** The function in that cell, watched where it has to wait. */
  #within(
    taken: InlineCell,
    subject: string,
    context: CallContext | undefined,
    args: readonly unknown[],
    handled?: HandledExchange,
  ): Soon<unknown> {
    const outcome = taken.cell.function(subject)(...args);
    if (!(outcome instanceof Promise)) return outcome;
    const { plugin, mode } = this.#options;
    const { time, streamTime } = this.#limits;
    const timed: TimedCall = {
      plugin,
      subject,
      time,
      context,
      mode,
      ...(handled && { handled, streamTime }),
    };
    return this.#watches.watch(taken, timed, outcome);
  }

  /** Starts a cell for a call, which goes on spending what that has left. */
  async #startAnother(key: string, context: CallContext = { fuel: 0 }): Promise<InlineCell> {
    const { start, restarts } = this.#options;
    restarts.require();
    try {
      const started = await start(context);
      started.cell.carryOver();
      return started;
    } catch (thrown) {
      // It was left, or came to its deadline, before the call itself began.
      if (isUnwanted(thrown)) requireWanted(context, key);
      else restarts.ended(context.fuel);
      throw thrown;
    }
  }

  /**
   * `well`: its call came to a good end, whatever became of the cell; undefined where it came to its end because nobody
   * wanted it any more, which says nothing of the plugin.
   */
  #putBack(taken: InlineCell, well: boolean | undefined): void {
    const { mode, restarts } = this.#options;
    if (well) restarts.succeeded();
    else if (well === false && !this.#closed) restarts.ended(taken.startFuel);
    const reusable = !this.#closed && (mode === "fresh" ? taken.reset() : taken.cell.alive);
    if (!reusable) {
      taken.end();
      return;
    }
    // They may have changed meanwhile.
    taken.cell.allow(this.#limits);
    this.#idle.push(taken);
  }
}

/** Runs a call in the cell that it got. */
type Run = (taken: InlineCell) => Soon<unknown>;

/** Judgement of a call that threw: true for a good end; undefined where nobody wanted it any more. */
function endedWell(taken: InlineCell, thrown: unknown): boolean | undefined {
  if (isUnwanted(thrown) || thrown instanceof AttemptError) return undefined;
  return taken.cell.alive || (thrown instanceof ExitError && thrown.succeeded);
}

function concurrent(mode: PlacementMode, { concurrency }: CallLimits): number {
  return mode === "fresh" ? concurrency : 1;
}

function wouldWait(plugin: string, key: string): HotcellError {
  return new HotcellError(
    "fault",
    `${key} of ${plugin} was called by a host function that a call of ${plugin} waits for: both would wait for ever.`,
    {
      subject: key,
      remedy:
        "Let the host function return first, or open the plugin in mode fresh, where each call has a cell of its own, with a higher limits.concurrency where it is that already.",
    },
  );
}
