import { asHotcellError } from "../errors.ts";
import { type CellMessage, cellChannel } from "./channels.ts";

/** Teller of what becomes of a deployment's cells, or of its processes: each starts and ends once, or fails to start. */
export class CellTeller {
  readonly #plugin: string;
  readonly #placement: CellMessage["placement"];

  constructor(plugin: string, placement: CellMessage["placement"]) {
    this.#plugin = plugin;
    this.#placement = placement;
  }

  /** `began`: time by `performance.now()` at which it began to start. */
  started(began: number, pid?: number): void {
    if (cellChannel.hasSubscribers) this.#tell("started", { seconds: since(began), pid });
  }

  failed(began: number, error: unknown, pid?: number): void {
    if (!cellChannel.hasSubscribers) return;
    this.#tell("failed", { seconds: since(began), pid, code: asHotcellError(error).code });
  }

  /** `why`: what a process ended by. */
  ended(pid?: number, why?: unknown): void {
    if (!cellChannel.hasSubscribers) return;
    this.#tell("ended", { pid, ...(why !== undefined && { code: asHotcellError(why).code }) });
  }

  #tell(event: CellMessage["event"], facts: Pick<CellMessage, "seconds" | "pid" | "code">): void {
    const { pid, ...others } = facts;
    const told = { plugin: this.#plugin, event, placement: this.#placement, at: performance.now() };
    cellChannel.publish({ ...told, ...others, ...(pid !== undefined && { pid }) });
  }
}

function since(began: number): number {
  return (performance.now() - began) / 1000;
}
