import type { Configuration } from "../settings/settings.ts";
import { advance, type DeploymentEvent, type DeploymentState, received, type Stage } from "./stages.ts";

type Step = Exclude<DeploymentEvent, "failed">;

/** Names that answers call the time of each step by. */
const labels: Readonly<Record<Step, string>> = {
  inspected: "inspect",
  granted: "grants",
  compared: "diff",
  built: "compile",
  tried: "start",
  "handed-over": "handover",
  "tried-first": "rollout",
  persisted: "persist",
  live: "swap",
};

/** One deployment on its way through the state machine, with the time that each step took. */
export class Transaction {
  readonly #timings: Record<string, number> = {};
  #state: DeploymentState = received;
  /** Settings that the plugin is to have, once they are known: what is refused is told by their limits. */
  asked: Configuration | undefined;

  /** Milliseconds by step, in order, to a microsecond. */
  get timings(): Readonly<Record<string, number>> {
    return { ...this.#timings };
  }

  step<T>(step: Step, work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#done(step, start);
    return result;
  }

  async stepAsync<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#done(step, start);
    return result;
  }

  /** Ends it where it is; gives the last stage that went well. */
  fail(): Stage {
    const { stage } = this.#state;
    this.#state = advance(this.#state, "failed");
    return stage as Stage;
  }

  #done(step: Step, start: number): void {
    this.#timings[labels[step]] = Math.round((performance.now() - start) * 1000) / 1000;
    this.#state = advance(this.#state, step);
  }
}
