/** Values of objects on their way to and from a guest (`wasi:blobstore/types`). */
import type { Data } from "../../backends/data.ts";
import { transferBytes } from "../../backends/files/file-request.ts";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { suspending } from "../../engine/engine.ts";
import { ComponentError } from "../../errors.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { InputStream, OutputStream } from "../kit/streams.ts";
import { FileSink, FileSource } from "./file-streams.ts";
import { FileHandle, type GuestFiles } from "./guest-files.ts";

/** Place that an object has, or is to have. */
export interface ObjectPlace {
  readonly container: string;
  readonly object: string;
}

/** Value that a guest writes. It is an object once it is finished, and nothing of it is seen before. */
export class OutgoingValue extends HostResource {
  readonly #files: GuestFiles;
  #file: Promise<FileHandle> | undefined;
  #place: ObjectPlace | undefined;
  #sink: FileSink | undefined;
  #streamed = false;

  constructor(files: GuestFiles) {
    super(files.cell.objects);
    this.#files = files;
  }

  async outgoingValueWriteBody(): Promise<OutputStream> {
    if (this.#streamed) throw new ComponentError(undefined, "The body has been taken.");
    this.#streamed = true;
    const { cell } = this.#files;
    const file = await this.#opened().catch(withoutReason);
    this.#sink = new FileSink(cell.objects, file, undefined, false);
    return new cell.OutputStream(cell, this.#sink, this);
  }

  /** Place that it is to have. */
  async placeAt(place: ObjectPlace): Promise<void> {
    if (this.#place) throw failure("The value is on its way to an object already.");
    await this.#opened();
    this.#place = place;
  }

  async finish(): Promise<void> {
    this.leave();
    const place = this.#place;
    const file = await this.#opened();
    try {
      // What was not written is no part of an object.
      await asking(Promise.resolve(this.#sink?.outcome), place);
      if (place)
        await asking(file.session.ask("putObject", file.number, place.container, place.object), place);
    } finally {
      file.release();
    }
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#file?.then(
      (file) => file.release(),
      () => {},
    );
  }

  #opened(): Promise<FileHandle> {
    this.#file ??= this.#open();
    return this.#file;
  }

  async #open(): Promise<FileHandle> {
    const { session } = this.#files;
    const [handle] = (await asking(session.ask("newObject"))) as [number];
    return new FileHandle(session, handle);
  }
}
suspending(OutgoingValue.prototype.outgoingValueWriteBody as never);

/** Value of an object, or a part of it, as it was when a guest asked for it. */
export class IncomingValue extends HostResource {
  readonly #files: GuestFiles;
  readonly #file: FileHandle;
  readonly #start: bigint;
  /** Place behind its last byte. */
  readonly #end: bigint;

  constructor(files: GuestFiles, file: FileHandle, start: bigint, end: bigint) {
    super(files.cell.objects);
    this.#files = files;
    this.#file = file;
    this.#start = start;
    this.#end = end;
  }

  static incomingValueConsumeSync = suspending((value: IncomingValue) => value.#bytes());
  static incomingValueConsumeAsync = (value: IncomingValue) => value.#stream();

  size(): bigint {
    return this.#end - this.#start;
  }

  async #bytes(): Promise<Uint8Array> {
    const size = Number(this.size());
    const most = fileBounds.wholeObject.value;
    const { objects } = this.#files.cell;
    const { session, number } = this.#file;
    try {
      if (size > most) throw failure(`The value has ${size} bytes; as a list it may have ${most}.`);
      objects.keep(size);
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; ) {
        const wanted = Math.min(transferBytes, size - at);
        const answer = await asking(session.ask("read", number, this.#start + BigInt(at), wanted));
        const part = (answer as readonly Data[])[0] as Uint8Array;
        bytes.set(part, at);
        at += part.length;
      }
      return bytes;
    } finally {
      if (size <= most) objects.keep(-size);
      this[Symbol.dispose]();
    }
  }

  #stream(): InputStream {
    const { cell } = this.#files;
    const stream = new cell.InputStream(
      cell,
      new FileSource(cell.objects, this.#file, this.#start, this.#end),
    );
    this[Symbol.dispose]();
    return stream;
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#file.release();
  }
}

/** Error of a function whose error says nothing. */
function withoutReason(thrown: unknown): never {
  throw thrown instanceof ComponentError ? new ComponentError(undefined, thrown.message) : thrown;
}

const reasons: Readonly<Record<string, string>> = {
  exist: "There is one of this name.",
  invalid: "A name is a text that is not empty, without NUL.",
  "name-too-long": "The name is too long.",
  "no-entry": "There is none of this name.",
  quota: "The plugin's quota of bytes or files has no room for it.",
  "insufficient-space": "The host has no room for it.",
  "insufficient-memory": "Too many files and objects are open.",
};

/** Error of `wasi:blobstore`, which is a text. */
export function failure(reason: string): ComponentError {
  return new ComponentError(reason, reason);
}

/** Answer of the files, whose code of a refusal becomes a text. */
export async function asking<T>(
  answer: Promise<T>,
  { container, object }: Partial<ObjectPlace> = {},
): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    if (!(thrown instanceof ComponentError) || typeof thrown.payload !== "string") throw thrown;
    const reason = reasons[thrown.payload] ?? `It failed with ${thrown.payload}.`;
    const named = [container, object].filter((each) => each !== undefined).join("/");
    throw failure(named === "" ? reason : `${named}: ${reason}`);
  }
}
