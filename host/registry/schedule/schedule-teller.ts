import { scheduleBounds } from "../../bounds/schedule-bounds.ts";

/** Reason of a missed time: the last call was `running` still; the host was `late`, busy or asleep; or it was `down`. */
export type WhyMissed = "running" | "late" | "down";

/** Outcome of a time of an entry. */
type Outcome =
  | { readonly outcome: "ran" }
  | { readonly outcome: "failed"; readonly code: string; readonly detail: string }
  | { readonly outcome: "missed"; readonly why: WhyMissed };

/** Event of an entry: so many of its times ended so. */
export type ScheduledEvent = Outcome & { readonly name: string; readonly times: number };

/**
 * Teller of one entry's events. Of what ends alike the first is told at once, since most schedules have one call in a long
 * time; what follows within a minute, together.
 */
export class ScheduleTeller {
  readonly #name: string;
  readonly #tell: (event: ScheduledEvent) => void;
  /** Outcomes of this minute, by what they have in common, with how often they were since they were told. */
  #minute = new Map<string, { outcome: Outcome; untold: number }>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(name: string, tell: (event: ScheduledEvent) => void) {
    this.#name = name;
    this.#tell = tell;
  }

  note(outcome: Outcome, times: number): void {
    const kind = JSON.stringify({ ...outcome, detail: undefined });
    const before = this.#minute.get(kind);
    if (before && !this.#stopped) {
      before.outcome = outcome;
      before.untold += times;
      return;
    }
    this.#minute.set(kind, { outcome, untold: 0 });
    this.#say(outcome, times);
    if (!this.#stopped) this.#timer ??= setTimeout(() => this.#next(), scheduleBounds.told.value).unref();
  }

  /** Tells what is left, and whatever comes from now on at once. */
  stop(): void {
    this.#stopped = true;
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const minute = [...this.#minute.values()];
    this.#minute.clear();
    for (const { outcome, untold } of minute) if (untold > 0) this.note(outcome, untold);
  }

  #say(outcome: Outcome, times: number): void {
    this.#tell({ name: this.#name, ...outcome, times });
  }
}
