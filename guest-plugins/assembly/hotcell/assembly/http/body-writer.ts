// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { OutgoingBody } from "wasi:http/types";
import { OutputStream, StreamError } from "wasi:io/streams";
import { FieldEntries } from "./field-entries";
import { finish } from "./outgoing";
import { utf8 } from "./texts";

/** The body of an answer, piece by piece. Where the client is slower than the plugin, writing waits for it. */
@final export class BodyWriter {
  private closed: bool;
  private ended: bool = false;
  private trailers: FieldEntries | null = null;
  private stream: OutputStream | null;

  /** `hasContent`: false for answers without any, as those to HEAD; what is written is left out of them. */
  constructor(
    private body: OutgoingBody,
    hasContent: bool,
  ) {
    this.stream = hasContent ? body.write().unwrap() : null;
    this.closed = !hasContent;
  }

  /** Sends bytes, at the latest when more come than the host holds back. False once nobody reads any more. */
  write(bytes: Uint8Array): bool {
    if (this.closed || this.ended) return false;
    const stream = this.stream!;
    const length = bytes.length;
    for (let at = 0; at < length; ) {
      const room = stream.checkWrite();
      if (room.isErr) return this.close(room.unwrapErr());
      const size = <i32>min<u64>(room.unwrap(), <u64>(length - at));
      if (!size) {
        const pollable = stream.subscribe();
        pollable.block();
        pollable.drop();
        continue;
      }
      const written = stream.write(size == length ? bytes : bytes.subarray(at, at + size));
      if (written.isErr) return this.close(written.unwrapErr());
      at += size;
    }
    return true;
  }

  /** The same of a text, as UTF-8. */
  text(text: string): bool {
    return this.write(utf8(text));
  }

  /** Has the client get now what was written: for events that don't wait for the next ones. */
  flush(): bool {
    if (this.closed || this.ended) return false;
    const flushed = this.stream!.flush();
    return flushed.isOk || this.close(flushed.unwrapErr());
  }

  /** A field after the body, for clients that want trailers. */
  trailer(name: string, value: string): void {
    let trailers = this.trailers;
    if (!trailers) this.trailers = trailers = new FieldEntries();
    trailers.append(name, value);
  }

  /** Ends the body, as the end of the handler does by itself. */
  end(): void {
    if (!this.leave()) return;
    const trailers = this.trailers;
    finish(this.body, trailers ? trailers.toFields() : null);
  }

  /** Cuts it off, so that the client sees that it is not whole. */
  abort(): void {
    if (this.leave()) this.body.drop();
  }

  /** False where it has been ended before. */
  private leave(): bool {
    if (this.ended) return false;
    this.ended = true;
    const stream = this.stream;
    if (stream) stream.drop();
    return true;
  }

  private close(error: StreamError): bool {
    if (error.isLastOperationFailed) error.asLastOperationFailed().drop();
    this.closed = true;
    return false;
  }
}
