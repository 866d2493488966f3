/** Workers as the process has them that started them: begun, begun anew where one dies, replaced one after the other, ended. */

import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { constants } from "node:os";
import { serverBounds } from "../../bounds/http-bounds.ts";
import { workerBounds } from "../../bounds/worker-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { Desk, type DeskWorker } from "../../workers/desk.ts";
import { type FromWorker, isForDesk, workersProtocol } from "../../workers/protocol.ts";
import { HandOvers } from "./hand-overs.ts";
import { protocolVariable, slotVariable, type WorkerOrder, type WorkerReady } from "./worker-slot.ts";

/** Milliseconds before a worker that died is begun anew: the first time, and at most; and after how long it counts as well. */
const pauses = { first: 100, most: 30_000, well: 60_000 } as const;

/** Milliseconds that connections which came before the end have to go to a worker. */
const longestHandingOver = serverBounds.endTime.value / 2;

export type Say = (line: string) => void;

/** Milliseconds that a worker has to end which was told to, and to get to serve. */
interface WorkerTimes {
  readonly end: number;
  readonly begin: number;
}

const standardTimes: WorkerTimes = {
  end: workerBounds.endTime.value,
  begin: workerBounds.beginTime.value,
};

interface Slot {
  /** The one that serves; absent while there is none. */
  worker?: Worker | undefined;
  /** Deaths in a row. */
  deaths: number;
  begunAt: number;
  timer?: NodeJS.Timeout;
}

export class Workers {
  readonly #slots: Slot[];
  readonly #tell: Say;
  readonly #times: WorkerTimes;
  readonly #desk = new Desk();
  readonly #handOvers = new HandOvers();
  /** Addresses at which they listen. */
  #urls: readonly string[] = [];
  /** Workers that run, also those that begin and those that leave. */
  readonly #running = new Set<Worker>();
  /** Workers whose end is expected. */
  readonly #leaving = new WeakSet<Worker>();
  readonly #dead: (exitCode: number) => void;
  #stopped = false;
  #replacing: Promise<unknown> = Promise.resolve();
  #nextReplacing: Promise<readonly number[]> | undefined;
  /** Resolves with an exit code when none serves any more, and nobody has stopped them. */
  readonly allDead: Promise<number>;

  constructor(count: number, tell: Say, times: Partial<WorkerTimes> = {}) {
    this.#tell = tell;
    this.#times = { ...standardTimes, ...times };
    this.#slots = Array.from({ length: count }, () => ({ deaths: 0, begunAt: 0 }));
    const { promise, resolve } = Promise.withResolvers<number>();
    this.allDead = promise;
    this.#dead = resolve;
    const [, exec, ...args] = process.argv;
    cluster.schedulingPolicy = cluster.SCHED_RR;
    // What is counted goes in arrays of numbers, and what is kept in bytes.
    cluster.setupPrimary({ ...(exec !== undefined && { exec }), args, serialization: "advanced" });
  }

  /** True once they were told to end. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Processes that serve. */
  get pids(): readonly number[] {
    return this.#slots.flatMap(({ worker }) => worker?.process.pid ?? []);
  }

  /** Begins them: the first alone, which makes what the folder lacks. Throws a `WorkerEnded` where one does not get to serve. */
  async begin(): Promise<WorkerReady["ready"]> {
    const ready = await this.#beginAt(0);
    this.#urls = ready.urls;
    await Promise.all(this.#slots.slice(1).map((_, i) => this.#beginAt(i + 1)));
    return ready;
  }

  /** Replaces each by a new one, which serves before the old one leaves; gives the new ones. Throws where a new one does not get to serve: those that are left go on. */
  replaceAll(): Promise<readonly number[]> {
    // Whoever asks while that waits for the one before means the same.
    this.#nextReplacing ??= this.#replacing.then(() => {
      this.#nextReplacing = undefined;
      const replaced = this.#replaceEach();
      this.#replacing = replaced.catch(() => {});
      return replaced;
    });
    return this.#nextReplacing;
  }

  /** Ends all as a host ends: what has come by now is answered. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { timer } of this.#slots) clearTimeout(timer);
    if (this.pids.length > 0) await this.#handOvers.earlier(this.#urls, longestHandingOver);
    await Promise.all(
      [...this.#running].map((worker) => {
        this.#leaving.add(worker);
        return this.#ended(worker, "stop");
      }),
    );
    this.#desk[Symbol.dispose]();
  }

  async #replaceEach(): Promise<readonly number[]> {
    for (const [i, slot] of this.#slots.entries()) {
      const before = slot.worker;
      if (before) this.#leaving.add(before);
      try {
        await this.#beginAt(i);
      } catch (error) {
        if (before) this.#leaving.delete(before);
        if (!slot.worker) this.#again(i, `Worker ${i + 1} is gone`);
        throw error;
      }
      if (before && this.#running.has(before)) await this.#ended(before, "leave");
    }
    return this.pids;
  }

  /** Begins a worker. Resolves when it serves, in the place of the one before. */
  async #beginAt(i: number): Promise<WorkerReady["ready"]> {
    if (this.#stopped) throw new WorkerEnded(i, 0);
    const slot = this.#slots[i]!;
    clearTimeout(slot.timer);
    const worker = cluster.fork({ [slotVariable]: `${i}`, [protocolVariable]: `${workersProtocol}` });
    const atDesk: DeskWorker = {
      send: (message, sent) => {
        if (worker.isConnected()) worker.process.send!(message, sent);
      },
    };
    this.#running.add(worker);
    this.#handOvers.follow(worker);
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReady["ready"]>();
    const seconds = this.#times.begin / 1000;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      const name = `Worker ${i + 1} (process ${worker.process.pid})`;
      this.#tell(`${name} did not get to serve within ${seconds} s, and was killed.`);
      worker.process.kill("SIGKILL");
    }, this.#times.begin);
    worker.on("message", (message: Partial<WorkerReady>) => {
      if (isForDesk<FromWorker>(message)) this.#desk.take(atDesk, message);
      // One that is late is dead in a moment.
      if (!message?.ready || isLate) return;
      clearTimeout(late);
      slot.worker = worker;
      slot.begunAt = performance.now();
      resolve(message.ready);
    });
    // A message to one that has just died is nobody's fault.
    worker.on("error", () => {});
    worker.once("exit", (code: number | null, signal: NodeJS.Signals | null) => {
      clearTimeout(late);
      this.#running.delete(worker);
      this.#desk.left(atDesk);
      const exitCode = code ?? 128 + (constants.signals[signal!] ?? 0);
      if (slot.worker === worker) {
        slot.worker = undefined;
        this.#lost(i, worker, signal ?? `with code ${code}`, exitCode);
      } else reject(new WorkerEnded(i, exitCode, isLate ? seconds : undefined));
    });
    return promise;
  }

  /** Tells a worker to end. Resolves when it has; one that stands still is killed, so that nobody waits for it for ever. */
  async #ended(worker: Worker, order: WorkerOrder): Promise<void> {
    if (worker.isDead()) return;
    const exit = once(worker, "exit");
    if (worker.isConnected()) worker.send(order);
    const { pid } = worker.process;
    const late = setTimeout(() => {
      this.#tell(`Process ${pid} did not end within ${this.#times.end / 1000} s, and was killed.`);
      worker.process.kill("SIGKILL");
    }, this.#times.end);
    await exit;
    clearTimeout(late);
  }

  #lost(i: number, worker: Worker, how: string, exitCode: number): void {
    if (this.#stopped) return;
    const slot = this.#slots[i]!;
    const name = `Worker ${i + 1} (process ${worker.process.pid})`;
    if (this.#leaving.has(worker)) {
      // It is being replaced.
      this.#tell(`${name} ended ${by(how)} before the one in its place served.`);
      return;
    }
    if (this.#slots.every(({ worker }) => !worker)) {
      this.#tell(`${name} ended ${by(how)}, and none is left.`);
      this.#dead(exitCode || 1);
      return;
    }
    slot.deaths = performance.now() - slot.begunAt > pauses.well ? 1 : slot.deaths + 1;
    this.#again(i, `${name} ended ${by(how)}`);
  }

  #again(i: number, what: string): void {
    const slot = this.#slots[i]!;
    if (this.#stopped) return;
    clearTimeout(slot.timer);
    const pause = Math.min(pauses.first * 2 ** Math.max(0, slot.deaths - 1), pauses.most);
    this.#tell(`${what}; another takes its place in ${pause / 1000} s.`);
    slot.timer = setTimeout(() => {
      this.#beginAt(i).then(
        () => this.#tell(`Worker ${i + 1} serves again, as process ${slot.worker?.process.pid}.`),
        (error: unknown) => {
          if (this.#stopped || slot.worker) return;
          slot.deaths++;
          this.#again(i, error instanceof Error ? error.message : String(error));
        },
      );
    }, pause);
  }
}

/** End of a worker before it served: what was wrong it has said itself, unless it was killed after so many seconds. */
export class WorkerEnded extends HotcellError {
  readonly exitCode: number;

  constructor(slot: number, exitCode: number, seconds?: number) {
    if (seconds === undefined)
      super("closed", `Worker ${slot + 1} ended before it served, with code ${exitCode}`, {
        remedy: "It has said why on standard error.",
      });
    else
      super("closed", `Worker ${slot + 1} did not get to serve within ${seconds} s`, {
        ...{ subject: `worker ${slot + 1}`, limit: seconds * 1000 },
        remedy: "See what holds it up (the disk of the data folder, a debugger, SIGSTOP); then reload again.",
      });
    this.exitCode = exitCode;
  }
}

function by(how: string): string {
  return how.startsWith("with") ? how : `by ${how}`;
}
