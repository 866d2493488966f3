/** Line of a worker to the desk of the process that has the workers. */
import { workerBounds } from "../bounds/worker-bounds.ts";
import { HotcellError } from "../errors.ts";
import {
  type FromWorker,
  isForDesk,
  type KeyAnswer,
  type Taking,
  type Told,
  type ToWorker,
  type WorkerNow,
  type WorkersAnswer,
  type WorkersQuestion,
} from "./protocol.ts";

const telling = workerBounds.telling.value;

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

type Asked = PromiseWithResolvers<WorkersAnswer | KeyAnswer>;

export class DeskLine {
  readonly #options: LineOptions;
  readonly #through: LineProcess;
  readonly #asked = new Map<number, Asked>();
  readonly #timer: NodeJS.Timeout;
  readonly #heard = (message: unknown) => this.#take(message);
  #questions = 0;

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

  /** Number of a question, and what is answered to it. Rejects with what it is refused with. */
  ask(question: Extract<WorkersQuestion, { about: "key" }>): { id: number; answer: Promise<KeyAnswer> };
  ask(question: Exclude<WorkersQuestion, { about: "key" }>): { id: number; answer: Promise<WorkersAnswer> };
  ask(question: WorkersQuestion): { id: number; answer: Promise<WorkersAnswer | KeyAnswer> } {
    const id = ++this.#questions;
    const asked: Asked = Promise.withResolvers();
    this.#asked.set(id, asked);
    this.send({ desk: "ask", id, question });
    return { id, answer: asked.promise };
  }

  /** Tells what was counted last: it is heard no more. Resolves when that is on its way. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#through.off("message", this.#heard);
    await new Promise<void>((sent) =>
      this.send({ desk: "told", told: this.#options.take([]), last: true }, () => sent()),
    );
  }

  #tell(): void {
    const told = this.#options.take([]);
    if (saysSomething(told)) this.send({ desk: "told", told, last: false });
  }

  #take(message: unknown): void {
    if (!isForDesk<ToWorker>(message)) return;
    if (message.desk === "tell") {
      const { id, names } = message;
      this.send({ desk: "now", id, told: this.#options.take(names), now: this.#options.now(names) });
    } else if (message.desk === "took") this.#options.taken(message.takings);
    else if (message.desk === "answer") this.#settled(message.id)?.resolve(message.answer);
    else if (message.desk === "refuse") {
      const { code, message: detail, facts } = message.error;
      this.#settled(message.id)?.reject(new HotcellError(code, detail, facts));
    }
  }

  #settled(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }
}

/** True where somebody would learn something by it. */
function saysSomething({ meters, usages, forgotten }: Told): boolean {
  const { plugins, deployments, sourceChecks, queueWaits } = meters;
  const counted = plugins.length + deployments.length + sourceChecks.length + queueWaits.count;
  return counted + usages.length + forgotten.length > 0;
}
