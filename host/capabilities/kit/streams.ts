/** `wasi:io/streams` and `wasi:io/error`, and the interfaces that hand them out import these same classes. */
import { cellBounds } from "../../bounds/cell-bounds.ts";
import { suspending } from "../../engine/engine.ts";
import { ComponentError, TrapError } from "../../errors.ts";
import type { HostObjects } from "./host-objects.ts";
import { HostResource } from "./host-resource.ts";
import { cannotWait, type Event, now, Pollable } from "./pollable.ts";

/** Bytes that one write may bring, and one read gives. The smallest of what WASI lets a guest count on is 4096. */
export const maxWrite = cellBounds.write.value;

const mostRoom = BigInt(maxWrite);

/** Cell as its streams know it. */
interface StreamCell {
  readonly objects: HostObjects;
  readonly Pollable: typeof Pollable;
}

/** Source of the bytes of an input stream, ready where it has some, has come to its end, or has failed. */
export interface Source extends Event {
  /** At most so many; none where none are here; undefined at the end. Throws ComponentError with a `stream-error`. */
  read(max: number): Uint8Array | undefined;
  /** Units of fuel that a read costs more than others do. */
  readonly price?: number;
  /** The guest has dropped its stream. */
  dropped?(): void;
}

/** Sink of the bytes of an output stream. */
export interface Sink {
  /** Units of fuel that a write costs more than others do. */
  readonly price?: number;
  /** No more than there is room for. */
  write(bytes: Uint8Array): void;
  /** Absent where it is always ready, and keeps nothing back. */
  readonly flow?: Flow;
  /** True where so many bytes may be written in an attempt (`HostRepeats`); absent: never. */
  holds?(bytes: number): boolean;
  /** The guest has dropped its stream. */
  dropped?(): void;
}

/** Flow of a sink that may be full, ready where it has room or is closed. */
export interface Flow extends Event {
  /** Bytes that it takes now. Throws ComponentError with a `stream-error`, also of what went wrong before. */
  room(): number;
  /** Sends what it has kept back. */
  push(): void;
  /** True where it has no room until what was written is done: who flushes waits for that. */
  readonly confirms?: boolean;
}

const ended: Source = { ...now, read: () => undefined };

abstract class Stream extends HostResource {
  readonly #cell: StreamCell;
  readonly #event: Event;

  constructor(cell: StreamCell, event: Event, parent: HostResource | undefined) {
    super(cell.objects, parent);
    this.#cell = cell;
    this.#event = event;
  }

  subscribe(): Pollable {
    return new this.#cell.Pollable(this.#cell.objects, this.#event);
  }

  /** Resolves when the stream is ready. Traps where the guest can't be suspended. */
  protected async wait(name: string): Promise<void> {
    if (this.#cell.Pollable === Pollable) cannotWait(`wasi:io/streams#${name}`);
    await new Promise<void>((resolve) => this.#event.whenReady(resolve));
  }
}

/** Without a source it has come to its end. */
export class InputStream extends Stream {
  readonly #source: Source;

  constructor(cell: StreamCell, source = ended, parent?: HostResource) {
    super(cell, source, parent);
    this.#source = source;
  }

  get price(): number {
    return this.#source.price ?? 0;
  }

  read(length: bigint): Uint8Array {
    const bytes = this.#source.read(length < maxWrite ? Number(length) : maxWrite);
    if (bytes === undefined) throw atItsEnd;
    return bytes;
  }

  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    const bytes = this.read(length);
    if (bytes.length > 0 || length === 0n || this.#source.ready()) return bytes;
    return this.wait("[method]input-stream.blocking-read").then(() => this.blockingRead(length));
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#source.dropped?.();
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    const bytes = this.blockingRead(length);
    return bytes instanceof Promise ? bytes.then((read) => BigInt(read.length)) : BigInt(bytes.length);
  }
}

export class OutputStream extends Stream {
  readonly #sink: Sink;

  constructor(cell: StreamCell, sink: Sink, parent?: HostResource) {
    super(cell, sink.flow ?? now, parent);
    this.#sink = sink;
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#sink.dropped?.();
  }

  get price(): number {
    return this.#sink.price ?? 0;
  }

  /** See `Sink`. */
  holds(bytes: number): boolean {
    return this.#sink.holds?.(bytes) ?? false;
  }

  checkWrite(): bigint {
    const room = this.#room();
    return room === maxWrite ? mostRoom : BigInt(room);
  }

  write(contents: Uint8Array): void {
    const room = this.#room();
    if (contents.length > room) throw tooLong(contents.length, room);
    this.#sink.write(contents);
  }

  /** WASI lets it bring 4096 bytes; here it may bring what any write may. */
  blockingWriteAndFlush(contents: Uint8Array): undefined | Promise<undefined> {
    if (contents.length > maxWrite) throw tooLong(contents.length, maxWrite);
    return this.#writeAll(contents);
  }

  flush(): void {
    const { flow } = this.#sink;
    flow?.room();
    flow?.push();
  }

  /** Waits until there is room again, too: a guest may write in a loop that has no other wait. */
  blockingFlush(): undefined | Promise<undefined> {
    this.flush();
    return this.#room() > 0 ? undefined : this.#untilRoom("[method]output-stream.blocking-flush");
  }

  writeZeroes(length: bigint): void {
    const room = this.#room();
    if (length > room) throw tooLong(length, room);
    this.#sink.write(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): undefined | Promise<undefined> {
    if (length > maxWrite) throw tooLong(length, maxWrite);
    return this.#writeAll(new Uint8Array(Number(length)));
  }

  splice(source: InputStream, length: bigint): bigint {
    const room = BigInt(this.#room());
    if (room === 0n) return 0n;
    const bytes = source.read(length < room ? length : room);
    this.#sink.write(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint | Promise<bigint> {
    const room = BigInt(this.#room());
    if (room === 0n)
      return this.wait("[method]output-stream.blocking-splice").then(() =>
        this.blockingSplice(source, length),
      );
    const read = source.blockingRead(length < room ? length : room);
    const pass = (bytes: Uint8Array) => {
      this.#sink.write(bytes);
      return BigInt(bytes.length);
    };
    return read instanceof Promise ? read.then(pass) : pass(read);
  }

  #room(): number {
    return Math.min(maxWrite, this.#sink.flow?.room() ?? maxWrite);
  }

  #writeAll(contents: Uint8Array): undefined | Promise<undefined> {
    const room = this.#room();
    if (contents.length > room) return this.#writeOn(contents, room);
    this.#sink.write(contents);
    return this.#flushed();
  }

  #flushed(): undefined | Promise<undefined> {
    const { flow } = this.#sink;
    flow?.push();
    if (!flow?.confirms || this.#room() > 0) return undefined;
    return this.#untilRoom("[method]output-stream.blocking-write-and-flush");
  }

  async #untilRoom(name: string): Promise<undefined> {
    do await this.wait(name);
    while (this.#room() === 0);
  }

  async #writeOn(contents: Uint8Array, first: number): Promise<undefined> {
    for (let at = 0, room = first; ; room = this.#room()) {
      if (room > 0) this.#sink.write(contents.slice(at, at + room));
      at += room;
      if (at >= contents.length) break;
      await this.wait("[method]output-stream.blocking-write-and-flush");
    }
    return this.#flushed();
  }
}

/** Functions by which a guest may come to wait for what a stream leads to. */
export const streamWaits = [
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
  "wasi:io/streams#[method]input-stream.subscribe",
  "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-splice",
  "wasi:io/streams#[method]output-stream.subscribe",
];

/** The classes of streams for cells that can be suspended: the same objects, whose functions may be waited for. */
export class SuspendingInputStream extends InputStream {
  override blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    return super.blockingRead(length);
  }
  override blockingSkip(length: bigint): bigint | Promise<bigint> {
    return super.blockingSkip(length);
  }
}
suspending(SuspendingInputStream.prototype.blockingRead);
suspending(SuspendingInputStream.prototype.blockingSkip);

export class SuspendingOutputStream extends OutputStream {
  override blockingWriteAndFlush(contents: Uint8Array): undefined | Promise<undefined> {
    return super.blockingWriteAndFlush(contents);
  }
  override blockingFlush(): undefined | Promise<undefined> {
    return super.blockingFlush();
  }
  override blockingWriteZeroesAndFlush(length: bigint): undefined | Promise<undefined> {
    return super.blockingWriteZeroesAndFlush(length);
  }
  override blockingSplice(source: InputStream, length: bigint): bigint | Promise<bigint> {
    return super.blockingSplice(source, length);
  }
}
suspending(SuspendingOutputStream.prototype.blockingWriteAndFlush);
suspending(SuspendingOutputStream.prototype.blockingFlush);
suspending(SuspendingOutputStream.prototype.blockingWriteZeroesAndFlush);
suspending(SuspendingOutputStream.prototype.blockingSplice);

/** Error that an operation failed with. */
export class IoError extends HostResource {
  readonly #text: string;
  /** The same for those who know more of it: an `error-code` of `wasi:http`. */
  readonly code: unknown;

  constructor(objects: HostObjects, text: string, code?: unknown) {
    super(objects);
    this.#text = text;
    this.code = code;
  }

  toDebugString(): string {
    return this.#text;
  }
}

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
export const atItsEnd = new ComponentError({ tag: "closed" }, "The stream is closed.");

function tooLong(actual: number | bigint, room: number): TrapError {
  return new TrapError(`A write of ${actual} bytes is longer than check-write allowed: ${room}.`, {
    subject: "wasi:io/streams#[method]output-stream.write",
    limit: room,
    actual: `${actual}`,
    remedy: "Write no more at once than check-write returns.",
  });
}
