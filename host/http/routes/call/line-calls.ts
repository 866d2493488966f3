/**
 * Many calls of one function in one request, a line each (NDJSON): answered line by line, in the order in which they came, while others
 * still come. Nothing is read of the body while as many are made as may be, or while the client does not read its answers.
 */

import { lineBounds } from "../../../bounds/http-bounds.ts";
import type { Trace } from "../../../engine/call-context.ts";
import { HotcellError } from "../../../errors.ts";
import { breathe } from "../../../platform/breath.ts";
import { after, caught, ended, type Soon } from "../../../platform/soon.ts";
import type { Callable } from "../../../registry/api.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";
import { problemAnswer } from "../../answer/problem.ts";
import { linesAnswer } from "../../answer/respond.ts";
import type { BodyHold } from "../../body/body-budget.ts";
import { lessThanCeiling } from "../../body/content-coding.ts";
import { type Line, LineSplitter } from "../../body/lines.ts";
import type { Services } from "../../services.ts";
import { traceOfRequest } from "../../visits/request-trace.ts";
import { takeQuota } from "../quota.ts";
import { argumentsFrom } from "./call-arguments.ts";
import type { CallRequest } from "./call-request.ts";
import { callableFor, makeCall, smallBody } from "./make-call.ts";

/** Answer whose lines are made as they are read. Throws, or rejects with, what the request is refused with before a line is read. */
export function callLines(request: CallRequest, services: Services): Soon<PlainAnswer> {
  const { headers } = request;
  services.access.refuseCrossSite(headers);
  if (headers.get("idempotency-key") !== null) throw keyOfMany();
  if (headers.get("content-encoding") !== null) throw codedLines();
  return after(callableFor(request, services), () => linesAnswer(new LineCalls(request, services).answers()));
}

/** Answer to a line, once it is there. */
interface AnsweredLine {
  text: string | undefined;
  /** Bytes of heap that it takes. */
  bytes: number;
}

class LineCalls {
  readonly #request: CallRequest;
  readonly #services: Services;
  readonly #hold: BodyHold;
  readonly #splitter: LineSplitter;
  readonly #left = new AbortController();
  /** Lines that are being called or answered, in the order in which they came. */
  readonly #answers: AnsweredLine[] = [];
  /** Bytes of lines that are not yet arguments. */
  #unparsed = 0;
  #lines = 0;
  /** Calls that may be made at one time: fewer where the plugin takes no more. */
  #atOnce = lineBounds.atOnce.value;
  #running = 0;
  /** Settles when the next call ends. */
  #ended = Promise.withResolvers<void>();
  #reading = false;
  readonly #trace: Trace | undefined;
  /** True when the body has ended. */
  #over = false;
  /** Tells that a line was answered, or that none comes any more. */
  #wake: () => void = () => {};

  constructor(request: CallRequest, services: Services) {
    this.#request = request;
    this.#services = services;
    this.#trace = traceOfRequest(request.headers, request.connection);
    this.#hold = services.bodies.hold();
    const limit = services.limits.json;
    this.#splitter = new LineSplitter((size) => {
      if (size > limit) throw longLine(limit);
      this.#hold.grow(this.#unparsed + size);
    });
  }

  /** Answers as text, several lines at once where they are there; ends when the client leaves, and cancels what is being called then. */
  async *answers(): AsyncGenerator<string> {
    const { signal } = this.#request;
    const leave = () => {
      this.#left.abort(signal.reason);
      this.#wake();
    };
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave);
    const { closing } = this.#services;
    const end = () => this.#end();
    closing.addEventListener("abort", end);
    const lines = this.#arriving();
    try {
      while (!this.#left.signal.aborted) {
        const changed = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        if (!this.#reading && !this.#over && this.#hasRoom) void this.#read(lines);
        const text = this.#taken();
        if (text !== "") {
          yield text;
          // A call that waits for nothing lets nobody else run.
          await breathe();
        } else if (this.#over && this.#answers.length === 0) return;
        else await changed;
      }
    } finally {
      signal.removeEventListener("abort", leave);
      closing.removeEventListener("abort", end);
      // Of an answer that nobody reads on, the calls under way end too.
      this.#left.abort(new Error("The client reads no more answers."));
      this.#hold.release();
      for (const { bytes } of this.#answers.splice(0)) this.#services.heap.give(bytes);
      void lines.return(undefined).catch(() => {});
    }
  }

  /** Ends with the lines that are being called: the host ends, and a client may have more to send for long. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#begin(hostEnds());
    this.#wake();
  }

  /** Begins calls of the lines that come, until there are as many as may be. */
  async #read(lines: AsyncGenerator<Line>): Promise<void> {
    this.#reading = true;
    while (this.#hasRoom && !this.#left.signal.aborted) {
      const { done, value } = await lines.next();
      if (done) this.#over = true;
      if (done || this.#over) break;
      this.#begin(value);
    }
    this.#reading = false;
    this.#wake();
  }

  /** Lines as they come; the last is an error where more came than may, or less than was announced. */
  async *#arriving(): AsyncGenerator<Line> {
    const counted = () => ++this.#lines > lineBounds.lines.value;
    try {
      for await (const piece of this.#request.body.pieces()) {
        for (const line of this.#splitter.push(piece)) {
          if (counted()) throw manyLines();
          if (!isEmpty(line)) yield line;
          else if (this.#lines % 1_000 === 0) await breathe();
        }
      }
      const last = this.#splitter.last();
      if (last !== undefined && !isEmpty(last)) yield last;
    } catch (error) {
      yield error as HotcellError;
    }
  }

  get #hasRoom(): boolean {
    return this.#answers.length < this.#atOnce;
  }

  /** Answers that are there, of the first lines: nobody's overtakes another's. */
  #taken(): string {
    let text = "";
    while (this.#answers[0]?.text !== undefined) {
      const { text: line, bytes } = this.#answers.shift()!;
      text += line;
      this.#services.heap.give(bytes);
    }
    return text;
  }

  #begin(line: Line): void {
    const answer: AnsweredLine = { text: undefined, bytes: 0 };
    this.#answers.push(answer);
    const refused = (thrown: unknown) =>
      `{"error":${problemAnswer(thrown, this.#services).body as string}}\n`;
    const settle = (text: string) => {
      answer.text = text;
      const { resolve } = this.#ended;
      this.#ended = Promise.withResolvers();
      resolve();
      this.#wake();
    };
    const called = caught(() => {
      if (line instanceof HotcellError) throw line;
      return after(this.#call(line), (text) => {
        // Two bytes for a character, as texts may take.
        this.#services.heap.take(2 * text.length, "the answer to a line");
        answer.bytes = 2 * text.length;
        return text;
      });
    }, refused);
    void after(called, settle);
  }

  /** Line of the answer to a line. Throws, or rejects with, what refuses or ends the call. */
  #call(line: Uint8Array): Soon<string> {
    const { access } = this.#services;
    const { headers, plugin, connection } = this.#request;
    const number = this.#lines;
    // The first is counted as the request.
    if (number > 1) {
      const identity = access.check("call", headers, plugin, connection);
      takeQuota(this.#services, identity, headers, plugin, connection);
    }
    return this.#attempt(line, number);
  }

  /** Waits where the plugin's queue is full of calls of this request: they are the reason, and nobody else. */
  #attempt(line: Uint8Array, number: number): Soon<string> {
    const call = () => {
      this.#running++;
      return ended(
        () =>
          after(callableFor(this.#request, this.#services), (callable) =>
            this.#callWith(callable, line, number),
          ),
        () => {
          this.#running--;
        },
      );
    };
    return caught(call, (thrown) => {
      const isCrowded = thrown instanceof HotcellError && thrown.code === "too-many-calls";
      if (!isCrowded || this.#running === 0) throw thrown;
      this.#atOnce = Math.min(this.#atOnce, this.#running);
      return this.#ended.promise.then(() => this.#attempt(line, number));
    });
  }

  #callWith(callable: Callable, line: Uint8Array, number: number): Soon<string> {
    const { caller } = this.#request;
    callable.requireArgumentBytes(line.byteLength);
    const room = callable.argumentRoom(this.#services.heap);
    const take = () => argumentsFrom(line, callable.json, room, `Line ${number}`);
    const context = { fuel: 0, signal: () => this.#left.signal, caller, trace: this.#trace };
    return ended(
      () =>
        after(this.#parsed(callable, line, take), (args) =>
          after(
            makeCall(callable, args, this.#services, context, false, lineBounds.answer.value),
            ({ body }) => {
              const result = body === undefined ? "" : `"result":${body as string}`;
              const fuel = context.fuel > 0 ? `"fuel":${context.fuel}` : "";
              return `{${result}${result && fuel && ","}${fuel}}\n`;
            },
          ),
        ),
      () => room.release(),
    );
  }

  #parsed(callable: Callable, line: Uint8Array, take: () => unknown[]): Soon<unknown[]> {
    if (line.byteLength <= smallBody) return take();
    this.#unparsed += line.byteLength;
    return ended(
      () => callable.whenFree("large", take),
      () => {
        this.#unparsed -= line.byteLength;
        this.#hold.release();
        this.#hold.grow(this.#unparsed + this.#splitter.size);
      },
    );
  }
}

function isEmpty(line: Line): boolean {
  return (
    !(line instanceof HotcellError) && line.every((byte) => byte === 0x0d || byte === 0x20 || byte === 0x09)
  );
}

function longLine(limit: number): HotcellError {
  return new HotcellError("too-large", `The line is longer than ${limit} bytes.`, {
    limit,
    remedy: lessThanCeiling("argumentBytes"),
  });
}

function hostEnds(): HotcellError {
  return new HotcellError("closed", "The host ends. No line behind those that are answered was called.", {
    remedy: "Send the other lines to another host, or when this one is back.",
  });
}

function manyLines(): HotcellError {
  const limit = lineBounds.lines.value;
  return new HotcellError(
    "too-large",
    `The request has more than ${limit} lines. Those before are answered.`,
    {
      limit,
      remedy: "Send the other lines in another request.",
    },
  );
}

function keyOfMany(): HotcellError {
  return new HotcellError("bad-request", "An Idempotency-Key is for one call, and this request has many.", {
    subject: "Idempotency-Key",
    remedy: "Send calls that are to be made once each by itself, or leave the key out.",
  });
}

function codedLines(): HotcellError {
  return new HotcellError(
    "unsupported-coding",
    "Lines are read as they come, and not with a Content-Encoding.",
    {
      subject: "Content-Encoding",
      expected: "identity",
      remedy: "Send the lines as they are, without Content-Encoding.",
      extra: { acceptEncoding: "identity" },
    },
  );
}
