import type { Data } from "../../../backends/data.ts";
import { drain, type Exchange } from "../../../backends/exchange.ts";
import { ComponentError, type HotcellError } from "../../../errors.ts";
import type { HostObjects } from "../../kit/host-objects.ts";
import { IoError } from "../../kit/streams.ts";
import type { FieldEntry } from "../http-fields.ts";
import type { ReadBody } from "../incoming-body.ts";
import { Waiter } from "../waiter.ts";
import { codeOfCut, entriesIn, errorIn, type HttpErrorCode } from "./sent-head.ts";

const nothing: Uint8Array = new Uint8Array(0);

/** Body of a response, as it comes from whoever has sent the request: a part is asked for when the one before has been read. */
export class ResponseBody implements ReadBody {
  readonly #objects: HostObjects;
  readonly #exchange: Exchange;
  readonly #over: (left: boolean) => void;
  readonly #waiter = new Waiter();
  #here: Uint8Array = nothing;
  #fetching = false;
  #ended: "whole" | "broken" | "left" | undefined;
  #told = false;
  #trailers: readonly FieldEntry[] = [];
  #code: HttpErrorCode | undefined;

  /** `over` is called once, when no more of it comes; `left`, where the guest wants none. */
  constructor(objects: HostObjects, exchange: Exchange, over: (left: boolean) => void) {
    this.#objects = objects;
    this.#exchange = exchange;
    this.#over = over;
  }

  /** Begins to take it. */
  begin(): this {
    this.#fetch();
    return this;
  }

  get trailers(): readonly FieldEntry[] {
    return this.#ended === "whole" ? this.#trailers : [];
  }

  get code(): HttpErrorCode | undefined {
    return this.#code;
  }

  /** True once no more of it comes. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  ready(): boolean {
    return this.#here.length > 0 || this.#ended !== undefined;
  }

  whenReady(callback: () => void): () => void {
    return this.#waiter.wait(callback, this.ready());
  }

  read(max: number): Uint8Array | undefined {
    if (this.#here.length > 0) {
      const given = this.#here.subarray(0, max);
      this.#here = this.#here.subarray(given.length);
      if (this.#here.length === 0) this.#fetch();
      return given;
    }
    if (this.#ended === undefined) return nothing;
    if (this.#code === undefined || this.#told) return undefined;
    this.#told = true;
    const val = new IoError(this.#objects, "The response's body did not come whole.", this.#code);
    throw new ComponentError({ tag: "last-operation-failed", val });
  }

  discard(): void {
    this.#here = nothing;
    if (this.#ended === undefined) this.#end("left");
  }

  #fetch(): void {
    if (this.#fetching || this.#ended !== undefined) return;
    // What is here already is taken without a promise, for which the guest would be suspended.
    const here = this.#exchange.receiveNow();
    if (here !== undefined) {
      this.#take(here);
      return;
    }
    if (this.#exchange.receiveEnd()) {
      this.#end("whole");
      return;
    }
    this.#fetching = true;
    this.#exchange.receive().then(
      (part) => this.#take(part),
      (reason: HotcellError) => this.#breakOff(codeOfCut(reason)),
    );
  }

  #take(part: Data | undefined): void {
    this.#fetching = false;
    if (this.#ended === "left") {
      if (part !== undefined) void drain(this.#exchange);
      return;
    }
    const error = errorIn(part);
    if (part === undefined) this.#end("whole");
    else if (part instanceof Uint8Array) this.#here = part;
    else if (error) this.#breakOff(error);
    else this.#trailers = entriesIn((part as { readonly trailers?: Data }).trailers ?? []);
    if (this.ready()) this.#waiter.tell();
    else this.#fetch();
  }

  #breakOff(code: HttpErrorCode): void {
    this.#fetching = false;
    if (this.#ended !== undefined) return;
    this.#code = code;
    this.#end("broken");
  }

  #end(how: "whole" | "broken" | "left"): void {
    this.#ended = how;
    this.#over(how !== "whole");
    if (how !== "whole" && !this.#fetching) void drain(this.#exchange);
    this.#waiter.tell();
  }
}
