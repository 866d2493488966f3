/** `wasi:io/streams` and `wasi:io/error`, and the interfaces that hand them out import these same classes. */
import { cellBounds } from "../../bounds/cell-bounds.ts";
import { ComponentError, TrapError } from "../../errors.ts";
import type { CellContext } from "../capability.ts";
import type { Pollable } from "./pollable.ts";

/** Bytes that one write may bring. The smallest of what WASI lets a guest count on is 4096. */
export const maxWrite = cellBounds.write.value;

/** Sink of the bytes of an output stream. It is always ready. */
export interface Sink {
  write(bytes: Uint8Array): void;
}

abstract class Stream {
  readonly #cell: CellContext;

  constructor(cell: CellContext) {
    cell.objects.add();
    this.#cell = cell;
  }

  subscribe(): Pollable {
    return new this.#cell.Pollable(this.#cell.objects);
  }

  [Symbol.dispose](): void {
    this.#cell.objects.remove();
  }
}

/** One that has come to its end: no plugin is given anything to read yet. */
export class InputStream extends Stream {
  read(_length: bigint): Uint8Array {
    return closed();
  }
  blockingRead(_length: bigint): Uint8Array {
    return closed();
  }
  skip(_length: bigint): bigint {
    return closed();
  }
  blockingSkip(_length: bigint): bigint {
    return closed();
  }
}

export class OutputStream extends Stream {
  readonly #sink: Sink;

  constructor(cell: CellContext, sink: Sink) {
    super(cell);
    this.#sink = sink;
  }

  checkWrite(): bigint {
    return BigInt(maxWrite);
  }

  write(contents: Uint8Array): void {
    if (contents.length > maxWrite) throw tooLong(contents.length);
    this.#sink.write(contents);
  }

  blockingWriteAndFlush(contents: Uint8Array): void {
    this.write(contents);
  }

  flush(): void {}
  blockingFlush(): void {}

  writeZeroes(length: bigint): void {
    if (length > maxWrite) throw tooLong(length);
    this.#sink.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    this.writeZeroes(length);
  }

  splice(source: InputStream, length: bigint): bigint {
    const bytes = source.read(length < maxWrite ? length : BigInt(maxWrite));
    this.#sink.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint {
    return this.splice(source, length);
  }
}

/** Error that an operation failed with. No stream of the host's fails so far. */
export class IoError {
  toDebugString(): string {
    return "";
  }
}

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const atItsEnd = new ComponentError({ tag: "closed" }, "The stream is closed.");

function closed(): never {
  throw atItsEnd;
}

function tooLong(actual: number | bigint): TrapError {
  return new TrapError(`A write of ${actual} bytes is longer than check-write allowed: ${maxWrite}.`, {
    subject: "wasi:io/streams#[method]output-stream.write",
    limit: maxWrite,
    actual: `${actual}`,
    remedy: "Write no more at once than check-write returns.",
  });
}
