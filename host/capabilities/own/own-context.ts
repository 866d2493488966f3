import type { CallOrigin, Trace } from "../../engine/call-context.ts";
import type { CapabilityContext } from "./host-capability.ts";

/** Context of one call; its signal is made for whoever asks. */
export class OwnContext<S> implements CapabilityContext<S> {
  readonly plugin: string;
  readonly settings: S;
  readonly caller: string | undefined;
  readonly deadline: number | undefined;
  readonly trace: Trace | undefined;
  readonly #origin: CallOrigin | undefined;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;
  #ended: unknown;

  constructor(plugin: string, settings: S, origin: CallOrigin | undefined) {
    this.plugin = plugin;
    this.settings = settings;
    this.caller = origin?.caller;
    this.deadline = origin?.deadline;
    this.trace = origin?.trace;
    this.#origin = origin;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  /** True where somebody has asked for the signal, and would hear of an end that is none of theirs. */
  get heard(): boolean {
    return this.#signal !== undefined;
  }

  /** Nobody waits any more for what goes on in this context. */
  end(reason: unknown): void {
    this.#ended ??= reason;
    this.#controller?.abort(reason);
  }

  #makeSignal(): AbortSignal {
    if (this.#ended !== undefined) return AbortSignal.abort(this.#ended);
    this.#controller = new AbortController();
    const { signal } = this.#origin ?? {};
    const left = typeof signal === "function" ? signal() : signal;
    return left ? AbortSignal.any([this.#controller.signal, left]) : this.#controller.signal;
  }
}

/** True where a call says nothing of itself: then it has a context like any other such. */
export function saysNothing(origin: CallOrigin | undefined): boolean {
  return (
    origin === undefined ||
    (origin.caller === undefined &&
      origin.deadline === undefined &&
      origin.trace === undefined &&
      origin.signal === undefined)
  );
}
