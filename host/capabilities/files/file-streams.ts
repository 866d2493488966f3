/** Streams of the content of files. */
import type { Data } from "../../backends/data.ts";
import { transferBytes } from "../../backends/files/file-request.ts";
import { ComponentError, type HotcellError } from "../../errors.ts";
import { hostCosts } from "../../fuel-prices.ts";
import { Waiter } from "../http/waiter.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { atItsEnd, type Flow, IoError, type Sink, type Source } from "../kit/streams.ts";
import type { FileHandle } from "./guest-files.ts";

/** Error of a stream, which tells its code to who asks the file system for it. */
export class FileIoError extends IoError {
  readonly fileCode: string;

  constructor(objects: HostObjects, code: string) {
    super(objects, `The file system answers ${code}.`);
    this.fileCode = code;
  }
}

/** Outcome of what a stream had under way, told with the next thing that is asked of it: the failure once, then the end. */
class Failure {
  readonly #objects: HostObjects;
  #thrown: unknown;
  #told = false;

  constructor(objects: HostObjects) {
    this.#objects = objects;
  }

  get happened(): boolean {
    return this.#thrown !== undefined;
  }

  set(thrown: unknown): void {
    this.#thrown = thrown;
  }

  check(): void {
    const thrown = this.#thrown;
    if (thrown === undefined) return;
    if (!(thrown instanceof ComponentError)) throw thrown as HotcellError;
    if (this.#told) throw atItsEnd;
    this.#told = true;
    const val = new FileIoError(this.#objects, thrown.payload as string);
    throw new ComponentError({ tag: "last-operation-failed", val });
  }
}

/** Content of a file from a place on. It is read when it is asked for, and no more of it than that. */
export class FileSource implements Source {
  readonly price = hostCosts.file;
  readonly #file: FileHandle;
  readonly #failure: Failure;
  readonly #progress = new Waiter();
  #offset: bigint;
  #bytes: Uint8Array | undefined;
  #ended = false;
  #reading = false;

  readonly #end: bigint;

  /** `end`: place at which it ends, where the file does not before. */
  constructor(objects: HostObjects, file: FileHandle, offset: bigint, end: bigint = (1n << 64n) - 1n) {
    this.#file = file.hold();
    this.#failure = new Failure(objects);
    this.#offset = offset;
    this.#end = end;
  }

  ready(): boolean {
    const ready = this.#bytes !== undefined || this.#ended || this.#failure.happened;
    if (!ready) this.#read(transferBytes);
    return ready;
  }

  whenReady(callback: () => void): () => void {
    return this.#progress.wait(callback, this.ready());
  }

  read(max: number): Uint8Array | undefined {
    this.#failure.check();
    const bytes = this.#bytes;
    if (bytes === undefined) {
      if (this.#ended) return undefined;
      if (max > 0) this.#read(max);
      return nothing;
    }
    const given = bytes.subarray(0, max);
    this.#bytes = given.length < bytes.length ? bytes.subarray(given.length) : undefined;
    return given;
  }

  dropped(): void {
    this.#file.release();
  }

  #read(most: number): void {
    if (this.#reading) return;
    this.#reading = true;
    const { session, number } = this.#file;
    const left = this.#end - this.#offset;
    const wanted = Math.min(most, transferBytes);
    session
      .ask("read", number, this.#offset, left < wanted ? Number(left) : wanted)
      .then(
        (answer) => this.#take((answer as readonly Data[])[0] as Uint8Array),
        (thrown) => this.#failure.set(thrown),
      )
      .then(() => {
        this.#reading = false;
        this.#progress.tell();
      });
  }

  #take(bytes: Uint8Array): void {
    this.#offset += BigInt(bytes.length);
    if (bytes.length === 0) this.#ended = true;
    else this.#bytes = bytes;
  }
}

/** Place in a file that is written to from there on, or its end, wherever that is by then. */
export class FileSink implements Sink, Flow {
  readonly price = hostCosts.file;
  readonly #file: FileHandle;
  readonly #durable: boolean;
  readonly #failure: Failure;
  readonly #progress = new Waiter();
  /** Undefined where it is always the end. */
  #offset: bigint | undefined;
  #writing = false;
  #last: Promise<void> = Promise.resolve();
  readonly confirms = true;

  /** `durable`: each write is, before it is answered. */
  constructor(objects: HostObjects, file: FileHandle, offset: bigint | undefined, durable: boolean) {
    this.#file = file.hold();
    this.#durable = durable;
    this.#failure = new Failure(objects);
    this.#offset = offset;
  }

  get flow(): Flow {
    return this;
  }

  ready(): boolean {
    return this.#failure.happened || (!this.#writing && this.#file.session.room > 0);
  }

  whenReady(callback: () => void): () => void {
    return this.#writing || this.#failure.happened
      ? this.#progress.wait(callback, this.#failure.happened)
      : this.#file.session.whenRoom(callback);
  }

  room(): number {
    this.#failure.check();
    return this.#writing ? 0 : this.#file.session.room;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#writing = true;
    this.#last = this.#write(bytes);
    this.#last
      .catch((thrown) => this.#failure.set(thrown))
      .then(() => {
        this.#writing = false;
        this.#progress.tell();
      });
  }

  /** Rejects where the last thing that was written failed: after that there is none. */
  get outcome(): Promise<void> {
    return this.#last;
  }

  push(): void {}

  dropped(): void {
    this.#file.release();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { session, number } = this.#file;
    const offset = this.#offset;
    if (offset === undefined) await session.write(bytes, "append", number);
    else {
      this.#offset = offset + BigInt(bytes.length);
      await session.write(bytes, "write", number, offset);
    }
    if (this.#durable) await session.ask("sync", number);
  }
}

const nothing = new Uint8Array(0);
