import { HostResource } from "../../kit/host-resource.ts";

/** The longest that a timer waits, in milliseconds. */
const maxTimeout = 2 ** 31 - 1;

/** Options of a request: times, in nanoseconds. */
export class RequestOptions extends HostResource {
  #connect: bigint | undefined;
  #firstByte: bigint | undefined;
  #betweenBytes: bigint | undefined;

  connectTimeout(): bigint | undefined {
    return this.#connect;
  }
  setConnectTimeout(duration: bigint | undefined): void {
    this.#connect = duration;
  }
  firstByteTimeout(): bigint | undefined {
    return this.#firstByte;
  }
  setFirstByteTimeout(duration: bigint | undefined): void {
    this.#firstByte = duration;
  }
  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes;
  }
  setBetweenBytesTimeout(duration: bigint | undefined): void {
    this.#betweenBytes = duration;
  }

  /** Milliseconds by name, of those that are set, for whoever sends the request. */
  milliseconds(): Readonly<Record<string, number>> {
    const set = {
      connectTimeout: this.#connect,
      firstByteTimeout: this.#firstByte,
      betweenBytesTimeout: this.#betweenBytes,
    };
    const told = Object.entries(set).filter((each): each is [string, bigint] => each[1] !== undefined);
    return Object.fromEntries(
      told.map(([name, time]) => [name, Math.max(1, Math.min(Math.ceil(Number(time) / 1e6), maxTimeout))]),
    );
  }
}
