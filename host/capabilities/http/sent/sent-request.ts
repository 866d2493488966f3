import type { BackendClient } from "../../../backends/backend.ts";
import type { Data } from "../../../backends/data.ts";
import { drain, type Exchange } from "../../../backends/exchange.ts";
import { HotcellError } from "../../../errors.ts";
import type { HostObjects } from "../../kit/host-objects.ts";
import type { Event } from "../../kit/pollable.ts";
import type { FieldEntry } from "../http-fields.ts";
import { Waiter } from "../waiter.ts";
import { RequestUpload } from "./request-upload.ts";
import { ResponseBody } from "./response-body.ts";
import { codeOfCut, entriesIn, errorIn, type HttpErrorCode } from "./sent-head.ts";

/** Name of the backend that sends requests. */
export const httpClient = "http-client";

/** Response as it has begun, or why there is none. */
type Outcome =
  | { readonly status: number; readonly fields: readonly FieldEntry[] }
  | { readonly error: HttpErrorCode };

const noLongerWanted = new HotcellError("closed", "The plugin wants no more of the response.", {
  remedy: "Nothing is to be done.",
});
/** A body that its guest has left unfinished goes no further, and nor does its request. */
const unfinished: Outcome = { error: { tag: "HTTP-protocol-error" } };
const silent: Outcome = { error: { tag: "HTTP-response-incomplete" } };

/**
 * Request that a guest has sent, from its head to the end of the response: an exchange with the backend, of which the
 * guest has the two ends. It is over when both bodies have ended, or when the guest lets go of either before.
 */
export class SentRequest implements Event {
  readonly upload: RequestUpload;
  readonly #exchange: Exchange;
  readonly #waiter = new Waiter();
  #outcome: Outcome | undefined;
  #body: ResponseBody | undefined;
  /** The guest has left the body of the request unfinished. */
  #aborted = false;
  #over = false;

  /** Throws what `exchange` throws. */
  constructor(client: BackendClient, head: Data) {
    this.#exchange = client.exchange("request", head);
    this.upload = new RequestUpload(this.#exchange, () => this.#abort());
    this.#exchange.receive().then(
      (part) => this.#begin(part),
      (reason: HotcellError) => this.#settle({ error: codeOfCut(reason) }),
    );
  }

  /** Undefined while there is no response yet. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  ready(): boolean {
    return this.#outcome !== undefined;
  }

  whenReady(callback: () => void): () => void {
    return this.#waiter.wait(callback, this.ready());
  }

  /** The response's body, once. */
  body(objects: HostObjects): ResponseBody {
    this.#body = new ResponseBody(objects, this.#exchange, (left) => {
      if (left || this.#aborted) this.#cut();
    });
    return this.#body.begin();
  }

  /** The guest wants none of the response. */
  abandon(): void {
    if (this.#body) this.#body.discard();
    else this.#cut();
  }

  #begin(part: Data | undefined): void {
    if (this.#over) {
      if (part !== undefined) void drain(this.#exchange);
      return;
    }
    const error = errorIn(part);
    if (part === undefined) this.#settle(silent);
    else if (error) this.#settle({ error });
    else {
      const { status, headers } = part as { readonly status: number; readonly headers: Data };
      this.#settle({ status, fields: entriesIn(headers) });
    }
  }

  #settle(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    if ("error" in outcome) this.#cut();
    this.#waiter.tell();
  }

  /** A server may have answered before it had all of the body: the guest may read that still. */
  #abort(): void {
    this.#aborted = true;
    if (!this.#outcome) this.#settle(unfinished);
    else if (this.#body?.ended) this.#cut();
  }

  #cut(): void {
    if (this.#over) return;
    this.#over = true;
    this.upload.close();
    this.#exchange.cancel(noLongerWanted);
    // Where both ends have ended it already, what came is lying here.
    if (this.#outcome && !this.#body) void drain(this.#exchange);
  }
}
