import { RequestFailure } from "./request-failure.ts";

/**
 * Clock of one request: of the phase that it is in, and of the whole. One timer does for all: it is set anew only where a phase ends
 * sooner than it rings, as making timers takes longer than most else that a request costs here.
 */
export class PhaseTimer {
  readonly #late: (failure: RequestFailure) => void;
  /** Times by `performance.now()`. */
  readonly #end: number;
  #due = Number.POSITIVE_INFINITY;
  #time = 0;
  #tag = "";
  #timer: NodeJS.Timeout | undefined;
  #rings = Number.POSITIVE_INFINITY;

  /** `late` hears, once, of the time that is over, from the first phase on. */
  constructor(whole: number, late: (failure: RequestFailure) => void) {
    this.#late = late;
    this.#end = performance.now() + whole;
  }

  /** Begins a phase in place of the one before. */
  begin(time: number, tag: string): void {
    const now = performance.now();
    this.#time = time;
    this.#tag = tag;
    this.#due = now + time;
    this.#set(now);
  }

  /** Something has come, or gone out: the phase begins anew. */
  refresh(): void {
    if (this.#due !== Number.POSITIVE_INFINITY) this.#due = performance.now() + this.#time;
  }

  /** Nobody but the guest is waited for: the whole alone is timed. */
  rest(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  end(): void {
    clearTimeout(this.#timer);
    // Nothing sets it any more.
    this.#rings = Number.NEGATIVE_INFINITY;
  }

  #set(now: number): void {
    const next = Math.min(this.#due, this.#end);
    if (this.#rings <= next) return;
    clearTimeout(this.#timer);
    this.#rings = next;
    this.#timer = setTimeout(this.#ring, Math.max(1, Math.ceil(next - now)));
  }

  readonly #ring = (): void => {
    const now = performance.now();
    if (now >= this.#end) this.#over("HTTP-response-timeout");
    else if (now >= this.#due) this.#over(this.#tag);
    else {
      this.#rings = Number.POSITIVE_INFINITY;
      this.#set(now);
    }
  };

  #over(tag: string): void {
    this.end();
    this.#late(new RequestFailure(tag));
  }
}
