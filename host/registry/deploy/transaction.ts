import { advance, type DeploymentEvent, type DeploymentState, received, type Stage } from "./stages.ts";

type Step = Exclude<DeploymentEvent, "failed">;

/** What the time a step takes is called in answers. */
const labels: Readonly<Record<Step, string>> = {
  inspected: "inspect",
  granted: "grants",
  compared: "diff",
  built: "compile",
  tried: "start",
  "handed-over": "handover",
  live: "swap",
  draining: "drain",
  retired: "release",
};

/** One deployment on its way through the state machine, with the time that each step took. */
export class Transaction {
  readonly #timings: Record<string, number> = {};
  #state: DeploymentState = received;

  /** Milliseconds by step, in order, to a microsecond. */
  get timings(): Readonly<Record<string, number>> {
    return { ...this.#timings };
  }

  step<T>(step: Step, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#note(labels[step], start);
    this.#state = advance(this.#state, step);
    return result;
  }

  async stepAsync<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const result = await this.time(labels[step], work);
    this.#state = advance(this.#state, step);
    return result;
  }

  /** Work that is no step of its own. */
  async time<T>(label: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#note(label, start);
    return result;
  }

  /** Ends it where it is; gives the last stage that went well. */
  fail(): Stage {
    const { stage } = this.#state;
    this.#state = advance(this.#state, "failed");
    return stage as Stage;
  }

  #note(label: string, start: number): void {
    this.#timings[label] = Math.round((performance.now() - start) * 1000) / 1000;
  }
}
