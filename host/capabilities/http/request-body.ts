import { asHotcellError, ComponentError, HotcellError, orRaise } from "../../errors.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { IoError } from "../kit/streams.ts";
import { entriesOf } from "./fields-resource.ts";
import type { GuestExchange } from "./guest-exchange.ts";
import type { IncomingBytes } from "./http-exchange.ts";
import type { FieldEntry } from "./http-fields.ts";
import type { ReadBody } from "./incoming-body.ts";

/** Body of the request as the guest reads it: never more of it than that asks for, and no more than the plugin takes. */
export class RequestBody implements ReadBody {
  readonly #objects: HostObjects;
  readonly #exchange: GuestExchange;
  readonly #bytes: IncomingBytes | undefined;
  #read = 0;
  #ended: "whole" | "broken" | undefined;
  /** `error-code` of one that broke off. */
  #code: unknown;

  constructor(objects: HostObjects, exchange: GuestExchange) {
    this.#objects = objects;
    this.#exchange = exchange;
    this.#bytes = exchange.exchange.body;
  }

  ready(): boolean {
    return this.#ended !== undefined || this.#exchange.over || (this.#bytes?.readable ?? true);
  }

  whenReady(callback: () => void): () => void {
    return this.#bytes?.whenReadable(callback) ?? (() => {});
  }

  read(max: number): Uint8Array | undefined {
    if (this.#ended !== undefined || this.#exchange.over || this.#bytes === undefined) return undefined;
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#bytes.read(max);
      this.#read += bytes?.length ?? 0;
      this.#requireWithin();
    } catch (thrown) {
      throw this.#brokeOff(asHotcellError(thrown));
    }
    if (bytes === undefined) this.#ended = "whole";
    return bytes;
  }

  /** Trailer fields, where it has come to its end. */
  get trailers(): FieldEntry[] {
    return this.#ended === "whole" ? entriesOf(this.#bytes!.trailers) : [];
  }

  /** `error-code` that it broke off with. */
  get code(): unknown {
    return this.#code;
  }

  discard(): void {
    if (this.#ended !== undefined) return;
    this.#ended = "broken";
    this.#bytes?.discard();
  }

  #requireWithin(): void {
    const { plugin, limits } = this.#exchange;
    const limit = limits.requestBytes;
    if (this.#read <= limit) return;
    this.#bytes?.discard();
    throw new HotcellError(
      "body-too-large",
      `The request's body is larger than the ${limit} bytes that ${plugin} takes.`,
      {
        subject: plugin,
        setting: "limits.requestBytes",
        limit,
        actual: `at least ${this.#read}`,
        ...orRaise("Send less at a time", ["requestBytes"], "the plugin's settings"),
      },
    );
  }

  #brokeOff(error: HotcellError): ComponentError {
    this.#ended = "broken";
    this.#exchange.lacks(error);
    this.#code = codeOf(error);
    const val = new IoError(this.#objects, "The request's body did not come whole.", this.#code);
    return new ComponentError({ tag: "last-operation-failed", val });
  }
}

function codeOf({ code }: HotcellError): unknown {
  if (code === "body-too-large" || code === "too-large")
    return { tag: "HTTP-request-body-size", val: undefined };
  if (code === "request-timeout") return { tag: "connection-read-timeout" };
  return { tag: "connection-terminated" };
}
