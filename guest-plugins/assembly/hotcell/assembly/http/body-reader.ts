// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { IncomingBody } from "wasi:http/types";
import { InputStream } from "wasi:io/streams";

/**
 * A request's body, piece by piece. The host takes no more from the client than a window ahead of what is read here, so that a
 * body of any size goes through.
 */
@final export class BodyReader {
  private ended: bool = false;
  private broken: bool = false;
  private stream: InputStream;

  constructor(private body: IncomingBody) {
    this.stream = body.stream().unwrap();
  }

  /** What comes next, at most `max` bytes; waits for it. Null once the body has ended, or broken off: see `isWhole`. */
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
        this.broken = true;
        error.asLastOperationFailed().drop();
      }
      this.drop();
    }
    return null;
  }

  /** True once the body has ended as it should. */
  get isWhole(): bool {
    return this.ended && !this.broken;
  }

  /** True once it has broken off. */
  get isBroken(): bool {
    return this.broken;
  }

  /** The rest. Traps where it breaks off. */
  bytes(): Uint8Array {
    const first = this.read();
    if (first === null) return this.whole(new Uint8Array(0));
    let piece = this.read();
    if (piece === null) return this.whole(first);
    const pieces: Uint8Array[] = [first];
    let size = first.length;
    while (piece !== null) {
      pieces.push(piece);
      size += piece.length;
      piece = this.read();
    }
    const all = new Uint8Array(size);
    for (let i = 0, at = 0; i < pieces.length; at += pieces[i++].length) all.set(pieces[i], at);
    return this.whole(all);
  }

  /** Lets go what was not read. */
  drop(): void {
    if (this.ended) return;
    this.ended = true;
    this.stream.drop();
    this.body.drop();
  }

  private whole(bytes: Uint8Array): Uint8Array {
    assert(!this.broken, "the request's body broke off");
    return bytes;
  }
}
