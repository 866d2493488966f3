import type { GuestExchange } from "./guest-exchange.ts";
import { failure, OutgoingMessage } from "./outgoing-message.ts";
import { OutgoingPipe } from "./outgoing-pipe.ts";

/** Response that a guest makes (`wasi:http/types`). */
export class OutgoingResponse extends OutgoingMessage {
  #status = 200;
  /** Pipe of its body, where that was asked for. */
  #pipe: OutgoingPipe | undefined;

  statusCode(): number {
    return this.#status;
  }
  setStatusCode(status: number): void {
    if (status < 100 || status > 999) throw failure;
    this.#status = status;
  }

  protected override pipe(): OutgoingPipe | undefined {
    const { exchange } = this.cell;
    this.#pipe = exchange && this.#newPipe(exchange);
    return this.#pipe;
  }

  /** Bytes of its body by now. */
  get written(): number {
    return this.#pipe?.written ?? 0;
  }

  /** The guest gives it for the answer. */
  send(exchange: GuestExchange): void {
    const pipe = this.#pipe ?? this.#newPipe(exchange).close();
    const fields = this.fields.raw();
    this.#pipe = undefined;
    this[Symbol.dispose]();
    exchange.respond(this.#status, fields, pipe);
  }

  protected override leave(): void {
    super.leave();
    this.#pipe?.abandon();
  }

  #newPipe({ exchange }: GuestExchange): OutgoingPipe {
    const { declared } = this;
    const bodiless = exchange.request.method === "HEAD";
    return new OutgoingPipe(this.cell.objects, "response", () =>
      bodiless || this.#status === 304 ? undefined : declared,
    );
  }
}
