import { processBounds } from "../../bounds/cell-bounds.ts";
import { isUnwanted, requireWanted, watchLeaving } from "../../engine/call-context.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { CellTeller } from "../../observe/cell-teller.ts";
import type { PluginMeter } from "../../observe/plugin-meter.ts";
import { wholeSeconds } from "../../platform/whole-seconds.ts";
import { Turns, tooManyCalls } from "../turns.ts";
import type { ProcessBudget, Room } from "./budget.ts";
import type { FrameWriter } from "./frame.ts";
import { PluginProcess, type ProcessOptions } from "./plugin-process.ts";
import { type Question, Unanswered } from "./process-question.ts";

export interface PoolOptions extends Omit<ProcessOptions, "onEnd" | "room"> {
  /** Budget of the host, for all its processes. */
  readonly budget: ProcessBudget;
  /** Processes that there may be. All but one are started when they are needed. */
  readonly processes: number;
  /** Calls that may wait for their turn. */
  readonly queue: number;
  /** Meter of the plugin; absent where nobody looks. */
  readonly meter?: PluginMeter | undefined;
  /** Makes the first question that a process is asked: to start the plugin. */
  readonly start: () => Question<void>;
}

type PoolLimits = Pick<PoolOptions, "limits" | "processes" | "queue">;

/** Milliseconds after which a process that nobody calls ends, unless it is the last. */
const idleTime = processBounds.idleTime.value;
/** Milliseconds from a failed start to the next: the first pause, doubled with every failure, up to the longest. */
const firstPause = processBounds.firstPause.value;
const maxPause = processBounds.longestPause.value;
/** Processes that may end one after the other over their first call before there is a pause. */
const maxDeaths = processBounds.deaths.value;
/** Processes that a question is put to at most, where one after the other ends without having read it. */
const maxTries = processBounds.tries.value;

/**
 * The processes of one deployment. Each runs one call at a time, so that it is known which call a process died of.
 * One is always kept ready; after a death the next is started at once, unless it is the start that fails.
 */
export class ProcessPool {
  #options: PoolOptions;
  readonly #turns: Turns;
  readonly #teller: CellTeller;
  readonly #all = new Set<PluginProcess>();
  /** Started, and not at work; the one used last is used next, so that those not needed go idle. */
  readonly #idle: { readonly process: PluginProcess; readonly since: number }[] = [];
  /** Calls whose turn it is, and who wait for a process to start, or for one of another call's. */
  #seeking: PromiseWithResolvers<PluginProcess>[] = [];
  readonly #starting = new Set<PluginProcess>();
  /** Processes that are about to be started: they may wait for room. */
  #launching = 0;
  /** Starts that failed one after the other. */
  #failures = 0;
  /** Processes, one after the other, that ended over the first call they were given. */
  #deaths = 0;
  #failure: HotcellError | undefined;
  #pause: NodeJS.Timeout | undefined;
  #pauseEnds = 0;
  #closed: HotcellError | undefined;
  readonly #sweep: NodeJS.Timeout;
  readonly #removeSurplus: () => void;

  private constructor(options: PoolOptions) {
    this.#options = options;
    this.#turns = new Turns(options.processes, options.queue, tooManyCalls(options.plugin), options.meter);
    this.#teller = new CellTeller(options.plugin, "process", options.meter);
    this.#sweep = setInterval(() => this.#endIdle(), idleTime).unref();
    this.#removeSurplus = options.budget.addSurplus(() => this.#endSurplus());
  }

  /** With one process started; throws what that fails with. */
  static async start(options: PoolOptions): Promise<ProcessPool> {
    const pool = new ProcessPool(options);
    try {
      await pool.#start();
    } catch (thrown) {
      pool.close(asHotcellError(thrown));
      throw thrown;
    }
    return pool;
  }

  /** Ids of the processes that there are now. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ pid }) => pid ?? []);
  }

  /** True where calls wait for their turn. */
  get wanted(): boolean {
    return this.#turns.wanted;
  }

  /**
   * Rejects with what the plugin failed with, `cancelled` when the caller leaves, `process-died` or `timeout` when its process ended meanwhile, and
   * `too-many-calls`. A question that its process never read is put to the next one.
   */
  async ask<T>(question: Question<T>): Promise<T> {
    const { context, subject } = question;
    const turn = this.#turns.take(context, subject);
    if (turn) await turn;
    try {
      for (let tries = 1; ; tries++) {
        const process = this.#take() ?? (await this.#seek(question));
        try {
          return await process.ask(question);
        } catch (thrown) {
          if (!(thrown instanceof Unanswered)) throw thrown;
          if (thrown.started || this.#closed || tries === maxTries) throw thrown.error;
          // It waits once more.
          if (context?.began) context.began = false;
        } finally {
          this.#giveBack(process);
        }
      }
    } finally {
      this.#turns.give();
    }
  }

  /** Other limits from now on, which the processes that there are hear of by a message. */
  adjust(limits: PoolLimits, message: FrameWriter): void {
    this.#options = { ...this.#options, ...limits };
    this.#turns.resize(limits.processes, limits.queue);
    for (const process of this.#all) process.tell(message, limits.limits);
    while (this.#all.size > limits.processes && this.#endSurplus());
  }

  /** Ends all processes; calls under way and waiting reject with `why`. */
  close(why: HotcellError): void {
    if (this.#closed) return;
    this.#closed = why;
    clearTimeout(this.#pause);
    clearInterval(this.#sweep);
    this.#removeSurplus();
    this.#turns.close(this.#closed);
    this.#reject(this.#closed);
    for (const process of this.#all) process.kill(this.#closed);
  }

  #take(): PluginProcess | undefined {
    return this.#idle.pop()?.process;
  }

  async #seek({ context, subject = "it" }: Question<unknown>): Promise<PluginProcess> {
    if (this.#closed) throw this.#closed;
    if (this.#pause && this.#all.size === 0) throw this.#refusal();
    // Before a process is started for it.
    requireWanted(context, subject);
    const seeker = Promise.withResolvers<PluginProcess>();
    this.#seeking.push(seeker);
    const starting = this.#starting.size + this.#launching;
    if (starting < this.#seeking.length && this.#all.size + this.#launching < this.#options.processes)
      this.#startAnother();
    const end = watchLeaving(context, subject, (error) => {
      const at = this.#seeking.indexOf(seeker);
      if (at < 0) return;
      this.#seeking.splice(at, 1);
      seeker.reject(error);
    });
    return seeker.promise.finally(end);
  }

  #giveBack(process: PluginProcess): void {
    if (!process.alive) return;
    if (process.proven) this.#failures = this.#deaths = 0;
    const seeker = this.#seeking.shift();
    if (seeker) seeker.resolve(process);
    else this.#idle.push({ process, since: performance.now() });
  }

  /** Its failure is told to those who wait for a process. */
  #startAnother(): void {
    if (this.#closed || this.#pause) return;
    this.#start().catch(() => {});
  }

  async #start(): Promise<void> {
    const process = await this.#launch();
    if (!process) return;
    const began = performance.now();
    try {
      await process.ask(this.#options.start());
      this.#starting.delete(process);
      this.#teller.started(process, began, process.pid);
    } catch (thrown) {
      const error = thrown instanceof Unanswered ? thrown.error : (thrown as HotcellError);
      process.kill(error);
      this.#starting.delete(process);
      this.#teller.failed(began, error, process.pid);
      this.#failed(error);
      throw error;
    }
    this.#giveBack(process);
  }

  /** Nothing where there is no room, and there are other processes to work with. */
  async #launch(): Promise<PluginProcess | undefined> {
    this.#launching++;
    try {
      const room = await this.#reserve();
      if (!room) return undefined;
      if (this.#closed) {
        room.end();
        throw this.#closed;
      }
      const onEnd: ProcessOptions["onEnd"] = (ended, why) => this.#ended(ended, why);
      const process = new PluginProcess({ ...this.#options, room, onEnd });
      this.#all.add(process);
      this.#starting.add(process);
      return process;
    } catch (thrown) {
      const error = asHotcellError(thrown);
      this.#failed(error);
      throw error;
    } finally {
      this.#launching--;
    }
  }

  async #reserve(): Promise<Room | undefined> {
    const { budget, limits } = this.#options;
    const others = this.#all.size + this.#launching - 1;
    return budget.tryReserve(limits.memory) ?? (others > 0 ? undefined : budget.reserve(limits.memory));
  }

  #ended(process: PluginProcess, why: HotcellError): void {
    this.#all.delete(process);
    if (!this.#starting.has(process)) this.#teller.ended(process, process.pid, why);
    // Whoever started it sees to that.
    if (this.#closed || this.#starting.has(process)) return;
    const at = this.#idle.findIndex((idle) => idle.process === process);
    if (at >= 0) this.#idle.splice(at, 1);
    // Starting a process is work too: what dies of everything it is asked may not have one for every call.
    // A deadline that its caller set says nothing of the plugin.
    if (!process.proven && !isUnwanted(why) && (at >= 0 || ++this.#deaths > maxDeaths))
      this.#failed(diedEarly(this.#options.plugin));
    const starting = this.#starting.size + this.#launching;
    if (this.#all.size + starting === 0 || this.#seeking.length > starting) this.#startAnother();
  }

  /** A start failed: nothing is started for a while, and if there is nothing else, nobody waits for it. */
  #failed(error: HotcellError): void {
    if (this.#closed) return;
    this.#failure = error;
    const pause = Math.min(maxPause, firstPause * 2 ** this.#failures++);
    this.#pauseEnds = performance.now() + pause;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#all.size === 0) this.#startAnother();
    }, pause).unref();
    if (this.#all.size === 0) this.#reject(this.#refusal());
  }

  /** While nothing is started: the reason, and when it will be tried again. */
  #refusal(): HotcellError {
    const { code, message, facts } =
      this.#failure ?? new HotcellError("process-died", "The plugin does not start.");
    const retryAfter = Math.max(1, wholeSeconds(this.#pauseEnds - performance.now()));
    return new HotcellError(code, message, { ...facts, retryAfter });
  }

  #reject(error: HotcellError): void {
    for (const seeker of this.#seeking.splice(0)) seeker.reject(error);
  }

  #endIdle(): void {
    const long = performance.now() - idleTime;
    while (this.#idle.length > 0 && this.#idle[0]!.since < long && this.#endSurplus());
  }

  /** Ends the process that was not used for longest, unless it is the last. */
  #endSurplus(): boolean {
    if (this.#all.size <= 1 || this.#idle.length === 0) return false;
    this.#idle.shift()!.process.kill(new HotcellError("closed", "It was not needed any more."));
    return true;
  }
}

function diedEarly(plugin: string): HotcellError {
  return new HotcellError(
    "process-died",
    `The processes of ${plugin} end before they have answered any call.`,
    {
      subject: plugin,
      remedy: "Look in the host's log for how they end. Another one is started after a pause.",
    },
  );
}
