import type { HttpClientSettings } from "./client-settings.ts";
import { RequestFailure } from "./request-failure.ts";

/** Room for the requests of one deployment: so many at a time, and so many in a second. */
export class RequestRoom {
  readonly #settings: Pick<HttpClientSettings, "concurrent" | "requestsPerSecond">;
  #underWay = 0;
  #left: number;
  #filled = performance.now();

  constructor(settings: Pick<HttpClientSettings, "concurrent" | "requestsPerSecond">) {
    this.#settings = settings;
    this.#left = settings.requestsPerSecond;
  }

  /** Takes room for one. Throws RequestFailure. Gives what gives its place back, once its connection is free. */
  take(): () => void {
    const { concurrent, requestsPerSecond } = this.#settings;
    const now = performance.now();
    const gained = ((now - this.#filled) / 1000) * requestsPerSecond;
    this.#left = Math.min(requestsPerSecond, this.#left + gained);
    this.#filled = now;
    if (this.#left < 1 || this.#underWay >= concurrent) throw new RequestFailure("connection-limit-reached");
    this.#left--;
    this.#underWay++;
    let held = true;
    return () => {
      if (held) this.#underWay--;
      held = false;
    };
  }
}
