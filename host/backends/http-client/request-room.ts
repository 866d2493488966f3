import { TokenBucket } from "../../platform/token-bucket.ts";
import type { HttpClientSettings } from "./client-settings.ts";
import { RequestFailure } from "./request-failure.ts";

/** Room for the requests of one deployment: so many at a time, and so many in a second. */
export class RequestRoom {
  readonly #concurrent: number;
  readonly #bucket: TokenBucket;
  #underWay = 0;

  constructor({
    concurrent,
    requestsPerSecond,
  }: Pick<HttpClientSettings, "concurrent" | "requestsPerSecond">) {
    this.#concurrent = concurrent;
    this.#bucket = new TokenBucket(requestsPerSecond, requestsPerSecond);
  }

  /** Takes room for one. Throws RequestFailure. Gives what gives its place back, once its connection is free. */
  take(): () => void {
    if (this.#underWay >= this.#concurrent || !this.#bucket.take(1))
      throw new RequestFailure("connection-limit-reached");
    this.#underWay++;
    let held = true;
    return () => {
      if (held) this.#underWay--;
      held = false;
    };
  }
}
