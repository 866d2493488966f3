/** Exchange without HTTP: a request in memory, and a client who reads at the pace that a test wants. */
import type {
  HttpExchange,
  IncomingBytes,
  OutgoingBytes,
  RawFields,
  RequestHead,
  ResponseHead,
} from "../../host/capabilities/http/http-exchange.ts";
import { Waiter } from "../../host/capabilities/http/waiter.ts";
import { HotcellError } from "../../host/errors.ts";

export interface Asked {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: RawFields;
  /** Pieces of the body; a body that is fed by the test begins with none. */
  readonly body?: readonly (string | Uint8Array)[];
  readonly trailers?: RawFields;
  /** True where the test feeds the body, and ends it. */
  readonly fed?: boolean;
  /** Bytes that the client takes before it has read any: as many as come where it is absent. */
  readonly window?: number;
}

const bytesOf = (piece: string | Uint8Array) =>
  typeof piece === "string" ? new TextEncoder().encode(piece) : piece;

export class MemoryBody implements IncomingBytes {
  readonly waiting = new Waiter();
  readonly #pieces: Uint8Array[] = [];
  readonly #trailers: RawFields;
  #over = false;
  #failed: HotcellError | undefined;
  /** Bytes that the guest has read. */
  taken = 0;
  /** The most that it asked for at once. */
  most = 0;
  discarded = false;

  constructor(pieces: readonly (string | Uint8Array)[], trailers: RawFields, fed: boolean) {
    for (const piece of pieces) this.#pieces.push(bytesOf(piece));
    this.#trailers = trailers;
    this.#over = !fed;
  }

  feed(piece: string | Uint8Array): void {
    this.#pieces.push(bytesOf(piece));
    this.waiting.tell();
  }

  end(): void {
    this.#over = true;
    this.waiting.tell();
  }

  breakOff(error = new HotcellError("bad-request", "The request's body broke off.")): void {
    this.#failed = error;
    this.waiting.tell();
  }

  get readable(): boolean {
    return this.#pieces.length > 0 || this.#over || this.#failed !== undefined;
  }

  read(max: number): Uint8Array | undefined {
    this.most = Math.max(this.most, max);
    const [first] = this.#pieces;
    if (first === undefined) {
      if (this.#failed) throw this.#failed;
      return this.#over ? undefined : new Uint8Array(0);
    }
    if (first.length > max) this.#pieces[0] = first.subarray(max);
    else this.#pieces.shift();
    const given = first.slice(0, max);
    this.taken += given.length;
    return given;
  }

  whenReadable(callback: () => void): () => void {
    if (!this.readable) return this.waiting.wait(callback);
    callback();
    return () => {};
  }

  get trailers(): RawFields {
    return this.#over && this.#pieces.length === 0 ? this.#trailers : [];
  }

  discard(): void {
    this.discarded = true;
  }
}

/** Response as its client sees it. */
export class MemoryResponse implements OutgoingBytes {
  readonly head: ResponseHead;
  readonly pieces: Uint8Array[] = [];
  readonly waiting = new Waiter();
  readonly #window: number;
  #unread = 0;
  /** Times that the guest had sent what there was. */
  flushes = 0;
  end: "finished" | "aborted" | "left" | undefined;
  trailers: RawFields | undefined;

  constructor(head: ResponseHead, window: number) {
    this.head = head;
    this.#window = window;
  }

  get status(): number {
    return this.head.status;
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  get size(): number {
    return this.pieces.reduce((size, piece) => size + piece.length, 0);
  }

  /** First value of a field. */
  field(name: string): string | undefined {
    const { fields } = this.head;
    for (let i = 0; i < fields.length; i += 2) if (fields[i]!.toLowerCase() === name) return fields[i + 1];
    return undefined;
  }

  get room(): number {
    return this.#window - this.#unread;
  }

  write(bytes: Uint8Array): void {
    if (this.end !== undefined) throw new Error(`written to after its end (${this.end})`);
    if (bytes.length > this.room)
      throw new Error(`${bytes.length} bytes written where there was room for ${this.room}`);
    this.pieces.push(bytes);
    if (this.#window !== Number.POSITIVE_INFINITY) this.#unread += bytes.length;
  }

  flush(): void {
    this.flushes++;
  }

  whenRoom(callback: () => void): () => void {
    if (this.room === 0 && !this.closed) return this.waiting.wait(callback);
    callback();
    return () => {};
  }

  get closed(): boolean {
    return this.end === "left";
  }

  finish(trailers: RawFields | undefined): void {
    if (this.end !== undefined) throw new Error(`finished after its end (${this.end})`);
    this.end = "finished";
    this.trailers = trailers;
  }

  abort(): void {
    this.end ??= "aborted";
  }

  /** The client reads on. */
  take(bytes = this.#unread): void {
    this.#unread -= Math.min(bytes, this.#unread);
    this.waiting.tell();
  }

  leave(): void {
    this.end ??= "left";
    this.waiting.tell();
  }
}

export class MemoryExchange implements HttpExchange {
  readonly request: RequestHead;
  readonly body: MemoryBody | undefined;
  readonly informed: ResponseHead[] = [];
  readonly #window: number;
  readonly #begun = Promise.withResolvers<MemoryResponse>();
  response: MemoryResponse | undefined;

  constructor(asked: Asked = {}) {
    const { method = "GET", target = "/", fields = [], body, trailers = [], fed = false } = asked;
    this.request = { method, scheme: "http", authority: "example.com", target, fields };
    this.body = body || fed ? new MemoryBody(body ?? [], trailers, fed) : undefined;
    this.#window = asked.window ?? Number.POSITIVE_INFINITY;
  }

  /** Resolves when the response begins. */
  get begun(): Promise<MemoryResponse> {
    return this.#begun.promise;
  }

  inform(head: ResponseHead): void {
    this.informed.push(head);
  }

  respond(head: ResponseHead): OutgoingBytes {
    if (this.response) throw new Error("responded twice");
    this.response = new MemoryResponse(head, this.#window);
    this.#begun.resolve(this.response);
    return this.response;
  }
}
