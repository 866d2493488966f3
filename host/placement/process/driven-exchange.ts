import type { Data } from "../../backends/data.ts";
import { carry, type Exchange } from "../../backends/exchange.ts";
import type { HotcellError } from "../../errors.ts";
import { type FrameReader, Garbled } from "./frame.ts";
import { cancelledBy, FramedExchange } from "./framed-exchange.ts";

/**
 * The host's end of an exchange that is driven in a process. Its parts go there only once the process has said that it
 * is there: one that ends before has taken none, and another may have them.
 */
export class DrivenExchange {
  readonly #plugin: string;
  readonly #exchange: Exchange;
  readonly #framed: FramedExchange;
  #back: Promise<void> | undefined;

  /** `id` is that of its frames; `over` is called once, when no more of them can come; for `look` see `FramedExchange`. */
  constructor(
    plugin: string,
    id: number,
    exchange: Exchange,
    send: (frame: Buffer) => void,
    over: () => void,
    look?: (part: Data) => void,
  ) {
    this.#plugin = plugin;
    this.#exchange = exchange;
    this.#framed = new FramedExchange(id, send, over, look);
  }

  /** Throws `Garbled`. */
  receive(frame: FrameReader): void {
    this.#framed.receive(frame, () => cancelledBy(this.#plugin));
    if (this.#back) return;
    this.#back = carry(this.#framed.end, this.#exchange);
    this.#back.catch(() => {});
    carry(this.#exchange, this.#framed.end).catch(() => {});
  }

  /** The process has answered, with what its export came to: its end is over before that. Throws `Garbled`. */
  answered(): void {
    if (!this.#framed.left) throw new Garbled("it answered before the end of its exchange");
    this.#framed.drop();
  }

  /** Resolves when the parts that came from there were taken. */
  async taken(): Promise<void> {
    await this.#back;
  }

  /** The process has ended. One that never heard of it leaves the exchange to another. */
  cut(reason: HotcellError): void {
    if (this.#back) this.#framed.end.cut(reason);
  }
}
