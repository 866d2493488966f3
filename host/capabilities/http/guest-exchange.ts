import { handlerBounds } from "../../bounds/handler-bounds.ts";
import { asHotcellError, ExitError, HotcellError, orRaise } from "../../errors.ts";
import type { ExchangeLimits, HandledExchange } from "../capability.ts";
import type { HttpExchange, RawFields } from "./http-exchange.ts";
import { sizeOfFields } from "./http-fields.ts";
import type { OutgoingPipe } from "./outgoing-pipe.ts";

const maxFields = handlerBounds.fields.value;

/**
 * One exchange as the guest of one cell answers it: what its resources do comes here, and what the exchange has come to
 * when the handler is through is told here. After that its resources lead nowhere.
 */
export class GuestExchange implements HandledExchange {
  args: readonly unknown[] = [];
  readonly exchange: HttpExchange;
  readonly limits: ExchangeLimits;
  readonly plugin: string;
  onBegin: (() => void) | undefined;
  begun = false;
  over = false;
  /** Reason why the client can't be given a whole answer, or why the request did not come whole. */
  #failure: HotcellError | undefined;
  #pipe: OutgoingPipe | undefined;
  #informed = 0;

  constructor(plugin: string, exchange: HttpExchange, limits: ExchangeLimits) {
    this.plugin = plugin;
    this.exchange = exchange;
    this.limits = limits;
  }

  /** Begins the response, whose body comes by the pipe. */
  respond(status: number, fields: RawFields, pipe: OutgoingPipe): void {
    if (this.over || this.begun || this.#refused(status, fields, pipe)) {
      pipe.cut();
      return;
    }
    try {
      const out = this.exchange.respond({ status, fields });
      this.begun = true;
      this.#pipe = pipe;
      pipe.attach({
        out,
        limit: this.limits.responseBytes,
        beyond: (actual) => this.lacks(this.#tooLarge(actual)),
        failed: (error) => this.lacks(error),
      });
    } catch (thrown) {
      this.#failure = asHotcellError(thrown);
      pipe.cut();
    }
    this.onBegin?.();
  }

  /** Sends an informational response; tells whether that may be. */
  inform(status: number, fields: RawFields): boolean {
    if (++this.#informed > handlerBounds.informational.value || sizeOfFields(fields) > maxFields)
      return false;
    if (!this.over && !this.begun) this.exchange.inform({ status, fields });
    return true;
  }

  #refused(status: number, fields: RawFields, pipe: OutgoingPipe): boolean {
    const size = sizeOfFields(fields);
    let what: string | undefined;
    if (status < 200 || status > 599) what = `gave the status ${status}, which no response has`;
    else if (size > maxFields) what = `gave ${size} bytes of header fields, and ${maxFields} may be`;
    else if (pipe.end === "too long" || pipe.end === "too short") what = wrongEnds[pipe.end];
    if (what !== undefined) this.#failure = this.#handlerError(what);
    return what !== undefined;
  }

  /** The guest says that it has no answer. */
  refuse({ tag, val }: { readonly tag: string; readonly val?: unknown }): void {
    const more = typeof val === "string" ? `: ${val}` : "";
    this.#failure = this.#handlerError(`answered with the error ${tag}${more}`);
  }

  /** The request did not come whole, or the response can't go out so. */
  lacks(error: HotcellError): void {
    this.#failure ??= error;
  }

  end(): void {
    this.#close();
    if (!this.begun) throw this.#failure ?? this.#noResponse();
    const end = this.#pipe?.end ?? "finished";
    if (end === "finished") return;
    if (end === "left") throw clientLeft(this.plugin);
    throw this.#failure ?? this.#handlerError(wrongEnds[end]);
  }

  fail(thrown: unknown): unknown {
    if (thrown instanceof ExitError && thrown.succeeded) {
      this.end();
      return thrown;
    }
    const left = this.#pipe?.end === "left";
    this.#close();
    if (left) return clientLeft(this.plugin);
    // What the client did comes first, where the guest had no other answer to it.
    return this.begun || !(thrown instanceof HotcellError) || thrown.code !== "trap"
      ? thrown
      : (this.#failure ?? thrown);
  }

  #close(): void {
    this.over = true;
    if (this.#pipe?.end === undefined) this.#pipe?.cut();
    this.exchange.body?.discard();
  }

  #tooLarge(actual: number): HotcellError {
    const limit = this.limits.responseBytes;
    return new HotcellError(
      "result-too-large",
      `The response of ${this.plugin} is larger than the ${limit} bytes that one may have.`,
      {
        subject: this.plugin,
        setting: "limits.responseBytes",
        limit,
        actual: `at least ${actual}`,
        ...orRaise("Ask for less in one request", ["responseBytes"]),
      },
    );
  }

  #handlerError(what: string): HotcellError {
    return new HotcellError("handler-error", `The handler of ${this.plugin} ${what}.`, {
      subject: this.plugin,
      remedy: "Look at what the plugin does with this request, and in its log where it is granted logging.",
    });
  }

  #noResponse(): HotcellError {
    return new HotcellError("no-response", `The handler of ${this.plugin} ended without a response.`, {
      subject: this.plugin,
      remedy: "Let the handler call response-outparam.set on every way that it takes.",
    });
  }
}

/** Error for a client who left before it had all of its answer. */
export function clientLeft(plugin: string): HotcellError {
  return new HotcellError("cancelled", `Who asked ${plugin} left before the response had ended.`, {
    subject: plugin,
    remedy: "Ask again if the answer is wanted after all; what it has done by now stays done.",
  });
}

const wrongEnds = {
  refused: "gave a response that could not be sent",
  dropped: "left the body of its response unfinished",
  "too long": "wrote more of its response than its Content-Length says",
  "too short": "wrote less of its response than its Content-Length says",
} as const;
