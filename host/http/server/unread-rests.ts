import type { IncomingMessage } from "node:http";

/**
 * Rests of requests that were answered before all of them came. Closed at once, the connection would be reset, and the client might
 * never see the answer; so what comes is thrown away for a while.
 */
export class UnreadRests {
  readonly #time: number;
  /** Requests of this turn of the event loop. */
  #answered: IncomingMessage[] = [];

  /** `time`: milliseconds for which the rest may come. */
  constructor(time: number) {
    this.#time = time;
  }

  /**
   * A request was answered. Most that came in one piece have come to their end by then, and Node says so when it goes on reading: a timer
   * for each would cost as much as a small call.
   */
  answered(request: IncomingMessage): void {
    if (request.complete) return;
    if (this.#answered.push(request) === 1) setImmediate(() => this.#look());
  }

  #look(): void {
    const answered = this.#answered;
    this.#answered = [];
    for (const request of answered) if (!request.complete) this.#endLater(request);
  }

  #endLater(request: IncomingMessage): void {
    const { socket } = request;
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), this.#time);
    request.once("close", () => clearTimeout(timer));
  }
}
