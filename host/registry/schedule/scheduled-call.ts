import type { Cron } from "croner";
import { asHotcellError } from "../../errors.ts";
import { nameOf, type ScheduleEntry, timesOf } from "../settings/schedule-setting.ts";
import type { PassedTimes } from "./passed-times.ts";
import { type ScheduledEvent, ScheduleTeller, type WhyMissed } from "./schedule-teller.ts";

/** Calls of one entry, as details show them. */
export interface ScheduledState {
  readonly name: string;
  /** Time of the next one. */
  readonly next: string | null;
  /** Calls that went well, and that failed, since the host began. */
  readonly ran: number;
  readonly failed: number;
  /** Times that passed without one, as far as this host knows. */
  readonly missed: number;
  /** True while one is under way. */
  readonly running: boolean;
}

interface Means {
  /** Makes the call. */
  readonly call: (entry: ScheduleEntry) => Promise<unknown>;
  readonly tell: (event: ScheduledEvent) => void;
  /** True on the one host, of several on a store, that makes it. */
  readonly leads: () => boolean;
  readonly passed: PassedTimes;
}

/** One entry of a schedule, whose calls are made one at a time, from its beginning until it is stopped. */
export class ScheduledCall {
  readonly entry: ScheduleEntry;
  readonly #means: Means;
  readonly #times: Cron;
  /** Time that is waited for. */
  #due: Date | null;
  #running: Promise<void> | undefined;
  #ran = 0;
  #failed = 0;
  #missed = 0;
  #stopped = false;
  readonly #teller: ScheduleTeller;

  constructor(entry: ScheduleEntry, means: Means) {
    this.entry = entry;
    this.#means = means;
    this.#teller = new ScheduleTeller(nameOf(entry), means.tell);
    this.#times = timesOf(entry);
    this.#due = this.#times.nextRun();
    this.#times.schedule(() => this.#tick());
  }

  get state(): ScheduledState {
    return {
      name: nameOf(this.entry),
      next: this.#due?.toISOString() ?? null,
      ran: this.#ran,
      failed: this.#failed,
      missed: this.#missed,
      running: this.#running !== undefined,
    };
  }

  /** Tells of the times that passed since then, while no host ran. */
  async wasDown(since: Date): Promise<void> {
    await this.#missBetween(since, new Date(), "down");
  }

  /** Makes no more calls; what is under way ends as all calls do. */
  stop(): void {
    this.#stopped = true;
    this.#times.stop();
    this.#teller.stop();
  }

  #tick(): void {
    const due = this.#due;
    const now = new Date();
    this.#due = this.#times.nextRun(now);
    if (!this.#means.leads()) return;
    if (due) void this.#missBetween(due, now, "late");
    if (this.#running) {
      this.#miss(1, "running");
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    try {
      await this.#means.call(this.entry);
      this.#ran++;
      this.#teller.note({ outcome: "ran" }, 1);
    } catch (thrown) {
      this.#failed++;
      const { code, message } = asHotcellError(thrown);
      this.#teller.note({ outcome: "failed", code, detail: message }, 1);
    }
  }

  #miss(times: number, why: WhyMissed): void {
    if (times === 0) return;
    this.#missed += times;
    this.#teller.note({ outcome: "missed", why }, times);
  }

  /** Misses the times after the one and until the other. */
  async #missBetween(first: Date, end: Date, why: WhyMissed): Promise<void> {
    const next = this.#times.nextRun(first);
    if (next === null || next > end) return;
    const wanted = () => !this.#stopped;
    const times = await this.#means.passed.between(this.#times, first, end, wanted);
    if (wanted()) this.#miss(times, why);
  }
}
