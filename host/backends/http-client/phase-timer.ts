import { RequestFailure } from "./request-failure.ts";

/** Clock of one request: of the phase that it is in, and of the whole. */
export class PhaseTimer {
  readonly #late: (failure: RequestFailure) => void;
  readonly #whole: NodeJS.Timeout;
  #phase: NodeJS.Timeout | undefined;
  #tag: string | undefined;

  /** `late` hears, once, of the time that is over. */
  constructor(whole: number, late: (failure: RequestFailure) => void) {
    this.#late = late;
    this.#whole = setTimeout(() => late(new RequestFailure("HTTP-response-timeout")), whole);
  }

  /** Begins a phase in place of the one before. */
  begin(time: number, tag: string): void {
    this.rest();
    this.#tag = tag;
    this.#phase = setTimeout(() => this.#late(new RequestFailure(tag)), time);
  }

  /** Begins a phase, or begins it anew where it is the one already: a timer that is made costs more. */
  go(time: number, tag: string): void {
    if (this.#phase && this.#tag === tag) this.#phase.refresh();
    else this.begin(time, tag);
  }

  /** Something has come, or gone out: the phase begins anew. */
  refresh(): void {
    this.#phase?.refresh();
  }

  /** Nobody but the guest is waited for: the whole alone is timed. */
  rest(): void {
    clearTimeout(this.#phase);
    this.#phase = undefined;
  }

  end(): void {
    this.rest();
    clearTimeout(this.#whole);
  }
}
