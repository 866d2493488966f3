import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Soon } from "../../platform/soon.ts";

/** Source of a request's body: the same in whatever form the request is here. */
export interface BodySource {
  /** All of it, where HTTP's framing bounds it. Throws, or rejects, where it ends early. */
  whole(): Soon<Uint8Array<ArrayBuffer>>;
  /**
   * All of it, however much that is: `grown` is told of each size that it has come to, and what it throws ends the reading.
   */
  counted(grown: (size: number) => void): Soon<Uint8Array<ArrayBuffer>>;
  /** Pieces as they come, the next one when it is asked for. Rejects where it ends early; whoever stops before its end reads no more of it. */
  pieces(): AsyncGenerator<Uint8Array>;
}

/** Request with a body, as whoever reads it needs to know it. */
export interface BodyRequest {
  readonly headers: RequestHeaders;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly body: BodySource;
}
