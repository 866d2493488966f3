import type { Component } from "../../component/component.ts";
import type { Live } from "./live.ts";
import type { Retirement } from "./retirement.ts";

export interface Running {
  readonly component: Component;
  readonly live: Live;
}

/** Place of one plugin for the version that runs; versions that had it before end their calls. */
export class LiveSlot {
  #running: Running | undefined;
  readonly #draining = new Set<Promise<void>>();

  /** Undefined until it is needed, and when nothing is deployed. */
  get running(): Running | undefined {
    return this.#running;
  }

  /** Makes a version run, or none, and retires the one before. */
  put(running: Running | undefined, why: Retirement = "replaced"): void {
    const before = this.#running?.live;
    this.#running = running;
    if (!before) return;
    const drained = before.retire(why).finally(() => this.#draining.delete(drained));
    this.#draining.add(drained);
  }

  /** Resolves when the last call of every version that was retired has ended. */
  async drained(): Promise<void> {
    await Promise.all(this.#draining);
  }
}
