// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { FutureIncomingResponse } from "wasi:http/types";
import { FetchError } from "./fetch-error";
import { FetchResponse } from "./fetch-response";
import { lastCode, responseOf } from "./outgoing-handler";

/** A request that is under way. Several go on at once: whoever waits for one loses nothing of the others. */
@final export class PendingResponse {
  private response: FetchResponse | null = null;

  constructor(
    private future: FutureIncomingResponse | null,
    private error: FetchError | null,
    private asked: string,
  ) {}

  /** The response; waits for it. */
  wait(): FetchResponse {
    if (!this.response) this.response = this.receive();
    return this.response!;
  }

  private receive(): FetchResponse {
    const future = this.future;
    if (future) {
      const incoming = responseOf(future);
      if (!incoming) this.error = FetchError.of(lastCode(), this.asked);
      future.drop();
      this.future = null;
      return new FetchResponse(incoming, this.error, this.asked);
    }
    return new FetchResponse(null, this.error, this.asked);
  }

  /** Gives the request up. */
  drop(): void {
    const future = this.future;
    const response = this.response;
    if (future) future.drop();
    this.future = null;
    if (response) response.drop();
    else this.response = new FetchResponse(null, FetchError.named("connection-terminated", this.asked), this.asked);
  }
}
