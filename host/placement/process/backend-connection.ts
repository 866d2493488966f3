/** The process's end: backends that are in the host. */
import type { Backend } from "../../backends/backend.ts";
import type { Data } from "../../backends/data.ts";
import { type Exchange, relay } from "../../backends/exchange.ts";
import { readData, writeData } from "./data-codec.ts";
import { type FrameReader, FrameWriter } from "./frame.ts";
import { FramedExchange, isOfExchange } from "./framed-exchange.ts";
import { answer, exchanged, readRefusal, request } from "./messages.ts";

export class BackendConnection {
  readonly #send: (frame: Buffer) => void;
  readonly #asks = new Map<number, PromiseWithResolvers<Data>>();
  readonly #exchanges = new Map<number, FramedExchange>();
  #lastId = 0;

  constructor(send: (frame: Buffer) => void) {
    this.#send = send;
  }

  backend(name: string): Backend {
    return {
      ask: (operation, data, signal) => this.#ask(name, operation, data, signal),
      tell: (operation, data) => this.#say(answer.tell, 0, name, operation, data),
      open: (operation, data, exchange) => this.#open(name, operation, data, exchange),
    };
  }

  /** Takes a frame; tells whether it was from a backend. */
  receive(frame: FrameReader): boolean {
    const ask = this.#asks.get(frame.id);
    if (frame.kind === request.reply) ask?.resolve(readData(frame));
    else if (frame.kind === request.refusal) {
      const error = readRefusal(frame);
      ask?.reject(error);
      this.#exchanges.get(frame.id)?.end.cut(error);
    } else if (!isOfExchange(frame)) return false;
    else this.#exchanges.get(frame.id)?.receive(frame, readRefusal);
    return true;
  }

  #ask(name: string, operation: string, data: Data, signal: AbortSignal): Promise<Data> {
    const id = this.#nextId();
    const asked = Promise.withResolvers<Data>();
    const cancel = () => {
      this.#send(new FrameWriter(exchanged.cancel).finish(id));
      asked.reject(signal.reason);
    };
    this.#asks.set(id, asked);
    signal.addEventListener("abort", cancel, { once: true });
    this.#say(answer.ask, id, name, operation, data);
    return asked.promise.finally(() => {
      this.#asks.delete(id);
      signal.removeEventListener("abort", cancel);
    });
  }

  /** Carries parts between the cell's exchange, of which `near` is the other end, and the driver's. */
  async #open(name: string, operation: string, data: Data, near: Exchange): Promise<void> {
    const id = this.#nextId();
    const far = this.#join(id);
    this.#say(answer.open, id, name, operation, data);
    await relay(near, far);
  }

  /** The exchange that the host has an export driven by. The host begins with its parts when it hears of this. */
  accept(id: number): Exchange {
    const exchange = this.#join(id);
    const out = new FrameWriter(exchanged.credit);
    out.u32(0);
    this.#send(out.finish(id));
    return exchange;
  }

  #join(id: number): Exchange {
    const framed = new FramedExchange(id, this.#send, () => this.#exchanges.delete(id));
    this.#exchanges.set(id, framed);
    return framed.end;
  }

  #say(kind: number, id: number, name: string, operation: string, data: Data): void {
    const out = new FrameWriter(kind);
    out.text(name);
    out.text(operation);
    writeData(out, data);
    this.#send(out.finish(id));
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    return this.#lastId;
  }
}
