// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { IncomingBody } from "wasi:http/types";
import { InputStream } from "wasi:io/streams";
import { FetchError } from "./fetch-error";
import { codeOfError } from "./outgoing-handler";

/** A response's body, piece by piece. The host takes no more from the server than a window ahead of what is read here. */
@final export class ResponseReader {
  private ended: bool = false;
  private failure: FetchError | null = null;
  private stream: InputStream;

  constructor(
    private body: IncomingBody,
    private asked: string,
  ) {
    this.stream = body.stream().unwrap();
  }

  /** What comes next, at most `max` bytes; waits for it. Null once the body has ended, or broken off: see `error`. */
  read(max: i32 = 65536): Uint8Array | null {
    while (!this.ended) {
      const read = this.stream.blockingRead(max);
      if (read.isOk) {
        const piece = read.unwrap();
        if (piece.length) return piece;
        continue;
      }
      const error = read.unwrapErr();
      if (error.isLastOperationFailed) {
        const failed = error.asLastOperationFailed();
        const code = codeOfError(failed);
        this.failure = FetchError.of(code, this.asked);
        failed.drop();
      }
      this.drop();
    }
    return null;
  }

  /** Why it broke off; null where it did not. */
  get error(): FetchError | null {
    return this.failure;
  }

  /** The rest; null where it breaks off, or has more than `max` bytes. */
  bytes(max: i32): Uint8Array | null {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = this.read(); piece; piece = this.read()) {
      size += piece.length;
      if (size > max) {
        this.failure = FetchError.named("HTTP-response-body-size", this.asked);
        this.drop();
        return null;
      }
      pieces.push(piece);
    }
    if (this.failure) return null;
    if (pieces.length == 1) return pieces[0];
    const all = new Uint8Array(size);
    for (let i = 0, at = 0; i < pieces.length; at += pieces[i++].length) all.set(pieces[i], at);
    return all;
  }

  /** Lets go what was not read. */
  drop(): void {
    if (this.ended) return;
    this.ended = true;
    this.stream.drop();
    this.body.drop();
  }
}
