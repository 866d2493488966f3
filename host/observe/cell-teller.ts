import { asHotcellError } from "../errors.ts";
import { type CellMessage, cellChannel } from "./channels.ts";
import type { MeteredCell, PluginMeter } from "./plugin-meter.ts";

/** Teller of what becomes of a deployment's cells, or of its processes: each starts and ends once, or fails to start. */
export class CellTeller {
  readonly #plugin: string;
  readonly #placement: CellMessage["placement"];
  readonly #meter: PluginMeter | undefined;

  /** `meter` of the plugin, where somebody looks. */
  constructor(plugin: string, placement: CellMessage["placement"], meter: PluginMeter | undefined) {
    this.#plugin = plugin;
    this.#placement = placement;
    this.#meter = meter;
  }

  /** `began`: time by `performance.now()` at which it began to start. */
  started(cell: MeteredCell, began: number, pid?: number): void {
    if (this.#meter) {
      this.#meter.starts.started++;
      this.#meter.cells[this.#placement].add(cell);
    }
    if (cellChannel.hasSubscribers) this.#tell("started", { seconds: since(began), pid });
  }

  failed(began: number, error: unknown, pid?: number): void {
    if (this.#meter) this.#meter.starts.failed++;
    if (!cellChannel.hasSubscribers) return;
    this.#tell("failed", { seconds: since(began), pid, code: asHotcellError(error).code });
  }

  /** `why`: what a process ended by. */
  ended(cell: MeteredCell, pid?: number, why?: unknown): void {
    this.#meter?.cells[this.#placement].delete(cell);
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
