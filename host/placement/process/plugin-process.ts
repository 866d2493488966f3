import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Data } from "../../backends/data.ts";
import type { BoundBackends } from "../../backends/drivers.ts";
import type { Exchange } from "../../backends/exchange.ts";
import { begin, requireWanted, watchLeaving } from "../../engine/call-context.ts";
import type { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { Scrubber } from "../../text/scrubber.ts";
import { BackendServer } from "./backend-server.ts";
import type { BesideCell, BesideProcesses } from "./beside/beside-cell.ts";
import type { Room } from "./budget.ts";
import { DrivenExchange } from "./driven-exchange.ts";
import { type FrameReader, FrameSplitter, FrameWriter, Garbled } from "./frame.ts";
import { isOfExchange } from "./framed-exchange.ts";
import { launchIn, wanting } from "./launch.ts";
import {
  answer,
  descriptor,
  drivenBit,
  drivenId,
  exchanged,
  readFailure,
  request as requestKind,
} from "./messages.ts";
import { OutgoingFrames } from "./outgoing-frames.ts";
import { distrusted, gone, heapFull, tookTooMuch } from "./process-deaths.ts";
import { ProcessOutput } from "./process-output.ts";
import { type Deadline, type Question, takenToCost, Unanswered, untilAnswer } from "./process-question.ts";
import { canWatchMemory, residentBytes } from "./resident.ts";

export interface ProcessLimits {
  /** Bytes that it may have resident. */
  readonly memory: number;
  /** Bytes of its JavaScript heap. */
  readonly heap: number;
  /** Bytes that one of its messages may have. */
  readonly message: number;
  /** Bytes of log in a second. */
  readonly log: number;
}

export interface ProcessOptions {
  readonly plugin: string;
  readonly limits: ProcessLimits;
  /** Backends that its cells may ask. */
  readonly backends: BoundBackends;
  /** Functions that are beside its cells. */
  readonly beside?: BesideProcesses | undefined;
  /** Account that what is kept for them there is drawn from. */
  readonly account?: HeapAccount | undefined;
  /** Scrubber of what it says; by default nothing is struck out. */
  readonly scrubber?: Scrubber;
  /** Given back when the process is gone. */
  readonly room: Room;
  /** Once, when no request can be made any more. */
  readonly onEnd: (ended: PluginProcess, why: HotcellError) => void;
  /** Command line arguments of Node: by default those that run `child.ts`. */
  readonly run?: readonly string[];
}

interface Request {
  readonly id: number;
  readonly question: Question<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Time by `performance.now()`. */
  readonly began: number;
  deadline: NodeJS.Timeout;
  /** Ends the watch over its caller. */
  readonly endWatch: () => void;
  /** Set when its caller has left. */
  left: HotcellError | undefined;
}

/** Milliseconds from one look at a busy process's memory to the next. */
const lookPeriod = 50;
/** Bytes that a message to a backend costs besides its own. */
const lineOverhead = 64;

/**
 * One process that runs a plugin; one request at a time. It is killed when it takes too long or too much memory, and
 * when it says anything that our code would not: then the plugin may have taken it over. Keeps this process alive
 * only during a request.
 */
export class PluginProcess {
  readonly #options: ProcessOptions;
  readonly #child: ChildProcess;
  readonly #channel: Socket | undefined;
  #request: Request | undefined;
  #lastId = 0;
  #end: HotcellError | undefined;
  #unread = false;
  #watch: NodeJS.Timeout | undefined;
  readonly #output: ProcessOutput;
  #logged = 0;
  #logSince = 0;
  #answers = 0;
  #ready = false;
  #maxLog: number;
  #resident = 0;
  readonly #splitter: FrameSplitter;
  readonly #frames: OutgoingFrames;
  readonly #backends: BackendServer;
  readonly #beside: BesideCell | undefined;
  /** Driven exchanges by the ids of their frames. */
  readonly #driven = new Map<number, DrivenExchange>();

  /** Throws `process-denied`, and `no-capacity` where the machine has no room. */
  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#output = new ProcessOutput(options.scrubber ?? new Scrubber([]), (why) => this.#distrust(why));
    const child = launchIn(options.room, options.plugin, options.limits.heap, options.run);
    this.#child = child;
    // Absent where it could not be started for want of descriptors.
    this.#channel = child.stdio?.[descriptor] as Socket | undefined;
    child.on("error", (cause) => this.#notStarted(cause));
    child.once("exit", () => options.room.end());
    child.once("close", (code, signal) => this.#died(signal ? `signal ${signal}` : `exit code ${code}`));
    this.#maxLog = options.limits.log;
    this.#frames = new OutgoingFrames(
      (frame, gone) => void this.#channel?.write(frame, gone),
      (why) => this.#distrust(why),
    );
    this.#beside = options.beside?.forProcess();
    this.#backends = new BackendServer({
      plugin: options.plugin,
      backends: options.backends,
      beside: this.#beside,
      heap: options.account,
      send: (frame, sent) => this.#frames.send(frame, sent),
      distrust: (why) => this.#distrust(why),
      call: () => this.#request?.question.context,
    });
    this.#splitter = new FrameSplitter(options.limits.message, (frame) => this.#receive(frame));
    this.#channel?.on("data", (chunk: Buffer) => {
      if (this.#end) return;
      try {
        this.#splitter.feed(chunk);
      } catch (thrown) {
        if (!(thrown instanceof Garbled)) throw thrown;
        this.#distrust(thrown.message);
      }
    });
    this.#channel?.on("error", (error) => {
      // The kernel tells so when what was written was never read.
      if (["ECONNRESET", "EPIPE"].includes(codeOf(error))) this.#unread = true;
    });
    for (const output of [child.stdout, child.stderr]) {
      output?.on("data", (chunk: Buffer) => this.#output.take(chunk));
      output?.on("error", () => {});
    }
    this.#release();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#end === undefined;
  }

  /** Bytes that it had resident when that was last looked at. */
  get memory(): number {
    return this.#resident;
  }

  /** True once it has answered a call. */
  get proven(): boolean {
    return this.#answers > 1;
  }

  /**
   * One at a time. Rejects with Unanswered when the process ends, else with what it says that the plugin failed with.
   */
  ask<T>(question: Question<T>): Promise<T> {
    if (this.#end) return Promise.reject(new Unanswered(this.#end, false));
    const { context, subject = "it", giveUp = false } = question;
    try {
      requireWanted(context, subject, giveUp);
      begin(context, subject);
    } catch (unwanted) {
      return Promise.reject(unwanted);
    }
    this.#beside?.begin(question.fuel);
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    const deadline = this.#kill((this.#ready ? undefined : question.launch) ?? untilAnswer(question));
    this.#hold();
    if (canWatchMemory) this.#watch ??= setInterval(() => this.#look(), lookPeriod).unref();
    const driven = question.exchange && this.#drive(id, question.exchange, question);
    const answered = new Promise<T>((resolve, reject) => {
      const wishes = giveUp && context ? { signal: context.signal } : undefined;
      const request: Request = {
        id,
        question,
        resolve: resolve as (value: unknown) => void,
        reject,
        began: performance.now(),
        deadline,
        endWatch: watchLeaving(wishes, subject, (left) => this.#giveUp(request, left), "under way"),
        left: undefined,
      };
      this.#request = request;
      this.#channel?.write(question.frame.finish(id));
    });
    if (!driven) return answered;
    // Whoever returned an error has cut it off.
    return answered.then((value) =>
      driven.taken().then(
        () => value,
        () => value,
      ),
    );
  }

  #drive(request: number, exchange: Exchange, { look, streaming }: Question<unknown>): DrivenExchange {
    const id = drivenId(request);
    let streams = false;
    const seen = (part: Data) => {
      const begun = look?.(part) === true && !streams;
      if (!begun || !streaming || this.#request?.id !== request) return;
      streams = true;
      clearTimeout(this.#request.deadline);
      this.#request.deadline = this.#kill(untilAnswer({ ...this.#request.question, ...streaming }));
    };
    const driven = new DrivenExchange(
      this.#options.plugin,
      id,
      exchange,
      (frame) => this.#frames.send(frame),
      () => this.#driven.delete(id),
      seen,
    );
    this.#driven.set(id, driven);
    return driven;
  }

  /**
   * Tells it something that is not answered. Of its limits those on messages and log rise at once where they are higher
   * now; what was sent before it knew of lower ones is no offence.
   */
  tell(frame: FrameWriter, { message, log }: Pick<ProcessLimits, "message" | "log">): void {
    if (this.#end) return;
    this.#splitter.allow(message);
    this.#maxLog = Math.max(this.#maxLog, log);
    this.#channel?.write(frame.finish(0));
  }

  /** Ends it at once; a request under way fails with `reason`. */
  kill(reason: HotcellError): void {
    if (this.#end) return;
    this.#child.kill("SIGKILL");
    this.#finish(reason, true);
  }

  #kill({ time, late }: Deadline): NodeJS.Timeout {
    return setTimeout(() => this.kill(late()), time);
  }

  #launched(): void {
    if (this.#ready) throw new Garbled("it says that it has been launched again");
    this.#ready = true;
    const request = this.#request;
    if (!request?.question.launch) return;
    clearTimeout(request.deadline);
    request.deadline = this.#kill(untilAnswer(request.question));
  }

  #receive(frame: FrameReader): void {
    if (this.#end) return;
    if (isOfExchange(frame) && frame.id >= drivenBit) {
      // What is of one that is over may still be on its way here.
      const driven = this.#driven.get(frame.id);
      if (!driven || frame.kind !== exchanged.part) this.#backends.count();
      driven?.receive(frame);
      return;
    }
    if (frame.kind === answer.tell) this.#countTold(frame.left + lineOverhead);
    if (this.#backends.receive(frame)) return;
    if (frame.kind === answer.ready) {
      this.#launched();
      return;
    }
    if (frame.kind === answer.resident) {
      this.#judge(frame.f64());
      return;
    }
    const request = this.#request;
    if (!request || frame.id !== request.id) throw new Garbled("it answered what it was not asked");
    const { context, read } = request.question;
    this.#answers++;
    const fuel = frame.f64();
    if (!(fuel >= 0 && fuel <= Number.MAX_SAFE_INTEGER)) throw new Garbled("no fuel can be what it says");
    if (context) context.fuel = fuel + (this.#beside?.spent ?? 0);
    if (frame.kind === answer.failure) {
      const failure = readFailure(frame);
      const given = failure.code === "cancelled";
      if (given && !request.left) throw new Garbled("it gave up a call whose caller had not left");
      this.#settle();
      this.#resetBeside(request);
      request.reject((given && request.left) || failure);
      return;
    }
    if (frame.kind !== answer.value && frame.kind !== answer.error)
      throw new Garbled("a message is of an unknown kind");
    const value = read(frame, frame.kind === answer.error);
    frame.end();
    this.#driven.get(drivenId(request.id))?.answered();
    this.#settle();
    this.#resetBeside(request);
    request.resolve(value);
  }

  /** Reset of what is beside the cell of a call in mode `fresh`, which begins anew as the cell does. */
  #resetBeside({ question }: Request): void {
    if (question.giveUp) this.#beside?.reset();
  }

  /** Ends the request under way, if there is one. */
  #settle(): Request | undefined {
    const request = this.#request;
    this.#request = undefined;
    if (request) {
      clearTimeout(request.deadline);
      request.endWatch();
    }
    this.#release();
    return request;
  }

  /** The process ends the call if it waits; if it runs, it can't be told and runs on, to its end or its deadline. */
  #giveUp(request: Request, left: HotcellError): void {
    request.left = left;
    this.#channel?.write(new FrameWriter(requestKind.cancel).finish(request.id));
  }

  #countTold(bytes: number): void {
    const log = this.#maxLog;
    const now = performance.now();
    if (now - this.#logSince > 1000) {
      this.#logSince = now;
      this.#logged = 0;
    }
    this.#logged += bytes;
    if (this.#logged > log) throw new Garbled(`it told its backends more than ${log} bytes in a second`);
  }

  #look(): void {
    const { pid } = this.#child;
    if (this.#request && pid !== undefined) {
      this.#judge(residentBytes(pid) ?? 0);
      return;
    }
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #judge(resident: number): void {
    const { plugin, limits } = this.#options;
    if (resident >= 0) this.#resident = resident;
    if (resident <= limits.memory) return;
    this.kill(tookTooMuch(plugin, limits.memory, resident));
  }

  #distrust(why: string): void {
    this.kill(distrusted(this.#options.plugin, why));
  }

  /** Or it could not be killed: then it is still there. */
  #notStarted(cause: Error): void {
    if (this.#child.pid === undefined) this.#options.room.end();
    const error = wanting(cause, this.#options.plugin);
    if (error) this.#finish(error, false);
    else this.#died(`it could not be started (${codeOf(cause)})`, cause);
  }

  /** End by itself, or by somebody else's hand. */
  #died(how: string, cause?: unknown): void {
    const { plugin, limits } = this.#options;
    const { words, ranOutOfHeap: isFull } = this.#output;
    this.#finish(
      isFull ? heapFull(plugin, limits.heap, how, cause ?? words) : gone(plugin, how, cause ?? words),
      !this.#unread,
    );
  }

  #finish(reason: HotcellError, started: boolean): void {
    if (this.#end) return;
    this.#end = reason;
    this.#options.room.leave();
    clearInterval(this.#watch);
    this.#channel?.destroy();
    this.#backends.close();
    this.#beside?.release();
    for (const driven of this.#driven.values()) driven.cut(reason);
    this.#driven.clear();
    const request = this.#settle();
    if (request?.question.context && started)
      request.question.context.fuel = takenToCost(request.question, request.began);
    request?.reject(new Unanswered(reason, started));
    this.#options.onEnd(this, reason);
  }

  #hold(): void {
    this.#child.ref();
    this.#channel?.ref();
  }

  #release(): void {
    this.#child.unref();
    this.#channel?.unref();
    for (const output of [this.#child.stdout, this.#child.stderr]) (output as Socket | null)?.unref();
  }
}

function codeOf(error: Error & { code?: string }): string {
  return error.code ?? error.name;
}
