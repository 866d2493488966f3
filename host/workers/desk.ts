/** Desk of the process that has the workers: whoever of them is asked by a client asks here, so that all answer alike. */

import { workerBounds } from "../bounds/worker-bounds.ts";
import { asHotcellError, type ErrorFacts, HotcellError } from "../errors.ts";
import { ranges } from "../observe/time-series.ts";
import { toldMeters } from "../observe/told-meters.ts";
import { RareLine } from "../platform/rare-line.ts";
import { within } from "../platform/within.ts";
import { harmlessFault } from "../text/harmless.ts";
import { Ledger } from "./ledger.ts";
import type { FromWorker, Taking, ToWorker, WorkerNow, WorkersAnswer, WorkersQuestion } from "./protocol.ts";

const inTime = workerBounds.inTime.value;
const gathering = workerBounds.gathering.value;
const maxOnTheWay = workerBounds.onTheWay.value;

/** Worker as the desk needs it. */
export interface DeskWorker {
  send(message: ToWorker, sent: () => void): void;
}

interface Joined {
  readonly number: number;
  onTheWay: number;
  /** Question that it has not answered yet. */
  asked: number | undefined;
}

/** Questions about what all workers have counted. */
const figures: readonly string[] = [
  "metrics",
  "series",
  "plugins",
  "state",
] satisfies WorkersQuestion["about"][];

/** Round of questions to all workers. */
interface Round {
  readonly heard: readonly WorkerNow[];
  readonly late: readonly number[];
}

export class Desk implements Disposable {
  readonly #ledger = new Ledger<DeskWorker>(Date.now() / 1_000);
  readonly #joined = new Map<DeskWorker, Joined>();
  readonly #takings = new Map<DeskWorker, Taking[]>();
  #telling: NodeJS.Timeout | undefined;
  readonly #ticking: NodeJS.Timeout;
  #round: Promise<unknown> = Promise.resolve();
  #nextRound: { readonly names: Set<string>; readonly heard: Promise<Round> } | undefined;
  /** Workers that the present round waits for, and what it has heard. */
  readonly #awaited = new Set<DeskWorker>();
  #heard: WorkerNow[] = [];
  #allHeard = () => {};
  #questions = 0;
  readonly #line = new RareLine();

  constructor() {
    const step = ranges.hour.step * 1_000;
    const tick = () => {
      this.#ticking.refresh();
      void this.#ask([]).then(() => this.#ledger.tick(Date.now() / 1_000));
    };
    this.#ticking = setTimeout(tick, step - (Date.now() % step)).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#ticking);
    clearTimeout(this.#telling);
  }

  /** Takes a message of a worker. One that is not known is passed over: what it cost the others would be all that they have. */
  take(worker: DeskWorker, message: FromWorker): void {
    try {
      this.#take(worker, message);
    } catch (error) {
      this.#line.say(() => `A worker told what this Hotcell does not know: ${harmlessFault(error)}`);
    }
  }

  #take(worker: DeskWorker, message: FromWorker): void {
    if (message.desk === "join") {
      this.#joined.set(worker, { number: message.worker, onTheWay: 0, asked: undefined });
      return;
    }
    const joined = this.#joined.get(worker);
    if (!joined) return;
    if (message.desk === "told") {
      this.#ledger.add(worker, message.told);
      if (message.last) this.left(worker);
    } else if (message.desk === "now") {
      this.#ledger.add(worker, message.told);
      if (joined.asked === message.id) joined.asked = undefined;
      if (this.#awaited.delete(worker)) this.#heard.push(message.now);
      if (this.#awaited.size === 0) this.#allHeard();
    } else if (message.desk === "ask") this.#answer(worker, joined, message.id, message.question);
    else if (message.desk === "took") this.#took(worker, message.takings);
  }

  /** A worker has ended, or is about to. */
  left(worker: DeskWorker): void {
    const joined = this.#joined.get(worker);
    if (!joined) return;
    this.#joined.delete(worker);
    this.#takings.delete(worker);
    this.#ledger.left(worker);
    if (this.#awaited.delete(worker) && this.#awaited.size === 0) this.#allHeard();
  }

  #send(worker: DeskWorker, joined: Joined, message: ToWorker): void {
    joined.onTheWay++;
    worker.send(message, () => joined.onTheWay--);
  }

  #answer(worker: DeskWorker, joined: Joined, id: number, question: WorkersQuestion): void {
    if (!figures.includes(question.about)) {
      this.#refuse(worker, joined, id, otherWorker(question.about));
      return;
    }
    const names = question.about === "plugins" ? question.names : [];
    void this.#ask(names).then((round) => {
      const answer = this.#figures(question, round);
      if (this.#joined.has(worker)) this.#send(worker, joined, { desk: "answer", id, answer });
    });
  }

  #refuse(worker: DeskWorker, joined: Joined, id: number, thrown: unknown): void {
    const { code, message, facts } = asHotcellError(thrown);
    const { cause: _, raise: __, ...told } = facts as ErrorFacts;
    this.#send(worker, joined, { desk: "refuse", id, error: { code, message, facts: told } });
  }

  #figures(question: WorkersQuestion, { heard, late }: Round): WorkersAnswer {
    const ledger = this.#ledger;
    switch (question.about) {
      case "metrics":
        return { heard, late, meters: toldMeters(ledger.meters), gauges: ledger.gauges };
      case "series":
        return { heard: [], late, series: ledger.series(question.plugin, question.range, question.after) };
      case "plugins":
        return { heard, late, usages: question.names.flatMap((name) => ledger.usage(name) ?? []) };
      case "state":
        return { heard, late };
    }
  }

  /** Hears all workers. Whoever asks while that waits for the round before means the same one. */
  #ask(names: readonly string[]): Promise<Round> {
    if (!this.#nextRound) {
      const all = new Set<string>();
      const heard = this.#round.then(() => {
        this.#nextRound = undefined;
        const round = this.#hear([...all]);
        this.#round = round;
        return round;
      });
      this.#nextRound = { names: all, heard };
    }
    for (const name of names) this.#nextRound.names.add(name);
    return this.#nextRound.heard;
  }

  async #hear(names: readonly string[]): Promise<Round> {
    const id = ++this.#questions;
    this.#heard = [];
    for (const [worker, joined] of this.#joined) {
      // One that owes an answer is not waited for: it would make all others wait with it, again and again.
      if (joined.asked !== undefined) continue;
      joined.asked = id;
      this.#awaited.add(worker);
      this.#send(worker, joined, { desk: "tell", id, names });
    }
    if (this.#awaited.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#allHeard = resolve;
      await within(promise, inTime);
    }
    this.#awaited.clear();
    const heard = this.#heard.sort((a, b) => a.worker - b.worker);
    const late = [...this.#joined.values()].filter(({ asked }) => asked !== undefined);
    return { heard, late: late.map(({ number }) => number).sort((a, b) => a - b) };
  }

  #took(worker: DeskWorker, takings: readonly Taking[]): void {
    const gathered = this.#takings.get(worker) ?? [];
    this.#takings.set(worker, gathered);
    gathered.push(...takings);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const all = [...this.#takings];
      this.#takings.clear();
      for (const [other, joined] of this.#joined) {
        const others = all.flatMap(([from, taken]) => (from === other ? [] : taken));
        if (others.length > 0 && joined.onTheWay < maxOnTheWay)
          this.#send(other, joined, { desk: "took", takings: others });
      }
    }, gathering);
  }
}

function otherWorker(about: string): HotcellError {
  return new HotcellError(
    "version-skew",
    `The process that has the workers of this host is another Hotcell, and knows no question about ${about}.`,
    { subject: about, remedy: "Restart the host: a reload leaves that process as it is." },
  );
}
