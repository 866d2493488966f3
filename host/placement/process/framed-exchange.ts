/** One end of an exchange whose other end is in another process. */
import type { Data } from "../../backends/data.ts";
import { ExchangeEnd, exchangeBytes } from "../../backends/exchange.ts";
import { PartQueue } from "../../backends/part-queue.ts";
import { HotcellError } from "../../errors.ts";
import { readData, writeData } from "./data-codec.ts";
import { type FrameReader, FrameWriter, Garbled } from "./frame.ts";
import { exchanged, writeRefusal } from "./messages.ts";

/** Bytes that were taken before the other end is told that there is room for more. */
const creditStep = exchangeBytes.window / 2;

/**
 * Each end may have sent so many bytes of parts (as they are in frames) that were not taken yet: it starts with a window,
 * spends of it, and gets back what the other one says it has taken. What goes beyond is `Garbled`, and so is credit for
 * more than was sent.
 */
export class FramedExchange {
  readonly end: ExchangeEnd;
  readonly #id: number;
  readonly #send: (frame: Buffer) => void;
  readonly #incoming: PartQueue;
  /** Bytes that this end may send. */
  #room: number = exchangeBytes.window;
  #waiting: PromiseWithResolvers<void>[] = [];
  /** Bytes that were taken and not told of. */
  #taken = 0;
  readonly #look: (part: Data) => void;
  /** Set where nobody takes parts at the other end any more. */
  #unheard = false;

  /**
   * `send` writes a frame to the other process; `over` is called once, when no more parts can go either way; `look` sees
   * each part that has come, and may throw `Garbled`.
   */
  constructor(
    id: number,
    send: (frame: Buffer) => void,
    over: () => void,
    look: (part: Data) => void = () => {},
  ) {
    this.#look = look;
    this.#id = id;
    this.#send = send;
    this.#incoming = new PartQueue((bytes) => this.#took(bytes));
    const room = () => this.#room;
    const outgoing = {
      get open() {
        return room() >= exchangeBytes.part + exchangeBytes.partOverhead;
      },
      send: (part: Data, bytes: number) => this.#sendPart(part, bytes),
      end: () => this.#say(exchanged.end),
      cancel: (reason: HotcellError) => this.#say(exchanged.cancel, (out) => writeRefusal(out, reason)),
    };
    this.end = new ExchangeEnd(this.#incoming, outgoing, () => {
      for (const sender of this.#waiting.splice(0)) sender.resolve();
      over();
    });
  }

  /** Takes a frame of this exchange. `why` is the reason of one that was cancelled. Throws `Garbled`. */
  receive(frame: FrameReader, why: (frame: FrameReader) => HotcellError): void {
    if (frame.kind === exchanged.part) {
      const bytes = frame.left + exchangeBytes.partOverhead;
      if (this.#incoming.ended) throw new Garbled("it sent a part after the last");
      if (frame.left > exchangeBytes.part || this.#incoming.held + this.#taken + bytes > exchangeBytes.window)
        throw new Garbled("it sent more of an exchange than it had credit for");
      const part = readData(frame);
      frame.end();
      this.#look(part);
      this.#incoming.push(part, bytes);
    } else if (frame.kind === exchanged.end) {
      this.end.endIncoming();
    } else if (frame.kind === exchanged.credit) {
      this.#room += frame.u32();
      if (this.#room > exchangeBytes.window) throw new Garbled("it gave credit for more than it was sent");
      for (const sender of this.#waiting.splice(0)) sender.resolve();
    } else {
      this.end.cut(why(frame));
    }
  }

  /** True once the other end sends no more parts: it has ended, or the exchange is cut off. */
  get left(): boolean {
    return this.#incoming.ended || this.end.signal.aborted;
  }

  /** Drops what this end sends from now on: the other end takes no more, and may give no credit either. */
  drop(): void {
    this.#unheard = true;
    for (const sender of this.#waiting.splice(0)) sender.resolve();
  }

  async #sendPart(part: Data, bytes: number): Promise<void> {
    while (bytes > this.#room) {
      if (this.#unheard) return;
      const sender = Promise.withResolvers<void>();
      this.#waiting.push(sender);
      await sender.promise;
      if (this.end.signal.aborted) throw this.end.signal.reason;
    }
    this.#room -= bytes;
    // With just so much room it is sent, and freed, whole.
    const out = new FrameWriter(exchanged.part, bytes - exchangeBytes.partOverhead);
    writeData(out, part);
    this.#send(out.finish(this.#id));
  }

  #took(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < creditStep && this.#incoming.held > 0) return;
    const credit = this.#taken;
    this.#taken = 0;
    this.#say(exchanged.credit, (out) => out.u32(credit));
  }

  #say(kind: number, write: (out: FrameWriter) => void = () => {}): void {
    const out = new FrameWriter(kind);
    write(out);
    this.#send(out.finish(this.#id));
  }
}

/** Test for a frame of an exchange that is under way. */
export function isOfExchange({ kind }: FrameReader): boolean {
  return (Object.values(exchanged) as number[]).includes(kind);
}

/** Reason of an exchange that a plugin's process cancelled: nothing that it says is told further. */
export function cancelledBy(plugin: string): HotcellError {
  return new HotcellError("closed", `${plugin} has cut off what it had under way.`, {
    subject: plugin,
    remedy: "Call the plugin again.",
  });
}
