/** The host's end of a request that an HTTP handler in a process answers. */
import type { Data } from "../../backends/data.ts";
import type { Exchange } from "../../backends/exchange.ts";
import { clientLeft } from "../../capabilities/http/guest-exchange.ts";
import type { HttpExchange, IncomingBytes, OutgoingBytes } from "../../capabilities/http/http-exchange.ts";
import { sizeOfFields } from "../../capabilities/http/http-fields.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { endPart, partBytes, type ResponsePart, ResponseReader, requestPart } from "./handler-parts.ts";

/** Carries a request to its handler, and the response to the client, at the pace of whoever is slower. */
export class HandlerPump {
  readonly #plugin: string;
  readonly #exchange: HttpExchange;
  /** The other end of what is driven. */
  readonly #near: Exchange;
  readonly #reader = new ResponseReader();
  #out: OutgoingBytes | undefined;
  #ended = false;
  #stopped = false;
  /** Ends of waiting for the client: for the request to come, and for room for the response. */
  readonly #waiting = new Set<() => void>();
  /** Reason why the request did not come whole. */
  #lack: HotcellError | undefined;
  /** Reason why the response can't be sent. */
  #failure: HotcellError | undefined;

  constructor(plugin: string, exchange: HttpExchange, near: Exchange) {
    this.#plugin = plugin;
    this.#exchange = exchange;
    this.#near = near;
    // Its process is gone, or may not go on: a client who reads nothing is no reason to wait.
    near.signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** Resolves when the response is with the client, or cut off. */
  async run(): Promise<void> {
    const up = this.#request().catch((thrown: unknown) => {
      if (!this.#near.signal.aborted) this.#cancel(asHotcellError(thrown));
    });
    try {
      await this.#response();
    } catch (thrown) {
      if (!this.#near.signal.aborted) this.#cancel(asHotcellError(thrown));
    } finally {
      this.#stop();
      await up;
      if (!this.#ended) this.#out?.abort();
      this.#exchange.body?.discard();
    }
  }

  /** Error that there was though the handler told of none. */
  get failure(): HotcellError | undefined {
    return this.#failure;
  }

  /** Error for an exchange over which the process failed with this one: what the client did comes first. */
  failureOf(told: unknown): unknown {
    return asHotcellError(told).code === "closed" ? (this.#failure ?? this.#lack ?? told) : told;
  }

  async #request(): Promise<void> {
    const { request, body } = this.#exchange;
    const size = request.target.length + sizeOfFields(request.fields);
    if (size > partBytes) throw headTooLarge(size);
    await this.#near.send(requestPart(request, body !== undefined));
    if (body) await this.#body(body);
    this.#near.end();
  }

  async #body(body: IncomingBytes): Promise<void> {
    while (!this.#stopped) {
      let bytes: Uint8Array | undefined;
      try {
        bytes = body.read(partBytes);
      } catch (thrown) {
        this.#lack = asHotcellError(thrown);
        await this.#near.send(endPart({ broken: this.#lack.code }));
        return;
      }
      if (bytes === undefined) {
        await this.#near.send(endPart({ trailers: body.trailers }));
        return;
      }
      if (bytes.length > 0) await this.#near.send(bytes);
      else await this.#until((resolve) => body.whenReadable(resolve));
    }
  }

  async #response(): Promise<void> {
    for (let part = await this.#near.receive(); part !== undefined; part = await this.#near.receive())
      await this.#take(part);
  }

  async #take(part: Data): Promise<void> {
    const { informed, head, bytes, end, abort }: ResponsePart = this.#reader.read(part);
    if (informed) this.#exchange.inform(informed);
    if (head) this.#out = this.#exchange.respond(head);
    const out = this.#out;
    if (!out) return;
    if (bytes) await this.#write(out, bytes);
    if (out.closed) {
      this.#cancel(clientLeft(this.#plugin));
      return;
    }
    if (end) out.finish(end.trailers);
    else if (abort) out.abort();
    else out.flush();
    this.#ended ||= end !== undefined || abort !== undefined;
  }

  async #write(out: OutgoingBytes, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !out.closed && !this.#near.signal.aborted; ) {
      const { room } = out;
      if (room > 0) {
        out.write(bytes.subarray(at, at + room));
        at += room;
      } else await this.#until((resolve) => out.whenRoom(resolve));
    }
  }

  #cancel(why: HotcellError): void {
    this.#failure ??= why;
    this.#near.cancel(why);
  }

  /** Nobody reads the request any more. */
  #stop(): void {
    this.#stopped = true;
    this.#wake();
    this.#near.cancel(new HotcellError("closed", "The response has ended.", { subject: this.#plugin }));
  }

  /** Waits for the client, no longer than anybody does for the response. */
  async #until(watch: (resolve: () => void) => () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = watch(resolve);
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    cancel();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}

function headTooLarge(actual: number): HotcellError {
  return new HotcellError(
    "headers-too-large",
    `The request's path and header have ${actual} bytes; a plugin in a process is told of ${partBytes}.`,
    { limit: partBytes, actual, remedy: "Send fewer or shorter header fields, or set placement to inline." },
  );
}
