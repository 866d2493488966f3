/** Backend of a deployment that is metered, and told of to whoever listens to `hotcell.backend`. The same in both placements. */
import type { CallOrigin, OutgoingFacts } from "../engine/call-context.ts";
import { asHotcellError } from "../errors.ts";
import { type BackendMessage, backendChannel, isHeard, told } from "../observe/channels.ts";
import type { BackendMeter } from "../observe/plugin-meter.ts";
import type { Soon } from "../platform/soon.ts";
import { beginning } from "../text/cut.ts";
import type { Backend } from "./backend.ts";
import type { Data } from "./data.ts";
import type { Exchange } from "./exchange.ts";

/** UTF-16 units of an operation that are told: a process that was taken over may write what it likes. */
const maxOperation = 100;

export class ToldBackend implements Backend {
  readonly #plugin: string;
  readonly #name: string;
  readonly #backend: Backend;
  readonly #meter: BackendMeter | undefined;

  /** `meter`: absent where nobody looks. */
  constructor(plugin: string, name: string, backend: Backend, meter?: BackendMeter) {
    this.#plugin = plugin;
    this.#name = name;
    this.#backend = backend;
    this.#meter = meter;
  }

  ask(operation: string, data: Data, signal: AbortSignal, call?: CallOrigin): Soon<Data> {
    const ask = (origin = call) =>
      this.#metered(() => this.#backend.ask?.(operation, data, signal, origin) ?? null);
    return isHeard(backendChannel, call?.trace) ? this.#told(operation, call, ask) : ask();
  }

  tell(operation: string, data: Data): void {
    this.#backend.tell?.(operation, data);
  }

  async open(operation: string, data: Data, exchange: Exchange, call?: CallOrigin): Promise<void> {
    const open = (origin = call) =>
      this.#metered(() => this.#backend.open?.(operation, data, exchange, origin));
    await (isHeard(backendChannel, call?.trace) ? this.#told(operation, call, open) : open());
  }

  release(): void {
    this.#backend.release?.();
  }

  #metered<T>(work: () => Soon<T>): Soon<T> {
    const meter = this.#meter;
    if (!meter) return work();
    meter.asked++;
    const began = meter.times.begin(false);
    let outcome: Soon<T> | undefined;
    try {
      outcome = work();
    } catch (error) {
      meter.failed(asHotcellError(error).code);
      throw error;
    } finally {
      if (!(outcome instanceof Promise)) meter.times.end(began);
    }
    if (!(outcome instanceof Promise)) return outcome;
    const since = began === 0 ? performance.now() : began;
    const failed = (error: unknown) => {
      meter.failed(asHotcellError(error).code);
      throw error;
    };
    return outcome.catch(failed).finally(() => meter.times.waited(since));
  }

  #told<T>(operation: string, call: CallOrigin | undefined, work: (call?: CallOrigin) => Soon<T>): Soon<T> {
    const begun: BackendMessage = {
      plugin: this.#plugin,
      backend: this.#name,
      operation: beginning(operation, maxOperation),
      caller: call?.caller,
      trace: call?.trace,
      began: performance.now(),
    };
    const wentOut = (request: OutgoingFacts) => {
      begun.request = request;
    };
    return told(backendChannel, begun, ({ trace }) =>
      work({ signal: call?.signal, deadline: call?.deadline, caller: call?.caller, trace, wentOut }),
    );
  }
}
