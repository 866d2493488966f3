/**
 * The host's end of what the cells in one process ask of their backends. The process is not believed: what our own code
 * there would not send is `Garbled`, and the process is ended.
 */
import { type Backend, UnexpectedData } from "../../backends/backend.ts";
import { BackendRoom, backendLimits, exchangeRoom } from "../../backends/backend-room.ts";
import { answerOf, serve } from "../../backends/backend-use.ts";
import { type Data, weighData } from "../../backends/data.ts";
import type { BoundBackends } from "../../backends/drivers.ts";
import { cellEnded } from "../../backends/exchange.ts";
import { backendBounds } from "../../bounds/cell-bounds.ts";
import type { CallOrigin } from "../../engine/call-context.ts";
import { asHotcellError, type HotcellError, isOfClass } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { besideName } from "./beside/beside-functions.ts";
import { readData, writeData } from "./data-codec.ts";
import { type FrameReader, FrameWriter, Garbled } from "./frame.ts";
import { cancelledBy, FramedExchange, isOfExchange } from "./framed-exchange.ts";
import { answer, exchanged, request, writeRefusal } from "./messages.ts";

export interface BackendServerOptions {
  readonly plugin: string;
  readonly backends: BoundBackends;
  /** The functions that are beside the process, where there are any. */
  readonly beside?: Backend | undefined;
  readonly heap: HeapAccount | undefined;
  /** Writes a frame to the process; `sent` is called when it has gone. */
  readonly send: (frame: Buffer, sent?: () => void) => void;
  /** Ends the process, for what it sent. */
  readonly distrust: (why: string) => void;
  /** Origin of the call that the process is at: what it asks meanwhile it asks for that one. */
  readonly call: () => CallOrigin | undefined;
}

/** Asks and exchanges of a process that may be under way: those of a cell, of its deployment, and some that just ended. */
const maxOutstanding = 3 * backendLimits.outstanding;

/** Asks, exchanges that are begun, and messages of exchanges but for parts that arrive, in a second. */
const maxMessages = backendBounds.messages.value;

export class BackendServer {
  readonly #options: BackendServerOptions;
  readonly #room: BackendRoom;
  /** Ends of those that are under way, by id. */
  readonly #asks = new Map<number, (reason: HotcellError) => void>();
  readonly #exchanges = new Map<number, FramedExchange>();
  #closed = false;
  #counted = 0;
  #countedSince = 0;

  constructor(options: BackendServerOptions) {
    this.#options = options;
    this.#room = new BackendRoom(options.heap, maxOutstanding);
  }

  /** Takes a frame; tells whether it was for a backend. Throws `Garbled`. */
  receive(frame: FrameReader): boolean {
    if (frame.kind === answer.tell) this.#tell(frame);
    else if (frame.kind === answer.ask) this.#ask(frame);
    else if (frame.kind === answer.open) this.#open(frame);
    else if (!isOfExchange(frame)) return false;
    else this.#continue(frame);
    return true;
  }

  /** The process has ended. */
  close(): void {
    this.#closed = true;
    const reason = cellEnded(this.#options.plugin);
    for (const cut of this.#asks.values()) cut(reason);
    for (const { end } of this.#exchanges.values()) end.cut(reason);
    this.#exchanges.clear();
  }

  #tell(frame: FrameReader): void {
    const { backend, operation, data } = this.#read(frame);
    try {
      backend.tell?.(operation, data);
    } catch (error) {
      throw error instanceof UnexpectedData ? new Garbled(error.message) : error;
    }
  }

  #ask(frame: FrameReader): void {
    const { id, left } = frame;
    const admitted = this.#admit(frame, left);
    if (!admitted) return;
    const { backend, operation, data, give } = admitted;
    const aborting = new AbortController();
    /** Tells whether it was under way still. */
    const settle = () => {
      give();
      return !aborting.signal.aborted && this.#asks.delete(id);
    };
    // A driver that never answers keeps nothing of what it was asked.
    this.#asks.set(id, (reason) => {
      settle();
      aborting.abort(reason);
    });
    const answered = (answer: Data) => settle() && this.#reply(id, answer);
    const asked = answerOf(backend, operation, data, aborting.signal, this.#options.call());
    if (!(asked instanceof Promise)) answered(asked);
    else
      asked.then(
        answered,
        (error: HotcellError) => this.#failed(error) || (settle() && this.#refuse(id, error)),
      );
  }

  #open(frame: FrameReader): void {
    const { id, left } = frame;
    const admitted = this.#admit(frame, left + exchangeRoom);
    if (!admitted) return;
    const { backend, operation, data, give } = admitted;
    const exchange = new FramedExchange(id, this.#options.send, () => {
      this.#exchanges.delete(id);
      give();
    });
    this.#exchanges.set(id, exchange);
    void serve(
      { open: (...args) => this.#judged(async () => backend.open?.(...args)) },
      operation,
      data,
      exchange.end,
      this.#options.call(),
    );
  }

  /** One that is over already may still be on its way here. */
  #continue(frame: FrameReader): void {
    const exchange = this.#exchanges.get(frame.id);
    // Parts wait for credit.
    if (!exchange || frame.kind !== exchanged.part) this.count();
    if (exchange) {
      exchange.receive(frame, () => cancelledBy(this.#options.plugin));
      return;
    }
    if (frame.kind === exchanged.cancel) this.#asks.get(frame.id)?.(cancelledBy(this.#options.plugin));
  }

  /** One more message that does not wait for anything of ours. Throws `Garbled` for more in a second than ours sends. */
  count(): void {
    const now = performance.now();
    if (now - this.#countedSince > 1000) {
      this.#countedSince = now;
      this.#counted = 0;
    }
    if (++this.#counted > maxMessages)
      throw new Garbled(`it sent its backends more than ${maxMessages} messages in a second`);
  }

  /** Room for what is asked; refuses it where there is none. Throws `Garbled`. */
  #take({ id }: FrameReader, bytes: number): (() => void) | undefined {
    this.count();
    if (this.#asks.has(id) || this.#exchanges.has(id)) throw new Garbled("it asked twice by one number");
    if (this.#room.outstanding >= maxOutstanding)
      throw new Garbled("it has too much under way in its backends");
    try {
      return this.#room.take(bytes);
    } catch (error) {
      this.#refuse(id, asHotcellError(error));
      return undefined;
    }
  }

  /** Whatever is asked, with what gives its room back. Undefined where it was refused. Throws `Garbled`, and keeps no room then. */
  #admit(frame: FrameReader, bytes: number) {
    const give = this.#take(frame, bytes);
    if (!give) return undefined;
    try {
      return { ...this.#read(frame), give };
    } catch (error) {
      give();
      throw error;
    }
  }

  #read(frame: FrameReader) {
    if (frame.kind !== answer.tell && frame.left > maxAsk)
      throw new Garbled("it asked for something with too many bytes");
    const name = frame.text();
    const operation = frame.text();
    const data = readData(frame);
    frame.end();
    const { backends, beside } = this.#options;
    const backend = name === besideName ? beside : backends.find(name);
    if (!backend) throw new Garbled("it asked a backend that it does not have");
    return { backend, operation, data };
  }

  /** An answer is kept for as long as the process has not read it. */
  #reply(id: number, data: Parameters<typeof writeData>[1]): void {
    let give: () => void;
    try {
      give = this.#room.keep(weighData(data));
    } catch (error) {
      this.#refuse(id, asHotcellError(error));
      return;
    }
    const out = new FrameWriter(request.reply);
    writeData(out, data);
    if (this.#closed) give();
    else this.#options.send(out.finish(id), give);
  }

  #refuse(id: number, error: HotcellError): void {
    if (this.#closed) return;
    const out = new FrameWriter(request.refusal);
    writeRefusal(out, error);
    this.#options.send(out.finish(id));
  }

  async #judged(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#failed(asHotcellError(error));
      throw error;
    }
  }

  /** Tells whether it failed of data that our own code would not have sent. */
  #failed({ facts: { cause } }: HotcellError): boolean {
    if (!isOfClass(cause, UnexpectedData)) return false;
    this.#options.distrust(cause.message);
    return true;
  }
}

/** Bytes of a message that asks, its names among them. */
export const maxAsk = backendLimits.data + 1024;
