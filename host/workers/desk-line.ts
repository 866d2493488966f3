/** Line of a worker to the desk of the process that has the workers. */

import { workerBounds } from "../bounds/worker-bounds.ts";
import { HotcellError, toldError } from "../errors.ts";
import { within } from "../platform/within.ts";
import {
  type FromWorker,
  isForDesk,
  type Taking,
  type Told,
  type ToWorker,
  type WorkerNow,
  type WorkersAnswer,
  type WorkersQuestion,
} from "./protocol.ts";

const telling = workerBounds.telling.value;
const answerTime = workerBounds.answerTime.value;

/** Process as a line needs it. */
export interface LineProcess {
  send?(message: FromWorker, sent?: () => void): unknown;
  on(event: "message", heard: (message: unknown) => void): unknown;
  off(event: "message", heard: (message: unknown) => void): unknown;
}

export interface LineOptions {
  /** Number of the worker, from 1. */
  readonly worker: number;
  /** Process whose parent is the other end; absent: this one. */
  readonly through?: LineProcess;
  take(names: readonly string[]): Told;
  now(names: readonly string[]): WorkerNow;
  /** Called with what others took of limits. */
  taken(takings: readonly Taking[]): void;
}

interface Asked extends PromiseWithResolvers<WorkersAnswer> {
  readonly timer: NodeJS.Timeout;
}

export class DeskLine {
  readonly #options: LineOptions;
  readonly #through: LineProcess;
  readonly #asked = new Map<number, Asked>();
  readonly #timer: NodeJS.Timeout;
  readonly #heard = (message: unknown) => this.#take(message);
  #questions = 0;
  /** True since a question was not answered in time, until anything is heard. */
  #silent = false;
  /** True while what was told last is not on its way. */
  #unsent = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#through = options.through ?? (process as LineProcess);
    this.#through.on("message", this.#heard);
    this.send({ desk: "join", worker: options.worker });
    this.#timer = setInterval(() => this.#tell(), telling).unref();
  }

  send(message: FromWorker, sent?: () => void): void {
    this.#through.send?.(message, sent);
  }

  /**
   * Answer to a question. Rejects with `workers-unavailable` where nothing is answered in time. Of a desk that is silent one question at a time is asked,
   * so that they don't heap up before it.
   */
  ask(question: WorkersQuestion): Promise<WorkersAnswer> {
    const id = ++this.#questions;
    if (this.#silent && this.#asked.size > 0) return Promise.reject(standsStill());
    const timer = setTimeout(() => {
      this.#silent = true;
      this.#settled(id)?.reject(standsStill());
    }, answerTime).unref();
    const asked: Asked = { ...Promise.withResolvers<WorkersAnswer>(), timer };
    this.#asked.set(id, asked);
    this.send({ desk: "ask", id, question });
    return asked.promise;
  }

  /** Tells what was counted last: it is heard no more. Resolves when that is on its way, or nobody takes it. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#through.off("message", this.#heard);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.send({ desk: "told", told: this.#options.take([]), last: true }, resolve);
    await within(promise, answerTime);
  }

  #tell(): void {
    // What is counted while the last is not on its way goes with the next.
    if (this.#unsent) return;
    const told = this.#options.take([]);
    if (!saysSomething(told)) return;
    this.#unsent = true;
    this.send({ desk: "told", told, last: false }, () => {
      this.#unsent = false;
    });
  }

  #take(message: unknown): void {
    if (!isForDesk<ToWorker>(message)) return;
    this.#silent = false;
    if (message.desk === "tell") {
      const { id, names } = message;
      this.send({ desk: "now", id, told: this.#options.take(names), now: this.#options.now(names) });
    } else if (message.desk === "took") this.#options.taken(message.takings);
    else if (message.desk === "answer") this.#settled(message.id)?.resolve(message.answer);
    else if (message.desk === "refuse") {
      const { code, message: detail, facts } = message.error;
      this.#settled(message.id)?.reject(toldError(code, detail, facts));
    }
  }

  #settled(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    clearTimeout(asked?.timer);
    return asked;
  }
}

function standsStill(): HotcellError {
  return new HotcellError(
    "workers-unavailable",
    `The process that has the workers of this host has not answered for ${answerTime} ms: what they count and remember together can't be told now.`,
    {
      subject: "process that has the workers",
      limit: answerTime,
      retryAfter: 1,
      remedy:
        "Try again in a moment: nothing was done. Where it lasts, see whether that process stands still (SIGCONT lets it go on), or restart the host.",
    },
  );
}

/** True where somebody would learn something by it. */
function saysSomething({ meters, usages, forgotten }: Told): boolean {
  const { plugins, deployments, sourceChecks, queueWaits } = meters;
  const counted = plugins.length + deployments.length + sourceChecks.length + queueWaits.count;
  return counted + usages.length + forgotten.length > 0;
}
